package quiclink

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKey returns a key made from one byte.
func testKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// loopback opens an endpoint on a free port of this computer.
func loopback(t testing.TB, seed byte) *Endpoint {
	t.Helper()
	e, err := Listen(Config{Bind: netip.MustParseAddrPort("127.0.0.1:0"), Key: testKey(seed)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// inBubble runs a test with two endpoints on a simulated network, 20 ms apart,
// under virtual time.
func inBubble(t *testing.T, test func(t *testing.T, n *simNet, a, b *Endpoint)) {
	synctest.Test(t, func(t *testing.T) {
		n := newSimNet(20 * time.Millisecond)
		a, _ := n.endpoint(t, "10.0.0.1:7777", 1)
		b, _ := n.endpoint(t, "10.0.0.2:7777", 2)
		test(t, n, a, b)
		a.Close()
		b.Close()
	})
}

// await polls until done says so.
func await(t testing.TB, e *Endpoint, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
		e.Wait(10 * time.Millisecond)
	}
}

// connect returns both ends of a link from a to b.
func connect(t testing.TB, a, b *Endpoint) (dialler, listener link.Link) {
	t.Helper()
	key := b.Key()
	dialler = a.Dial(b.Addr(), &key)
	listener = accept(t, b)
	await(t, a, "the dialler to open", func() bool { return dialler.State() == link.Open })
	return dialler, listener
}

func accept(t testing.TB, e *Endpoint) (l link.Link) {
	t.Helper()
	await(t, e, "a link to accept", func() bool { l = e.Accept(); return l != nil })
	return l
}

// awaitClosed returns why l is closed, which it soon must be.
func awaitClosed(t testing.TB, e *Endpoint, l link.Link) link.CloseError {
	t.Helper()
	await(t, e, "the end", func() bool {
		l.Receive(func(link.Kind, time.Duration, []byte) {})
		return l.State() == link.Closed
	})
	return *l.Err()
}

// received returns what has come of one kind.
func received(l link.Link, want link.Kind) (got []string) {
	l.Receive(func(kind link.Kind, _ time.Duration, b []byte) {
		if kind == want {
			got = append(got, string(b))
		}
	})
	return got
}

// TestWhileConnecting: of whom nothing has been heard nothing is known but where he is.
func TestWhileConnecting(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		key := b.Key()
		d := a.Dial(b.Addr(), &key)
		if d.State() != link.Connecting || d.Peer() != (link.Key{}) || d.Binding() != [32]byte{} || d.Err() != nil {
			t.Errorf("while connecting: state %v, peer %x, error %v", d.State(), d.Peer(), d.Err())
		}
		if d.RemoteAddr() != b.Addr() {
			t.Errorf("the remote address is %v, want %v", d.RemoteAddr(), b.Addr())
		}
	})
}

func TestBothEnds(t *testing.T) {
	a, b := loopback(t, 1), loopback(t, 2)
	key := b.Key()
	d := a.Dial(b.Addr(), &key)
	l := accept(t, b)
	await(t, a, "the dialler to open", func() bool { return d.State() == link.Open })
	if d.Peer() != b.Key() || l.Peer() != a.Key() {
		t.Error("the peers' keys are wrong")
	}
	if d.Binding() != l.Binding() || d.Binding() == [32]byte{} {
		t.Error("the bindings differ or are empty")
	}
	if !d.Dialled() || l.Dialled() {
		t.Error("Dialled is wrong")
	}
	if d.RemoteAddr() != b.Addr() || l.RemoteAddr() != a.Addr() {
		t.Errorf("the remote addresses are %v and %v", d.RemoteAddr(), l.RemoteAddr())
	}
	other, _ := connect(t, a, b)
	if other.Binding() == d.Binding() {
		t.Error("two connections have one binding")
	}
}

func TestFirstFlight(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		start := a.Now()
		d := a.Dial(b.Addr(), nil)
		d.Send([]byte("hello"))
		d.SendDatagram([]byte("stale"))
		d.SendDatagram([]byte("fresh"))
		l := accept(t, b)
		var messages, datagrams []string
		await(t, b, "hello and inputs", func() bool {
			l.Receive(func(kind link.Kind, at time.Duration, b []byte) {
				// A handshake is one and a half round trips of 40 ms.
				if at-start > 61*time.Millisecond {
					t.Errorf("%q arrived after %v", b, at-start)
				}
				if kind == link.Message {
					messages = append(messages, string(b))
				} else {
					datagrams = append(datagrams, string(b))
				}
			})
			return len(messages) > 0 && len(datagrams) > 0
		})
		if len(messages) != 1 || messages[0] != "hello" || len(datagrams) != 1 || datagrams[0] != "fresh" {
			t.Errorf("got messages %q, datagrams %q", messages, datagrams)
		}
		await(t, a, "the dialler to open", func() bool { return d.State() == link.Open })
		if took := a.Now() - start; took > 81*time.Millisecond {
			t.Errorf("open after %v", took)
		}
	})
}

