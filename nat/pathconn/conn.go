package pathconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Conn is one socket with a virtual address for each peer. All methods may be
// called from any goroutine.
type Conn struct {
	translator          // between the addresses that all know and those on the wire
	clock      clock    // of all that is timed here
	counts     counters // what Stats tells
	table      table    // who is who
	main       mainPort // what QUIC reads
	extras     extras   // further sockets
	in         sorter   // whose a payload is that has come
	out        sender   // how QUIC's packets leave
}

// clock counts from when a Conn was made.
type clock struct{ start time.Time }

// now is the time since the start, never 0.
func (c clock) now() time.Duration { return time.Since(c.start) + 1 }

// Open opens a socket. The zero AddrPort and [::] listen on all addresses, IPv6
// and IPv4 alike where the system has both; 0.0.0.0 listens on IPv4 only; port 0
// takes any free port.
func Open(bind netip.AddrPort) (*Conn, error) {
	network := "udp"
	addr := bind.Addr().Unmap()
	switch {
	case !addr.IsValid():
		addr = netip.IPv6Unspecified()
	case addr.Is4():
		network = "udp4"
	}
	udp, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, bind.Port())))
	if err != nil && addr == netip.IPv6Unspecified() && !errors.Is(err, errAddressInUse) {
		// No IPv6 on this system.
		network, addr = "udp4", netip.IPv4Unspecified()
		udp, err = net.ListenUDP(network, &net.UDPAddr{Port: int(bind.Port())})
	}
	if errors.Is(err, errAddressInUse) {
		return nil, fmt.Errorf("UDP port %d is already in use on this computer: close the other program or choose another port", bind.Port())
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on UDP %v: %w", netip.AddrPortFrom(addr, bind.Port()), err)
	}
	c := Over(udp)
	c.main.open = reopen(network, addr)
	return c, nil
}

// Over puts virtual addresses on an open socket, a real or a simulated one. The
// socket belongs to the Conn from then on.
func Over(socket net.PacketConn) *Conn {
	c := &Conn{clock: clock{time.Now()}}
	c.main.init(socket, &c.counts)
	c.extras = extras{counts: &c.counts, wire: &c.translator, take: c.take}
	c.table.wire, c.table.extras = &c.translator, &c.extras
	c.in = sorter{table: &c.table, counts: &c.counts, clock: c.clock}
	c.out = sender{outlet: outlet{main: &c.main, wire: &c.translator}, counts: &c.counts, clock: c.clock}
	return c
}

// PacketConn returns what QUIC reads from and writes to: on a real socket with
// control messages (ECN, segmentation), otherwise plain.
func (c *Conn) PacketConn() net.PacketConn {
	if c.main.Load().udp != nil {
		return fast{c}
	}
	return c
}

// Addr returns the local address. Its port changes if the socket has died and the
// port was taken meanwhile.
func (c *Conn) Addr() netip.AddrPort { return c.main.addr() }

// Virtual returns the virtual address of the peer at a real address. It is
// assigned if there is none yet.
func (c *Conn) Virtual(real netip.AddrPort) netip.AddrPort {
	return c.VirtualBy(Route{Addr: real})
}

// Real returns where packets to a virtual address go now, which may be a relay,
// and the zero AddrPort if nobody has that address.
func (c *Conn) Real(virtual netip.AddrPort) netip.AddrPort {
	p := c.table.fromVirtual(virtual)
	if p == nil {
		return netip.AddrPort{}
	}
	to := p.path.Load()
	if to.via != nil {
		return to.via.path.Load().Addr
	}
	return to.Addr
}

// Source returns the address of the peer itself, as far as its packets come
// straight from there, and the zero Addr if a relay passes them on.
func (c *Conn) Source(virtual netip.AddrPort) netip.Addr {
	p := c.table.fromVirtual(virtual)
	if p == nil {
		return netip.Addr{}
	}
	to := p.path.Load()
	if to.relayed() || to.Route.Socket != 0 && (to.socket == nil || to.socket.udp == nil) { // such as at a TURN server
		return netip.Addr{}
	}
	return to.Addr.Addr()
}

// SetPath sends packets for a virtual address to real from now on, and takes
// what comes from real as that peer's. It reports whether anybody has that
// virtual address.
//
// The caller must know that the peer is there: an address that nobody has
// proven lets a stranger draw the packets to himself.
func (c *Conn) SetPath(virtual, real netip.AddrPort) bool {
	return c.SetRoute(virtual, Route{Addr: real})
}

// Hold keeps a virtual address from being forgotten until Release has been
// called as often as Hold.
func (c *Conn) Hold(virtual netip.AddrPort) { c.table.hold(virtual, 1) }

// Release takes back one Hold.
func (c *Conn) Release(virtual netip.AddrPort) { c.table.hold(virtual, -1) }

