package natsim_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

var _ net.PacketConn = (*natsim.Conn)(nil)

// pair is two hosts 10 ms apart, live inside a bubble.
func pair(t *testing.T) (sim *natsim.Sim, a, b *natsim.Conn) {
	t.Helper()
	sim = natsim.New(1)
	o := natsim.Options{Delay: 5 * time.Millisecond}
	var err error
	if a, err = sim.Home("none", o).Hosts[0].ListenPacket(0); err != nil {
		t.Fatal(err)
	}
	if b, err = sim.Home("none", o).Hosts[0].ListenPacket(7); err != nil {
		t.Fatal(err)
	}
	sim.Start()
	return sim, a, b
}

func TestConnEchoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, a, b := pair(t)
		defer sim.Stop()
		go func() {
			buf := make([]byte, 100)
			for {
				n, from, err := b.ReadFrom(buf)
				if err != nil {
					return
				}
				b.WriteTo(buf[:n], from)
			}
		}()
		start := time.Now()
		a.WriteTo([]byte("hello"), b.LocalAddr())
		buf := make([]byte, 3)
		n, from, err := a.ReadFrom(buf)
		if err != nil || string(buf[:n]) != "hel" || from.String() != b.LocalAddr().String() {
			t.Fatalf("read %q from %v: %v", buf[:n], from, err)
		}
		if took := time.Since(start); took != 20*time.Millisecond {
			t.Errorf("a round trip took %v, want 20 ms", took)
		}
		b.Close()
	})
}

func TestConnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, a, b := pair(t)
		defer sim.Stop()
		buf := make([]byte, 100)
		read := func(c *natsim.Conn) (time.Duration, error) {
			start := time.Now()
			_, _, err := c.ReadFrom(buf)
			return time.Since(start), err
		}
		a.SetReadDeadline(time.Now().Add(time.Second))
		took, err := read(a)
		if took != time.Second || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a read with a deadline of 1 s ended after %v: %v", took, err)
		}
		if n, ok := err.(net.Error); !ok || !n.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
		if _, err := read(a); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a read after the deadline: %v", err)
		}

		// A deadline that moves while a read waits, forth and back.
		a.SetReadDeadline(time.Now().Add(time.Second))
		time.AfterFunc(500*time.Millisecond, func() { a.SetReadDeadline(time.Now().Add(3 * time.Second)) })
		time.AfterFunc(900*time.Millisecond, func() { a.SetReadDeadline(time.Now().Add(time.Second)) })
		if took, _ := read(a); took != 1900*time.Millisecond {
			t.Errorf("a moved deadline ended the read after %v, want 1.9 s", took)
		}

		// Taken away, a packet comes.
		a.SetReadDeadline(time.Now().Add(time.Second))
		time.AfterFunc(500*time.Millisecond, func() { a.SetReadDeadline(time.Time{}) })
		time.AfterFunc(5*time.Second, func() { b.WriteTo([]byte("late"), a.LocalAddr()) })
		if took, err := read(a); err != nil || took != 5*time.Second+10*time.Millisecond {
			t.Errorf("a read without deadline ended after %v: %v", took, err)
		}

		a.SetWriteDeadline(time.Now().Add(-time.Second))
		if _, err := a.WriteTo(buf, b.LocalAddr()); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a write after its deadline: %v", err)
		}
		a.SetDeadline(time.Time{})
		if _, err := a.WriteTo(buf, b.LocalAddr()); err != nil {
			t.Errorf("a write without deadline: %v", err)
		}
	})
}

func TestConnClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, a, b := pair(t)
		defer sim.Stop()
		time.AfterFunc(time.Second, func() { a.Close() })
		if _, _, err := a.ReadFrom(make([]byte, 9)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read of a socket closed meanwhile: %v", err)
		}
		if _, err := a.WriteTo([]byte("x"), b.LocalAddr()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write to a closed socket: %v", err)
		}
		if err := a.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closing twice: %v", err)
		}
	})
}

func TestConnPortInUse(t *testing.T) {
	sim := natsim.New(1)
	host := sim.PublicHost()
	first, err := host.ListenPacket(7777)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.ListenPacket(7777); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port opened twice: %v", err)
	}
	first.Close()
	if _, err := host.ListenPacket(7777); err != nil {
		t.Errorf("a port freed: %v", err)
	}
}

// TestConnQueueIsBounded floods a reader that sleeps.
func TestConnQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, a, b := pair(t)
		defer sim.Stop()
		for range 3000 {
			a.WriteTo([]byte("x"), b.LocalAddr())
		}
		b.SetReadDeadline(time.Now().Add(time.Second))
		got := 0
		<-time.After(500 * time.Millisecond) // virtual: lets all of them arrive
		for {
			if _, _, err := b.ReadFrom(make([]byte, 9)); err != nil {
				break
			}
			got++
		}
		if got != 1024 {
			t.Errorf("%d packets of 3000 were kept, want 1024", got)
		}
	})
}

func TestConnTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, a, b := pair(t)
		defer sim.Stop()
		a.WriteTTL([]byte("dies"), b.LocalAddr().(*net.UDPAddr).AddrPort(), 3)
		a.WriteTo([]byte("lives"), b.LocalAddr())
		buf := make([]byte, 9)
		n, from, err := b.ReadFromUDPAddrPort(buf)
		if err != nil || string(buf[:n]) != "lives" || from != a.LocalAddr().(*net.UDPAddr).AddrPort() {
			t.Errorf("read %q from %v: %v", buf[:n], from, err)
		}
		if _, err := a.WriteToUDPAddrPort(nil, netip.AddrPort{}); err == nil {
			t.Error("a packet to nowhere was sent")
		}
	})
}
