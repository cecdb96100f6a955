//go:build !race

package rendezvous

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// checkBounds compares what a server counts with what it holds, and both with
// its configuration.
func checkBounds(t *testing.T, s *Server) {
	t.Helper()
	checkCounts(t, s)
	checkHolders(t, s)
}

func checkCounts(t *testing.T, s *Server) {
	got, c := s.Stats(), s.config
	guests, bytes := 0, 0
	for _, l := range s.lobbies {
		if len(l.guests) > c.MaxGuests {
			t.Fatalf("a lobby with %d guests", len(l.guests))
		}
		guests += len(l.guests)
		for _, g := range l.guests {
			bytes += len(g.offer) + len(g.answer)
		}
	}
	if got.Lobbies != len(s.lobbies) || got.Guests != guests || got.OfferBytes != bytes || got.Relays != len(s.relays) {
		t.Fatalf("%+v; there are %d lobbies, %d guests with %d bytes, %d relays", got, len(s.lobbies), guests, bytes, len(s.relays))
	}
	if got.Lobbies > c.MaxLobbies || guests > c.maxAllGuests() || bytes > c.MaxOfferBytes || got.Relays > c.MaxRelays {
		t.Fatalf("%+v with %+v", got, c)
	}
}

// checkHolders counts anew who holds what.
func checkHolders(t *testing.T, s *Server) {
	var lobbies, guests, ends []*slot
	for _, l := range s.lobbies {
		lobbies = append(lobbies, checkSlot(t, s, &l.slot, l.at, l.answered()))
		for _, g := range l.guests {
			guests = append(guests, checkSlot(t, s, &g.slot, g.at, g.answered))
		}
	}
	for _, r := range s.relays {
		for i := range r.sides {
			if d := &r.sides[i]; d.held() {
				if s.channels[d.channel] != d {
					t.Fatal("a relay's end without its channel")
				}
				ends = append(ends, checkSlot(t, s, &d.slot, d.at, d.other().held()))
			}
		}
	}
	if len(ends) != len(s.channels) {
		t.Fatalf("%d ends, %d channels", len(ends), len(s.channels))
	}
	checkSlots(t, s.lobbySlots, lobbies)
	checkSlots(t, s.guestSlots, guests)
	checkSlots(t, s.endSlots, ends)
}

// answered is the same as the rank of a lobby, found in another way.
func (l *lobby) answered() bool {
	for _, g := range l.guests {
		if g.answered {
			return true
		}
	}
	return false
}

func checkSlot(t *testing.T, s *Server, p *slot, at Source, both bool) *slot {
	who := s.path(at)
	if p.holder == nil || p.holder.prefix != who.finest() || (p.rank == active) != both {
		t.Fatalf("a place of %v is held by %+v, rank %d", at, p.holder, p.rank)
	}
	if n := s.held(who); n > who.limit {
		t.Fatalf("%v holds %d places of %d", at, n, who.limit)
	}
	return p
}

// checkSlots looks at all that slots say about those who hold them.
func checkSlots(t *testing.T, ps *slots, held []*slot) {
	counts := map[*holder][ranks]int{}
	for _, p := range held {
		for h := p.holder; h != nil; h = h.up {
			n := counts[h]
			n[p.rank]++
			counts[h] = n
		}
	}
	if ps.len() != len(held) || len(ps.holders) != max(len(counts)-1, 0) {
		t.Fatalf("%d places held of %d, %d holders of %d", ps.len(), len(held), len(ps.holders), len(counts)-1)
	}
	for h, n := range counts {
		if h.up != nil && ps.holders[h.prefix] != h {
			t.Fatalf("the holder of %v is not known", h.prefix)
		}
		for r := range n {
			largest := h.by[r].kids.largest()
			for _, kid := range h.by[r].kids.list {
				if counts[kid][r]*largest.weight > counts[largest][r]*kid.weight {
					t.Fatalf("%v is not the largest within %v", largest.prefix, h.prefix)
				}
			}
			if h.by[r].count != n[r] {
				t.Fatalf("%v has %d places of rank %d, not %d", h.prefix, n[r], r, h.by[r].count)
			}
		}
	}
	for e := ps.age.Front(); e != nil && e.Next() != nil; e = e.Next() {
		if e.Value.(*slot).seen > e.Next().Value.(*slot).seen {
			t.Fatal("not in the order of age")
		}
	}
}

