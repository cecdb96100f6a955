package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// effortRollbacks is how many of the newest rollbacks are looked at.
	effortRollbacks = 8
	// effortShare is the part of a tick that a rollback may take, as a divisor: the
	// rest is for drawing it.
	effortShare = 2
	// slowBears is for how many frames of rollback a machine must have time, or it is
	// slow, and slowTime for how long it must have been so before it is said: a program
	// that has just begun, or is drawn for the first time, takes longer.
	slowBears = 2
	slowTime  = 3 * time.Second
	// effortEvery is how many ticks lie between two looks at it.
	effortEvery = 32
)

// effort measures what stepping a frame again costs this machine, so that the others
// do not leave it more rollbacks than it has time for. Owner: the pace.
type effort struct {
	perFrame [effortRollbacks]time.Duration
	n        int // rollbacks so far
	slow     slowness
}

// slowness tells of a machine once a match that it is too slow for rollbacks.
type slowness struct {
	since time.Duration // it has been so, in the match's time; 0: it is not
	told  bool
}

// news takes what a machine bears, and reports true when it is to be told of.
func (s *slowness) news(now time.Duration, bears uint8) bool {
	switch {
	case bears >= slowBears:
		s.since = 0
	case s.since == 0:
		s.since = now
	case now-s.since >= slowTime && !s.told:
		s.told = true
		return true
	}
	return false
}

// note takes a tick with a rollback that has stepped so many frames in all.
func (e *effort) note(frames int, took time.Duration) {
	e.perFrame[e.n%effortRollbacks] = took / time.Duration(frames)
	e.n++
}

// bears returns how many frames of rollback there is time for in a tick, besides the
// new one. The cheapest of the newest rollbacks counts: what others on this computer
// take away from it now and then is not its own slowness.
func (e *effort) bears(tick time.Duration) uint8 {
	if e.n < effortRollbacks {
		return wire.BearsAny
	}
	least := e.perFrame[0]
	for _, d := range e.perFrame[1:] {
		least = min(least, d)
	}
	if least <= 0 {
		return wire.BearsAny
	}
	return uint8(max(0, min(tick/effortShare/least-1, wire.BearsAny)))
}

// heedEffort takes a peer's word of how many frames of rollback it has time for. If
// it lies it is predicted for, up to the window's edge: silence does as much.
func (p *pace) heedEffort(q *peer, bears uint8) {
	frames := int(bears)
	if bears == wire.BearsAny {
		frames = rollback.BearsAny
	}
	p.sync.Bears(q.index, frames)
	q.bears = bears
}

// watchEffort tells of machines that are too slow, be it this one or another.
func (p *pace) watchEffort(now time.Duration) {
	events := p.who.room.events
	if p.effort.slow.news(now, p.effort.bears(p.tick)) {
		events.happened(Event{Kind: EventSlow, Machine: int(p.who.own.ID().Machine), Name: p.who.room.members.nameOf(p.who.room.me, "")})
	}
	for _, q := range p.who.peers {
		if q.out == membership.NoReason && q.slow.news(now, q.bears) {
			events.happened(Event{Kind: EventSlow, Machine: int(q.machine), Name: q.name})
		}
	}
}
