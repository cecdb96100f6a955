//go:build !race

package audience

import (
	"crypto/ed25519"
	"testing"
	"time"
)

// small is a match of one player with some viewers, who have all of it.
func small(t *testing.T, viewers int, seed uint64) *model {
	m := newModel(t, 1, seed)
	for range viewers {
		m.join()
		m.run(300 * time.Millisecond)
	}
	m.run(3 * time.Second)
	m.allWatch("before", PerSecond)
	m.mark()
	return m
}

// relays are the viewers that feed others.
func (m *model) relays() (list []*actor) {
	for _, a := range m.viewers() {
		if a.stand.Fed() > 0 {
			list = append(list, a)
		}
	}
	return list
}

// unharmed fails unless all viewers have everything, without a pause longer than most.
func (m *model) unharmed(what string, most time.Duration) {
	m.t.Helper()
	m.allWatch(what, 2*PerSecond)
	for _, a := range m.viewers() {
		if a.lost > 0 || a.begins > 1 {
			m.t.Errorf("%s: viewer %d has lost %d segments, and begun %d times", what, a.id, a.lost, a.begins)
		}
		if a.worst > most {
			m.t.Errorf("%s: viewer %d had nothing for %v", what, a.id, a.worst)
		}
	}
}

// TestAlters: who alters what he feeds is left, and nobody is shown it.
func TestAlters(t *testing.T) {
	for _, at := range []int{0, 4, 8, pieceHeadBytes, pieceHeadBytes + 3, pieceHeadBytes + 4, pieceHeadBytes + 60, 250} {
		m := small(t, 12, 3)
		liar := m.relays()[0]
		fed := liar.stand.Fed()
		liar.twist = func(b []byte) []byte {
			if len(b) > at {
				b[at] ^= 0x10
			}
			return b
		}
		m.run(5 * time.Second)
		most := 2 * time.Second
		if at == 0 { // of another match, then: as if nothing came
			most = 5 * time.Second
		}
		m.unharmed("altered", most)
		left := 0
		for _, a := range m.viewers() {
			left += a.forged
		}
		if left < fed && at > 0 {
			t.Errorf("byte %d altered: %d of %d have left the liar", at, left, fed)
		}
	}
}

// TestForgesWorld: a world is not taken from who has altered it.
func TestForgesWorld(t *testing.T) {
	m := small(t, 12, 4)
	for _, liar := range m.relays() {
		liar.twist = func(b []byte) []byte {
			if b[4] == pieceWorld {
				b[len(b)-1] ^= 1
			}
			return b
		}
	}
	came := m.join()
	forged := false
	for range 200 {
		m.run(100 * time.Millisecond)
		forged = forged || came.forged > 0
	}
	if !forged {
		t.Error("nobody has tried")
	}
	if came.begins == 0 {
		t.Log("nobody honest had room") // it is shown nothing rather than a lie
	}
}

// TestWithholds: who says that he is there, and sends nothing, or all of it late, is left.
func TestWithholds(t *testing.T) {
	m := small(t, 12, 5)
	liar := m.relays()[0]
	liar.twist = func([]byte) []byte { return nil }
	m.run(8 * time.Second)
	m.unharmed("withheld", 4*time.Second)

	m = small(t, 12, 6)
	liar = m.relays()[0]
	var held [][]byte
	liar.twist = func(b []byte) []byte {
		if held = append(held, b); len(held) < 200 {
			return nil
		}
		b, held = held[0], held[1:]
		return b
	}
	m.run(10 * time.Second)
	m.unharmed("delayed", 4*time.Second)
}

// TestAsksAgain: who asks for everything again and again gets it now and then, and nobody
// else gets less.
func TestAsksAgain(t *testing.T) {
	m := small(t, 8, 7)
	var greedy *actor
	for _, a := range m.viewers() {
		if a.viewer.Parent() == 0 {
			greedy = a
		}
	}
	player := m.actors[0]
	before := player.sent
	m.run(10 * time.Second)
	usual := player.sent - before
	before = player.sent
	for range 10 * 250 {
		player.stand.Said(m.now, greedy.id, &Cease{}, nil)
		player.stand.Said(m.now, greedy.id, &Ask{noSegment}, nil)
		m.run(step)
	}
	if got := player.sent - before; got > usual+4*worldSize {
		t.Errorf("the player has sent %d bytes, and %d while nobody was greedy", got, usual)
	}
	for _, a := range m.viewers() {
		if a != greedy && a.lost > 0 {
			t.Errorf("viewer %d has lost %d segments", a.id, a.lost)
		}
	}
}

