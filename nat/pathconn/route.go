package pathconn

import (
	"errors"
	"net"
	"net/netip"
	"sync"
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

var (
	errNoRoom   = errors.New("the connection to the relay is congested")
	errNoSocket = errors.New("the socket of this path is closed")
	errChain    = errors.New("the player who passes packets on is reached by a relay himself")
	errNowhere  = errors.New("no path is known yet")
	errNobody   = errors.New("nobody has this virtual address")
)

// destination makes a route ready for use.
func (c *Conn) destination(r Route) *destination {
	r.Addr = c.Canonical(r.Addr)
	d := &destination{Route: r, addr: net.UDPAddrFromAddrPort(r.Addr)}
	if r.Socket != 0 {
		d.socket = c.extra(r.Socket)
	}
	if r.Via.IsValid() {
		d.via = c.table.fromVirtual(r.Via)
	}
	return d
}

// VirtualBy returns the virtual address of the peer at the other end of a
// route. It is assigned if there is none yet.
func (c *Conn) VirtualBy(r Route) netip.AddrPort {
	p := c.table.at(c.destination(r), nil)
	p.named()
	return p.virtual
}

// SetRoute sends packets for a virtual address by a route from now on, and takes
// what comes by it as that peer's. It reports whether anybody has that virtual
// address. As for SetPath, the caller must know that the peer is there.
func (c *Conn) SetRoute(virtual netip.AddrPort, r Route) bool {
	return c.table.setRoute(virtual, c.destination(r))
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
		p.also.Store(c.destination(r))
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
	return c.countSend(b, c.writeVia(p, b))
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
	return c.now() - time.Duration(d.heard.Load()), true
}

// SendBy sends one packet that is not QUIC by a route.
func (c *Conn) SendBy(b []byte, r Route) error {
	return c.countSend(b, c.write(c.destination(r), b))
}

func (c *Conn) countSend(b []byte, err error) error {
	if err != nil {
		c.sendErrors.Add(1)
		return err
	}
	c.sent(1, len(b))
	return nil
}

// Deliver takes a packet that came from a relay by a carrier. Like those from
// extra sockets, packets of QUIC wait in a bounded queue until QUIC reads.
func (c *Conn) Deliver(b []byte, from netip.AddrPort) {
	c.packetsReceived.Add(1)
	c.bytesReceived.Add(uint64(len(b)))
	if p, first, rest := c.sort(b, c.Canonical(from), Carried); p != nil {
		c.inject(p, first)
		if rest != nil {
			c.inject(p, rest)
		}
	}
}

// wrapped holds a packet with a relay's header before it.
var wrapped = sync.Pool{New: func() any { return new([2048]byte) }}

// write sends one packet to a destination that is not plain.
func (c *Conn) write(d *destination, b []byte) error {
	if d.relayed() {
		buf := wrapped.Get().(*[2048]byte)
		defer wrapped.Put(buf)
		b = append(append(buf[:0], d.Header[:]...), b...)
		switch {
		case d.Via.IsValid():
			return c.writeVia(d.via, b)
		case d.Carrier == nil:
		case !d.Carrier.Send(b):
			return errNoRoom
		default:
			return nil
		}
	}
	return c.writeStraight(d, b)
}

// writeVia sends one packet by the way that a peer's packets take now.
func (c *Conn) writeVia(p *peer, b []byte) error {
	if p == nil {
		return errNobody
	}
	d := p.path.Load()
	if d.relayed() || d.socket != nil && d.socket.udp == nil { // such as at a TURN server
		return errChain
	}
	return c.writeStraight(d, b)
}

func (c *Conn) writeStraight(d *destination, b []byte) error {
	switch {
	case d.Route.Socket == 0:
		return c.writeMain(b, d.addr)
	case d.Route.Socket == nowhere:
		return errNowhere
	case d.socket == nil:
		return errNoSocket
	}
	to := d.Route.Addr
	if d.socket.udp != nil {
		to = c.Wire(to) // others, such as those at a TURN server, have IPv4 of their own
	}
	_, err := d.socket.socket.WriteToUDPAddrPort(b, to)
	if errors.Is(err, net.ErrClosed) {
		return errNoSocket // QUIC would take the other one for its own socket's end
	}
	return err
}

// double sends what QUIC writes by the other route of a peer, if there is one. It
// is an attempt: what cannot be sent is counted and otherwise not spoken of.
func (c *Conn) double(p *peer, b []byte, size int) {
	to := p.also.Load()
	if to != nil {
		c.note(p, b, size, to)
	}
	for to != nil && len(b) > 0 {
		packet := b
		if size > 0 && len(b) > size {
			packet = b[:size]
		}
		if c.writeQUIC(p, to, packet) == nil {
			c.sent(1, len(packet))
		} else {
			c.sendErrors.Add(1)
		}
		b = b[len(packet):]
	}
}

// writeBy sends what QUIC writes, which the kernel would have cut at size, by a
// destination that is not plain. Control messages are left out: they are for
// the main socket, and a relay's header must stand before each packet.
func (c *Conn) writeBy(p *peer, d *destination, b []byte, size int) error {
	for {
		packet := b
		if size > 0 && len(b) > size {
			packet = b[:size]
		}
		if err := c.wrote(p, 1, len(packet), c.writeQUIC(p, d, packet)); err != nil {
			return err
		}
		if b = b[len(packet):]; len(b) == 0 {
			return nil
		}
	}
}
