package pathconn

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// A socket can die under its owner: a system takes it away while the computer
// sleeps, or with the interface that it was bound to. Every call then fails at
// once, for good. Another socket takes its place, on the same port if that is
// free.
const (
	deadAfter     = 8       // reads in a row that fail otherwise than in passing: the socket is dead
	deadSends     = 2       // sends in a row that fail because of the socket itself: likewise
	maxReadErrors = 1 << 16 // likewise of passing ones; ICMP answers to a thousand punches stay far below it
	rebindFirst   = 50 * time.Millisecond
	rebindLast    = 5 * time.Second
	rebindCalm    = 10 * time.Second // a socket that lived so long was a good one: the pauses begin anew
)

// mainSocket is the socket that QUIC reads, until it dies.
type mainSocket struct {
	conn net.PacketConn
	udp  udpSocket // the same, if it is a real one
}

func newMain(socket net.PacketConn) *mainSocket {
	udp, _ := socket.(udpSocket)
	return &mainSocket{conn: socket, udp: udp}
}

// rebinding is what it takes to put a new socket in the place of a dead one.
type rebinding struct {
	// open opens one, on any port for 0; nil if there are no others. Set once.
	open func(port uint16) (net.PacketConn, error)
	// kick holds a token when whoever waits for the next attempt must look
	// again: there is a packet for it, another deadline, or the end.
	kick  chan struct{}
	setup setup

	// Guarded by Conn.mu.
	retryAt time.Time
	pause   time.Duration
	born    time.Time // when the present socket was opened
}

func (r *rebinding) wake() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// failed judges a read of m that failed, the nth in a row. It returns nil if the
// reader shall go on.
func (c *Conn) failed(m *mainSocket, err error, failures *int) error {
	switch {
	case c.replaced(m) || c.interrupted(err):
		return nil
	case errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	*failures++
	broken := *failures >= limit(err)
	if broken && c.rebind.open == nil {
		return err
	}
	c.readErrors.Add(1)
	if broken {
		*failures = 0
		c.bury(m)
	}
	return nil
}

// limit is how many reads in a row may fail before a socket is taken for dead.
func limit(err error) int {
	if isAny(err, passingErrors) {
		return maxReadErrors
	}
	return deadAfter
}

func isAny(err error, list []error) bool {
	return slices.ContainsFunc(list, func(one error) bool { return errors.Is(err, one) })
}

// replaced reports whether m is dead while the Conn lives on.
func (c *Conn) replaced(m *mainSocket) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closed && (c.dead.Load() || c.main.Load() != m)
}

// judge looks at what became of a send by m: sends that fail because of the
// socket itself give away that it is dead, even if reading it just waits.
func (c *Conn) judge(m *mainSocket, err error) {
	switch {
	case err == nil:
		if c.failedSends.Load() != 0 {
			c.failedSends.Store(0)
		}
	case c.rebind.open != nil && isAny(err, lastingErrors) && c.failedSends.Add(1) >= deadSends:
		c.bury(m)
	}
}

// bury closes a dead socket, which ends a read that waits.
func (c *Conn) bury(m *mainSocket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.main.Load() != m || c.dead.Load() {
		return
	}
	c.failedSends.Store(0)
	now := time.Now()
	if r := &c.rebind; now.Sub(r.born) >= rebindCalm {
		r.pause, r.retryAt = 0, now
	} else {
		r.pause = min(max(2*r.pause, rebindFirst), rebindLast)
		r.retryAt = now.Add(r.pause)
	}
	c.dead.Store(true)
	m.conn.Close()
}

// revive makes the next attempt to replace a dead socket, or waits until it is
// due or something else has happened that the reader must look at.
func (c *Conn) revive() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case c.closed:
		return net.ErrClosed
	case !c.dead.Load():
		return nil
	case !c.deadline.IsZero() && !now.Before(c.deadline):
		return os.ErrDeadlineExceeded
	case !now.Before(c.rebind.retryAt):
		c.replace(now)
		return nil
	}
	wait := c.rebind.retryAt.Sub(now)
	if !c.deadline.IsZero() {
		wait = min(wait, c.deadline.Sub(now))
	}
	c.mu.Unlock()
	timer := time.NewTimer(wait)
	select {
	case <-timer.C:
	case <-c.rebind.kick:
	}
	timer.Stop()
	c.mu.Lock()
	return nil
}

// replace opens a new socket. c.mu is held, and the old one is closed.
func (c *Conn) replace(now time.Time) {
	r := &c.rebind
	socket, err := r.open(c.Addr().Port())
	if errors.Is(err, errAddressInUse) {
		socket, err = r.open(0)
	}
	if err != nil {
		r.pause = min(max(2*r.pause, rebindFirst), rebindLast)
		r.retryAt = now.Add(r.pause)
		return
	}
	m := newMain(socket)
	r.setup.repeat(m)
	r.born = now
	c.woken = false // the reader is awake, and takes what waits for it first
	m.conn.SetReadDeadline(c.deadline)
	c.main.Store(m)
	c.dead.Store(false)
	c.rebinds.Add(1)
}

// reopen opens sockets like the one that Open has opened.
func reopen(network string, addr netip.Addr) func(port uint16) (net.PacketConn, error) {
	return func(port uint16) (net.PacketConn, error) {
		udp, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
		if err != nil {
			return nil, err // not a nil *net.UDPConn in an interface
		}
		return udp, nil
	}
}

// setup remembers what QUIC has done to the socket when it took it over (room
// for packets, ECN, the local address of each packet, no fragments), so that the
// same can be done to the next one.
type setup struct {
	mu          sync.Mutex
	read, write int // bytes; 0 for not set
	controls    []func(fd uintptr)
}

func (s *setup) note(what *int, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*what = bytes
}

// maxControls is more than QUIC's taking over needs; further ones are not
// repeated.
const maxControls = 64

func (s *setup) repeat(m *mainSocket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.udp == nil {
		return
	}
	if s.read > 0 {
		m.udp.SetReadBuffer(s.read)
	}
	if s.write > 0 {
		m.udp.SetWriteBuffer(s.write)
	}
	raw, err := m.udp.SyscallConn()
	if err != nil {
		return
	}
	for _, control := range s.controls {
		raw.Control(control) // what fails now failed the first time or is not vital
	}
}

// recorder is a syscall.RawConn of the main socket of now that remembers what
// is done to it.
type recorder struct {
	syscall.RawConn
	setup *setup
}

func (r recorder) Control(f func(fd uintptr)) error {
	r.setup.mu.Lock()
	if len(r.setup.controls) < maxControls {
		r.setup.controls = append(r.setup.controls, f)
	}
	r.setup.mu.Unlock()
	return r.RawConn.Control(f)
}