// TestComeAndGo: a thousand come and leave again, and nothing is left of them.
func TestComeAndGo(t *testing.T) {
	m := small(t, 10, 8)
	stay := m.viewers()
	var guests []*actor
	for i := range 1000 {
		m.run(100 * time.Millisecond)
		guests = append(guests, m.join())
		if i >= 20 {
			m.leave(guests[i-20])
		}
	}
	for _, a := range guests[980:] {
		m.leave(a)
	}
	m.run(6 * time.Second)
	if n := m.desk.Watching(); n != len(stay) || len(m.desk.byID) != len(stay)+1 {
		t.Errorf("the desk knows %d viewers and %d nodes; %d are left", n, len(m.desk.byID), len(stay))
	}
	m.unharmed("come and gone", 2*time.Second)
	for _, a := range m.list {
		if !a.dead && len(a.stand.guests) > 1+StandBys+len(stay) {
			t.Errorf("%d remembers %d guests", a.id, len(a.stand.guests))
		}
	}
}

// leave has somebody go, whose links end with that.
func (m *model) leave(a *actor) {
	a.dead = true
	m.desk.Gone(a.id)
	for _, other := range m.list {
		if other.viewer != nil && !other.dead {
			other.viewer.Down(a.id)
		} else if other.viewer == nil {
			other.stand.Gone(a.id)
		}
	}
}

// TestCrowd: the desk takes so many at once, and so many in all.
func TestCrowd(t *testing.T) {
	d := NewDesk(1)
	d.Source(Neighbour{ID: 0})
	now := time.Hour
	for i := range arrivals {
		if _, err := d.Came(now, [32]byte{}); err != nil {
			t.Fatalf("the %dth: %v", i, err)
		}
	}
	if _, err := d.Came(now, [32]byte{}); err != ErrBusy {
		t.Errorf("one more at once: %v", err)
	}
	for d.Watching() < MaxViewers {
		now += time.Second / arrivalRate
		if _, err := d.Came(now, [32]byte{}); err != nil {
			t.Fatalf("with %d: %v", d.Watching(), err)
		}
	}
	if _, err := d.Came(now+time.Minute, [32]byte{}); err != ErrFull {
		t.Errorf("one more than there is room for: %v", err)
	}
	if gone := d.Vanished(now+vanished, nil); len(gone) != 0 {
		t.Errorf("%d are forgotten who were told nothing", len(gone))
	}
	for id := range d.byID {
		d.Place(now, id)
	}
	if gone := d.Vanished(now+vanished, nil); len(gone) != MaxViewers || d.Watching() != 0 {
		t.Errorf("%d are forgotten who have said nothing, %d not", len(gone), d.Watching())
	}
}

// TestSlow: a viewer whose path is too narrow falls out of the ring, and goes on with the
// newest world; whoever feeds it keeps nothing for it.
func TestSlow(t *testing.T) {
	ring, s := new(Ring), (*Stand)(nil)
	s = NewStand(match, ring, OfPlayer)
	add := func() {
		n := Segment{Number: ring.Next(), Log: make([]byte, 100)}
		if n.Number%worldsAt == 0 {
			n.World = SumOf([]byte{byte(n.Number)})
		}
		ring.Add(&n, n.Stamp(match, testKey("source")))
		if n.World != nil {
			ring.SetWorld(n.Number, []byte{byte(n.Number)})
		}
	}
	add()
	now := time.Second
	s.Poll(now, nil, nil)
	if why := s.Said(now, 16, &Ask{noSegment}, nil); why != 0 {
		t.Fatal(why)
	}
	blocks := 0
	for s.Next(16) != nil {
		blocks++
	}
	if blocks != 2 {
		t.Fatalf("%d blocks have come: it should be a segment and its world", blocks)
	}
	for range 10 * ringSegments {
		add()
		now += 100 * time.Millisecond
		s.Said(now, 16, &Have{}, nil)
		s.Poll(now, nil, nil)
	}
	p, err := parsePiece(s.Next(16))
	if err != nil || p.number != ring.worldAt || p.number < ring.Next()-worldsAt {
		t.Errorf("it goes on with segment %d of %d: %v", p.number, ring.Next(), err)
	}
	if n := len(ring.segments); n > ringSegments+worldsAt {
		t.Errorf("the ring has %d segments", n)
	}
}

