package pathfinder

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// A computer moves: from Wi-Fi to cable, to a phone's hotspot, through a night of
// sleep. No system tells all of it in one way, so the Finder looks at its own
// addresses now and then, often when a pair is silent, and at the clock on the
// wall, which goes on in sleep when the other one does not.
const (
	lookAgain = 2 * time.Second        // at our own addresses, while somebody counts on our offer
	lookSoon  = 250 * time.Millisecond // while a pair is silent
	sleptFor  = 5 * time.Second        // ahead of our own clock the one on the wall is after sleep
	moveGrace = 150 * time.Millisecond // for paths to answer after a move before others are searched for
)

// watch is how the Finder notices that the computer has moved.
type watch struct {
	looked time.Duration
	wall   time.Time // when looked
	soon   bool      // a pair is silent
}

// slept reports whether the computer has slept since it was last asked.
func (w *watch) slept(now time.Duration, wall time.Time) bool {
	wall = wall.Round(0) // without the reading of our own clock
	ahead := wall.Sub(w.wall) - (now - w.looked)
	first := w.wall.IsZero()
	w.looked, w.wall = now, wall
	return !first && ahead >= sleptFor
}

// lookAround sees whether the computer has moved, and does what follows.
func (g *gathering) lookAround(now time.Duration) {
	slept := g.watch.slept(now, g.f.config.wall())
	hosts := g.f.ownAddresses()
	if slices.Equal(hosts, g.hosts) && !slept {
		return
	}
	g.f.log.Debug("pathfinder: moved", "slept", slept, "addresses", hosts)
	g.hosts, g.began = hosts, now
	g.translator.moved()
	g.restart(now)
	for _, n := range g.names {
		n.anew(now) // names lead elsewhere in other networks
	}
	g.f.server.name.anew(now)
	g.changeServers(now)
	g.look()
	g.f.moves.Add(1)
	g.f.server.moved(now)
	g.f.turn.check()
	for _, p := range g.f.pairs {
		p.moved(now)
	}
}

// nextLook is when lookAround is due.
func (g *gathering) nextLook() time.Duration {
	if g.watch.soon {
		return g.watch.looked + lookSoon
	}
	return g.watch.looked + lookAgain
}

// Moves returns how often the computer has changed its addresses, or slept, since
// New: each time the router should be asked again for its port.
func (f *Finder) Moves() uint64 { return f.moves.Load() }

// unanswered reports whether the path in use is silent although it was asked.
func (k *keeper) unanswered(now time.Duration) bool {
	return k.active == nil || k.active.waiting > 0 && k.silence(now) >= quiet
}

// moved asks for everything again, and over TCP only from an address that we
// still have.
func (s *server) moved(now time.Duration) {
	if s.stream != nil {
		local := s.stream.LocalAddr()
		if !local.IsLoopback() && !slices.ContainsFunc(s.f.gather.hosts, func(c nat.Candidate) bool { return c.Addr.Addr() == local }) {
			s.hangUp()
			s.change(now, nil)
			return
		}
	}
	s.unanswered = -1
	for _, m := range s.meetings {
		if m.client != nil {
			m.client.Restart(now)
		}
	}
}

// moved asks by all paths at once whether they still work.
func (p *pair) moved(now time.Duration) {
	for _, way := range p.keep.paths {
		p.keep.ask(now, way)
	}
	p.settling.begin(now)
}

// settling is what a pair does when we, or the way to it, have moved.
type settling struct {
	movedAt   time.Duration // when our own addresses last changed
	unsettled bool          // since then it is not known whether a path works
}

func (s *settling) begin(now time.Duration) { s.movedAt, s.unsettled = now, true }

// advance searches anew after a move, if the path in use does not answer and we
// know again how we are reached.
func (s *settling) advance(now time.Duration, p *pair) {
	a := p.keep.active
	switch {
	case !s.unsettled:
	case a != nil && a.answered > s.movedAt:
		s.unsettled = false
	case now-s.movedAt >= moveGrace && p.f.gather.settled(now):
		s.unsettled = false
		p.f.log.Debug("pathfinder: searching again after a move", "peer", p.remoteName())
		p.wantRelay()
		_ = p.search(now) // cannot fail: it did not the first time
	}
}

func (s *settling) next(now time.Duration) time.Duration {
	switch {
	case !s.unsettled:
		return nat.Never
	case now < s.movedAt+moveGrace:
		return s.movedAt + moveGrace
	}
	return now + 20*time.Millisecond // until the servers have answered
}
