package memlink

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

// Endpoint implements link.Endpoint.
type Endpoint struct {
	network  *Network
	index    int
	key      link.Key
	addr     netip.AddrPort
	offset   time.Duration // of this endpoint's clock
	links    []*half       // not closed
	accepted []*half       // finished and waiting for Accept
	crowd    source.Crowd  // the listening halves whose dialler is not Known
	away     func() (link.Code, string)
	closed   bool
	stats    link.EndpointStats

	vanishedAt time.Duration // nothing leaves after that
}

var _ link.Endpoint = (*Endpoint)(nil)

// Index is the endpoint's number on its network, from 0 in the order of making.
func (e *Endpoint) Index() int { return e.index }

// Key returns the identity that the endpoint was made with.
func (e *Endpoint) Key() link.Key { return e.key }

// Addr returns the address on the network.
func (e *Endpoint) Addr() netip.AddrPort { return e.addr }

// Paths returns nil: the network has one path to everybody.
func (e *Endpoint) Paths() *pathconn.Conn { return nil }

// Now is the network's time, shifted by SetClock.
func (e *Endpoint) Now() time.Duration { return e.network.now + e.offset }

// SetClock makes the endpoint's clock run ahead of the network's by offset (or
// behind it): machines do not share a clock, and tests can say so.
func (e *Endpoint) SetClock(offset time.Duration) { e.offset = offset }

// Wait returns at once: in memory the network's owner makes time pass, with
// Network.Advance.
func (e *Endpoint) Wait(time.Duration) {}

// Wake does nothing: nobody waits.
func (e *Endpoint) Wake() {}

// Stats counts datagrams and messages as packets without any overhead: a
// message is one packet for every MaxDatagramBytes begun, and counts again for
// every retransmission that was drawn. Handshakes, acknowledgements and closes
// are not counted. Sent is before loss. SendErrors are datagrams too large.
func (e *Endpoint) Stats() link.EndpointStats { return e.stats }

// Dial starts a link to addr. Without an answer it fails after 3 s.
func (e *Endpoint) Dial(addr netip.AddrPort, pin *link.Key) link.Link {
	return e.DialFrom(e.addr.Addr(), addr, pin)
}

// DialFrom is Dial from another address of this machine, which may have whole
// networks: the other side judges it by that, and answers it as ever.
func (e *Endpoint) DialFrom(source netip.Addr, addr netip.AddrPort, pin *link.Key) link.Link {
	n := e.network
	n.connections++
	h := newHalf(e, addr, n.pathTo(e, addr), n.secret(n.connections))
	h.dialled, h.source = true, source
	if pin != nil {
		key := *pin
		h.pin = &key
	}
	if e.closed {
		h.fail(link.CodeLeft, "this endpoint is closed and cannot connect")
		return h
	}
	e.links = append(e.links, h)
	n.due.pushAside(n.now+dialTimeout, n.take(h, giveUp))
	h.enqueue(n.take(h, hello))
	return h
}

// pathTo is the path from e to addr. Addresses that no endpoint has lie at the
// end of the path to oneself, where nobody will answer.
func (n *Network) pathTo(e *Endpoint, addr netip.AddrPort) *Path {
	to := int(addr.Port()) - 1
	if to < 0 || to >= n.size {
		to = e.index
	}
	return n.Path(e.index, to)
}

// secret is the binding of a connection.
func (n *Network) secret(connection uint64) [32]byte {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], n.seed)
	binary.LittleEndian.PutUint64(b[8:], connection)
	return sha256.Sum256(b[:])
}

// Accept returns the next link that a dialler has finished to open. It may be
// Closed again already; Receive still hands out what came before the end.
func (e *Endpoint) Accept() link.Link {
	if len(e.accepted) == 0 {
		return nil
	}
	h := e.accepted[0]
	e.accepted = slices.Delete(e.accepted, 0, 1)
	return h
}

// TurnAway implements link.Endpoint.
func (e *Endpoint) TurnAway(words func() (link.Code, string)) {
	e.away = words
	if words == nil {
		return
	}
	for _, h := range e.accepted {
		h.Close(words())
	}
	e.accepted = nil
}

// Close is CloseLinks: there is no socket.
func (e *Endpoint) Close() { e.CloseLinks() }

// CloseLinks closes all links with CodeLeft, those nobody has accepted too, and
// gives up the address.
func (e *Endpoint) CloseLinks() {
	if e.closed {
		return
	}
	for _, h := range slices.Clone(e.links) {
		h.Close(link.CodeLeft, "the player has left")
		h.silentAfter = e.network.now + leaveTimeout
	}
	e.closed = true
	e.accepted = nil
}

// Vanish ends the endpoint as if its process were killed: from now on it sends
// nothing, not even a retransmission, and answers nobody. What is on its way
// still arrives; then the others hear nothing. Its own links are Closed.
func (e *Endpoint) Vanish() {
	e.vanishedAt = min(e.vanishedAt, e.network.now)
	e.closed = true
	e.accepted = nil
	for _, h := range slices.Clone(e.links) {
		h.fail(link.CodeLost, "this endpoint has vanished")
	}
}
