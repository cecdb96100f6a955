package game

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/netcode"
)

// Figures is a match as a Netgraph sees it: a *netcode.Match of any game.
type Figures interface {
	Stats() netcode.Stats
	AppendPeers(dst []netcode.PeerStats) []netcode.PeerStats
	Result() (netcode.Result, bool)
}

// ObserveMatch takes in one tick of a match: its figures, those of the other
// machines, and Ebitengine's own. slow says that this machine does not keep up: see
// Budget and Metronome.
func (g *Netgraph) ObserveMatch(m Figures, status netcode.Status, slow bool) {
	g.peers = m.AppendPeers(g.peers[:0])
	g.graphed = g.graphed[:0]
	for _, p := range g.peers {
		g.graphed = append(g.graphed, PeerOf(p))
	}
	s := SampleOf(m.Stats(), status, g.graphed)
	result, _ := m.Result()
	_, s.Desynced = errors.AsType[*netcode.DesyncError](result.Err)
	s.TPS, s.FPS, s.Slow = ebiten.ActualTPS(), ebiten.ActualFPS(), slow
	g.Observe(s)
}

// SampleOf is what a Netgraph wants to know of a tick of a match: its figures,
// the tick's status, and the other machines as PeerOf gives them. Desynced, TPS, FPS
// and Slow are left to the caller.
func SampleOf(stats netcode.Stats, status netcode.Status, peers []GraphPeer) GraphSample {
	return GraphSample{
		Frame:       int32(stats.Frame),
		Confirmed:   int32(stats.Confirmed),
		DelayFrames: stats.DelayFrames,
		RolledBack:  status.RolledBack,
		ResimMicros: resimMicros(stats, status),
		Waited:      status.Advanced == 0 && !status.Over,
		AgreedFrame: int32(stats.Agreed),
		Helping:     stats.Helping,
		Peers:       peers,
	}
}

// resimMicros is what this tick's rollback took; Stats keeps that of the last
// one.
func resimMicros(stats netcode.Stats, status netcode.Status) int {
	if status.RolledBack == 0 {
		return 0
	}
	return stats.ResimMicros
}

// PeerOf is a machine as a Netgraph shows it.
func PeerOf(p netcode.PeerStats) GraphPeer {
	return GraphPeer{
		Name: p.Name, PingMs: p.PingMs, JitterMs: p.JitterMs,
		LossPercent: p.LossPercent, FramesAhead: p.FramesAhead, Path: string(p.Path),
	}
}

// WaitingWords says for whom a match waits, and for how long by now; "" if it does
// not wait.
func WaitingWords(status netcode.Status) string {
	switch {
	case status.Waiting == "":
		return ""
	case status.WaitingMs < 1000:
		return fmt.Sprintf("waiting for %s, %d ms", status.Waiting, status.WaitingMs)
	}
	return fmt.Sprintf("waiting for %s, %.1f s", status.Waiting, float64(status.WaitingMs)/1000)
}

// LobbyWords says how far a lobby is, for whom it waits or what keeps its host from
// starting, and the code or the reply for the others, a line each: for a waiting screen.
func LobbyWords(room *netcode.Room) string {
	lines := []string{room.Progress()}
	code, ready := room.Code()
	if why := room.Blocker(); room.Hosting() && room.State() == netcode.Gathering && why != "" {
		if lines[0] = why; code != "" && !ready {
			lines = append(lines, room.Progress())
		}
	}
	if words := readyWords(room); words != "" {
		lines = append(lines, words)
	}
	if ready {
		lines = append(lines, "the code for the others: "+code)
	}
	if reply, ready := room.Reply(); ready && room.State() == netcode.Connecting {
		lines = append(lines, "send the host this reply: "+reply)
	}
	return strings.Join(lines, "\n")
}

// readyWords say for whose word a gathering lobby waits, as far as this machine knows; "" at
// a host that cannot start, which Room.Blocker tells more.
func readyWords(room *netcode.Room) string {
	if room.State() != netcode.Gathering {
		return ""
	}
	members := room.AppendMembers(nil)
	if room.Hosting() {
		if len(members) > 1 && room.Blocker() == "" && !room.Ready() {
			return "the others are ready and wait for you"
		}
		return ""
	}
	var waiting []string
	for _, m := range members {
		switch {
		case m.Ready || m.Host:
		case m.You:
			return "waiting until you are ready"
		default:
			waiting = append(waiting, m.Name)
		}
	}
	if len(waiting) > 0 {
		return "waiting until ready: " + strings.Join(waiting, ", ")
	}
	return "waiting until the host starts"
}
