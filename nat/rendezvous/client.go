package rendezvous

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// Config is what a client needs to know.
type Config struct {
	Server netip.AddrPort // where the server is; packets from elsewhere are not looked at
	Keys   invite.Keys    // of the code
	Offer  []byte         // this side's addresses, at most MaxOffer bytes; opaque here
	Rand   io.Reader      // crypto/rand.Reader outside of tests; must be given
	// Hidden asks the server not to tell the other side at which IP address it
	// sees this one.
	Hidden bool

	// The rest is the host's.

	// Owner proves to the server that a host which comes again is the same. A
	// host that keeps it over a restart has its lobby back at once, otherwise
	// after 15 s of silence. Zero draws one. It is a secret between host and server.
	Owner [16]byte
	// MaxGuests is how many different guests may come: 15 by default, at most
	// 255. Further ones read that the invite is used up.
	MaxGuests int
	// Expires, if not 0, is when the invite ends, on the clock of now: no new
	// guest is let in from then on, those that came are still served.
	Expires time.Duration
}

// EventKind says what an Event tells.
type EventKind int

const (
	// Registered: the server keeps the host's lobby, now the code works. It
	// comes again if the server had forgotten the lobby.
	Registered EventKind = iota + 1
	// Met: Peer's Offer has come, for the first time or a newer one.
	Met
	// Refused: the host let this guest not in; Text says why. The guest stops.
	Refused
	// RelayOpen: packets behind Channel reach Peer, at most Rate bytes in a
	// second each way. It comes again with another Channel if the server
	// restarts: use the last one.
	RelayOpen
	// RelayClosed: the relay does not answer any more; Text says so. The client
	// keeps asking until EndRelay.
	RelayClosed
	// Problem: something is in the way; Text says what, and what to do. The
	// client keeps trying.
	Problem
	// Recovered: the last Problem is over.
	Recovered
	// Yielded: all is said that Client.Yield has to say.
	Yielded
)

// Event is something the owner of a client should know.
type Event struct {
	Kind  EventKind
	Peer  ID     // the pair's name: the guest's id, on both sides
	Offer []byte // Met; belongs to the receiver
	// Seen (Met) is the IP address at which the server sees the peer, which has
	// proven to it that it receives there; the zero Addr if the peer hides it. The
	// offer is the peer's own word, this is the server's.
	Seen        netip.Addr
	LearntFirst bool // Met: the other side has not got our offer yet
	Channel     Channel
	Rate        int
	Text        string
}

// Timing of a client.
const (
	hostRefresh  = 10 * time.Second // keeps the NAT's mapping too, which may last only 30 s
	guestRefresh = 5 * time.Second  // after the host has answered
	guestConfirm = 2 * pushGap      // the same, the first time after our offer has changed: it may be an answer to the one before
	relayRefresh = 5 * time.Second
	idleRetry    = 2 * time.Second // nobody hosts, no room, another host
	minGap       = 50 * time.Millisecond
	urgentFor    = 3 * time.Second // after Urge

	silentAfter    = 5 * time.Second // without an answer: the server is out of reach
	relayLostAfter = 12 * time.Second

	leaveCopies = 3 // nobody answers a farewell, so it is said more than once
	maxEvents   = 256
	maxBadSeals = 3 // until the player is told
)

// retry is how long to wait for an answer before asking for the nth time again.
func retry(n int) time.Duration {
	return min(200*time.Millisecond<<min(n, 4), 3*time.Second)
}

// trouble is what is in the way just now.
type trouble int

// ofRelay are those that the meeting itself does not mind.
func (t trouble) ofRelay() bool { return t >= troubleNoRelay }

const (
	noTrouble trouble = iota
	troubleSilent
	troubleNobody
	troubleTaken
	troubleFull
	troubleLobby
	troubleSource
	troubleHostFull
	troubleYoung
	troubleVersion
	troubleSeal
	// Of a relay only:
	troubleNoRelay
	troubleRelayFull
	troubleRelaySource
)

// Client is one side of a meeting. Its methods must not be called at the same
// time.
type Client struct {
	config Config
	side   byte
	seal   cipher.AEAD
	tag    [8]byte
	cookie [8]byte

	session [16]byte // the host's: drawn, or as the server told the guest
	version uint64   // of our offer
	pairs   []*pair  // host: guests let in, at most MaxGuests; guest: itself
	maxPeer int
	removed []ID          // host: guests sent away, the last maxPast
	past    []pastSession // guest: earlier sessions of the host, the last maxPast

	home      timer // register or ask
	yielded   bool  // host: the code is somebody else's
	settled   bool  // host: registered; guest: the host has answered
	turned    string
	closed    bool
	heard     time.Duration
	trouble   trouble
	badSeals  int
	answering []byte        // guest: its sealed offer
	unsure    bool          // guest: no answer has come since that changed
	urgent    time.Duration // until when the other side's news cannot wait

	sends  []Send
	asks   bool // the server answers something that was to be sent
	events []Event
}

