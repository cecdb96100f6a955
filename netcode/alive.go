package netcode

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	// standstill is how long a game's loop must have stood still for players to
	// read that, in place of what followed from it.
	standstill = time.Second
	// standstillCounts is how long after it.
	standstillCounts = 5 * time.Second
	// heartbeats is how many signs of life fit into the time after which a silent
	// member is lost, and longestHeartbeat how far apart they are at most.
	heartbeats       = 10
	longestHeartbeat = time.Second
)

// vigil is the room's idea of who is still there. Only what a member has sent
// counts, not what QUIC has: its time-out is far longer than any of ours.
//
// Silence is measured in this loop's waking time: while it stood still, nobody
// could be heard, and what came meanwhile may not have been read yet. Owner: the
// room.
type vigil struct {
	polled  time.Duration // when the loop ran last
	awake   time.Duration // for how long it has run, standstills hardly counted
	stood   time.Duration // how long the last standstill was, 0 for none yet
	stoodAt time.Duration // and until when
}

// timeout is how long a peer may be silent.
func (t *terms) timeout() time.Duration { return time.Duration(t.peerTimeoutMs) * time.Millisecond }

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

// watchMembers closes the links to members that are silent and gives the others a
// sign of life: a datagram, because a message that is lost holds up all after it.
// In a match the datagrams of every tick are signs enough, and the play judges
// their absence.
func (r *Room) watchMembers(now time.Duration) {
	heartbeat := min(r.terms.timeout()/heartbeats, longestHeartbeat)
	for _, m := range r.members {
		if m == nil || m.conn == nil || m.conn.link.State() != link.Open {
			continue
		}
		c := m.conn
		if now-c.spoke >= heartbeat {
			c.spoke = now
			c.link.SendDatagram(wire.Here)
		}
		if r.state != Playing && r.vigil.awake-c.heardAwake >= r.terms.timeout() {
			c.link.Close(link.CodeLost, nothingHeard(now-c.heard))
		}
	}
}

// hears notes a sign of life of a link's other side.
func (c *conn) hears(at time.Duration) {
	c.heard, c.heardAwake = max(c.heard, at), c.room.vigil.awake
}

func nothingHeard(silent time.Duration) string {
	return fmt.Sprintf("nothing was heard for %.1f seconds", silent.Seconds())
}

// lost says why a link to somebody is lost, as seen from here: because of this
// side's own standstill, because of his silence, or because he heard nothing.
func (r *Room) lost(name string, heard time.Duration, why *link.CloseError) *LostError {
	now := r.now()
	e := &LostError{Name: name}
	switch silent := now - heard; {
	case r.vigil.stoodStill(now) > 0:
		e.StoodStillMs = int(r.vigil.stoodStill(now) / time.Millisecond)
	case silent >= minPeerTimeoutMs*time.Millisecond:
		e.SilentMs = int(silent / time.Millisecond)
	default:
		e.Unheard = why != nil && why.Remote && why.Code == link.CodeLost
	}
	return e
}
