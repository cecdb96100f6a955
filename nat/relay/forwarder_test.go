package relay

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// table is a socket of which only the peers are real.
type table struct {
	peers map[netip.AddrPort]netip.AddrPort // real to virtual
	gone  bool                              // no packet can be sent
	sent  []sent
}

type sent struct {
	to netip.AddrPort
	b  string
}

func (t *table) Owner(by pathconn.Route) (netip.AddrPort, bool) {
	v, ok := t.peers[by.Addr]
	return v, ok && by.Socket == 0
}

func (t *table) Forward(b []byte, virtual netip.AddrPort) error {
	if t.gone {
		return errors.New("no direct way")
	}
	t.sent = append(t.sent, sent{virtual, string(b)})
	return nil
}

var (
	ana, ben, eve = real(1), real(2), real(3)
	anaV, benV    = virtual(1), virtual(2)
	eveV          = virtual(3)
)

func real(n byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, n}), 7777)
}

func virtual(n byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{240, 0, 0, n}), 1)
}

func open(t testing.TB) (*Forwarder, *table, Channel) {
	t.Helper()
	peers := &table{peers: map[netip.AddrPort]netip.AddrPort{ana: anaV, ben: benV, eve: eveV}}
	f := New(Config{Paths: peers, Rand: rand.NewChaCha8([32]byte{1})})
	c, err := f.Open(anaV, benV)
	if err != nil {
		t.Fatal(err)
	}
	return f, peers, c
}

func packet(h pathconn.Header, payload string) []byte { return append(h[:], payload...) }

func TestBothWays(t *testing.T) {
	f, peers, c := open(t)
	if !f.Take(0, packet(c.Headers[0], "hello"), pathconn.Route{Addr: ana}) || !f.Take(0, packet(c.Headers[1], "you too"), pathconn.Route{Addr: ben}) {
		t.Fatal("not taken")
	}
	want := []sent{{benV, string(packet(c.Headers[1], "hello"))}, {anaV, string(packet(c.Headers[0], "you too"))}}
	if len(peers.sent) != 2 || peers.sent[0] != want[0] || peers.sent[1] != want[1] {
		t.Errorf("sent %+v", peers.sent)
	}
	if s := f.Stats(); s.Channels != 1 || s.Packets != 2 || s.Bytes != 8+5+8+7 || s.Stray != 0 {
		t.Errorf("%+v", s)
	}
	for _, other := range [][]byte{nil, {0x22, 1}, {0x40, 2}} {
		if f.Take(0, other, pathconn.Route{Addr: ana}) {
			t.Errorf("% x is not for a channel", other)
		}
	}
}

// TestStray: what is not the channel's own is dropped, never sent anywhere.
func TestStray(t *testing.T) {
	f, peers, c := open(t)
	closed, err := f.Open(anaV, eveV)
	if err != nil {
		t.Fatal(err)
	}
	f.Close(closed)
	f.Close(closed)
	for name, in := range map[string]struct {
		b  []byte
		by pathconn.Route
	}{
		"somebody else's header":  {packet(c.Headers[0], "x"), pathconn.Route{Addr: eve}},
		"the receiver's header":   {packet(c.Headers[1], "x"), pathconn.Route{Addr: ana}},
		"a stranger":              {packet(c.Headers[0], "x"), pathconn.Route{Addr: real(9)}},
		"by a relay":              {packet(c.Headers[0], "x"), pathconn.Route{Addr: ana, Header: pathconn.Header{0x21, 1}}},
		"by way of a player":      {packet(c.Headers[0], "x"), pathconn.Route{Via: eveV, Header: pathconn.Header{0x25, 1}}},
		"by a carrier":            {packet(c.Headers[0], "x"), pathconn.Route{Socket: pathconn.Carried, Addr: ana}},
		"by a socket not his own": {packet(c.Headers[0], "x"), pathconn.Route{Socket: 4, Addr: ana}},
		"a header by chance":      {packet(pathconn.Header{FirstByte, 1}, "x"), pathconn.Route{Addr: ana}},
		"nothing inside":          {c.Headers[0][:], pathconn.Route{Addr: ana}},
		"cut short":               {c.Headers[0][:3], pathconn.Route{Addr: ana}},
		"a closed channel":        {packet(closed.Headers[0], "x"), pathconn.Route{Addr: ana}},
	} {
		before := f.Stats().Stray
		if !f.Take(0, bytes.Clone(in.b), in.by) || f.Stats().Stray != before+1 {
			t.Errorf("%s: not taken and dropped", name)
		}
	}
	if len(peers.sent) != 0 {
		t.Errorf("sent %+v", peers.sent)
	}
}

