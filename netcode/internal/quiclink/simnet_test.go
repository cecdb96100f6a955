package quiclink

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// simNet is a network in memory for synctest bubbles.
type simNet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*simConn
	delay time.Duration
	// rate, if set, is how many bytes a second each socket's line carries; what would
	// wait for more than queue is lost.
	rate  int
	queue time.Duration
	// drop, if set, says whether a packet is lost.
	drop func(from, to netip.AddrPort, b []byte) bool
	// fail, if set, says why a packet cannot be sent.
	fail func(from, to netip.AddrPort) error
}

// simConn is a socket of a simNet. Its queue is bounded, as a kernel's is.
type simConn struct {
	net    *simNet
	addr   netip.AddrPort
	in     chan simPacket
	closed chan struct{}
	once   sync.Once

	mu             sync.Mutex
	deadline       chan struct{} // closed when reading must end
	packets, bytes int           // sent, with IPv4 and UDP headers
	lineFreeAt     time.Time
}

type simPacket struct {
	b    []byte
	from netip.AddrPort
}

func newSimNet(delay time.Duration) *simNet {
	return &simNet{conns: map[netip.AddrPort]*simConn{}, delay: delay}
}

func (n *simNet) listen(addr string) *simConn {
	c := &simConn{
		net: n, addr: netip.MustParseAddrPort(addr),
		in: make(chan simPacket, 256), closed: make(chan struct{}), deadline: make(chan struct{}),
	}
	n.mu.Lock()
	n.conns[c.addr] = c
	n.mu.Unlock()
	return c
}

// endpoint opens an endpoint at addr.
func (n *simNet) endpoint(t testing.TB, addr string, seed byte) (*Endpoint, *simConn) {
	t.Helper()
	c := n.listen(addr)
	e, err := Listen(Config{Conn: c, Key: testKey(seed)})
	if err != nil {
		t.Fatal(err)
	}
	return e, c
}

func (c *simConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.mu.Lock()
	deadline := c.deadline
	c.mu.Unlock()
	select {
	case <-c.closed:
		return 0, nil, net.ErrClosed
	case <-deadline:
		return 0, nil, os.ErrDeadlineExceeded
	case p := <-c.in:
		return copy(b, p.b), net.UDPAddrFromAddrPort(p.from), nil
	}
}

func (c *simConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	to := addr.(*net.UDPAddr).AddrPort()
	c.net.mu.Lock()
	far, delay := c.net.conns[to], c.net.delay
	rate, queue := c.net.rate, c.net.queue
	lost := far == nil || c.net.drop != nil && c.net.drop(c.addr, to, b)
	var err error
	if c.net.fail != nil {
		err = c.net.fail(c.addr, to)
	}
	c.net.mu.Unlock()
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	c.packets++
	c.bytes += len(b) + 28
	if rate > 0 && !lost {
		now := time.Now()
		wait := max(0, c.lineFreeAt.Sub(now))
		if lost = wait > queue; !lost {
			wait += time.Duration(len(b)+28) * time.Second / time.Duration(rate)
			c.lineFreeAt = now.Add(wait)
			delay += wait
		}
	}
	c.mu.Unlock()
	if lost {
		return len(b), nil
	}
	p := simPacket{append([]byte(nil), b...), c.addr}
	time.AfterFunc(delay, func() {
		select {
		case far.in <- p:
		default:
		}
	})
	return len(b), nil
}

// sent returns how many packets and bytes left this socket.
func (c *simConn) sent() (packets, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.packets, c.bytes
}

func (c *simConn) Close() error {
	c.net.mu.Lock()
	delete(c.net.conns, c.addr)
	c.net.mu.Unlock()
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *simConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

// SetReadDeadline knows two times: now and never. quic-go asks for no other.
func (c *simConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.IsZero() {
		c.deadline = make(chan struct{})
	} else {
		close(c.deadline)
	}
	return nil
}

func (c *simConn) SetDeadline(t time.Time) error      { return c.SetReadDeadline(t) }
func (c *simConn) SetWriteDeadline(t time.Time) error { return nil }

// quic-go complains in the log about a socket without buffers to set.
func (c *simConn) SetReadBuffer(int) error  { return nil }
func (c *simConn) SetWriteBuffer(int) error { return nil }

func (n *simNet) set(change func(n *simNet)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(n)
}
