package quiclink

import (
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

func TestCloseFromEitherSide(t *testing.T) {
	for _, byDialler := range []bool{true, false} {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			here, there := connect(t, a, b)
			far := b
			if !byDialler {
				here, there, far = there, here, a
			}
			here.Send([]byte("last words"))
			here.Close(link.CodeKicked, "you\x1b[31m were\nrude\u202e "+strings.Repeat("é", 200))
			here.Close(link.CodeDone, "twice")
			if here.State() != link.Closed || here.Err().Code != link.CodeKicked || here.Err().Remote {
				t.Errorf("here: %v, %+v", here.State(), here.Err())
			}
			if err := here.Send(nil); err != link.ErrClosed {
				t.Errorf("Send after Close: %v", err)
			}
			time.Sleep(time.Second)
			if there.State() != link.Open || there.Err() != nil {
				t.Error("closed with a message unread")
			}
			if got := received(there, link.Message); len(got) != 1 || got[0] != "last words" {
				t.Errorf("got %q", got)
			}
			end := awaitClosed(t, far, there)
			if end.Code != link.CodeKicked || !end.Remote {
				t.Errorf("there: %+v", end)
			}
			if want := "you[31m were rude " + strings.Repeat("é", 91); end.Reason != want {
				t.Errorf("the reason is %q, want %q", end.Reason, want)
			}
		})
	}
}

func TestCloseFlushes(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		sent := 0
		for d.Send(make([]byte, 4000)) == nil {
			sent++
		}
		d.Close(link.CodeLeft, "left")
		got := 0
		await(t, b, "everything", func() bool {
			got += len(received(l, link.Message))
			return l.State() == link.Closed
		})
		if got != sent || l.Err().Code != link.CodeLeft {
			t.Errorf("got %d of %d messages, then %+v", got, sent, l.Err())
		}
	})
}

// TestGoodbyeAfterDarkness: a goodbye gets through a path that is dark for a second
// and a half; whoever says it does not wait.
func TestGoodbyeAfterDarkness(t *testing.T) {
	for _, byDialler := range []bool{true, false} {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			here, there := connect(t, a, b)
			there.Known()
			far := b
			if !byDialler {
				here, there, far = there, here, a
			}
			n.set(func(n *simNet) { n.drop = func(_, _ netip.AddrPort, _ []byte) bool { return true } })
			start := time.Now()
			if here.Close(link.CodeKicked, "go"); time.Since(start) > 0 {
				t.Errorf("Close took %v", time.Since(start))
			}
			time.Sleep(1500 * time.Millisecond)
			n.set(func(n *simNet) { n.drop = nil })
			if end := awaitClosed(t, far, there); end.Code != link.CodeKicked || !end.Remote {
				t.Errorf("there: %+v", end)
			}
		})
	}
}

// TestCloseUnheard closes towards a peer that is gone: it takes a second.
func TestCloseUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newSimNet(20 * time.Millisecond)
		a, _ := n.endpoint(t, "10.0.0.1:7777", 1)
		b, bConn := n.endpoint(t, "10.0.0.2:7777", 2)
		connect(t, a, b)
		bConn.Close()
		start := time.Now()
		a.Close()
		if took := time.Since(start); took < leaveTimeout || took > leaveTimeout+100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		b.Close()
	})
}

// TestCloseTowardsNobody: who was given up, or has not answered yet, is not waited
// for when the game ends.
func TestCloseTowardsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newSimNet(20 * time.Millisecond)
		a, _ := n.endpoint(t, "10.0.0.1:7777", 1)
		b, bConn := n.endpoint(t, "10.0.0.2:7777", 2)
		here, _ := connect(t, a, b)
		bConn.Close()
		here.Close(link.CodeLost, "nothing was heard for too long")
		dialling := a.Dial(netip.MustParseAddrPort("10.0.0.9:1"), nil)
		dialling.Send([]byte("hello"))
		time.Sleep(100 * time.Millisecond)
		start := time.Now()
		a.Close()
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		b.Close()
	})
}

func TestEndpointClose(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		dialling := b.Dial(netip.MustParseAddrPort("10.0.0.9:1"), nil)
		start := time.Now()
		b.Close()
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		if l.State() != link.Closed || dialling.State() != link.Closed {
			t.Error("a link is not closed")
		}
		if end := awaitClosed(t, a, d); end.Code != link.CodeLeft || !end.Remote {
			t.Errorf("the peer sees %+v", end)
		}
		if late := b.Dial(a.Addr(), nil); late.State() != link.Closed || late.Err() == nil {
			t.Error("a closed endpoint dials")
		}
		if b.Accept() != nil {
			t.Error("a closed endpoint accepts")
		}
	})
}

