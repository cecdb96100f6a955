package pathconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Stats are counts since the socket was opened. Bytes are UDP payload. A send
// that the kernel cut into segments counts as that many packets.
type Stats struct {
	PacketsSent, PacketsReceived uint64
	BytesSent, BytesReceived     uint64
	SendErrors                   uint64 // packets that could not be sent
	ReadErrors                   uint64 // reads that failed and were tried again
	Rebinds                      uint64 // sockets that took the place of a dead one
	Unhandled                    uint64 // packets that are not QUIC and had no handler
	Overflowed                   uint64 // packets of extra sockets and carriers dropped because QUIC read too slowly
}

// Conn is one socket with a virtual address for each peer. All methods may be
// called from any goroutine.
type Conn struct {
	main    atomic.Pointer[mainSocket]
	start   time.Time
	rebind  rebinding
	nat64   atomic.Pointer[netip.Prefix] // nil where IPv4 is reached as such
	dead    atomic.Bool                  // main is closed and waits for another; changed under mu
	table   table
	handler atomic.Pointer[func(b []byte, by Route)]
	reading sync.WaitGroup // the goroutines of extra sockets
	waiting atomic.Bool    // injected is not empty
	rest    remainder
	parting partsTable
	parted  atomic.Uint32 // packets that went in parts

	mu       sync.Mutex
	closed   bool
	sockets  map[int]*extra
	numbered int
	injected []injection
	inARow   int       // packets of injected read since the main socket was
	woken    bool      // the socket's read deadline is not the owner's
	deadline time.Time // the owner's

	packetsSent, packetsReceived, bytesSent, bytesReceived atomic.Uint64
	sendErrors, readErrors, unhandled, overflowed, rebinds atomic.Uint64
	failedSends                                            atomic.Int64 // in a row, by a dead socket
}

// udpSocket is what the fast path needs of a *net.UDPConn.
type udpSocket interface {
	net.PacketConn
	ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error)
	WriteMsgUDPAddrPort(b, oob []byte, addr netip.AddrPort) (n, oobn int, err error)
	SyscallConn() (syscall.RawConn, error)
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
}

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
	c.rebind.open = reopen(network, addr)
	return c, nil
}

// Over puts virtual addresses on an open socket, a real or a simulated one. The
// socket belongs to the Conn from then on.
func Over(socket net.PacketConn) *Conn {
	c := &Conn{start: time.Now(), rebind: rebinding{kick: make(chan struct{}, 1), born: time.Now()}}
	c.main.Store(newMain(socket))
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
func (c *Conn) Addr() netip.AddrPort { return addrPort(c.LocalAddr()) }

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
		c.handler.Store(nil)
		return
	}
	c.handler.Store(&handle)
}

// Send sends one packet that is not QUIC to a real address.
func (c *Conn) Send(b []byte, to netip.AddrPort) error { return c.SendBy(b, Route{Addr: to}) }

// Stats returns the counts so far.
func (c *Conn) Stats() Stats {
	return Stats{
		PacketsSent: c.packetsSent.Load(), PacketsReceived: c.packetsReceived.Load(),
		BytesSent: c.bytesSent.Load(), BytesReceived: c.bytesReceived.Load(),
		SendErrors: c.sendErrors.Load(), ReadErrors: c.readErrors.Load(), Unhandled: c.unhandled.Load(),
		Overflowed: c.overflowed.Load(), Rebinds: c.rebinds.Load(),
	}
}