// maxPast bounds what a client remembers of what is over.
const maxPast = 64

// pastSession is a session of the host and how far its offers had come.
type pastSession struct {
	session [16]byte
	version uint64
}

// pair is what one side knows of the other.
type pair struct {
	id      ID
	known   bool   // a letter of the other side has come
	version uint64 // of it
	mark    [8]byte
	answer  []byte // host: sealed, nil once our offer has changed
	reply   timer  // host: the answer, until it is kept
	relay   relayState
}

// timer is a request that is repeated until it is answered, and then refreshed.
type timer struct {
	on    bool
	due   time.Duration
	sent  time.Duration // last time
	since time.Duration // first time without an answer
	tries int           // without an answer
	anew  bool          // what it asks for has changed since it was sent
}

func (t *timer) start(now time.Duration) {
	*t = timer{on: true, due: now, sent: now - minGap}
}

// answered plans the next time. What the answer does not know yet is not put off.
func (t *timer) answered(now, next time.Duration) {
	t.tries = 0
	if !t.anew {
		t.due = now + next
	}
}

// hurry makes it due now, but for a gap that keeps a server's every word from
// drawing another one.
func (t *timer) hurry(now time.Duration) {
	if t.on {
		t.due, t.anew = max(now, t.sent+minGap), true
	}
}

// fire reports whether it is due, and plans the next try, soon if that is urgent.
func (t *timer) fire(now time.Duration, urgent bool) bool {
	if !t.on || now < t.due {
		return false
	}
	if t.tries == 0 {
		t.since = now
	}
	t.sent, t.due, t.anew = now, now+retry(t.tries), false
	if t.tries++; urgent {
		t.due = now + retry(0)
	}
	return true
}

// NewHost makes the side that has made the code.
func NewHost(config Config, now time.Duration) (*Client, error) {
	c, err := newClient(config, sideHost, now)
	if err != nil {
		return nil, err
	}
	if c.maxPeer = config.MaxGuests; c.maxPeer == 0 {
		c.maxPeer = 15
	}
	if c.maxPeer < 1 || c.maxPeer > 255 {
		return nil, fmt.Errorf("rendezvous: MaxGuests is %d; it must be 1 to 255", config.MaxGuests)
	}
	err = c.draw(c.session[:])
	if err == nil && config.Owner == [16]byte{} {
		err = c.draw(c.config.Owner[:])
	}
	return c, err
}

// NewGuest makes the side that was given the code.
func NewGuest(config Config, now time.Duration) (*Client, error) {
	c, err := newClient(config, sideGuest, now)
	if err != nil {
		return nil, err
	}
	self := &pair{}
	c.pairs, c.maxPeer = []*pair{self}, 1
	return c, c.draw(self.id[:])
}

func newClient(config Config, side byte, now time.Duration) (*Client, error) {
	switch {
	case config.Rand == nil:
		return nil, errors.New("rendezvous: Config.Rand is nil: give crypto/rand.Reader")
	case !config.Server.IsValid() || config.Server.Port() == 0:
		return nil, errors.New("rendezvous: Config.Server is no address")
	case len(config.Offer) > MaxOffer:
		return nil, fmt.Errorf("rendezvous: the offer has %d bytes, at most %d", len(config.Offer), MaxOffer)
	}
	config.Server = netip.AddrPortFrom(config.Server.Addr().Unmap(), config.Server.Port())
	config.Offer = append([]byte(nil), config.Offer...)
	c := &Client{config: config, side: side, seal: newSeal(config.Keys.Seal), version: 1, heard: now}
	c.home.start(now)
	return c, c.draw(c.tag[:])
}

func (c *Client) draw(b []byte) error {
	if _, err := io.ReadFull(c.config.Rand, b); err != nil {
		return fmt.Errorf("rendezvous: no random numbers: %w", err)
	}
	return nil
}

// Self is the guest's id, by which host and guest call their pair. A host has
// one for each guest.
func (c *Client) Self() ID {
	if c.side == sideGuest {
		return c.pairs[0].id
	}
	return ID{}
}

// Advance does what is due; now is the time since any fixed moment and never
// goes back.
func (c *Client) Advance(now time.Duration) {
	if c.closed {
		return
	}
	urgent := now < c.urgent
	if c.home.fire(now, urgent) {
		c.sendHome(now)
	}
	for _, p := range c.pairs {
		if p.reply.fire(now, urgent) {
			c.sendAnswer(p)
		}
		c.advanceRelay(now, p)
	}
	if since, waiting := c.waiting(); waiting && now-max(since, c.heard) >= silentAfter {
		c.troubled(troubleSilent)
	}
}