// dialFails dials and returns why it failed and after what time.
func dialFails(t *testing.T, e *Endpoint, addr netip.AddrPort, pin *link.Key) (link.CloseError, time.Duration) {
	t.Helper()
	start := e.Now()
	d := e.Dial(addr, pin)
	d.Send([]byte("hello"))
	end := awaitClosed(t, e, d)
	if strings.Contains(end.Reason, "deadline") || strings.Contains(end.Reason, "context") {
		t.Errorf("a player cannot understand %q", end.Reason)
	}
	return end, e.Now() - start
}

func TestDialNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		addr := netip.MustParseAddrPort("10.0.0.9:7777")
		end, took := dialFails(t, a, addr, nil)
		if want := "nobody answered at 10.0.0.9:7777: is the address right and the port open?"; end.Reason != want || end.Code != link.CodeLost {
			t.Errorf("got %+v", end)
		}
		if took > handshakeTimeout+100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		t.Logf("it took %v", took)
		n.set(func(n *simNet) {
			n.fail = func(_, to netip.AddrPort) error {
				if to == addr {
					return syscall.ENETUNREACH
				}
				return nil
			}
		})
		if end, _ := dialFails(t, a, addr, nil); !strings.Contains(end.Reason, "cannot be reached from this computer (network is unreachable)") {
			t.Errorf("without a route: %+v", end)
		}
		for _, bad := range []string{"0.0.0.0:7777", "10.0.0.9:0"} {
			if end, took := dialFails(t, a, netip.MustParseAddrPort(bad), nil); took > 0 || !strings.Contains(end.Reason, bad) {
				t.Errorf("%s: %+v after %v", bad, end, took)
			}
		}
	})
}

func TestWrongPin(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		pin := a.Key()
		end, took := dialFails(t, a, b.Addr(), &pin)
		if want := "the other side's key is not the one in the address: it is not who you wanted to reach"; end.Reason != want || end.Code != link.CodeRefused || end.Remote {
			t.Errorf("got %+v", end)
		}
		if took > 100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		time.Sleep(time.Second)
		if b.Accept() != nil {
			t.Error("the listener has a link")
		}
	})
}

func TestDialSelf(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		if end, _ := dialFails(t, a, a.Addr(), nil); !strings.Contains(end.Reason, "your own address") {
			t.Errorf("got %+v", end)
		}
	})
}

// TestRestart: the peer comes back with the same identity at the same address
// and knows nothing of the connection. It says so.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newSimNet(20 * time.Millisecond)
		a, _ := n.endpoint(t, "10.0.0.1:7777", 1)
		b, bConn := n.endpoint(t, "10.0.0.2:7777", 2)
		d, _ := connect(t, a, b)
		time.Sleep(time.Second)
		bConn.Close() // a crash: nothing more is sent
		b.Close()
		again, _ := n.endpoint(t, "10.0.0.2:7777", 2)
		start := a.Now()
		d.SendDatagram(make([]byte, 20))
		if end := awaitClosed(t, a, d); end.Code != link.CodeLost || !strings.Contains(end.Reason, "was restarted") {
			t.Errorf("got %+v", end)
		}
		if took := a.Now() - start; took > 100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		a.Close()
		again.Close()
	})
}

func TestSilence(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		time.Sleep(3 * idleTimeout)
		if d.State() != link.Open || l.State() != link.Open {
			t.Fatal("an idle link did not stay open")
		}
		n.set(func(n *simNet) {
			n.drop = func(_, _ netip.AddrPort, _ []byte) bool { return true }
		})
		time.Sleep(2 * idleTimeout)
		for _, l := range []link.Link{d, l} {
			if l.State() != link.Closed || l.Err().Code != link.CodeLost || !strings.Contains(l.Err().Reason, "nothing was heard for 2h0m0s") {
				t.Errorf("got %v, %+v", l.State(), l.Err())
			}
		}
	})
}

// TestLongDarkness: how long a peer may be silent is the owner's to say, so a path
// that was dark for longer than any other time-out is used again after. In the dark
// QUIC only probes, each time after twice as long (RFC 9002 section 6.2.1), so that
// takes no longer than the darkness did, and never more than a minute.
func TestLongDarkness(t *testing.T) {
	const longestProbe = time.Minute
	for _, dark := range []time.Duration{3 * time.Second, 9 * time.Second, 36 * time.Second, 100 * time.Second} {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			d, l := connect(t, a, b)
			play := func(most time.Duration, until func() bool) time.Duration {
				began := a.Now()
				for a.Now()-began < most && !until() {
					d.SendDatagram(make([]byte, 60))
					l.SendDatagram(make([]byte, 60))
					time.Sleep(time.Second / 60)
				}
				return a.Now() - began
			}
			never := func() bool { return false }
			play(3*time.Second, never)
			n.set(func(n *simNet) {
				n.drop = func(_, _ netip.AddrPort, _ []byte) bool { return true }
			})
			play(dark, never)
			n.set(func(n *simNet) { n.drop = nil })
			for _, l := range []link.Link{d, l} {
				received(l, link.Datagram)
				took := play(2*longestProbe, func() bool { return len(received(l, link.Datagram)) > 0 })
				if l.State() != link.Open || took > min(dark, longestProbe)+time.Second {
					t.Errorf("after %v of darkness: state %v, something was heard %v later", dark, l.State(), took)
				}
			}
		})
	}
}