// ReadFrom implements net.PacketConn with virtual addresses.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	for failures := 0; ; {
		if c.rest.peer != nil {
			p, n, _, _ := c.rest.take(b, nil)
			return n, p.addr, nil
		}
		if p, n := c.next(b); p != nil {
			return n, p.addr, nil
		}
		if c.dead.Load() {
			if err := c.revive(); err != nil {
				return 0, nil, err
			}
			continue
		}
		m := c.main.Load()
		n, from, err := m.conn.ReadFrom(b)
		if err != nil {
			if err := c.failed(m, err, &failures); err != nil {
				return 0, nil, err
			}
			continue
		}
		failures = 0
		if p, first, rest := c.received(b[:n], addrPort(from)); p != nil {
			if rest != nil {
				c.rest.keep(p, rest, nil, 0)
			}
			return copy(b, first), p.addr, nil
		}
	}
}

// WriteTo implements net.PacketConn with virtual addresses.
func (c *Conn) WriteTo(b []byte, addr net.Addr) (int, error) {
	p := c.table.fromVirtual(addrPort(addr))
	if p == nil {
		c.sendErrors.Add(1)
		return len(b), nil
	}
	if len(p.spared(b, 0)) < len(b) {
		return len(b), nil
	}
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	first, _, whole, held := c.gather(p, b, nil, room)
	if held {
		return len(b), nil
	}
	if first != nil {
		if err := c.send(p, first); err != nil {
			return len(b), err
		}
	}
	return len(b), c.send(p, whole)
}

// send sends one packet where those of a peer go.
func (c *Conn) send(p *peer, b []byte) error {
	c.double(p, b, 0)
	to := p.path.Load()
	c.note(p, b, 0, to)
	if !to.plain() || c.parts(p, b) {
		return c.writeBy(p, to, b, 0)
	}
	return c.wrote(p, 1, len(b), c.writeMain(b, to.addr))
}

// writeMain sends one packet by the main socket.
func (c *Conn) writeMain(b []byte, to *net.UDPAddr) error {
	m := c.main.Load()
	_, err := m.conn.WriteTo(b, c.onWire(to))
	c.judge(m, err)
	return err
}

// LocalAddr returns the local address of the socket.
func (c *Conn) LocalAddr() net.Addr { return c.main.Load().conn.LocalAddr() }

// SetWriteDeadline implements net.PacketConn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.main.Load().conn.SetWriteDeadline(t) }

// Close closes all sockets. It must not be called from a handler.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	extras := c.sockets
	c.sockets = nil
	var err error
	if !c.dead.Swap(false) {
		err = c.main.Load().conn.Close()
	}
	c.rebind.wake()
	c.mu.Unlock()
	for _, e := range extras {
		e.socket.Close()
	}
	c.reading.Wait()
	return err
}

// SetReadBuffer and SetWriteBuffer are there because quic-go asks for large
// buffers and complains in the log of whoever cannot be asked.
func (c *Conn) SetReadBuffer(bytes int) error {
	c.rebind.setup.note(&c.rebind.setup.read, bytes)
	if udp := c.main.Load().udp; udp != nil {
		return udp.SetReadBuffer(bytes)
	}
	return nil
}

// SetWriteBuffer: see SetReadBuffer.
func (c *Conn) SetWriteBuffer(bytes int) error {
	c.rebind.setup.note(&c.rebind.setup.write, bytes)
	if udp := c.main.Load().udp; udp != nil {
		return udp.SetWriteBuffer(bytes)
	}
	return nil
}

// received counts a packet of the main socket and sorts it.
func (c *Conn) received(b []byte, from netip.AddrPort) (p *peer, packet, rest []byte) {
	c.packetsReceived.Add(1)
	c.bytesReceived.Add(uint64(len(b)))
	return c.sort(b, c.Canonical(from), 0)
}