// SendError returns why the latest packet to a virtual address could not be
// sent, nil if it was sent. It makes a timeout explicable.
func (c *Conn) SendError(virtual netip.AddrPort) error {
	if p := c.table.fromVirtual(virtual); p != nil {
		if err := p.failed.Load(); err != nil {
			return *err
		}
	}
	return nil
}

// Handle sets who gets the packets that are not QUIC, nil for nobody. handle is
// called on the goroutine that reads the socket, and on others at the same time
// when there are extra sockets or carriers: it must not block, and b is valid
// during the call only, when it may be changed.
//
// by is the way that it came: by.Addr is who sent it, by.Socket the socket, 0
// for the main one. What came out of a relay's packet has that relay's address,
// or by.Via if that is another peer, and header, and no socket. A packet of a
// relay itself that came by a carrier has the socket Carried. by.Carrier is
// always nil.
func (c *Conn) Handle(handle func(b []byte, by Route)) {
	if handle == nil {
		c.in.handler.Store(nil)
		return
	}
	c.in.handler.Store(&handle)
}

// Send sends one packet that is not QUIC to a real address.
func (c *Conn) Send(b []byte, to netip.AddrPort) error { return c.SendBy(b, Route{Addr: to}) }

// ReadFrom implements net.PacketConn with virtual addresses.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	for failures := 0; ; {
		if p, n, _, _ := c.main.queued(b, nil); p != nil {
			return n, p.addr, nil
		}
		m, err := c.main.ready()
		if err != nil {
			return 0, nil, err
		}
		if m == nil {
			continue
		}
		n, from, err := m.conn.ReadFrom(b)
		if err != nil {
			if err := c.main.failed(m, err, &failures); err != nil {
				return 0, nil, err
			}
			continue
		}
		failures = 0
		if p, first, rest := c.received(b[:n], addrPort(from)); p != nil {
			if rest != nil {
				c.main.rest.keep(p, rest, nil, 0)
			}
			return copy(b, first), p.addr, nil
		}
	}
}

// received counts a packet of the main socket and sorts it.
func (c *Conn) received(b []byte, from netip.AddrPort) (p *peer, packet, rest []byte) {
	c.counts.received(len(b))
	return c.in.sort(b, c.Canonical(from), 0)
}

// take counts a packet that has come by another way than the main socket and sorts it.
// One of QUIC waits in a bounded queue until QUIC reads.
func (c *Conn) take(b []byte, from netip.AddrPort, socket int) {
	c.counts.received(len(b))
	if p, first, rest := c.in.sort(b, from, socket); p != nil {
		c.main.inject(p, first)
		if rest != nil {
			c.main.inject(p, rest)
		}
	}
}

// WriteTo implements net.PacketConn with virtual addresses.
func (c *Conn) WriteTo(b []byte, addr net.Addr) (int, error) {
	p := c.table.fromVirtual(addrPort(addr))
	if p == nil {
		c.counts.sendErrors.Add(1)
		return len(b), nil
	}
	if len(p.spared(b, 0)) < len(b) {
		return len(b), nil
	}
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	first, _, whole, held := c.out.gather(p, b, nil, room)
	if held {
		return len(b), nil
	}
	if first != nil {
		if err := c.out.send(p, first); err != nil {
			return len(b), err
		}
	}
	return len(b), c.out.send(p, whole)
}

// LocalAddr returns the local address of the socket.
func (c *Conn) LocalAddr() net.Addr { return c.main.Load().conn.LocalAddr() }

// SetReadDeadline implements net.PacketConn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.main.setReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.main.Load().conn.SetWriteDeadline(t) }

// SetDeadline implements net.PacketConn.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadBuffer and SetWriteBuffer are there because quic-go asks for large
// buffers and complains in the log of whoever cannot be asked.
func (c *Conn) SetReadBuffer(bytes int) error {
	c.main.setup.note(&c.main.setup.read, bytes)
	if udp := c.main.Load().udp; udp != nil {
		return udp.SetReadBuffer(bytes)
	}
	return nil
}

// SetWriteBuffer: see SetReadBuffer.
func (c *Conn) SetWriteBuffer(bytes int) error {
	c.main.setup.note(&c.main.setup.write, bytes)
	if udp := c.main.Load().udp; udp != nil {
		return udp.SetWriteBuffer(bytes)
	}
	return nil
}

// Close closes all sockets. It must not be called from a handler.
func (c *Conn) Close() error {
	err := c.main.close()
	c.extras.closeAll()
	return err
}

func addrPort(a net.Addr) netip.AddrPort {
	if udp, ok := a.(*net.UDPAddr); ok {
		return unmap(udp.AddrPort())
	}
	parsed, _ := netip.ParseAddrPort(a.String())
	return unmap(parsed)
}
