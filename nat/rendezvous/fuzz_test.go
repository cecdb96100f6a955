//go:build !race

package rendezvous

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

func FuzzMessage(f *testing.F) {
	for k := register; k <= gone; k++ {
		if k.defined() {
			f.Add(appendMessage(nil, &message{kind: k, flag: 1, rate: 64_000, sealed: []byte("sealed")}))
		}
	}
	f.Add([]byte{firstMessage, version + 1, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		var m message
		if decodeMessage(b, &m) != nil {
			return
		}
		if again := appendMessage(nil, &m); !bytes.Equal(again, b) {
			t.Fatalf("%x is %+v, which is %x", b, m, again)
		}
	})
}

func FuzzRelayed(f *testing.F) {
	f.Add(AppendRelayed(nil, Channel{firstRelayed, 1, 2}, []byte("packet")))
	f.Add([]byte{firstRelayed})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, packet, ok := Relayed(b)
		if ok && !bytes.Equal(AppendRelayed(nil, c, packet), b) {
			t.Fatalf("%x is %x and %x", b, c, packet)
		}
	})
}

// packets cuts fuzz input into packets, each behind its length.
func packets(b []byte) (list [][]byte) {
	for len(b) > 0 && len(list) < 200 {
		n := min(int(b[0]), len(b)-1)
		list = append(list, b[1:1+n])
		b = b[1+n:]
	}
	return list
}

func packed(list ...[]byte) (b []byte) {
	for _, p := range list {
		b = append(append(b, byte(len(p))), p...)
	}
	return b
}

// FuzzServer gives a server any packets, some of them with a good cookie.
func FuzzServer(f *testing.F) {
	message1 := func(m message) []byte { return appendMessage(nil, &m) }
	sealed := make([]byte, sealOverhead)
	f.Add(packed(message1(message{kind: register, session: [16]byte{1}}), message1(message{kind: ask, session: [16]byte{1}, sealed: sealed}),
		message1(message{kind: answer, sealed: sealed}), message1(message{kind: relay}), message1(message{kind: relay, flag: 1}), message1(message{kind: leave})))
	f.Add(packed([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, []byte{firstRelayed, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newServer(t, ServerConfig{MaxLobbies: 3, MaxGuests: 2, MaxOfferBytes: 3 * guestBytes, MaxRelays: 2, MaxPerSource: 4})
		now := time.Duration(0)
		for i, p := range packets(b) {
			from := stranger(i % 5)
			switch i % 11 {
			case 3:
				from.Stream = uint64(1 + i%2)
			case 5:
				from.Second = true
			case 7, 9:
				from = prefixes("2001:db8::/47", 4)[i%4]
			}
			now += 10 * time.Millisecond
			var m message
			if decodeMessage(p, &m) == nil && m.kind < firstReply && i%7 != 6 {
				m = proven(s, now, from, m)
				p = appendMessage(nil, &m)
			}
			s.Packet(now, from, p)
			if len(p) > 0 && p[0] == 0xff {
				now += 20 * time.Second
				s.Advance(now)
			}
			for _, send := range s.AppendSends(nil) {
				if len(send.Data) == 0 || len(send.Data) > MaxPacket {
					t.Fatalf("sends %d bytes", len(send.Data))
				}
			}
			checkBounds(t, s)
		}
	})
}

// FuzzClient gives a host and a guest any packets as the server's.
func FuzzClient(f *testing.F) {
	sealed := make([]byte, sealOverhead+3)
	var list [][]byte
	for _, k := range []kind{challenge, registered, wait, guestOffer, hostOffer, kept, channel, refused, gone} {
		list = append(list, appendMessage(nil, &message{kind: k, flag: 1, session: [16]byte{3}, channel: Channel{firstRelayed}, sealed: sealed}))
	}
	f.Add(packed(list...))
	f.Fuzz(func(t *testing.T, b []byte) {
		server := netip.MustParseAddrPort("203.0.113.1:3478")
		config := Config{Server: server, Keys: keysOf(1), Rand: rand.NewChaCha8([32]byte{1})}
		host, err := NewHost(config, 0)
		if err != nil {
			t.Fatal(err)
		}
		guest, err := NewGuest(config, 0)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Duration(0)
		guest.Relay(now, guest.Self())
		for _, p := range packets(b) {
			now += 100 * time.Millisecond
			for _, c := range []*Client{host, guest} {
				p := bytes.Clone(p)
				if len(p) >= headBytes && p[2] != byte(gone) {
					copy(p[4:], c.tag[:])
				}
				c.Packet(now, server, p)
				c.Advance(now)
				if sends := c.AppendSends(nil); len(sends) > 8 {
					t.Fatalf("one packet drew %d", len(sends))
				}
				for _, e := range c.AppendEvents(nil) {
					if e.Kind == Met {
						t.Fatalf("met %q, which nobody sealed", e.Offer)
					}
				}
				if c.Next() <= now {
					t.Fatalf("Next is %v at %v", c.Next(), now)
				}
			}
		}
	})
}

// FuzzSTUN looks at requests alone: whatever is answered is answered with a
// well-formed response.
func FuzzSTUN(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x22, 0, 1, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if !isSTUNRequest(b) {
			return
		}
		r := appendSTUNResponse(nil, b, netip.MustParseAddrPort("198.51.100.7:1"), netip.MustParseAddrPort("0.0.0.0:3479"))
		want := 32
		if len(b) >= 28 {
			want = 44
		}
		if len(r) != want || !bytes.Equal(r[4:20], b[4:20]) {
			t.Fatalf("%x answers %x", r, b)
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, []byte("packet")))
	f.Add([]byte{0, 0})
	f.Add([]byte{255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var room [MaxPacket]byte
		r := bytes.NewReader(b)
		for {
			before := len(b) - r.Len()
			p, err := readFrame(r, room[:])
			if err != nil {
				return
			}
			if again := appendFrame(nil, p); !bytes.Equal(again, b[before:len(b)-r.Len()]) {
				t.Fatalf("%x became %x", b[before:], again)
			}
		}
	})
}
