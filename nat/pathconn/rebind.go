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

// failed judges a read of m that failed, the nth in a row. It returns nil if the
// reader shall go on.
func (p *mainPort) failed(m *mainSocket, err error, failures *int) error {
	switch {
	case p.replaced(m) || p.interrupted(err):
		return nil
	case errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	*failures++
	broken := *failures >= limit(err)
	if broken && p.open == nil {
		return err
	}
	p.counts.readErrors.Add(1)
	if broken {
		*failures = 0
		p.bury(m)
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

// replaced reports whether m is dead while QUIC reads on.
func (p *mainPort) replaced(m *mainSocket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && (p.dead.Load() || p.Load() != m)
}

// judge looks at what became of a send by m: sends that fail because of the
// socket itself give away that it is dead, even if reading it just waits.
func (p *mainPort) judge(m *mainSocket, err error) {
	switch {
	case err == nil:
		if p.failedSends.Load() != 0 {
			p.failedSends.Store(0)
		}
	case p.open != nil && isAny(err, lastingErrors) && p.failedSends.Add(1) >= deadSends:
		p.bury(m)
	}
}

// bury closes a dead socket, which ends a read that waits.
func (p *mainPort) bury(m *mainSocket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.Load() != m || p.dead.Load() {
		return
	}
	p.failedSends.Store(0)
	now := time.Now()
	if now.Sub(p.born) >= rebindCalm {
		p.pause, p.retryAt = 0, now
	} else {
		p.wait(now)
	}
	p.dead.Store(true)
	m.conn.Close()
}

// revive makes the next attempt to replace a dead socket, or waits until it is
// due or something else has happened that the reader must look at.
func (p *mainPort) revive() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case p.closed:
		return net.ErrClosed
	case !p.dead.Load():
		return nil
	case !p.deadline.IsZero() && !now.Before(p.deadline):
		return os.ErrDeadlineExceeded
	case !now.Before(p.retryAt):
		p.replace(now)
		return nil
	}
	wait := p.retryAt.Sub(now)
	if !p.deadline.IsZero() {
		wait = min(wait, p.deadline.Sub(now))
	}
	p.mu.Unlock()
	timer := time.NewTimer(wait)
	select {
	case <-timer.C:
	case <-p.kick:
	}
	timer.Stop()
	p.mu.Lock()
	return nil
}

// replace opens a new socket. mu is held, and the old one is closed.
func (p *mainPort) replace(now time.Time) {
	socket, err := p.open(p.addr().Port())
	if errors.Is(err, errAddressInUse) {
		socket, err = p.open(0)
	}
	if err != nil {
		p.wait(now)
		return
	}
	m := newMain(socket)
	p.setup.repeat(m)
	p.born = now
	p.woken = false // the reader is awake, and takes what waits for it first
	m.conn.SetReadDeadline(p.deadline)
	p.Store(m)
	p.dead.Store(false)
	p.counts.rebinds.Add(1)
}

// wait puts the next attempt off, twice as long as the last one was.
func (p *mainPort) wait(now time.Time) {
	p.pause = min(max(2*p.pause, rebindFirst), rebindLast)
	p.retryAt = now.Add(p.pause)
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
