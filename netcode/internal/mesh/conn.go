package mesh

import (
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// StrangerTimeout is how long a link may be open without being a wanted machine's: from a
// member's hello to the roster that names it.
const StrangerTimeout = 5 * time.Second

// answerTimeout is how long a machine that was dialled has to greet.
const answerTimeout = 15 * time.Second

// Conn is a link and what has been said over it so far. Owner: the mesh.
type Conn struct {
	Link link.Link
	// Purpose is what this side wants of the link, if it has dialled.
	Purpose wire.Purpose
	// Secured, if set, is called in every Poll from when the other side's key is known
	// until the link is greeted.
	Secured func(*Conn)
	// Hasty: there are others to call, if this one answers and then says nothing. A call
	// to a host that is not hasty has all of its caller's time.
	Hasty bool
	// Kept: the owner has a use for the link, though it is no wanted machine's. It has no
	// time to become one, and may carry a feed.
	Kept bool
	// Awaited says what is still to be shown by the other side, in words for it; "" if
	// nothing is.
	Awaited string

	mesh       *Mesh
	machine    int           // -1 until it is known
	made       time.Duration // when it was dialled or came
	since      time.Duration // from which it has its time: see overdue
	greeted    bool
	sawHello   bool
	ours       bool          // of this lobby, so the endpoint does not count it as a stranger's
	lobby      uint64        // that the other side, a member, means
	heard      time.Duration // the newest sign of life,
	heardAwake time.Duration // in the loop's waking time,
	spoke      time.Duration // when this side last sent a datagram
	path       pathfinder.Kind
	keep       upkeep
	receive    func(kind link.Kind, at time.Duration, b []byte)
}

// Nowhere is a link to somebody to whom there is none yet.
func Nowhere() *Conn { return &Conn{Link: link.None, machine: -1} }

// Machine is whose link it is, -1 until that is known.
func (c *Conn) Machine() int { return c.machine }

// Made is when the link was dialled or came.
func (c *Conn) Made() time.Duration { return c.made }

// Since is from when the link has its time to become a member's.
func (c *Conn) Since() time.Duration { return c.since }

// Heard is when the other side gave the newest sign of life.
func (c *Conn) Heard() time.Duration { return c.heard }

// Greeted reports whether this side has greeted.
func (c *Conn) Greeted() bool { return c.greeted }

// WasGreeted reports whether the other side has.
func (c *Conn) WasGreeted() bool { return c.sawHello }

// Ours reports whether the endpoint has been told that the link is no stranger's.
func (c *Conn) Ours() bool { return c.ours }

// Spoke notes that this side has sent a datagram: it need give no sign of life.
func (c *Conn) Spoke(at time.Duration) { c.spoke = at }

// SignOfLife gives the other side one, if it was sent nothing for so long, and reports whether
// it has. It is a datagram, because a message that is lost holds up all after it.
func (c *Conn) SignOfLife(now, every time.Duration) bool {
	if now-c.spoke < every {
		return false
	}
	c.spoke = now
	c.Link.SendDatagram(wire.Here)
	return true
}

// Greet sends this side's hello.
func (c *Conn) Greet(h *wire.Hello) {
	c.greeted = true
	c.Send(h)
}

// Renew gives the link its time anew.
func (c *Conn) Renew() { c.since = c.mesh.now() }

// Send queues a message on a link. A peer whose queue is full does not read:
// it is cut off, and with that it is as if it had been lost. A link that the
// other side has closed stays as it is: its last words may be unread yet.
func (c *Conn) Send(m wire.Message) {
	if c == nil || c.Link.State() == link.Closed {
		return
	}
	if err := c.Link.Send(wire.MarshalMessage(m)); err == link.ErrQueueFull {
		c.Link.Close(link.CodeLost, "the other side does not read what it is sent")
	}
}

// handle is called for everything that arrives.
func (c *Conn) handle(kind link.Kind, at time.Duration, b []byte) {
	c.hears(at)
	switch kind {
	case link.Datagram:
		if c.spare() {
			c.mesh.choose(c)
		}
		if c.machine >= 0 && !wire.IsHere(b) {
			c.mesh.owner.Datagram(uint8(c.machine), at, b)
		}
	case link.Feed:
		if c.machine < 0 && !c.Kept {
			c.Link.Close(link.CodeProtocol, "a feed came before the greeting")
			return
		}
		c.mesh.owner.Feed(c, b)
	default:
		m, err := wire.ParseMessage(b)
		if err != nil {
			c.Link.Close(link.CodeProtocol, "the other side sent something that is not visavis")
			return
		}
		c.mesh.message(c, m)
	}
}

// hears notes a sign of life of the other side.
func (c *Conn) hears(at time.Duration) {
	c.heard, c.heardAwake = max(c.heard, at), c.mesh.awake
}

// spare reports whether a link is one that a member has opened beside the one
// that is used.
func (c *Conn) spare() bool {
	return c.machine < 0 && c.sawHello && c.lobby != 0 && c.lobby == c.mesh.lobby && !c.Link.Dialled() && c.Link.State() == link.Open
}

// HelloTimeout is how long a stranger's hello may take: it comes with the first
// flight, or with the next if it carries a proof, and may be lost twice.
func HelloTimeout(rtt time.Duration) time.Duration {
	return 2*time.Second + 4*min(rtt, time.Second)
}

// overdue reports whether a link has had its time to become a member's.
func (c *Conn) overdue(now time.Duration) bool {
	switch {
	case c.machine >= 0, c.Kept:
		return false
	case c.Purpose == wire.JoinLobby: // its caller looks at the time, unless others are to be called
		return c.greeted && c.Hasty && now-c.since > HelloTimeout(c.Link.Stats().RTT)
	case c.Link.Dialled():
		return now-c.since > answerTimeout
	case c.sawHello:
		return now-c.since > StrangerTimeout
	}
	return now-c.since > HelloTimeout(c.Link.Stats().RTT)
}

// giveUp closes a link that is overdue.
func (c *Conn) giveUp() {
	if c.Purpose == wire.JoinLobby {
		c.Link.Close(link.CodeLost, "somebody answers there, and says nothing more")
		return
	}
	words := "nobody here was meant"
	switch {
	case !c.sawHello:
		words = "no greeting came in time"
	case c.Awaited != "":
		words = c.Awaited
	}
	c.Link.Close(link.CodeProtocol, words)
}
