package natsim

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// Start lets the virtual clock follow time.Now, from where it stands, until
// Stop. It starts one goroutine.
func (s *Sim) Start() {
	l := &s.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		return
	}
	l.running = true
	l.origin = time.Now().Add(-s.now)
	l.kick = make(chan struct{}, 1)
	l.stop = make(chan struct{})
	l.done = make(chan struct{})
	go s.pump()
}

// Stop halts the clock. Connections stay open, but nothing arrives any more.
func (s *Sim) Stop() {
	l := &s.live
	l.mu.Lock()
	if !l.running {
		l.mu.Unlock()
		return
	}
	l.running = false
	close(l.stop)
	l.mu.Unlock()
	<-l.done
}

// Do calls f while nothing else happens, with the clock up to date: the way to
// change a simulation that was started.
func (s *Sim) Do(f func()) {
	l := &s.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		s.Run(time.Since(l.origin))
	}
	f()
}

// pump runs the events as time passes.
func (s *Sim) pump() {
	l := &s.live
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-l.kick:
		case <-timer.C:
		}
		s.Do(func() {
			if next := s.Next(); next != Never {
				timer.Reset(time.Until(l.origin.Add(next)))
			}
		})
	}
}

// maxQueue is how many packets wait in a Conn; when it is full the newest is
// lost, as in a socket buffer.
const maxQueue = 1024

// Conn is a UDP socket of a Host as a net.PacketConn. Deadlines, closing and
// errors behave as those of a *net.UDPConn.
type Conn struct {
	sim    *Sim
	socket *Socket

	mu      sync.Mutex
	queue   []datagram
	arrived chan struct{} // capacity 1: something is in the queue
	closed  chan struct{}
	read    deadline
	write   deadline
}

type datagram struct {
	from netip.AddrPort
	data []byte
}

// ListenPacket opens a UDP socket; port 0 takes a random free one.
func (h *Host) ListenPacket(port uint16) (*Conn, error) {
	c := &Conn{sim: h.sim, arrived: make(chan struct{}, 1), closed: make(chan struct{})}
	c.read.init()
	c.write.init()
	var err error
	h.sim.Do(func() {
		if port != 0 && h.sockets[port] != nil {
			err = &net.OpError{Op: "listen", Net: "udp", Addr: net.UDPAddrFromAddrPort(h.AddrPort(port)),
				Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
			return
		}
		c.socket = h.Listen(port)
		c.socket.OnPacket = c.deliver
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Conn) deliver(from netip.AddrPort, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) >= maxQueue {
		return
	}
	c.queue = append(c.queue, datagram{from, b})
	c.signal()
}

func (c *Conn) signal() {
	select {
	case c.arrived <- struct{}{}:
	default:
	}
}

// ReadFromUDPAddrPort reads one packet; what does not fit b is cut off.
func (c *Conn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		// A deadline that has passed and a closed socket win over packets.
		select {
		case <-c.closed:
			return 0, netip.AddrPort{}, c.opError("read", net.ErrClosed)
		case <-c.read.wait():
			return 0, netip.AddrPort{}, c.opError("read", os.ErrDeadlineExceeded)
		default:
		}
		if d, ok := c.take(); ok {
			return copy(b, d.data), d.from, nil
		}
		select {
		case <-c.closed:
		case <-c.read.wait():
		case <-c.arrived:
		}
	}
}

func (c *Conn) take() (datagram, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return datagram{}, false
	}
	d := c.queue[0]
	c.queue = c.queue[1:]
	if len(c.queue) > 0 {
		c.signal() // for another reader
	}
	return d, true
}

// ReadFrom reads one packet as net.PacketConn wants it.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteToUDPAddrPort sends one packet. It never blocks.
func (c *Conn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteTTL(b, to, 0)
}

// WriteTTL sends one packet with a TTL of its own; 0 stands for the usual 64.
func (c *Conn) WriteTTL(b []byte, to netip.AddrPort, ttl int) (int, error) {
	select {
	case <-c.closed:
		return 0, c.opError("write", net.ErrClosed)
	case <-c.write.wait():
		return 0, c.opError("write", os.ErrDeadlineExceeded)
	default:
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if !to.IsValid() {
		return 0, c.opError("write", errors.New("natsim: not an address to send to"))
	}
	c.sim.Do(func() { c.socket.Send(to, ttl, b) })
	return len(b), nil
}

// WriteTo sends one packet to a *net.UDPAddr.
func (c *Conn) WriteTo(b []byte, to net.Addr) (int, error) {
	addr, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, c.opError("write", errors.New("natsim: not a UDP address"))
	}
	return c.WriteToUDPAddrPort(b, addr.AddrPort())
}

// SetReadBuffer changes nothing, as the queue has a fixed length. Protocol
// stacks ask for it and complain where it is missing.
func (c *Conn) SetReadBuffer(bytes int) error { return nil }

// SetWriteBuffer changes nothing: what is sent is on its way at once.
func (c *Conn) SetWriteBuffer(bytes int) error { return nil }

// LocalAddr is the host's own address, a *net.UDPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.socket.addr) }

// Close frees the port and ends reads that wait.
func (c *Conn) Close() error {
	c.mu.Lock()
	select {
	case <-c.closed:
		c.mu.Unlock()
		return c.opError("close", net.ErrClosed)
	default:
	}
	close(c.closed)
	c.mu.Unlock()
	c.SetDeadline(time.Time{}) // stops the timers
	c.sim.Do(c.socket.Close)
	return nil
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.read.set(t)
	c.write.set(t)
	return nil
}

// SetReadDeadline ends reads at t, also those that wait already; the zero time
// takes the deadline away.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.read.set(t)
	return nil
}

// SetWriteDeadline refuses writes from t on.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.write.set(t)
	return nil
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: c.LocalAddr(), Err: err}
}

// deadline is a channel that is closed from a moment on. The moment may be
// moved, back as well, while others wait for it.
type deadline struct {
	mu     sync.Mutex
	timer  *time.Timer
	passed chan struct{}
}

func (d *deadline) init() { d.passed = make(chan struct{}) }

func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fired := d.timer != nil && !d.timer.Stop()
	d.timer = nil
	if fired {
		// Its function has closed, or is about to close, the old channel.
		d.passed = make(chan struct{})
	}
	select {
	case <-d.passed:
		d.passed = make(chan struct{})
	default:
	}
	if t.IsZero() {
		return
	}
	passed := d.passed
	if wait := time.Until(t); wait <= 0 {
		close(passed)
	} else {
		d.timer = time.AfterFunc(wait, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			select {
			case <-passed:
			default:
				close(passed)
			}
		})
	}
}
