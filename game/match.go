package game

import (
	"github.com/visavis-netcode/visavis/netcode"
)

// SampleOf is what a Netgraph wants to know of a tick of a match: its figures,
// the tick's status, and the other machines as PeerOf gives them. TPS, FPS and
// Slow are left to the caller.
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
		LossPercent: p.LossPercent, FramesAhead: p.FramesAhead, Path: p.Path,
	}
}