// TestCap: who floods loses what is above the rate, and costs the others nothing.
func TestCap(t *testing.T) {
	f, peers, c := open(t)
	const length = 1200
	flood := packet(c.Headers[0], string(make([]byte, length-8)))
	now := time.Duration(0)
	for now < 10*time.Second {
		f.Take(now, bytes.Clone(flood), pathconn.Route{Addr: ana})
		if len(peers.sent) > 0 && now%(100*time.Millisecond) == 0 {
			before := len(peers.sent)
			f.Take(now, packet(c.Headers[1], "an input"), pathconn.Route{Addr: ben})
			if len(peers.sent) != before+1 {
				t.Fatal("the other direction suffers")
			}
		}
		now += time.Millisecond
	}
	passed := 0
	for _, s := range peers.sent {
		if s.to == benV {
			passed += len(s.b)
		}
	}
	if least, most := 10*bytesPerSecond-length, 10*bytesPerSecond+burstBytes+length; passed < least || passed > most {
		t.Errorf("%d bytes in 10 s, want %d to %d", passed, least, most)
	}
	if f.Stats().Capped == 0 {
		t.Error("nothing was counted")
	}
}

// TestTotal: many channels together do not take the whole line.
func TestTotal(t *testing.T) {
	f, peers, c := open(t)
	channels := []Channel{c}
	for len(channels) < MaxChannels {
		c, err := f.Open(anaV, benV)
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, c)
	}
	if _, err := f.Open(anaV, eveV); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := f.Open(anaV, anaV); !errors.Is(err, ErrSame) {
		t.Errorf("to oneself: %v", err)
	}
	for now := time.Duration(0); now < 4*time.Second; now += 5 * time.Millisecond {
		for _, c := range channels {
			f.Take(now, packet(c.Headers[0], string(make([]byte, 1000))), pathconn.Route{Addr: ana})
		}
	}
	passed := 0
	for _, s := range peers.sent {
		passed += len(s.b)
	}
	if most := 4*totalPerSecond + totalBurstBytes + 2000; passed > most || passed < 4*totalPerSecond-2000 {
		t.Errorf("%d bytes in 4 s", passed)
	}
	f.Close(channels[0])
	if _, err := f.Open(anaV, eveV); err != nil {
		t.Error(err)
	}
}

func TestUndelivered(t *testing.T) {
	f, peers, c := open(t)
	peers.gone = true
	f.Take(0, packet(c.Headers[0], "hello"), pathconn.Route{Addr: ana})
	if s := f.Stats(); s.Undelivered != 1 || s.Packets != 0 {
		t.Errorf("%+v", s)
	}
}

// FuzzTake: whatever comes, at most one packet goes out, to the other end of a
// channel of the sender, and is not longer.
func FuzzTake(f *testing.F) {
	_, _, c := open(f)
	f.Add(packet(c.Headers[0], "hello"), uint8(1), 0)
	f.Add(packet(c.Headers[1], "hello"), uint8(1), 0)
	f.Add(packet(c.Headers[0], "hello"), uint8(1), -1)
	f.Add(c.Headers[0][:], uint8(2), 1)
	f.Fuzz(func(t *testing.T, b []byte, from uint8, socket int) {
		fwd, peers, c := open(t)
		in := bytes.Clone(b)
		fwd.Take(0, b, pathconn.Route{Socket: socket, Addr: real(from)})
		if len(peers.sent) > 1 {
			t.Fatalf("%d packets", len(peers.sent))
		}
		for _, s := range peers.sent {
			side := map[netip.AddrPort]int{benV: 0, anaV: 1}[s.to]
			if len(s.b) != len(in) || pathconn.Header(in) != c.Headers[side] || real(from) != []netip.AddrPort{ana, ben}[side] || socket != 0 {
				t.Fatalf("%x from %v by %d went to %v", in, real(from), socket, s.to)
			}
		}
	})
}
