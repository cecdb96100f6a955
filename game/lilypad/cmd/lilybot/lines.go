package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
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

// waiting is a line while there is nothing to join.
type waiting struct {
	Event string `json:"event"`
	For   string `json:"for"`
}

// passed is a lobby of the local network that did not let the bot in.
type passed struct {
	Event  string `json:"event"`
	Name   string `json:"name"`
	Addr   string `json:"addr"`
	Reason string `json:"reason"`
}

// hosts is who hosts from now on, because the host is gone.
type hosts struct {
	Event string `json:"event"`
	Name  string `json:"name"`
}

// round is a game that was over before -frames: totals since the start.
type round struct {
	Event  string  `json:"event"`
	Round  int     `json:"round"` // from 1
	Frames int32   `json:"frames"`
	Hash   string  `json:"hash"`
	Scores []int32 `json:"scores"`
}

type checksum struct {
	Event string `json:"event"`
	Frame int32  `json:"frame"`
	Hash  string `json:"hash"`
}

// admitted is a line for this bot's seat in a match that ran already: from which frame on it
// plays it, and how long after its start that is known.
type admitted struct {
	Event string `json:"event"`
	Frame int32  `json:"frame"`
	Seat  int    `json:"seat"`
	Ms    int    `json:"ms"`
}

// view is a line for whoever is in the match no more, or comes in: who is in it then, from
// which frame on.
type view struct {
	Event   string   `json:"event"`
	Number  uint32   `json:"number"` // how often the others have agreed on that
	Frame   int32    `json:"frame"`
	Members []string `json:"members"`
	Gone    []gone   `json:"gone"`
}

type gone struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
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

// end is the last line: totals of all rounds, and the hash of the last world.
type end struct {
	Event           string   `json:"event"`
	Frames          int32    `json:"frames"`
	Hash            string   `json:"hash"`
	Agree           bool     `json:"agree"`
	ConfirmedBy     []string `json:"confirmedBy"` // the machines, by their first players' names, that told the same end
	View            uint32   `json:"view"`        // how often those in the match have agreed on who that is
	Members         []string `json:"members"`     // who was in it at the end
	Rollbacks       uint64   `json:"rollbacks"`
	MeanDepth       float64  `json:"meanDepth"`
	MaxDepth        int      `json:"maxDepth"`
	Stalls          uint64   `json:"stalls"`
	LongestFreezeMs float64  `json:"longestFreezeMs"`
	SentBytes       uint64   `json:"sentBytes"`
	SentPackets     uint64   `json:"sentPackets"`
	PingMs          float64  `json:"pingMs"`
	Path            string   `json:"path"`
	ConnectMs       float64  `json:"connectMs"`
	Peers           int      `json:"peers"`
	Rounds          int      `json:"rounds"`
	Scores          []int32  `json:"scores"`
	Reason          string   `json:"reason,omitempty"` // why it ended before its time
}

// wait is something that is waited for. It says so on stderr after a while, and
// again whenever it is something else.
type wait struct {
	w     io.Writer
	after time.Time // not a word before
	said  string
}

func (p *player) begin() wait { return wait{w: p.words, after: time.Now().Add(quietTime)} }

// say reports whether it has said so now.
func (w *wait) say(now time.Time, words string) bool {
	if words == w.said || now.Before(w.after) {
		return false
	}
	w.said, w.after = words, now.Add(quietTime)
	fmt.Fprintln(w.w, "lilybot: waiting:", words)
	return true
}

// tell prints the checksums that are new and, each second, the figures.
func (p *player) tell(now time.Time, over bool) {
	p.sums = p.match.AppendChecksums(p.sums[:0])
	for _, sum := range p.sums {
		p.out.print(checksum{"checksum", int32(p.played.stats.Frame + sum.Frame), hash(sum.World)})
	}
	p.tellEvents(now)
	if over || !p.statsDue(now) {
		return
	}
	st, traffic, worst := p.played.with(p.match.Stats()), p.node.Traffic(), p.farthest()
	p.out.print(stats{
		"stats", int32(st.Frame), int32(st.Confirmed), st.Rollbacks, st.MeanDepth, st.MaxDepth, st.Stalls, st.DelayFrames,
		traffic.BytesSent, traffic.PacketsSent, worst.PingMs, worst.JitterMs, worst.LossPercent, worst.FramesAhead,
	})
}

// statsDue reports whether a second's figures are to be printed now. Those of seconds that have
// passed meanwhile are not made up for.
func (p *player) statsDue(now time.Time) bool {
	if now.Before(p.nextStats) {
		return false
	}
	p.nextStats = p.nextStats.Add(now.Sub(p.nextStats).Truncate(time.Second) + time.Second)
	return true
}

// tellEvents prints who hosts, and who is in the match and who is not.
func (p *player) tellEvents(now time.Time) {
	p.events = p.lobby.AppendEvents(p.events[:0])
	for _, e := range p.events {
		frame := int32(p.played.stats.Frame + e.Frame)
		switch {
		case e.Kind == netcode.EventHost:
			p.out.print(hosts{"host", e.Name})
		case p.match == nil: // what follows is of a match
		case e.Kind == netcode.EventAbsent:
			p.out.print(view{"view", p.match.Stats().View, frame, p.members(), []gone{{e.Name, netcode.ReasonOf(e.Err).String()}}})
		case e.Kind == netcode.EventPresent && slices.Contains(p.match.LocalSeats(), e.Count):
			p.out.print(admitted{"admitted", frame, e.Count, int(now.Sub(p.began) / time.Millisecond)})
		case e.Kind == netcode.EventAway:
			p.out.print(view{"view", p.match.Stats().View, frame, p.members(), []gone{{e.Name, "away"}}})
		case e.Kind == netcode.EventPresent:
			p.out.print(view{"view", p.match.Stats().View, frame, p.members(), []gone{}})
		}
	}
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

// finish prints the last line and writes the report. why is what ended it before
// its time.
func (p *player) finish(last netcode.Result, why error) error {
	st, traffic, worst := &p.played.stats, p.node.Traffic(), p.farthest()
	e := end{
		"end", int32(st.Frame), hash(last.Hash), last.Agreed, p.names(last.ConfirmedBy), p.match.Stats().View, p.members(), st.Rollbacks, st.MeanDepth, st.MaxDepth, st.Stalls,
		float64(st.LongestFreeze) / float64(time.Millisecond), traffic.BytesSent, traffic.PacketsSent, worst.PingMs,
		string(worst.Path), float64(st.Connect) / float64(time.Millisecond), len(p.match.AppendPeers(nil)), p.played.rounds, p.played.scores, "",
	}
	if why != nil {
		e.Reason = why.Error()
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

// alone reports whether all others have gone from the match.
func (p *player) alone() bool { return len(p.members()) == 1 }

// members are who is in the match, this machine first.
func (p *player) members() []string {
	names := []string{p.name}
	for _, peer := range p.match.AppendPeers(nil) {
		if !peer.Absent {
			names = append(names, peer.Name)
		}
	}
	return names
}

// names are those of machines' first players.
func (p *player) names(machines []int) []string {
	names := []string{} // not null
	for _, peer := range p.match.AppendPeers(nil) {
		if slices.Contains(machines, peer.Machine) {
			names = append(names, peer.Name)
		}
	}
	return names
}

func hash(h uint64) string { return fmt.Sprintf("%016x", h) }
