package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
)

// lines prints one JSON object a line.
type lines struct{ w io.Writer }

func (l *lines) print(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs always can
	}
	l.w.Write(append(b, '\n'))
}

type listening struct {
	Event       string `json:"event"`
	Addr        string `json:"addr"`
	Fingerprint string `json:"fingerprint"`
}

type codeLine struct {
	Event string `json:"event"`
	Code  string `json:"code"`
}

type checksum struct {
	Event string `json:"event"`
	Frame int32  `json:"frame"`
	Hash  string `json:"hash"`
}

// stats is a second's line: totals since the start, and the state now.
type stats struct {
	Event       string  `json:"event"`
	Frame       int32   `json:"frame"`
	Confirmed   int32   `json:"confirmed"`
	Rollbacks   uint64  `json:"rollbacks"`
	MeanDepth   float64 `json:"meanDepth"`
	MaxDepth    int     `json:"maxDepth"`
	Stalls      uint64  `json:"stalls"`
	DelayFrames int     `json:"delayFrames"`
	SentBytes   uint64  `json:"sentBytes"`
	SentPackets uint64  `json:"sentPackets"`
	PingMs      float64 `json:"pingMs"`
	JitterMs    float64 `json:"jitterMs"`
	LossPercent float64 `json:"lossPercent"`
	FramesAhead float64 `json:"framesAhead"`
}

// end is the last line.
type end struct {
	Event           string  `json:"event"`
	Frames          int32   `json:"frames"`
	Hash            string  `json:"hash"`
	Agree           bool    `json:"agree"`
	Rollbacks       uint64  `json:"rollbacks"`
	MeanDepth       float64 `json:"meanDepth"`
	MaxDepth        int     `json:"maxDepth"`
	Stalls          uint64  `json:"stalls"`
	LongestFreezeMs float64 `json:"longestFreezeMs"`
	SentBytes       uint64  `json:"sentBytes"`
	SentPackets     uint64  `json:"sentPackets"`
	PingMs          float64 `json:"pingMs"`
	Path            string  `json:"path"`
	ConnectMs       float64 `json:"connectMs"`
	Peers           int     `json:"peers"`
	Scores          []int32 `json:"scores"`
	Reason          string  `json:"reason,omitempty"` // why it ended before its time
}

// tell prints the checksums that are new and, each second, the figures.
func (p *player) tell(now time.Time, over bool) {
	p.sums = p.match.AppendChecksums(p.sums[:0])
	for _, sum := range p.sums {
		p.out.print(checksum{"checksum", int32(sum.Frame), hash(sum.World)})
	}
	if over || now.Before(p.nextStats) {
		return
	}
	p.nextStats = p.nextStats.Add(time.Second)
	st, traffic, worst := p.match.Stats(), p.node.Traffic(), p.farthest()
	p.out.print(stats{
		"stats", int32(st.Frame), int32(st.Confirmed), st.Rollbacks, st.MeanDepth, st.MaxDepth, st.Stalls, st.DelayFrames,
		traffic.BytesSent, traffic.PacketsSent, worst.PingMs, worst.JitterMs, worst.LossPercent, worst.FramesAhead,
	})
}

// farthest returns the figures of the peer with the longest way.
func (p *player) farthest() (worst netcode.PeerStats) {
	for _, peer := range p.match.AppendPeers(nil) {
		if peer.PingMs >= worst.PingMs {
			worst = peer
		}
	}
	return worst
}

// finish prints the last line and writes the report.
func (p *player) finish(result netcode.Result) error {
	st, traffic, worst := p.match.Stats(), p.node.Traffic(), p.farthest()
	e := end{
		"end", int32(result.Frame), hash(result.Hash), result.Agreed, st.Rollbacks, st.MeanDepth, st.MaxDepth, st.Stalls,
		float64(st.LongestFreeze) / float64(time.Millisecond), traffic.BytesSent, traffic.PacketsSent, worst.PingMs,
		worst.Path, float64(st.Connect) / float64(time.Millisecond), len(p.match.AppendPeers(nil)), nil, "",
	}
	if world, ok := p.match.FinalWorld(); ok {
		for seat := range world.Seats {
			e.Scores = append(e.Scores, int32(world.Frogs[seat].Score))
		}
	}
	if result.Err != nil {
		e.Reason = result.Err.Error()
	}
	p.out.print(e)
	if p.report == "" {
		return nil
	}
	b, err := json.MarshalIndent(e, "", "\t")
	if err == nil {
		err = os.WriteFile(p.report, append(b, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("the report could not be written: %w", err)
	}
	return nil
}

func hash(h uint64) string { return fmt.Sprintf("%016x", h) }