// TestMessages sends messages of all sizes both ways while every tenth packet
// is lost.
func TestMessages(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		count := 0
		n.set(func(n *simNet) {
			n.drop = func(_, _ netip.AddrPort, _ []byte) bool { count++; return count%10 == 0 }
		})
		const messages = 300
		message := func(i int) []byte {
			size := i * i * 7 % 5000
			if i%97 == 0 {
				size = link.MaxMessageBytes
			}
			return binary.LittleEndian.AppendUint32(bytes.Repeat([]byte{byte(i)}, max(0, size-4)), uint32(i))
		}
		type end struct {
			e         *Endpoint
			l         link.Link
			sent, got int
		}
		ends := []*end{{e: a, l: d}, {e: b, l: l}}
		await(t, a, "all messages", func() bool {
			finished := true
			for _, s := range ends {
				for s.sent < messages && s.l.Send(message(s.sent)) == nil {
					s.sent++
				}
				s.l.Receive(func(kind link.Kind, _ time.Duration, b []byte) {
					if kind == link.Message && !bytes.Equal(b, message(s.got)) {
						t.Fatalf("message %d is wrong: %d bytes", s.got, len(b))
					}
					s.got++
				})
				finished = finished && s.got == messages
			}
			return finished
		})
	})
}

func TestSendLimits(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		if err := d.Send(make([]byte, link.MaxMessageBytes+1)); err != link.ErrClosed {
			t.Errorf("too large a message: %v", err)
		}
		d.SendDatagram(make([]byte, link.MaxDatagramBytes+1))
		d.SendDatagram(make([]byte, link.MaxDatagramBytes))
		await(t, b, "the largest datagram", func() bool {
			got := received(l, link.Datagram)
			return len(got) == 1 && len(got[0]) == link.MaxDatagramBytes
		})
		// The peer does not read: first its inbox fills, then our queue.
		sent := 0
		for full := false; !full; time.Sleep(5 * time.Second) {
			full = true
			for d.Send(bytes.Repeat([]byte{byte(sent)}, 1000)) == nil {
				sent++
				full = false
			}
			if sent > 10000 {
				t.Fatal("the peer reads nothing, but the queue does not fill")
			}
		}
		// A datagram passes the messages that are held back.
		d.SendDatagram([]byte("overtakes"))
		time.Sleep(time.Second)
		got, datagrams := 0, 0
		await(t, b, "the held messages", func() bool {
			l.Receive(func(kind link.Kind, _ time.Duration, b []byte) {
				if kind == link.Datagram {
					datagrams++
					return
				}
				if len(b) != 1000 || b[0] != byte(got) {
					t.Fatalf("message %d is wrong", got)
				}
				got++
			})
			return got == sent
		})
		if datagrams != 1 || sent < 1000 {
			t.Errorf("%d datagrams, %d messages", datagrams, sent)
		}
	})
}

// TestLatestWins blocks the path for five seconds. After that one datagram may
// be stale, the one that QUIC had already; all others are fresh.
func TestLatestWins(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		time.Sleep(time.Second)
		tick := func(ticks int) (fresh, stale int) {
			for range ticks {
				d.SendDatagram(binary.LittleEndian.AppendUint64(make([]byte, 192), uint64(a.Now())))
				time.Sleep(time.Second / 240)
				l.Receive(func(_ link.Kind, _ time.Duration, p []byte) {
					sent := time.Duration(binary.LittleEndian.Uint64(p[192:]))
					if a.Now()-sent < 100*time.Millisecond {
						fresh++
					} else {
						stale++
					}
				})
			}
			return fresh, stale
		}
		tick(240)
		n.set(func(n *simNet) {
			n.drop = func(from, _ netip.AddrPort, _ []byte) bool { return from == a.Addr() }
		})
		tick(5 * 240)
		n.set(func(n *simNet) { n.drop = nil })
		if fresh, stale := tick(10 * 240); stale > 1 || fresh < 240 {
			t.Errorf("%d datagrams were fresh, %d stale", fresh, stale)
		}
	})
}