// sort finds out whose a payload is. For one of QUIC that is p, and packet is what
// is in it; of a payload of two rest is the second, of one that holds a part of a packet
// there is none until the others have come. What is not QUIC goes to the
// handler. The packet may be a part of b.
func (c *Conn) sort(b []byte, from netip.AddrPort, socket int) (p *peer, packet, rest []byte) {
	if len(b) > 0 && socket != Carried {
		if isQUIC(b) {
			return c.from(socket, from, b), b, nil
		}
		switch b[0] {
		case bundleMark:
			if first, second, ok := unbundle(b); ok {
				return c.from(socket, from, b), first, second
			}
		case partMark:
			whole, ok := c.parting.join(entrance{socket: socket, from: from}, b)
			if ok {
				p = c.from(socket, from, whole)
				p.getsParts()
			}
			return p, whole, nil
		}
	}
	if len(b) > len(Header{}) {
		if relay, d := c.relayed(b, from, socket); d != nil {
			return c.unwrapped(d, b[len(Header{}):], relay)
		}
	}
	c.handle(b, Route{Socket: socket, Addr: from})
	return nil, nil, nil
}

// unwrapped is sort for what a relay's packet holds.
func (c *Conn) unwrapped(d *door, b []byte, relay Route) (p *peer, packet, rest []byte) {
	first, second, two := unbundle(b)
	switch {
	case isQUIC(b):
		first = b
	case two:
	case b[0] == partMark:
		whole, ok := c.parting.join(d.entrance, b)
		if !ok {
			return nil, nil, nil
		}
		d.peer.getsParts()
		b, first = whole, whole
	default:
		c.handle(b, relay)
		return nil, nil, nil
	}
	c.table.pass(d, c.now(), b)
	return d.peer, first, second
}

// relayed returns the relay that a packet came by and the door that it goes
// through, nil if it came by none. The relay may be a server or another peer.
func (c *Conn) relayed(b []byte, from netip.AddrPort, socket int) (relay Route, d *door) {
	relay = Route{Addr: from, Header: Header(b)}
	if d = c.table.door(relay.entrance()); d != nil {
		return relay, d
	}
	if by := c.table.door(entrance{socket: socket, from: from}); by != nil {
		relay = Route{Via: by.peer.virtual, Header: Header(b)}
		d = c.table.door(relay.entrance())
	}
	return relay, d
}

// isQUIC tells by the first byte (RFC 9443 section 3).
func isQUIC(b []byte) bool { return b[0]&0xc0 != 0 }

// from returns the peer whose packets come by a socket from an address; it is
// new if nobody's did. What came is payload.
func (c *Conn) from(socket int, from netip.AddrPort, payload []byte) *peer {
	if d := c.table.door(entrance{socket: socket, from: from}); d != nil {
		c.table.pass(d, c.now(), payload)
		return d.peer
	}
	p := c.table.at(c.destination(Route{Socket: socket, Addr: from}), onlyPaid)
	p.paid(len(payload))
	return p
}

func (c *Conn) handle(b []byte, by Route) {
	if handle := c.handler.Load(); handle != nil && len(b) > 0 {
		(*handle)(b, by)
	} else {
		c.unhandled.Add(1)
	}
}

// now is the time since the start, never 0.
func (c *Conn) now() time.Duration { return time.Since(c.start) + 1 }

// over reports whether Close has been called.
func (c *Conn) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// wrote counts what was sent to p, or swallows why it was not.
func (c *Conn) wrote(p *peer, packets, bytes int, err error) error {
	if err == nil {
		if p.failed.Load() != nil {
			p.failed.Store(nil)
		}
		c.sent(packets, bytes)
		return nil
	}
	if errors.Is(err, net.ErrClosed) && (c.rebind.open == nil || c.over()) {
		return err
	}
	failure := err // so that err itself need not be on the heap
	p.failed.Store(&failure)
	c.sendErrors.Add(uint64(packets))
	return nil
}

func (c *Conn) sent(packets, bytes int) {
	c.packetsSent.Add(uint64(packets))
	c.bytesSent.Add(uint64(bytes))
}

func addrPort(a net.Addr) netip.AddrPort {
	if udp, ok := a.(*net.UDPAddr); ok {
		return unmap(udp.AddrPort())
	}
	parsed, _ := netip.ParseAddrPort(a.String())
	return unmap(parsed)
}