// TestGuests: who feeds the asker is not fed by him, and who is silent is forgotten.
func TestGuests(t *testing.T) {
	ring := new(Ring)
	s := NewStand(match, ring, OfPlayer)
	if why := s.Said(0, 16, &Ask{noSegment}, nil); why != Nothing {
		t.Errorf("with nothing to give: %d", why)
	}
	n := Segment{Log: []byte{1}}
	ring.Add(&n, n.Stamp(match, testKey("source")))
	if why := s.Said(0, 16, &Ask{0}, []ID{18, 16, 0}); why != Loop {
		t.Errorf("who feeds this one asks: %d", why)
	}
	for id := ID(17); id < 20; id++ {
		why := s.Said(0, id, &Ask{0}, []ID{0})
		if full := id >= 17+OfPlayer; full && why != Full || !full && why != 0 {
			t.Errorf("%d asks: %d", id, why)
		}
	}
	s.Said(goneAfter/2, 17, &Have{}, nil)
	s.Poll(goneAfter, nil, nil)
	if !s.Feeds(17) || s.Feeds(18) {
		t.Errorf("17 has given a sign of life, 18 has not: %v, %v", s.Feeds(17), s.Feeds(18))
	}
}

// TestPlaceOfTheQuiet: who says nothing loses his place to one who asks for it, and reads so as soon as
// he speaks again. Who has just left a feed is told to ask again, and not left without an answer.
func TestPlaceOfTheQuiet(t *testing.T) {
	ring := new(Ring)
	s := NewStand(match, ring, 1)
	n := Segment{Log: []byte{1}}
	ring.Add(&n, n.Stamp(match, testKey("source")))
	now := time.Second
	s.Said(now, 16, &Ask{0}, nil)
	now += quietAfter - 1
	if why := s.Said(now, 17, &Ask{0}, nil); why != Full {
		t.Errorf("17 has asked for the place of one who may only be busy: %d", why)
	}
	now += 2 * askPause
	if why := s.Said(now, 17, &Ask{0}, nil); why != 0 || s.Feeds(16) {
		t.Errorf("17 has asked for the place of one who is quiet: %d", why)
	}
	for i, want := range []Denial{Full, 0} {
		if why := s.Said(now, 16, &Have{}, nil); why != want {
			t.Errorf("16 speaks for the %d. time and reads %d", i+1, why)
		}
	}
	s.Said(now, 17, &Cease{}, nil)
	if why := s.Said(now+askPause/2, 17, &Ask{0}, nil); why != Nothing {
		t.Errorf("17 has left its feed, asks again at once and reads %d", why)
	}
	if why := s.Said(now+askPause, 17, &Ask{0}, nil); why != 0 || !s.Feeds(17) {
		t.Errorf("17 asks again in time: %d", why)
	}
}

// TestUntaken: a viewer whose game takes nothing keeps no more than so many bytes of big segments,
// and begins anew when it does.
func TestUntaken(t *testing.T) {
	ring, key := new(Ring), testKey("source")
	s, v := NewStand(match, ring, OfPlayer), NewViewer(match, key.Public().(ed25519.PublicKey))
	v.Placed(0, &Placement{Self: 20, Sources: []Neighbour{{ID: 0}}})
	v.Up(0, 0)
	now, most := time.Second, 0
	for range 4 * untakenBytes / MaxSegmentBytes {
		n := Segment{Number: ring.Next(), Log: make([]byte, MaxSegmentBytes-200)}
		if n.Number%worldsAt == 0 {
			n.World = SumOf(nil)
		}
		ring.Add(&n, n.Stamp(match, key))
		if n.World != nil {
			ring.SetWorld(n.Number, nil)
		}
		now += 100 * time.Millisecond
		s.Poll(now, nil, nil)
		for _, o := range v.Poll(now, nil) {
			if o.To == 0 {
				s.Said(now, 20, o.Say, nil)
			}
		}
		v.Said(now, 0, &Have{Next: ring.Next()})
		for b := s.Next(20); b != nil; b = s.Next(20) {
			if err := v.Fed(now, 0, b); err != nil {
				t.Fatal(err)
			}
		}
		waiting := 0
		for _, item := range v.items {
			waiting += len(item.Log)
		}
		if most = max(most, waiting); waiting != v.waiting {
			t.Fatalf("%d bytes wait, and %d are counted", waiting, v.waiting)
		}
	}
	if most > untakenBytes || most < untakenBytes/2 {
		t.Errorf("%d bytes have waited, of %d", most, untakenBytes)
	}
	if item, ok := v.Take(); !ok || !item.Begins || item.Number == 0 {
		t.Errorf("it goes on with segment %d: %v, %v", item.Number, item.Begins, ok)
	}
}
