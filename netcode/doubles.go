package netcode

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Somebody asks in whose key is a member's. If that is a process which was killed and has been
// started again the host does not know yet that the former one is gone: who is there gives a sign
// of life within a heartbeat. So he is held until the former one has been silent for long enough,
// and takes its place, or is heard, and then the game is running twice.

// underWay is how long after somebody with the same key has asked in a sign of the former one may
// come that was sent before it was killed.
const underWay = 250 * time.Millisecond

// doubles are those who are held, one for each member at most. Owner: the guarding.
type doubles struct {
	room *Room
	held []*double
}

type double struct {
	conn  *mesh.Conn
	hello *wire.Hello
	name  string
	at    time.Duration // since when
}

// hold has somebody wait whose key is a member's. Of two with one key the later is held.
func (d *doubles) hold(c *mesh.Conn, h *wire.Hello, name string) {
	d.held = slices.DeleteFunc(d.held, func(other *double) bool {
		same := other.conn.Link.Peer() == c.Link.Peer()
		if same {
			other.conn.Link.Close(link.CodeDone, "you come from elsewhere now")
		}
		return same
	})
	c.Kept = true
	d.held = append(d.held, &double{c, h, name, d.room.now()})
}

// closed forgets who is held no more.
func (d *doubles) closed(c *mesh.Conn) {
	d.held = slices.DeleteFunc(d.held, func(one *double) bool { return one.conn == c })
}

// leave closes the links of all who are held: this machine hosts no more.
func (d *doubles) leave(words string) {
	for _, one := range d.held {
		one.conn.Link.Close(link.CodeDone, words)
	}
	d.held = nil
}

// step decides about those of whom it is known by now.
func (d *doubles) step() {
	for _, one := range slices.Clone(d.held) {
		heard, here := d.room.guarding.isHere(one.conn.Link.Peer())
		if here && heard <= one.at+underWay {
			continue
		}
		d.closed(one.conn)
		one.conn.Kept = false
		if here {
			d.room.reception.refuse(one.conn, ReasonTwice, twiceWords)
			continue
		}
		one.conn.Renew()
		d.room.guarding.askedToJoin(one.conn, one.hello, one.name)
	}
}

const twiceWords = "a player with the same identity is already here: is the game running twice?"
