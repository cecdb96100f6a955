package pathconn

import (
	"net/netip"
	"time"
)

// Carried is given as the socket of packets that came by a carrier.
const Carried = -1

// throughRelay stands for any socket and carrier in the entrance of a relay.
const throughRelay = -2

// nowhere is a socket that there never is.
const nowhere = -3

// Header stands before each packet that goes through a relay, in both
// directions. Its first byte is from 1 to 0x3f, so that the whole is not taken
// for QUIC.
type Header [8]byte

// Carrier takes packets to a relay by another way than a UDP socket, such as a
// TCP connection. Send must not block and not keep b; it reports whether there
// was room.
type Carrier interface{ Send(b []byte) bool }

// Route is a way to a peer. Routes can be compared with ==.
type Route struct {
	Socket  int            // 0 for the main socket, or what OpenSocket or AddSocket returned
	Addr    netip.AddrPort // of the peer, or of the relay
	Header  Header         // of the relay; zero for none
	Carrier Carrier        // takes packets to the relay; nil for the socket
	// Via is the virtual address of another peer who is the relay, for Header.
	// Packets go where that peer's go, and not at all while those go through a
	// relay themselves: relays make no chains. Socket, Addr and Carrier are not
	// used then.
	Via netip.AddrPort
}

// Nowhere is the route of a peer to whom nothing is to be sent for now: packets
// for it are lost.
var Nowhere = Route{Socket: nowhere}

func (r Route) relayed() bool { return r.Header != Header{} }

// entrance is where packets come from that take the route the other way. Those
// of a relay may come by any socket or carrier.
func (r Route) entrance() entrance {
	switch {
	case r.Via.IsValid():
		return entrance{throughRelay, r.Via, r.Header}
	case r.relayed():
		return entrance{throughRelay, r.Addr, r.Header}
	}
	return entrance{socket: r.Socket, from: r.Addr}
}

// VirtualBy returns the virtual address of the peer at the other end of a
// route. It is assigned if there is none yet.
func (c *Conn) VirtualBy(r Route) netip.AddrPort {
	p := c.table.at(c.table.destination(r), nil)
	p.named()
	return p.virtual
}

// SetRoute sends packets for a virtual address by a route from now on, and takes
// what comes by it as that peer's. It reports whether anybody has that virtual
// address. As for SetPath, the caller must know that the peer is there.
func (c *Conn) SetRoute(virtual netip.AddrPort, r Route) bool {
	return c.table.setRoute(virtual, c.table.destination(r))
}

// Double sends packets for a virtual address by another route as well from now
// on, while the route in use is in doubt; the zero Route ends it. QUIC drops what
// comes twice. It reports whether anybody has that virtual address.
func (c *Conn) Double(virtual netip.AddrPort, r Route) bool {
	p := c.table.fromVirtual(virtual)
	switch {
	case p == nil:
		return false
	case r == Route{}:
		p.also.Store(nil)
	default:
		p.also.Store(c.table.destination(r))
	}
	return true
}

// Doubled returns the route that packets for a virtual address go by as well, and
// whether there is one.
func (c *Conn) Doubled(virtual netip.AddrPort) (Route, bool) {
	if p := c.table.fromVirtual(virtual); p != nil {
		if also := p.also.Load(); also != nil {
			return also.Route, true
		}
	}
	return Route{}, false
}

// Route returns how packets to a virtual address go now, and whether anybody
// has that address.
func (c *Conn) Route(virtual netip.AddrPort) (Route, bool) {
	if p := c.table.fromVirtual(virtual); p != nil {
		return p.path.Load().Route, true
	}
	return Route{}, false
}

// Expect takes what comes by a route as from a virtual address, while packets to
// it go on as before. It reports whether they will be taken so: an entrance of
// another peer that is held stays that peer's.
//
// So a side that is about to be moved to another path is understood on both.
func (c *Conn) Expect(virtual netip.AddrPort, r Route) bool {
	r.Addr = c.Canonical(r.Addr)
	return c.table.expect(virtual, r.entrance())
}

// Unexpect forgets the way in by a route that is closed.
func (c *Conn) Unexpect(r Route) {
	r.Addr = c.Canonical(r.Addr)
	c.table.forget(r.entrance())
}

// Owner returns the virtual address of the peer whose packets come by a route,
// and whether it is anybody's. It assigns none.
func (c *Conn) Owner(by Route) (virtual netip.AddrPort, ok bool) {
	by.Addr = c.Canonical(by.Addr)
	if d := c.table.door(by.entrance()); d != nil {
		return d.peer.virtual, true
	}
	return netip.AddrPort{}, false
}

// Forward sends one packet that is not QUIC to a peer by whatever route its
// packets take now. A peer that is itself reached by a relay gets nothing: what
// is passed on for others takes no further relay.
func (c *Conn) Forward(b []byte, virtual netip.AddrPort) error {
	p := c.table.fromVirtual(virtual)
	if p == nil {
		return errNobody
	}
	return c.counts.tried(b, c.out.writeVia(p, b))
}

// Heard returns how long ago something that looks like a packet of QUIC last came
// by a route, and whether anything ever did. Anybody can send such a thing.
func (c *Conn) Heard(r Route) (ago time.Duration, ok bool) {
	r.Addr = c.Canonical(r.Addr)
	c.table.mu.RLock()
	d := c.table.byEntrance[r.entrance()]
	c.table.mu.RUnlock()
	if d == nil || d.heard.Load() == 0 {
		return 0, false
	}
	return c.clock.now() - time.Duration(d.heard.Load()), true
}

// SendBy sends one packet that is not QUIC by a route.
func (c *Conn) SendBy(b []byte, r Route) error {
	return c.counts.tried(b, c.out.write(c.table.destination(r), b))
}

// Deliver takes a packet that came from a relay by a carrier. Like those from
// extra sockets, packets of QUIC wait in a bounded queue until QUIC reads.
func (c *Conn) Deliver(b []byte, from netip.AddrPort) { c.take(b, c.Canonical(from), Carried) }