// checkEmpty: nothing is left of anybody.
func checkEmpty(t *testing.T, s *Server) {
	t.Helper()
	checkBounds(t, s)
	if got := s.Stats(); got.Lobbies+got.Guests+got.Relays+got.OfferBytes+len(s.channels) != 0 || s.config.NoRelay {
		t.Fatalf("something is left: %+v, %d channels", got, len(s.channels))
	}
}

// model is a small server and a crowd that knows all its lobbies, owners,
// sessions and guests, and does anything at all in any order.
type model struct {
	t        *testing.T
	random   *rand.Rand
	server   *Server
	now      time.Duration
	channels []Channel
	config   ServerConfig
}

func (m *model) restart() {
	m.config.Rand = rand.NewChaCha8([32]byte{byte(m.random.Uint32()), 7})
	server, err := NewServer(m.config)
	if err != nil {
		m.t.Fatal(err)
	}
	// Large tables take longer to make than all that happens in them.
	for _, l := range []*limiter{&server.requests, &server.challenges, &server.strangers, &server.notices.said} {
		l.full = make([]time.Duration, 64)
	}
	m.server = server
}

// source draws one of a few homes of both families, some of which share a /56 or
// a /48, one is in a hall, and some come by TCP.
func (m *model) source() Source {
	addr := netip.AddrFrom4([4]byte{198, 51, 100, byte(m.random.IntN(6))})
	if m.random.IntN(2) == 0 {
		var b [16]byte
		b[0], b[1] = 0x20, byte(m.random.IntN(2)) // /48
		b[6], b[7] = byte(m.random.IntN(2)), byte(m.random.IntN(3))
		b[15] = byte(m.random.IntN(3))
		addr = netip.AddrFrom16(b)
	}
	s := Source{Addr: netip.AddrPortFrom(addr, uint16(1000+m.random.IntN(3)))}
	if m.random.IntN(5) == 0 {
		s.Stream = uint64(1 + m.random.IntN(3))
	}
	return s
}

// packet draws anything that can come.
func (m *model) packet(from Source) []byte {
	r := m.random
	msg := message{kind: kind(1 + r.IntN(int(firstReply)-1)), flag: byte(r.IntN(3))}
	msg.lookup[0], msg.owner[0], msg.guest[0], msg.session[0] = byte(r.IntN(7)), byte(r.IntN(2)), byte(r.IntN(4)), byte(r.IntN(3))
	msg.sealed = make([]byte, r.IntN(maxSealed))
	if r.IntN(2) == 0 {
		msg.sealed = make([]byte, sealOverhead+r.IntN(3))
	}
	if len(msg.sealed) > 0 {
		msg.sealed[0] = byte(r.IntN(3))
	}
	if r.IntN(6) > 0 {
		msg.cookie = m.server.secret.cookie(from.Addr, m.now, r.IntN(3))
	}
	if l := m.server.lobbies[msg.lookup]; l != nil && r.IntN(2) == 0 {
		msg.owner, msg.session = l.owner, l.session // as the host itself
		if len(l.guests) > 0 {
			msg.guest = l.guests[0].id
			msg.mark = l.guests[0].mark()
		}
	}
	b := appendMessage(nil, &msg)
	switch r.IntN(12) {
	case 0:
		if len(m.channels) > 0 {
			b = AppendRelayed(nil, m.channels[r.IntN(len(m.channels))], make([]byte, r.IntN(1400)))
		}
	case 1:
		b = append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...)
	case 2:
		b = b[:r.IntN(len(b)+1)]
	case 3:
		b[1] = byte(r.IntN(4))
	}
	return b
}