// TestSendErrors: packets that cannot be sent are lost packets.
func TestSendErrors(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		for _, err := range []error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EPERM, syscall.ENOBUFS, syscall.ECONNREFUSED, syscall.EMSGSIZE, syscall.EINVAL} {
			before := a.Stats().SendErrors
			n.set(func(n *simNet) { n.fail = func(_, _ netip.AddrPort) error { return err } })
			for range 10 {
				d.SendDatagram([]byte("lost"))
				time.Sleep(time.Second / 60)
			}
			n.set(func(n *simNet) { n.fail = nil })
			if a.Stats().SendErrors == before {
				t.Errorf("%v was not counted", err)
			}
			d.SendDatagram([]byte("found"))
			time.Sleep(time.Second)
			if got := received(l, link.Datagram); len(got) == 0 || got[len(got)-1] != "found" {
				t.Fatalf("%v: the link does not recover: got %q, state %v, %v", err, got, d.State(), d.Err())
			}
		}
	})
}

// TestPathMoves: the peer's packets go another way, and QUIC notices nothing.
func TestPathMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newSimNet(20 * time.Millisecond)
		a, _ := n.endpoint(t, "10.0.0.1:7777", 1)
		b, bConn := n.endpoint(t, "10.0.0.2:7777", 2)
		d, l := connect(t, a, b)
		time.Sleep(time.Second)
		// The listener's address becomes another, as when its NAT maps it anew:
		// what a QUIC client never follows by itself.
		moved := netip.MustParseAddrPort("10.0.0.3:9999")
		n.set(func(n *simNet) {
			delete(n.conns, b.Addr())
			n.conns[moved] = bConn
			bConn.addr = moved
		})
		virtual := a.Paths().Virtual(netip.MustParseAddrPort("10.0.0.2:7777"))
		if !a.Paths().SetPath(virtual, moved) {
			t.Fatal("no such peer")
		}
		for i := range 60 {
			d.SendDatagram([]byte{byte(i)})
			l.SendDatagram([]byte{byte(i)})
			time.Sleep(time.Second / 60)
		}
		time.Sleep(time.Second)
		if here, there := received(d, link.Datagram), received(l, link.Datagram); len(here) < 60 || len(there) < 60 {
			t.Errorf("got %d and %d of 60 datagrams", len(here), len(there))
		}
		if d.RemoteAddr() != moved {
			t.Errorf("the remote address is %v", d.RemoteAddr())
		}
		a.Close()
		b.Close()
	})
}

// TestClosedInTheDark: one side gives the link up while the path is dark, for longer or
// shorter than it tries to say so. The other learns of it when there is light again and
// it says something, also if that is long after.
func TestClosedInTheDark(t *testing.T) {
	for _, lit := range []time.Duration{time.Second, 2900 * time.Millisecond, 3100 * time.Millisecond, 4 * time.Second, 8 * time.Second, time.Minute} {
		for _, dialler := range []bool{false, true} {
			inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
				closes, learns := connect(t, a, b)
				owner := b
				if dialler {
					closes, learns, owner = learns, closes, a
				}
				time.Sleep(time.Second)
				dark := func(yes bool) {
					n.set(func(n *simNet) { n.drop = func(_, _ netip.AddrPort, _ []byte) bool { return yes } })
				}
				dark(true)
				time.Sleep(10 * time.Second)
				closes.Close(link.CodeLost, "nothing was heard for 10.0 seconds")
				time.Sleep(lit)
				dark(false)
				for i := 0; learns.State() != link.Closed && i < 300; i++ {
					learns.SendDatagram(make([]byte, 40))
					owner.Wait(time.Second / 60)
				}
				if learns.State() != link.Closed {
					t.Errorf("lit %v after the close, by the dialler %v: it is still %v", lit, !dialler, learns.State())
				} else {
					t.Logf("lit %v after the close, by the dialler %v: %+v", lit, !dialler, learns.Err())
				}
			})
		}
	}
}
