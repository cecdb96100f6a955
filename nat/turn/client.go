package turn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

const (
	askEvery    = 20 * time.Second // the allocation is refreshed, so that our router keeps its mapping
	renewEvery  = 2 * time.Minute  // a permission, which lasts five (RFC 8656 section 9)
	refusedFor  = 30 * time.Second // what the server refuses is not asked again for so long
	minLifetime = 10 * time.Second // of an allocation; a server that gives less would be asked all the time

	maxWaiting = 64  // packets that wait for one peer's permission; when full the newest is dropped
	maxQueued  = 256 // packets that wait for a slow stream; when full the newest is dropped
)

var (
	errNoAddress = errors.New("turn: an address that nobody can reach")
	errShort     = errors.New("turn: an address for a few seconds")
	errSilent    = errors.New("turn: no answer")
	errGone      = errors.New("turn: the server has forgotten us")
)

// answerError is an error code of a server (RFC 8656 section 19, RFC 8489 section
// 14.8). The server's own words are left out: it may be a stranger's.
type answerError int

const (
	codeTryAlternate      answerError = 300
	codeBadRequest        answerError = 400
	codeUnauthorized      answerError = 401
	codeForbidden         answerError = 403
	codeMismatch          answerError = 437
	codeStale             answerError = 438
	codeFamilyUnsupported answerError = 440
	codeWrongCredentials  answerError = 441
	codeFamilyMismatch    answerError = 443
	codeQuota             answerError = 486
	codeNoCapacity        answerError = 508
)

func (e answerError) Error() string {
	return fmt.Sprintf("turn: the server answers with error %d", int(e))
}

// client is our side of one allocation, from the first question until it is over.
// It does no input or output: what it hears and what the time is are arguments,
// and what is to be sent lies in out. Nothing that a server sends makes it keep
// more than its bounds, or send more than a request's tries.
type client struct {
	account account
	stream  bool             // nothing is lost on the way, and so nothing sent again
	newID   func() stun.TxID // chance

	addr    netip.AddrPort // ours at the server; invalid until it is given
	err     error          // why it is over; nil until then
	leaving bool           // the allocation is being given back
	expires time.Time      // when the server forgets us, unless it is refreshed
	refresh time.Time      // when to do so
	asking  bool           // a refresh is pending
	heard   time.Time      // when the server last said something that makes sense
	next    time.Time      // when advance has something to do

	pending map[stun.TxID]*request // one per peer, one per way, and one more
	peers   map[netip.Addr]*peer
	ways    ways
	out     [][]byte // at most maxQueued packets, and what pending asks
}

// peer is an address that is let in.
type peer struct {
	addr    netip.Addr
	granted bool      // the server has let it in, and not refused since
	asking  bool      // a request is pending
	again   time.Time // when to ask next
	waiting []parcel  // packets for it until it is granted, at most maxWaiting
}

// parcel is a packet for a peer.
type parcel struct {
	b  []byte
	to netip.AddrPort
}

func newClient(s Server, newID func() stun.TxID) *client {
	return &client{account: account{user: s.User, password: s.Password}, stream: s.Transport != UDP, newID: newID,
		pending: map[stun.TxID]*request{}, peers: map[netip.Addr]*peer{}, ways: ways{of: map[netip.AddrPort]*way{}}}
}

// begin asks for an address. Without a name, as a server tells only then of which
// realm it is.
func (c *client) begin(now time.Time) {
	c.next = now.Add(askEvery)
	c.ask(now, &request{kind: allocateRequest})
}

// hear takes a packet of the server. If it holds one of a peer that is let in,
// that is returned; it aliases b.
func (c *client) hear(now time.Time, b []byte) (data []byte, from netip.AddrPort, ok bool) {
	if c.err != nil || len(b) > maxPacket {
		return nil, from, false
	}
	if isChannel(b) {
		number, data, ok := readChannel(b)
		w := c.ways.numbered(number)
		if !ok || w == nil {
			return nil, from, false
		}
		return c.admit(now, data, w.addr)
	}
	m, err := stun.Parse(b)
	if err != nil {
		return nil, from, false
	}
	if m.Type() != dataIndication {
		c.answer(now, m)
		return nil, from, false
	}
	if data, from, ok = readData(m); !ok {
		return nil, from, false
	}
	return c.admit(now, data, from)
}