// waiting reports whether an answer is outstanding, and since when.
func (c *Client) waiting() (since time.Duration, waiting bool) {
	if c.home.on && c.home.tries > 0 && !c.yielded {
		return c.home.since, true
	}
	return 0, false
}

// Next is when Advance is due again.
func (c *Client) Next() time.Duration {
	const never = 1<<63 - 1
	next := time.Duration(never)
	if c.closed {
		return next
	}
	if c.home.on {
		next = c.home.due
	}
	for _, p := range c.pairs {
		if p.reply.on {
			next = min(next, p.reply.due)
		}
		if p.relay.on {
			next = min(next, p.relay.due)
		}
	}
	return next
}

// AppendSends appends what is to be sent to the server.
func (c *Client) AppendSends(dst []Send) []Send {
	dst = append(dst, c.sends...)
	c.sends = c.sends[:0]
	return dst
}

// Asks reports whether the server answers anything of what AppendSends has given since Asks was
// called last.
func (c *Client) Asks() bool {
	asks := c.asks
	c.asks = false
	return asks
}

// AppendEvents appends what has happened.
func (c *Client) AppendEvents(dst []Event) []Event {
	dst = append(dst, c.events...)
	c.events = c.events[:0]
	return dst
}

// SetOffer gives the other side new addresses.
func (c *Client) SetOffer(now time.Duration, offer []byte) error {
	if len(offer) > MaxOffer {
		return fmt.Errorf("rendezvous: the offer has %d bytes, at most %d", len(offer), MaxOffer)
	}
	c.config.Offer = append([]byte(nil), offer...)
	c.version++
	c.answering = nil
	if c.yielded {
		return nil // no answer of this client is taken any more
	}
	if c.side == sideGuest {
		c.unsure = true
		c.home.hurry(now)
		return nil
	}
	for _, p := range c.pairs {
		p.answer = nil
		p.reply.start(now)
	}
	return nil
}

// Restart asks for everything again at once: the way to the server has changed,
// from UDP to TCP, say, or the computer has slept.
func (c *Client) Restart(now time.Duration) {
	if c.closed {
		return
	}
	c.heard = now
	c.hurryAll(now)
}

// Urge asks for the other side's news soon, and again and again for a while: the way to
// it is lost, and what the server has told of it may have been lost as well. Not at once:
// our own offer may be about to change, and had better be there first.
func (c *Client) Urge(now time.Duration) {
	c.urgent = now + urgentFor
	c.home.due = min(c.home.due, now+guestConfirm)
}

func (c *Client) hurryAll(now time.Duration) {
	c.home.hurry(now)
	for _, p := range c.pairs {
		if p.reply.tries > 0 {
			p.reply.hurry(now)
		}
		p.relay.hurry(now)
	}
}

// Remove sends a guest away; its place is free for another one. Who holds the
// code can come again under another id.
func (c *Client) Remove(guest ID) {
	if c.side != sideHost {
		return
	}
	for i, p := range c.pairs {
		if p.id == guest {
			c.pairs = append(c.pairs[:i], c.pairs[i+1:]...)
			if len(c.removed) >= maxPast {
				c.removed = c.removed[1:]
			}
			c.removed = append(c.removed, guest)
			c.request(message{kind: leave, owner: c.config.Owner, guest: guest})
			return
		}
	}
}

// Yield has the code lead to whoever hosts with it next, which is no longer this host.
// The relays to its guests stay: the server keeps those without a lobby. Nobody answers
// that, so it is said again and again for as long as the server would keep the code for a
// silent host.
func (c *Client) Yield(now time.Duration) {
	if c.closed || c.yielded || c.side != sideHost {
		return
	}
	c.yielded = true
	c.home.start(now)
	for _, p := range c.pairs {
		p.reply = timer{}
	}
}

// Close tells the server that this side is gone. What it wants sent for that
// must still be sent; after that the client does nothing any more.
func (c *Client) Close() {
	if c.closed {
		return
	}
	c.closed = true
	m := message{kind: leave}
	if c.side == sideHost {
		m.owner = c.config.Owner
	} else {
		m.guest = c.pairs[0].id
	}
	for range leaveCopies {
		c.request(m)
	}
}

func (c *Client) request(m message) {
	c.asks = c.asks || m.kind != leave
	m.tag, m.cookie, m.lookup = c.tag, c.cookie, c.config.Keys.Lookup
	c.sends = append(c.sends, Send{Source{Addr: c.config.Server}, appendMessage(nil, &m)})
}

// emit adds an event. When the owner leaves maxEvents untaken, the oldest goes.
func (c *Client) emit(e Event) {
	if len(c.events) >= maxEvents {
		c.events = append(c.events[:0], c.events[1:]...)
	}
	c.events = append(c.events, e)
}
