package pathconn

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// mortal is a socket without a system below it, which dies on demand.
type mortal struct {
	port   uint16
	mu     sync.Mutex
	death  error         // of reads and writes
	mute   bool          // of writes only
	change chan struct{} // closed when one of these changes, or the deadline
	until  time.Time
	closed bool
	sent   int
}

func newMortal(port uint16) *mortal { return &mortal{port: port, change: make(chan struct{})} }

func (m *mortal) set(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.change)
	m.change = make(chan struct{})
}

func (m *mortal) die(err error) { m.set(func() { m.death = err }) }

func (m *mortal) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		m.mu.Lock()
		closed, death, until, change := m.closed, m.death, m.until, m.change
		if m.mute {
			death = nil
		}
		m.mu.Unlock()
		switch {
		case closed:
			return 0, nil, net.ErrClosed
		case death != nil:
			return 0, nil, &net.OpError{Op: "read", Err: os.NewSyscallError("recvfrom", death)}
		case !until.IsZero() && !until.After(time.Now()):
			return 0, nil, os.ErrDeadlineExceeded
		}
		var passed <-chan time.Time
		if !until.IsZero() {
			passed = time.After(time.Until(until))
		}
		select {
		case <-change:
		case <-passed:
		}
	}
}

func (m *mortal) WriteTo(b []byte, to net.Addr) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return 0, net.ErrClosed
	case m.death != nil:
		return 0, &net.OpError{Op: "write", Err: os.NewSyscallError("sendto", m.death)}
	}
	m.sent++
	return len(b), nil
}

func (m *mortal) Close() error                       { m.set(func() { m.closed = true }); return nil }
func (m *mortal) SetReadDeadline(t time.Time) error  { m.set(func() { m.until = t }); return nil }
func (m *mortal) SetWriteDeadline(t time.Time) error { return nil }
func (m *mortal) SetDeadline(t time.Time) error      { return m.SetReadDeadline(t) }
func (m *mortal) LocalAddr() net.Addr {
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(m.port)}
}

// mortals hands out sockets, and remembers which ports were asked for and when.
type mortals struct {
	c      *Conn
	now    *mortal
	start  time.Time
	at     []time.Duration
	ports  []uint16
	refuse func(port uint16) error
	next   func(m *mortal) // what to do to a new one
}

func newMortals() *mortals {
	m := &mortals{now: newMortal(7777), start: time.Now(), refuse: func(uint16) error { return nil }}
	m.c = Over(m.now)
	m.c.main.open = func(port uint16) (net.PacketConn, error) {
		m.at, m.ports = append(m.at, time.Since(m.start)), append(m.ports, port)
		if err := m.refuse(port); err != nil {
			return nil, err
		}
		if port == 0 {
			port = 8888
		}
		m.now = newMortal(port)
		if m.next != nil {
			m.next(m.now)
		}
		return m.now, nil
	}
	return m
}

// TestBackOff: the pauses between attempts double up to 5 s, and whoever reads
// notices nothing but the time.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		time.Sleep(rebindCalm)
		m.start = time.Now()
		m.refuse = func(uint16) error {
			if time.Since(m.start) < 20*time.Second {
				return syscall.EADDRNOTAVAIL
			}
			return nil
		}
		m.now.die(syscall.EBADF)
		done := make(chan error)
		go func() {
			_, _, err := m.c.ReadFrom(make([]byte, 10))
			done <- err
		}()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		ms := time.Millisecond
		want := []time.Duration{0, 50 * ms, 150 * ms, 350 * ms, 750 * ms, 1550 * ms, 3150 * ms, 6350 * ms, 11350 * ms, 16350 * ms, 21350 * ms}
		if !slices.Equal(m.at, want) {
			t.Errorf("attempts at %v, want %v", m.at, want)
		}
		if s := m.c.Stats(); s.Rebinds != 1 || s.ReadErrors != deadAfter {
			t.Errorf("%+v", s)
		}
		if !slices.Equal(m.ports, slices.Repeat([]uint16{7777}, len(want))) || m.c.Addr().Port() != 7777 {
			t.Errorf("ports %v, now %v", m.ports, m.c.Addr())
		}
		m.c.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestOneDeathAfterAnother: sockets that die at once are not opened in a frenzy.
func TestOneDeathAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		m.next = func(n *mortal) { n.death = syscall.ENETDOWN }
		m.now.die(syscall.ENOTCONN)
		done := make(chan error)
		go func() {
			_, _, err := m.c.ReadFrom(make([]byte, 10))
			done <- err
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(m.at); n < 15 || n > 20 {
			t.Errorf("%d sockets in a minute", n)
		}
		m.c.Close()
		<-done
	})
}

// TestTakenPort: another one will do.
func TestTakenPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		m.refuse = func(port uint16) error {
			if port != 0 {
				return &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", errAddressInUse)}
			}
			return nil
		}
		m.now.die(syscall.EBADF)
		m.c.SetReadDeadline(time.Now().Add(time.Second))
		if _, _, err := m.c.ReadFrom(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		if m.c.Addr().Port() != 8888 || m.c.Stats().Rebinds != 1 {
			t.Errorf("the socket is at %v; %+v", m.c.Addr(), m.c.Stats())
		}
		m.c.Close()
	})
}

// TestDeadForSending: a reader that just waits does not hide a death that only
// sends show; one that hears sends again is not disturbed.
func TestDeadForSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		first := m.now
		peer := m.c.Virtual(netip.MustParseAddrPort("192.0.2.1:9"))
		done := make(chan error)
		go func() {
			_, _, err := m.c.ReadFrom(make([]byte, 10))
			done <- err
		}()
		for range 100 { // passing ones
			first.set(func() { first.death, first.mute = syscall.ENETUNREACH, true })
			send(t, m.c, []byte{quicByte}, peer)
		}
		for range 100 { // never two in a row
			for range deadSends - 1 {
				first.set(func() { first.death = syscall.EPIPE })
				send(t, m.c, []byte{quicByte}, peer)
			}
			first.set(func() { first.death = nil })
			send(t, m.c, []byte{quicByte}, peer)
		}
		if m.c.Stats().Rebinds != 0 {
			t.Fatal("a living socket was replaced")
		}
		first.set(func() { first.death = syscall.EPIPE })
		for range deadSends {
			send(t, m.c, []byte{quicByte}, peer)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		send(t, m.c, []byte{quicByte}, peer)
		if m.now == first || m.now.sent != 1 || !first.closed || m.c.SendError(peer) != nil {
			t.Errorf("%+v, %v", m.c.Stats(), m.c.SendError(peer))
		}
		m.c.Close()
		<-done
	})
}

// TestDeadMeanwhile: while there is no socket, what comes by other ways is read,
// deadlines pass, sends are lost and Close ends it.
func TestDeadMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		m.refuse = func(uint16) error { return syscall.EADDRNOTAVAIL }
		server := netip.MustParseAddrPort("192.0.2.1:9")
		relay := Route{Addr: server, Header: Header{0x30, 1}}
		peer := m.c.VirtualBy(relay)
		m.now.die(syscall.EBADF)
		b := make([]byte, 100)
		m.c.SetReadDeadline(time.Now().Add(time.Second))
		if _, _, err := m.c.ReadFrom(b); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		m.c.SetReadDeadline(time.Time{})
		go func() {
			time.Sleep(100 * time.Millisecond)
			m.c.Deliver(append(append([]byte(nil), relay.Header[:]...), quicByte, 5), server)
		}()
		before := time.Now()
		n, from, err := m.c.ReadFrom(b)
		if err != nil || n != 2 || addrPort(from) != peer || time.Since(before) != 100*time.Millisecond {
			t.Errorf("%d bytes from %v after %v, %v", n, from, time.Since(before), err)
		}
		send(t, m.c, []byte{quicByte}, m.c.Virtual(server))
		if m.c.Stats().SendErrors != 1 {
			t.Errorf("%+v", m.c.Stats())
		}
		go func() {
			time.Sleep(time.Second)
			m.c.Close()
		}()
		if _, _, err := m.c.ReadFrom(b); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}