// admit lets in packets of peers. The server may be of another mind.
func (c *client) admit(now time.Time, data []byte, from netip.AddrPort) ([]byte, netip.AddrPort, bool) {
	c.heard = now
	if c.peers[from.Addr()] == nil {
		return nil, from, false
	}
	if w := c.ways.of[from]; w != nil {
		w.heard = true
	}
	return data, from, true
}

// permit lets exactly these addresses in.
func (c *client) permit(now time.Time, list []netip.Addr) {
	for addr, p := range c.peers {
		if !slices.Contains(list, addr) {
			delete(c.peers, addr)
			c.forget(func(r *request) bool { return r.peer == p })
		}
	}
	for _, addr := range list {
		if c.peers[addr] == nil && addr.IsValid() {
			c.peers[addr] = &peer{addr: addr}
			c.sooner(now)
		}
	}
}

// send queues a packet for a peer. What is longer than any network carries is
// lost, as on a wire.
func (c *client) send(now time.Time, b []byte, to netip.AddrPort) error {
	p := c.peers[to.Addr()]
	switch {
	case p == nil:
		return errNotPermitted
	case len(b) > maxPacket-channelHeader, !p.granted && !p.asking && now.Before(p.again): // refused
		return nil
	case !p.granted && len(p.waiting) == maxWaiting, p.granted && len(c.out) >= maxQueued:
		return errCongested
	case !p.granted:
		p.waiting = append(p.waiting, parcel{slices.Clone(b), to})
		return nil
	}
	c.carry(now, b, to)
	return nil
}

// carry frames a packet for a peer that is granted.
func (c *client) carry(now time.Time, b []byte, to netip.AddrPort) {
	w := c.ways.to(now, to)
	if w != nil && w.wants(now) {
		c.bind(now, w)
	}
	if w != nil && w.usable(now) {
		c.out = append(c.out, channelData(w.number, b, c.stream))
		return
	}
	c.out = append(c.out, indication(c.newID(), b, to))
}

func (c *client) bind(now time.Time, w *way) {
	w.ask(now)
	c.ask(now, &request{kind: channelRequest, way: w})
}

// check asks the server at once whether it still knows us.
func (c *client) check(now time.Time) {
	if c.addr.IsValid() {
		c.refresh = now
		c.sooner(now)
	}
}

// leave gives the address back, and is over when the server has answered or after
// closeLimit. An address that was asked for may have been given meanwhile.
func (c *client) leave(now time.Time) {
	c.leaving = true
	if !c.addr.IsValid() && c.account.key == nil {
		c.end(net.ErrClosed)
		return
	}
	c.forget(func(*request) bool { return true })
	c.out = nil
	c.ask(now, &request{kind: refreshRequest, release: true})
}

// end is where everything ends. The first reason counts.
func (c *client) end(err error) {
	if c.err == nil {
		c.err = err
	}
}

// sooner makes advance look at t, or before.
func (c *client) sooner(t time.Time) {
	if t.Before(c.next) {
		c.next = t
	}
}

// advance does what is due, and returns when it is to be called again.
func (c *client) advance(now time.Time) time.Time {
	if c.err != nil || now.Before(c.next) {
		return c.next
	}
	c.next = now.Add(askEvery)
	for id, r := range c.pending {
		c.retry(now, id, r)
	}
	if c.err == nil && !c.leaving && c.addr.IsValid() {
		c.keep(now)
	}
	return c.next
}

// keep refreshes the allocation, permissions and channels.
func (c *client) keep(now time.Time) {
	if !now.Before(c.expires) {
		c.end(errGone)
		return
	}
	c.sooner(c.expires)
	switch {
	case c.asking:
	case !now.Before(c.refresh):
		c.asking = true
		c.ask(now, &request{kind: refreshRequest})
	default:
		c.sooner(c.refresh)
	}
	for _, p := range c.peers {
		if p.asking {
			continue
		}
		if !now.Before(p.again) {
			p.asking = true
			c.ask(now, &request{kind: permissionRequest, peer: p})
		} else {
			c.sooner(p.again)
		}
	}
	for _, w := range c.ways.of {
		if w.stale(now) {
			c.bind(now, w)
		}
	}
}
