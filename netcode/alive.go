package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
)

const (
	// standstill is how long a game's loop must have stood still for players to
	// read that, in place of what followed from it.
	standstill = time.Second
	// standstillCounts is how long after it.
	standstillCounts = 5 * time.Second
)

// vigil is the room's idea of who is still there. Only what a member has sent
// counts, not what QUIC has: its time-out is far longer than any of ours.
//
// Silence is measured in this loop's waking time: while it stood still, nobody
// could be heard, and what came meanwhile may not have been read yet. Owner: the
// room.
type vigil struct {
	node    *Node
	polled  time.Duration // when the loop ran last
	awake   time.Duration // for how long it has run, standstills hardly counted
	stood   time.Duration // how long the last standstill was, 0 for none yet
	stoodAt time.Duration // and until when
}

// timeout is how long a peer may be silent.
func (t *terms) timeout() time.Duration { return time.Duration(t.peerTimeoutMs) * time.Millisecond }

// signsOfLife is how many go over a link to somebody who is no member, who watches or waits, in
// the time after which he is lost.
const signsOfLife = 4

// tend looks after such a link, from either end: it gives a sign of life if it is time for one,
// which it reports, and ends the link if the other side gives none.
func (v *vigil) tend(c *mesh.Conn, now, timeout time.Duration) (spoke bool) {
	spoke = c.SignOfLife(now, timeout/signsOfLife)
	if silent := now - c.Heard(); silent >= timeout && v.stoodStill(now) == 0 {
		c.Link.Close(link.CodeLost, mesh.NothingHeard(silent)) // see reception.Closed
	}
	return spoke
}

// silentAfter is how long a member of a match may be silent: what the game says or, where
// that says nothing and whoever is lost may come back, what package membership does (0).
func (t *terms) silentAfter() time.Duration {
	if t.timeoutSet || !t.livesOn() {
		return t.timeout()
	}
	return 0
}

func (v *vigil) now() time.Duration { return v.node.endpoint.Now() }

// wake notes that the loop runs.
func (v *vigil) wake(now, timeout time.Duration) {
	gap := now - v.polled
	v.polled = now
	v.awake += min(gap, timeout/4, standstill)
	if gap >= standstill {
		v.stood, v.stoodAt = gap, now
	}
}

// stoodStill is for how long this side's loop stood still a moment ago; 0 if it
// did not.
func (v *vigil) stoodStill(now time.Duration) time.Duration {
	if v.stood > 0 && now-v.stoodAt < standstillCounts {
		return v.stood
	}
	return 0
}

// unheardSince reports whether somebody was heard last as this side's loop stood still,
// or right before or after that: what was on its way then may still have come.
func (v *vigil) unheardSince(heard time.Duration) bool {
	return v.stood > 0 && heard >= v.stoodAt-v.stood-standstill && heard < v.stoodAt+standstill
}

// lost says why a link to somebody is lost, as seen from here: because of this
// side's own standstill, because of his silence, or because he heard nothing.
func (v *vigil) lost(name string, heard time.Duration, why *link.CloseError) *LostError {
	now := v.now()
	e := &LostError{Name: name}
	switch silent := now - heard; {
	case v.stoodStill(now) > 0 || v.unheardSince(heard):
		e.StoodStillMs = int(v.stood / time.Millisecond)
	case silent >= minPeerTimeoutMs*time.Millisecond:
		e.SilentMs = int(silent / time.Millisecond)
	default:
		e.Unheard = why != nil && why.Remote && why.Code == link.CodeLost
	}
	return e
}
