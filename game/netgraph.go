package game

import (
	"fmt"
	"image/color"
	"slices"

	"github.com/visavis-netcode/visavis/netcode"
)

// GraphMode is how much a Netgraph shows.
type GraphMode uint8

const (
	GraphOff   GraphMode = iota // nothing
	GraphSmall                  // one line
	GraphFull                   // everything, with bars
)

// GraphFrames is how many ticks the bars of a Netgraph reach back: two
// seconds at 60 ticks a second.
const GraphFrames = 120

// GraphSample is what a Netgraph learns of one tick.
type GraphSample struct {
	Frame, Confirmed int32   // next frame to simulate, newest confirmed one
	DelayFrames      int     // input delay
	RolledBack       int     // frames simulated again in this tick
	ResimMicros      int     // what that took
	Waited           bool    // the tick ran no new frame: someone is waited for
	AgreedFrame      int32   // newest frame whose checksums were compared and equal, -1 for a session that compares none
	Desynced         bool    // the simulations no longer agree
	Slow             bool    // this machine does not keep up (see Budget)
	TPS, FPS         float64 // as Ebitengine measures them
	Helping          int     // pairs of other machines for whom this one passes packets on
	Peers            []GraphPeer
}

// GraphPeer is one line of a Netgraph: one other machine.
type GraphPeer struct {
	Name        string
	PingMs      float64
	JitterMs    float64
	LossPercent float64
	FramesAhead float64 // how far this machine is ahead of that one
	Path        string  // "lan", "direct", "player-relay" and so on: see netcode.PeerStats
}

// Netgraph collects what a match tells about its network and shows it as an
// overlay. Observe once per tick, Draw when it suits.
type Netgraph struct {
	Mode GraphMode
	// Plate is what the words stand on; nil is black of which the game shows through
	// by four tenths. A font with a rim of its own needs less.
	Plate color.Color

	bars   [GraphFrames]bar // ring
	next   int
	ticks  int
	lines  []string
	small  string
	latest GraphSample

	peers   []netcode.PeerStats // of ObserveMatch
	graphed []GraphPeer
}

type bar struct {
	rolled uint8
	micros uint32
	waited bool
}

// refreshTicks is how often the words change: numbers that change sixty times
// a second cannot be read.
const refreshTicks = 15

// Lead writes how many frames a machine is ahead of another, negative if it is behind, to the
// tenth of a frame: "+0.4", "-1.2", and "0.0" for less than that either way.
func Lead(frames float64) string {
	if words := fmt.Sprintf("%+.1f", frames); words != "+0.0" && words != "-0.0" {
		return words
	}
	return "0.0"
}

// Cycle goes on to the next mode: off, small, full, off.
func (g *Netgraph) Cycle() { g.Mode = (g.Mode + 1) % (GraphFull + 1) }

// Observe takes in one tick. It keeps a copy of s.Peers.
func (g *Netgraph) Observe(s GraphSample) {
	g.bars[g.next] = bar{
		rolled: uint8(min(max(s.RolledBack, 0), 255)),
		micros: uint32(max(s.ResimMicros, 0)),
		waited: s.Waited,
	}
	g.next = (g.next + 1) % GraphFrames
	news := s.Desynced && !g.latest.Desynced // it may be the last tick
	peers := append(g.latest.Peers[:0], s.Peers...)
	g.latest = s
	g.latest.Peers = peers
	if (news || g.ticks%refreshTicks == 0) && g.Mode != GraphOff {
		g.refresh()
	}
	g.ticks++
}

// Bars calls yield for each of the last GraphFrames ticks, oldest first, with
// the depth of its rollback in frames and whether it waited.
func (g *Netgraph) Bars(yield func(rolledBack int, waited bool) bool) {
	for i := range GraphFrames {
		b := g.bars[(g.next+i)%GraphFrames]
		if !yield(int(b.rolled), b.waited) {
			return
		}
	}
}

// Lines returns the words that GraphFull shows, one line each. They change
// every quarter of a second.
func (g *Netgraph) Lines() []string { return g.lines }

// Line returns the words that GraphSmall shows.
func (g *Netgraph) Line() string { return g.small }

func (g *Netgraph) refresh() {
	s := &g.latest
	deepest, rollbacks, frames, waits, worst := g.totals()
	mean := 0.0
	if rollbacks > 0 {
		mean = float64(frames) / float64(rollbacks)
	}
	g.lines = g.lines[:0]
	add := func(format string, args ...any) { g.lines = append(g.lines, fmt.Sprintf(format, args...)) }
	add("%s", syncWords(s))
	add("frame %d  confirmed %d (%d ahead)", s.Frame, s.Confirmed, max(s.Frame-1-s.Confirmed, 0))
	add("delay %d  rollback mean %.1f max %d", s.DelayFrames, mean, deepest)
	add("resim %.2f ms worst  waits %d", float64(worst)/1000, waits)
	add("%.0f ticks/s  %.0f pictures/s%s", s.TPS, s.FPS, slowWords(s.Slow))
	for _, p := range s.Peers {
		add("%s %.0f ms ±%.0f  loss %.0f%%  ahead %s  %s", p.Name, p.PingMs, p.JitterMs, p.LossPercent, Lead(p.FramesAhead), p.Path)
	}
	switch {
	case s.Helping == 1:
		add("passes packets on for two others")
	case s.Helping > 1:
		add("passes packets on for %d pairs of others", s.Helping)
	}
	g.small = g.smallLine(mean)
}

func (g *Netgraph) smallLine(mean float64) string {
	s := &g.latest
	line := syncWords(s)
	if len(s.Peers) > 0 {
		worst := slices.MaxFunc(s.Peers, func(a, b GraphPeer) int { return int(a.PingMs) - int(b.PingMs) })
		line = fmt.Sprintf("ping %.0f ms  loss %.0f%%  ", worst.PingMs, worst.LossPercent) + line
	}
	return fmt.Sprintf("%s  rollback %.1f  delay %d%s", line, mean, s.DelayFrames, slowWords(s.Slow))
}

// totals sums up the bars: deepest rollback, rollbacks, frames simulated
// again, ticks that waited and the longest resimulation in microseconds.
func (g *Netgraph) totals() (deepest, rollbacks, frames, waits int, worst uint32) {
	for _, b := range g.bars {
		if b.rolled > 0 {
			rollbacks++
			frames += int(b.rolled)
			deepest = max(deepest, int(b.rolled))
		}
		if b.waited {
			waits++
		}
		worst = max(worst, b.micros)
	}
	return deepest, rollbacks, frames, waits, worst
}

func syncWords(s *GraphSample) string {
	switch {
	case s.Desynced:
		return "OUT OF SYNC ✗"
	case len(s.Peers) == 0:
		return "one machine"
	case s.AgreedFrame < 0:
		return "in sync so far"
	}
	return fmt.Sprintf("in sync ✓ frame %d", s.AgreedFrame)
}

func slowWords(slow bool) string {
	if slow {
		return "  SLOW MACHINE"
	}
	return ""
}