// step lets something happen.
func (m *model) step() {
	m.now += time.Duration(m.random.IntN(300)) * time.Millisecond
	switch m.random.IntN(80) {
	case 0:
		m.now += time.Duration(m.random.IntN(60)) * time.Second
	case 1:
		m.restart()
	}
	from := m.source()
	m.server.Packet(m.now, from, m.packet(from))
	if m.random.IntN(3) == 0 {
		m.server.Advance(m.now)
	}
	sends := m.server.AppendSends(nil)
	if len(sends) > 2*m.config.MaxGuests+2 {
		m.t.Fatalf("one packet drew %d", len(sends))
	}
	for _, send := range sends {
		var got message
		if decodeMessage(send.Data, &got) == nil && got.kind == channel && len(m.channels) < 50 {
			m.channels = append(m.channels, got.channel)
		}
	}
	if n := len(m.server.AppendNotices(nil)); n > 1 {
		m.t.Fatalf("one packet drew %d notices", n)
	}
	if checkCounts(m.t, m.server); m.random.IntN(16) == 0 {
		checkHolders(m.t, m.server)
	}
}

// honest: two players who have nothing to do with all that meet and get a relay.
func (m *model) honest() {
	m.t.Helper()
	h := honestPair{s: m.server, host: stranger(1 << 20), guest: stranger(1<<20 + 1), lookup: [16]byte{200}}
	if why := h.meet(m.t, m.now); why != "" {
		m.t.Fatal(why)
	}
}

// honestPair are two players at the level of packets.
type honestPair struct {
	s           *Server
	host, guest Source
	lookup      [16]byte
}

// meet goes through the meeting and the opening of a relay, and says what does
// not work.
func (h *honestPair) meet(t *testing.T, now time.Duration) (why string) {
	t.Helper()
	do := func(from Source, m message) kind {
		m.lookup, m.guest, m.tag[0] = h.lookup, ID{200}, byte(from.Addr.Addr().As16()[15])
		for _, a := range exchange(t, h.s, now, from, proven(h.s, now, from, m)) {
			if a.tag == m.tag {
				return a.kind
			}
		}
		return 0
	}
	owner, session := [16]byte{201}, [16]byte{202}
	offer, reply := make([]byte, sealOverhead), make([]byte, maxSealed)
	offer[0], reply[0] = 203, 204
	answered := message{kind: answer, owner: owner, sealed: reply}
	copy(answered.mark[:], offer)
	for _, c := range []struct {
		what string
		from Source
		m    message
		want kind
	}{
		{"the host's registration", h.host, message{kind: register, owner: owner, session: session}, registered},
		{"the guest's offer", h.guest, message{kind: ask, session: session, sealed: offer}, wait},
		{"the host's answer", h.host, answered, kept},
		{"the guest's next question", h.guest, message{kind: ask, session: session, sealed: offer}, hostOffer},
		{"the host's relay", h.host, message{kind: relay, flag: sideHost}, channel},
		{"the guest's relay", h.guest, message{kind: relay, flag: sideGuest}, channel},
	} {
		if got := do(c.from, c.m); got != c.want {
			return c.what + " is not granted"
		}
	}
	for i := range h.s.relays[pairKey{h.lookup, ID{200}}].sides {
		if !h.s.relays[pairKey{h.lookup, ID{200}}].sides[i].live(now) {
			return "the relay is not open"
		}
	}
	return ""
}

// Whatever anybody sends, in whatever order, a server counts what it holds and
// no more than it may; and when the senders are gone, nothing is left of them,
// and two players meet.
func TestModel(t *testing.T) {
	runs := 4000
	if testing.Short() {
		runs = 400
	}
	for seed := range runs {
		modelRun(t, uint64(seed))
	}
}

func modelRun(t *testing.T, seed uint64) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	m := &model{t: t, random: rand.New(rand.NewPCG(seed, 3)), config: ServerConfig{
		MaxLobbies: 5, MaxGuests: 3, MaxOfferBytes: 5 * guestBytes, MaxRelays: 4, MaxPerSource: 6, RequestsPerSec: 1000,
		Halls: []Hall{{netip.MustParsePrefix("198.51.100.4/31"), 12}},
	}}
	m.restart()
	for range 400 {
		m.step()
	}
	m.now += lobbyExpiry + time.Second
	m.server.Advance(m.now)
	checkEmpty(t, m.server)
	m.honest()
}
