package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/rollback"
)

// Automatic input delay. A little delay of one's own inputs spares the others
// rollbacks; too much is felt. It starts where prediction alone would use more
// than half of the window, and grows at once but shrinks slowly, so that it
// does not flap.
const (
	delayCheckTicks = 30 // ticks between two looks at the pings
	delayLowerAfter = 10 // looks in a row that ask for less before it is lowered
)

// maxAutoDelay is how far the delay grows by itself, in frames: as long as the
// window is by default, a time that players still bear, at every tick rate.
func (t terms) maxAutoDelay() int {
	return min(rollback.DefaultWindow(t.tickRate), rollback.MaxDelayFrames)
}

// delayControl follows the measured pings. Owner: the pace.
type delayControl struct {
	manual bool
	ticks  int
	lower  int // looks in a row that asked for less
}

// tick looks now and then whether the delay still fits.
func (c *delayControl) tick(p *pace) {
	c.ticks++
	if c.manual || c.ticks%delayCheckTicks != 0 {
		return
	}
	want := rollback.Frame(p.wantedDelay())
	switch {
	case want > p.delay:
		c.lower = 0
		p.delay++
	case want < p.delay:
		if c.lower++; c.lower >= delayLowerAfter {
			c.lower = 0
			p.delay--
		}
	default:
		c.lower = 0
	}
}

// wantedDelay is the delay, in frames, for the farthest peer.
func (p *pace) wantedDelay() int {
	farthest := time.Duration(0)
	for _, q := range p.who.peers {
		if q.lost == nil && q.out == membership.NoReason {
			jitter := time.Duration(q.traffic.jitterMicros) * time.Microsecond
			farthest = max(farthest, q.conn.Link.Stats().RTT/2+jitter)
		}
	}
	frames := int((farthest + p.tick - 1) / p.tick)
	if p.terms.windowFrames == 0 {
		return min(frames+1, p.terms.maxAutoDelay()) // lockstep: nothing else hides the way
	}
	return max(0, min(frames-(p.terms.windowFrames+1)/2, p.terms.maxAutoDelay()))
}