// TestUnreadDatagrams does not read for a while: the newest are kept.
func TestUnreadDatagrams(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		const sent = link.DatagramQueue + 30
		for i := range sent {
			d.SendDatagram([]byte{byte(i)})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		got := received(l, link.Datagram)
		if len(got) != link.DatagramQueue || got[0][0] != 30 || got[len(got)-1][0] != sent-1 {
			t.Errorf("got %d datagrams, %v", len(got), got)
		}
		if s := l.Stats(); s.DatagramsReceived != sent || s.DatagramsDropped != 30 {
			t.Errorf("got %+v", s)
		}
		if s := d.Stats(); s.DatagramsSent != sent || s.DatagramBytesSent != sent || s.RTT < 40*time.Millisecond || s.RTT > 60*time.Millisecond {
			t.Errorf("got %+v", s)
		}
	})
}

func TestArrivalOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		for i := range 10 {
			if i%3 == 0 {
				d.Send([]byte{byte(i)})
			} else {
				d.SendDatagram([]byte{byte(i)})
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Second)
		next, last := byte(0), time.Duration(0)
		l.Receive(func(_ link.Kind, at time.Duration, p []byte) {
			if p[0] != next || at < last || at > b.Now() {
				t.Errorf("got %d at %v after %v", p[0], at, last)
			}
			next, last = p[0]+1, at
		})
		if next != 10 {
			t.Errorf("got %d of 10", next)
		}
	})
}

func TestWait(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		time.Sleep(time.Second)
		received(d, link.Message)
		wait := func(d time.Duration) time.Duration {
			start := b.Now()
			b.Wait(d)
			return b.Now() - start
		}
		if took := wait(time.Second); took != time.Second {
			t.Errorf("nothing arrived, but Wait returned after %v", took)
		}
		d.SendDatagram([]byte("x"))
		if took := wait(time.Second); took != 20*time.Millisecond {
			t.Errorf("a datagram was under way for 20 ms, Wait for %v", took)
		}
		d.SendDatagram([]byte("y"))
		time.Sleep(100 * time.Millisecond)
		if took := wait(time.Second); took != 0 {
			t.Errorf("a datagram is unread, but Wait took %v", took)
		}
		if took := wait(time.Second); took != time.Second {
			t.Errorf("an owner who does not read is kept awake: Wait took %v", took)
		}
		if got := received(l, link.Datagram); len(got) != 2 {
			t.Errorf("got %q", got)
		}
		if took := wait(time.Second); took != time.Second {
			t.Errorf("all is read, but Wait returned after %v", took)
		}
		d.Close(link.CodeDone, "done")
		if took := wait(time.Second); took != 20*time.Millisecond {
			t.Errorf("the goodbye took 20 ms, Wait %v", took)
		}
		if l.State() != link.Closed {
			t.Error("not closed")
		}
		if took := wait(time.Second); took != time.Second {
			t.Errorf("the end is known, but Wait returned after %v", took)
		}
	})
}

// TestSteadyStateAllocations: what the owner calls allocates nothing.
func TestSteadyStateAllocations(t *testing.T) {
	l := newLink(&Endpoint{wake: make(chan struct{}, 1)}, netip.AddrPort{})
	l.opened = true
	datagram, message := make([]byte, 200), make([]byte, 300)
	handle := func(link.Kind, time.Duration, []byte) {}
	if n := testing.AllocsPerRun(1000, func() {
		l.SendDatagram(datagram)
		l.inbox.addDatagram(0, datagram)
		l.inbox.addMessage(0, message)
		l.Receive(handle)
		l.Send(message)
		l.out = l.out[:0]
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// TestDialVirtual: a virtual address is dialled as it is, by whatever route it
// has, and the remote address that is told stays the real one.
func TestDialVirtual(t *testing.T) {
	a, b := loopback(t, 1), loopback(t, 2)
	key := b.Key()
	elsewhere := netip.MustParseAddrPort("192.0.2.1:9")
	to := a.Paths().Virtual(elsewhere)
	a.Paths().SetPath(to, b.Addr())
	d := a.Dial(to, &key)
	if d.RemoteAddr() != b.Addr() {
		t.Errorf("the remote address is %v, want %v", d.RemoteAddr(), b.Addr())
	}
	accept(t, b)
	await(t, a, "the dialler to open", func() bool { return d.State() == link.Open })
	if d.RemoteAddr() != b.Addr() {
		t.Errorf("the remote address is %v, want %v", d.RemoteAddr(), b.Addr())
	}
}
