package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// marginMemory is for how long a round trip and an input delay count: a peer's
	// margin is a mean over the time before, and on its way.
	marginMemory = 2 * time.Second
	// marginEvery is how often they are looked at.
	marginEvery = 100 * time.Millisecond
	// marginSlackFrames is what inputs that were lost, or late, take from the
	// margins and not from the round trip.
	marginSlackFrames = 1
	// mostJitter is how much of the jitter is added to that: the peer can make it up.
	mostJitter = 50 * time.Millisecond
)

// marginBounds is what a peer can truly say of how early this side's inputs are
// there. A peer that lies about it is believed as far as this side's own margin,
// round trip and input delay allow: no further than one that is as far away and
// delays its own inputs by nothing, or by as much as anybody may. Owner: the pace.
type marginBounds struct {
	nextLook time.Duration
	// Of two spans of marginMemory, the one that runs and the one before.
	now, before marginSpan
	since       time.Duration
}

// marginSpan is the extremes of a span of time.
type marginSpan struct {
	any                   bool
	leastRTT, mostRTT     time.Duration
	leastDelay, mostDelay int // frames of this side's input delay
}

func (s *marginSpan) add(rtt time.Duration, delay int) {
	if !s.any {
		*s = marginSpan{true, rtt, rtt, delay, delay}
	}
	s.leastRTT, s.mostRTT = min(s.leastRTT, rtt), max(s.mostRTT, rtt)
	s.leastDelay, s.mostDelay = min(s.leastDelay, delay), max(s.mostDelay, delay)
}

// boundMargin keeps a peer's word about this side's inputs within what can be.
func (p *pace) boundMargin(q *peer, now time.Duration) {
	b := &q.margins
	if now < b.nextLook {
		return
	}
	b.nextLook = now + marginEvery
	rtt := q.conn.Link.Stats().RTT
	if rtt <= 0 {
		return // not known yet
	}
	if now-b.since >= marginMemory {
		b.before, b.now, b.since = b.now, marginSpan{}, now
	}
	b.now.add(rtt, int(p.delay))
	all := b.now
	if b.before.any {
		all.add(b.before.leastRTT, b.before.leastDelay)
		all.add(b.before.mostRTT, b.before.mostDelay)
	}
	slack := marginSlackFrames*p.tick + min(time.Duration(q.traffic.jitterMicros)*time.Microsecond, mostJitter)
	least := time.Duration(all.leastDelay)*p.tick - all.mostRTT - slack
	most := time.Duration(all.mostDelay+rollback.MaxDelayFrames)*p.tick - all.leastRTT + slack
	p.sync.Bound(q.index, int64(least/time.Microsecond), int64(most/time.Microsecond))
}
