package pathconn

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	shortPacket = []byte("@short")
	longPacket  = []byte("@" + strings.Repeat("l", shortBytes))
	longest     = []byte("@" + strings.Repeat("x", maxBundleBytes-bundleHeader-len(shortPacket)))
)

// sendTick sends a longer packet as if ticks had flowed for a while.
func sendTick(t *testing.T, c *Conn, to netip.AddrPort) {
	t.Helper()
	send(t, c, longPacket, to)
	w := &c.table.fromVirtual(to).waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ticks = steady
}

// Ticks flow after some longer packets as far apart as ticks are: not in a
// handshake, not in a burst, and not with anything shorter than a game's inputs.
func TestTicksFlow(t *testing.T) {
	for name, test := range map[string]struct {
		packet []byte
		gap    time.Duration
		flow   bool
	}{
		"60 a second":  {longPacket, time.Second / 60, true},
		"30 a second":  {longPacket, time.Second / 30, false},
		"a burst":      {longPacket, time.Millisecond, false},
		"short":        {shortPacket, time.Second / 60, false},
		"long headers": {append([]byte{0xc0}, longPacket...), time.Second / 60, false},
	} {
		var w waiting
		now := time.Hour
		for n := range steady + 1 {
			if w.ticks >= steady {
				t.Errorf("%s: ticks flow after %d", name, n)
			}
			w.note(test.packet, now)
			now += test.gap
		}
		if got := w.ticks >= steady; got != test.flow {
			t.Errorf("%s: ticks flow: %v", name, got)
		}
	}
}

// A short packet between longer ones goes with the next, arrives before it, and
// alone where none comes.
func TestBundle(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain %v", plain), func(t *testing.T) {
			near, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
			if plain {
				for _, c := range []*Conn{near, far} {
					c.main.Store(&mainSocket{conn: c.main.Load().conn})
				}
			}
			to := near.Virtual(far.Addr())
			other := near.Virtual(netip.MustParseAddrPort("127.0.0.1:9")) // whose packets do not count
			arrives := func(packets ...[]byte) {
				t.Helper()
				for _, want := range packets {
					if got, _ := read(t, far); got != string(want) {
						t.Fatalf("%q came, want %q", got, want)
					}
				}
			}
			sendTick(t, near, other)
			send(t, near, shortPacket, to) // nothing flows there
			if near.Stats().PacketsSent != 2 {
				t.Error("a short packet waits where nothing flows")
			}
			arrives(shortPacket)

			// The machine may be slower than a tick: three attempts.
			for attempt := 1; ; attempt++ {
				before := near.Stats().PacketsSent
				sendTick(t, near, to)
				send(t, near, shortPacket, to)
				sendTick(t, near, to)
				sent := near.Stats().PacketsSent - before
				arrives(longPacket, shortPacket, longPacket)
				if sent == 2 {
					break
				}
				if attempt == 3 {
					t.Fatalf("%d packets were sent, want 2", sent)
				}
			}

			sendTick(t, near, to)
			send(t, near, shortPacket, to)
			arrives(longPacket, shortPacket) // after holdFor

			sendTick(t, near, to)
			send(t, near, shortPacket, to)
			send(t, near, shortPacket, to)
			arrives(longPacket, shortPacket, shortPacket)

			near.Part(to, true) // by a narrow path, where the two together go in parts
			sendTick(t, near, to)
			send(t, near, shortPacket, to)
			send(t, near, longest[:900], to)
			arrives(longPacket, shortPacket, longest[:900])
			near.Part(to, false)

			// What does not fit, and what is not of a connection yet, goes behind it.
			handshake := append([]byte{0xc0}, longPacket...)
			for _, next := range [][]byte{longest, append(longest, 'x'), handshake} {
				sendTick(t, near, to)
				send(t, near, shortPacket, to)
				send(t, near, next, to)
				arrives(longPacket, shortPacket, next)
			}
		})
	}
}

// What waits when the socket is closed is not sent, and nobody minds.
func TestCloseWhileHeld(t *testing.T) {
	near := open(t, "127.0.0.1:0")
	to := near.Virtual(netip.MustParseAddrPort("127.0.0.1:9"))
	sendTick(t, near, to)
	send(t, near, shortPacket, to)
	if err := near.Close(); err != nil {
		t.Error(err)
	}
	near.out.release(near.table.fromVirtual(to))
	if sent := near.Stats(); sent.SendErrors != 0 {
		t.Errorf("%+v", sent)
	}
}

// Two packets in one payload come out of a relay's packet and by other sockets.
func TestBundleByRelay(t *testing.T) {
	payload := slices.Concat([]byte{bundleMark, byte(len(shortPacket))}, shortPacket, longPacket)
	for _, over := range []string{"udp", "carrier", "extra socket"} {
		t.Run(over, func(t *testing.T) {
			r := newRelayed(t, over)
			send(t, r.c, longPacket, r.peer)
			r.arrived() // so that the relay knows where to send
			r.deliver(string(channel[:]) + string(payload))
			r.comes(string(shortPacket))
			r.comes(string(longPacket))
		})
	}
}

func FuzzUnbundle(f *testing.F) {
	f.Add(slices.Concat([]byte{bundleMark, byte(len(shortPacket))}, shortPacket, longPacket))
	f.Add([]byte{bundleMark, 0, 0x40})
	f.Add([]byte{bundleMark, 31, 0x40})
	f.Add([]byte{bundleMark, 1, 0x40, 0x40})
	f.Fuzz(func(t *testing.T, b []byte) {
		first, second, ok := unbundle(b)
		if !ok {
			return
		}
		again := slices.Concat([]byte{bundleMark, byte(len(first))}, first, second)
		if !bytes.Equal(again, b) || !isShortHeader(first) || !isShortHeader(second) || len(first) >= shortBytes {
			t.Errorf("%x is not %x and %x", b, first, second)
		}
		// In place, behind a relay's header, as sort does it.
		whole := append(make([]byte, len(Header{})), b...)
		first, second, _ = unbundle(whole[len(Header{}):])
		want, rest := bytes.Clone(first), bytes.Clone(second)
		n := copy(whole, first)
		if !bytes.Equal(whole[:n], want) || !bytes.Equal(second, rest) {
			t.Error("taking it apart has changed it")
		}
	})
}
