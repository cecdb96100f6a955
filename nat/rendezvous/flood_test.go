//go:build !race

package rendezvous

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

func newServer(t testing.TB, config ServerConfig) *Server {
	t.Helper()
	config.Rand = rand.NewChaCha8([32]byte{5})
	s, err := NewServer(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stranger is the nth source of a flood, each in a block of its own.
func stranger(n int) Source {
	b := [4]byte{byte(1 + n>>24), byte(n >> 16), byte(n >> 8), byte(n)}
	return Source{Addr: netip.AddrPortFrom(netip.AddrFrom4(b), 4000)}
}

// exchange gives the server a message and returns what it answers.
func exchange(t testing.TB, s *Server, now time.Duration, from Source, m message) []message {
	t.Helper()
	s.Packet(now, from, appendMessage(nil, &m))
	var answers []message
	for _, send := range s.AppendSends(nil) {
		var a message
		if err := decodeMessage(send.Data, &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	return answers
}

// proven is a message with the cookie of its source.
func proven(s *Server, now time.Duration, from Source, m message) message {
	m.cookie = s.secret.cookie(from.Addr, now, 0)
	return m
}

// A source that has proven nothing is answered with no more bytes than it sent,
// whatever it sends. STUN alone answers longer: see TestSTUNAmplifiesLittle.
func TestNoAmplification(t *testing.T) {
	s := newServer(t, ServerConfig{})
	// A lobby with guests gives the server much to say.
	host, guest := stranger(1), stranger(2)
	exchange(t, s, 0, host, proven(s, 0, host, message{kind: register, lookup: [16]byte{1}, session: [16]byte{1}}))
	exchange(t, s, 0, guest, proven(s, 0, guest, message{kind: ask, lookup: [16]byte{1}, session: [16]byte{1}, guest: ID{1}, sealed: make([]byte, maxSealed)}))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		m := message{kind: kind(1 + random.IntN(5)), lookup: [16]byte{1}, session: [16]byte{1}, guest: ID{1}, flag: byte(random.IntN(2))}
		m.sealed = make([]byte, random.IntN(maxSealed))
		b := appendMessage(nil, &m)
		switch random.IntN(4) {
		case 0:
			b[1] = byte(random.IntN(3))
		case 1:
			b = b[:random.IntN(len(b)+1)]
		case 2:
			b[0] = firstRelayed
		}
		victim := stranger(100 + i%50)
		s.Packet(0, victim, b)
		sent := 0
		for _, send := range s.AppendSends(nil) {
			if send.To != victim {
				t.Fatalf("a packet of %v drew one to %v", victim, send.To)
			}
			sent += len(send.Data)
		}
		if sent > len(b) {
			t.Fatalf("%d bytes drew %d: %x", len(b), sent, b)
		}
	}
}

func TestSTUN(t *testing.T) {
	s := newServer(t, ServerConfig{})
	request := make([]byte, 20)
	request[1] = 1
	binary.BigEndian.PutUint32(request[4:], stunCookie)
	copy(request[8:], "transaction!")
	for _, from := range []string{"198.51.100.7:40000", "[::ffff:198.51.100.7]:40000", "[2001:db8::17]:9"} {
		addr := netip.MustParseAddrPort(from)
		s.Packet(0, Source{Addr: addr}, request)
		sends := s.AppendSends(nil)
		if len(sends) != 1 {
			t.Fatalf("%s: no answer", from)
		}
		b := sends[0].Data
		if string(b[:2]) != "\x01\x01" || string(b[4:20]) != string(request[4:20]) || len(b) != 20+int(binary.BigEndian.Uint16(b[2:])) {
			t.Fatalf("%s: %x", from, b)
		}
		// By hand from RFC 8489 section 14.2, not with the code under test.
		ip := append([]byte(nil), b[28:]...)
		for i := range ip {
			ip[i] ^= b[4+i]
		}
		got, _ := netip.AddrFromSlice(ip)
		port := binary.BigEndian.Uint16(b[26:]) ^ 0x2112
		want := netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
		if netip.AddrPortFrom(got, port) != want || string(b[20:22]) != "\x00\x20" || int(b[25]) != map[int]int{4: 1, 16: 2}[len(ip)] {
			t.Errorf("%s was told %v:%d", from, got, port)
		}
	}
	attribute := func(kind uint16, value string) []byte {
		b := append([]byte(nil), request...)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
		b = append(append(b, value...), make([]byte, -len(value)&3)...)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20))
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		want int
	}{
		{"software", attribute(0x8022, "visavis"), 1},
		{"change request", attribute(3, "\x00\x00\x00\x06"), 0},
		{"short", request[:19], 0},
		{"long", append(request, 0, 0, 0, 0), 0},
		{"a response", append([]byte{1, 1}, request[2:]...), 0},
	} {
		s.Packet(time.Hour, stranger(7), c.b)
		if got := len(s.AppendSends(nil)); got != c.want {
			t.Errorf("%s: %d answers", c.name, got)
		}
	}
	// A victim in whose name somebody asks is not flooded, by both ports together.
	for i := range 100_000 {
		s.Packet(2*time.Hour, Source{Addr: stranger(8).Addr, Second: i%2 == 1}, request)
	}
	if n := len(s.AppendSends(nil)); n > strangerPace.burst {
		t.Errorf("%d answers at once", n)
	}
}

// The first port names the second, which answers STUN and nothing else.
func TestSecondPort(t *testing.T) {
	request := nat.STUNRequest([12]byte{1, 2, 3})
	for _, c := range []struct{ second, from, other string }{
		{"0.0.0.0:3479", "198.51.100.7:40000", "802c00080001" + "0d97" + "00000000"},
		{"[::]:3479", "[2001:db8::17]:9", "802c00080001" + "0d97" + "00000000"},
		{"192.0.2.9:3478", "198.51.100.7:40000", "802c00080001" + "0d96" + "c0000209"},
		{"[2001:db8::9]:3478", "[2001:db8::17]:9", "802c00140002" + "0d96" + "20010db8000000000000000000000009"},
	} {
		s := newServer(t, ServerConfig{Second: netip.MustParseAddrPort(c.second)})
		first := Source{Addr: netip.MustParseAddrPort(c.from)}
		second := Source{Addr: first.Addr, Second: true}
		s.Packet(0, first, request)
		s.Packet(0, second, request)
		sends := s.AppendSends(nil)
		if len(sends) != 2 || sends[0].To != first || sends[1].To != second {
			t.Fatalf("%+v", sends)
		}
		long, short := sends[0].Data, sends[1].Data
		if hex.EncodeToString(long[len(short):]) != c.other || !bytes.Equal(long[4:len(short)], short[4:]) ||
			len(long) != 20+int(binary.BigEndian.Uint16(long[2:])) || len(short) != 20+int(binary.BigEndian.Uint16(short[2:])) {
			t.Errorf("%s: %x, and on the second port %x", c.second, long, short)
		}
		register := appendMessage(nil, new(proven(s, 0, second, message{kind: register})))
		s.Packet(0, second, register)
		if sends := s.AppendSends(nil); len(sends) != 0 || s.Stats().Lobbies != 0 {
			t.Errorf("a lobby by the second port: %+v", sends)
		}
	}
}

// A binding request, however short, draws 1.6 times as much at most, or the bare
// address where that is more already; one from here draws all that there is to tell.
func TestSTUNAmplifiesLittle(t *testing.T) {
	for _, second := range []string{"0.0.0.0:3479", "192.0.2.9:3478", "[2001:db8::9]:3478"} {
		s := newServer(t, ServerConfig{Second: netip.MustParseAddrPort(second)})
		for i, from := range []string{"198.51.100.7:40000", "[2001:db8::17]:9"} {
			bare := 32 + 12*i
			for size := 20; size <= 80; size += 4 {
				request := append([]byte{0, 1, 0, byte(size - 20), 0x21, 0x12, 0xa4, 0x42}, "transaction!"...)
				if size > 20 {
					request = append(request, 0x80, 0x22, 0, byte(size-24))
					request = append(request, make([]byte, size-24)...)
				}
				s.Packet(time.Duration(size)*time.Minute, Source{Addr: netip.MustParseAddrPort(from)}, request)
				sends := s.AppendSends(nil)
				if len(sends) != 1 || len(sends[0].Data) > max(bare, size*8/5) {
					t.Errorf("%d bytes from %s drew %+v", size, from, sends)
				}
				if whole := len(nat.STUNRequest([12]byte{})); size >= whole && len(sends[0].Data) == bare {
					t.Errorf("%d bytes from %s are not told of %s", size, from, second)
				}
			}
		}
	}
}

// Memory and what is kept stay within the configuration, whoever floods.
func TestFloods(t *testing.T) {
	config := ServerConfig{MaxLobbies: 500, MaxGuests: 4, MaxOfferBytes: 200_000, MaxRelays: 50, MaxPerSource: 8}
	s := newServer(t, config)
	random := rand.New(rand.NewPCG(3, 4))
	now := time.Duration(0)
	var before runtime.MemStats
	for i := range 300_000 {
		now += 20 * time.Microsecond
		from := stranger(random.IntN(3000))
		if i%3 == 0 {
			from = stranger(0) // one floods harder than the others
		}
		m := message{kind: kind(1 + random.IntN(5)), flag: byte(random.IntN(2))}
		binary.BigEndian.PutUint16(m.lookup[:], uint16(random.IntN(2000)))
		if l := s.lobbies[m.lookup]; l != nil && random.IntN(2) == 0 {
			m.session, m.owner = l.session, l.owner
		}
		binary.BigEndian.PutUint16(m.guest[:], uint16(random.IntN(300)))
		m.sealed = make([]byte, sealOverhead+random.IntN(MaxOffer))
		m.sealed[0] = byte(i)
		exchange(t, s, now, from, proven(s, now, from, m))
		if i%1000 == 0 {
			s.Advance(now)
			checkBounds(t, s)
		}
		if i == 150_000 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	checkBounds(t, s)
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes in the second half", before.HeapAlloc, after.HeapAlloc)
	}
	if got := s.Stats(); got.Refused == 0 || got.Limited == 0 {
		t.Errorf("nothing was refused: %+v", got)
	}
	// All of it goes again.
	s.Advance(now + time.Hour)
	checkEmpty(t, s)
}

// A flood from forged sources costs those who play nothing.
func TestFloodDoesNotSilence(t *testing.T) {
	w := newWorld(t, 40, ServerConfig{})
	var public netip.Addr // of the host's router
	w.upward = func(from netip.AddrPort, _ []byte) { public = from.Addr() }
	host := w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	request := message{kind: register, lookup: [16]byte{66}}
	data := []byte{firstRelayed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	for i := range 100_000 {
		from := stranger(i)
		if i%2 == 0 {
			from = Source{Addr: netip.AddrPortFrom(public, uint16(i))} // forged in the host's name
		}
		w.server.Packet(w.sim.Now(), from, appendMessage(nil, &request))
		w.server.Packet(w.sim.Now(), from, data)
		w.server.AppendSends(nil)
	}
	guest := w.guest(w.config1(1, "guest"), dsl)
	w.run(time.Second)
	if !guest.met("host") || !host.met("guest") || w.server.Stats().Lobbies != 1 {
		t.Errorf("%q, %+v", guest.Status(), w.server.Stats())
	}
}

// One who has proven its address cannot keep the server busy for itself alone.
func TestRequestRate(t *testing.T) {
	s := newServer(t, ServerConfig{RequestsPerSec: 10})
	from := stranger(1)
	answers := 0
	for i := range 10_000 {
		now := time.Duration(i) * time.Millisecond
		answers += len(exchange(t, s, now, from, proven(s, now, from, message{kind: register})))
	}
	if answers < 100 || answers > 130 {
		t.Errorf("%d answers in 10 s at 10 a second", answers)
	}
}

func TestCookies(t *testing.T) {
	s := newServer(t, ServerConfig{})
	from, now := stranger(1), 10*time.Hour
	answers := exchange(t, s, now, from, message{kind: register})
	if len(answers) != 1 || answers[0].kind != challenge {
		t.Fatalf("%v", answers)
	}
	for _, c := range []struct {
		name string
		from Source
		at   time.Duration
		want kind
	}{
		{"at once", from, now, registered},
		{"from another port", Source{Addr: netip.AddrPortFrom(from.Addr.Addr(), 1)}, now, challenge},
		{"from another address", stranger(2), now, challenge},
		{"a minute later", from, now + cookieEpoch, registered},
		{"two minutes later", from, now + 2*cookieEpoch, challenge},
		{"over TCP, which proves it too", Source{Addr: from.Addr, Stream: 1}, now + time.Hour, registered},
	} {
		got := exchange(t, s, c.at, c.from, message{kind: register, cookie: answers[0].cookie})
		if len(got) != 1 || got[0].kind != c.want {
			t.Errorf("%s: %v, want %d", c.name, got, c.want)
		}
	}
}

// BenchmarkRequest is a host's refresh, cookie and limits included.
func BenchmarkRequest(b *testing.B) {
	s := newServer(b, ServerConfig{RequestsPerSec: 1_000_000})
	from := stranger(1)
	packet := appendMessage(nil, new(proven(s, 0, from, message{kind: register, lookup: [16]byte{1}})))
	var sends []Send
	now := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		now += time.Microsecond // as fast as is allowed
		s.Packet(now, from, packet)
		sends = s.AppendSends(sends[:0])
	}
	if s.stats.Challenges != 0 || s.stats.Limited != 0 || len(sends) != 1 {
		b.Fatal("measured refusals")
	}
}

// BenchmarkRelayed is one packet of 200 bytes through the relay.
func BenchmarkRelayed(b *testing.B) {
	s := newServer(b, ServerConfig{RelayRate: 1 << 30, RelayTotal: 1 << 30})
	var ends [2]message
	for i := range ends {
		from := stranger(i)
		s.Packet(0, from, appendMessage(nil, new(proven(s, 0, from, message{kind: relay, flag: byte(i)}))))
		for _, send := range s.AppendSends(nil) {
			if send.To == from {
				if err := decodeMessage(send.Data, &ends[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	packet := AppendRelayed(nil, ends[0].channel, make([]byte, 192))
	var sends []Send
	from := stranger(0)
	b.ReportAllocs()
	for now := time.Duration(0); b.Loop(); {
		s.Packet(now, from, packet)
		sends = s.AppendSends(sends[:0])
		s.relayTotal = now // no cap here
		s.channels[ends[0].channel].full = now
	}
	if len(sends) != 1 || s.stats.Capped != 0 {
		b.Fatalf("not relayed: %+v", s.Stats())
	}
}

// BenchmarkChallenge is what a packet from a forged source costs.
func BenchmarkChallenge(b *testing.B) {
	s := newServer(b, ServerConfig{})
	packet := appendMessage(nil, &message{kind: register})
	var sends []Send
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Packet(0, stranger(i&0xffff), packet)
		sends = s.AppendSends(sends[:0])
	}
}

// BenchmarkLobbyMemory fills a server and reports what a lobby with one guest
// takes.
func BenchmarkLobbyMemory(b *testing.B) {
	const lobbies = 10_000
	for b.Loop() {
		var before, after runtime.MemStats
		s := newServer(b, ServerConfig{})
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range lobbies {
			from := stranger(i)
			var lookup [16]byte
			binary.BigEndian.PutUint32(lookup[:], uint32(i))
			session := [16]byte{1}
			exchange(b, s, 0, from, proven(s, 0, from, message{kind: register, lookup: lookup, session: session}))
			exchange(b, s, 0, from, proven(s, 0, from, message{kind: ask, lookup: lookup, session: session, guest: ID{1}, sealed: make([]byte, 100)}))
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if s.Stats().Guests != lobbies {
			b.Fatalf("%+v", s.Stats())
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/lobbies, "B/lobby")
		runtime.KeepAlive(s)
	}
}

// What is sent in a source's name without its cookie takes nothing from what
// the source itself may ask.
func TestForgersSpendNothingOfOthers(t *testing.T) {
	s := newServer(t, ServerConfig{})
	from := stranger(1)
	for i := range 1000 {
		forged := Source{Addr: netip.AddrPortFrom(from.Addr.Addr(), uint16(i+1))}
		s.Packet(0, forged, []byte{firstRelayed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
		exchange(t, s, 0, forged, message{kind: register})
	}
	got := exchange(t, s, 0, from, proven(s, 0, from, message{kind: register}))
	if len(got) != 1 || got[0].kind != registered {
		t.Errorf("%+v", got)
	}
}

// Who knows a lobby's name but not the host's owner key cannot speak for the host.
func TestOnlyTheOwner(t *testing.T) {
	s := newServer(t, ServerConfig{})
	host, guest, thief := stranger(1), stranger(2), stranger(3)
	do := func(from Source, m message) []message {
		t.Helper()
		m.lookup = [16]byte{1}
		return exchange(t, s, 0, from, proven(s, 0, from, m))
	}
	owner, session, sealed := [16]byte{7}, [16]byte{8}, make([]byte, sealOverhead)
	do(host, message{kind: register, owner: owner, session: session})
	do(guest, message{kind: ask, session: session, guest: ID{9}, sealed: sealed})
	for name, m := range map[string]message{
		"register":               {kind: register, session: [16]byte{1}},
		"answer":                 {kind: answer, guest: ID{9}, sealed: sealed},
		"close the lobby":        {kind: leave},
		"send a guest away":      {kind: leave, owner: [16]byte{6}, guest: ID{9}},
		"leave as nobody we had": {kind: leave, guest: ID{10}},
	} {
		do(thief, m)
		l := s.lobbies[[16]byte{1}]
		if l == nil || l.session != session || l.at != host || l.guest(ID{9}) == nil || l.guest(ID{9}).answer != nil {
			t.Fatalf("%s: done for one without the key", name)
		}
	}
	if got := do(host, message{kind: answer, owner: owner, guest: ID{9}, sealed: sealed}); len(got) != 2 {
		t.Errorf("the host itself: %+v", got)
	}
	do(guest, message{kind: leave, guest: ID{9}})
	do(host, message{kind: leave, owner: owner})
	if st := s.Stats(); st.Lobbies+st.Guests+st.OfferBytes != 0 {
		t.Errorf("%+v", st)
	}
}
