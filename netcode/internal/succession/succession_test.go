//go:build !race

package succession

import (
	"math/rand/v2"
	"testing"
	"time"
)

const (
	tick    = 20 * time.Millisecond
	silence = 10 * time.Second // after which a link is over
)

// club is some machines with links among them: those of a lobby whose host is machine 0, or
// whichever is told to be.
type club struct {
	t         *testing.T
	rand      *rand.Rand
	now       time.Duration
	members   []*member
	mail      []letter
	impatient bool // those who play notice a silence sooner
	gaveWay   int  // how often a host did
	drops     bool // who has lost its host is dropped by those who follow it
}

type member struct {
	*Succession
	linked    Machines
	dead      bool
	yielded   bool
	playing   bool
	heard     [16]time.Duration // newest sign of life
	deadAt    [16]time.Duration // when the link to a machine is over; 0: never
	liar      bool
	asleep    time.Duration // until then it neither reads nor does anything
	stoodLost bool          // it stood, or followed, having lost its host: always
}

type letter struct {
	at       time.Duration
	from, to uint8
	word     *Word
	roster   uint32 // a term; 0: none
	dropped  bool   // the link is over: the sender's host does not know the receiver
}

func newClub(t *testing.T, seed uint64, n int) *club {
	c := &club{t: t, rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range n {
		m := &member{Succession: New(uint8(i)), linked: Machines(1<<n-1) &^ One(uint8(i)), playing: true, stoodLost: true}
		c.members = append(c.members, m)
	}
	return c
}

// die ends a machine: the others notice at once that it has closed its links, or by its
// silence, each at its own time, and those in a match with it sooner; sometimes a goodbye is
// lost.
func (c *club) die(who int, closes bool) {
	c.members[who].dead = true
	for i, m := range c.members {
		at := c.now + silence + c.after(time.Second)
		if m.playing && c.impatient {
			at = c.now + 2*time.Second + c.after(300*time.Millisecond)
		}
		if closes && c.rand.IntN(5) > 0 {
			at = c.now + c.after(80*time.Millisecond)
		}
		if i != who && m.linked.Has(uint8(who)) {
			m.deadAt[who] = at
		}
	}
}

func (c *club) after(most time.Duration) time.Duration {
	return tick + time.Duration(c.rand.Int64N(int64(most)))
}

// cut ends the link between two who live.
func (c *club) cut(a, b int) {
	c.members[a].deadAt[b] = c.now + silence + c.after(time.Second)
	c.members[b].deadAt[a] = c.now + silence + c.after(time.Second)
}

func (c *club) post(from, to uint8, l letter) {
	if m := c.members[from]; !m.linked.Has(to) || m.deadAt[to] != 0 {
		return
	}
	l.at, l.from, l.to = c.now+c.after(80*time.Millisecond), from, to
	for _, before := range c.mail { // in order
		if before.from == from && before.to == to {
			l.at = max(l.at, before.at)
		}
	}
	c.mail = append(c.mail, l)
}

func (c *club) sight(i int) Sight {
	m := c.members[i]
	s := Sight{Linked: m.linked, Heard: m.heard[m.host], Playing: m.playing}
	if m.host == m.me {
		s.Heard = c.now
	}
	return s
}

func (c *club) roster(from uint8, to uint8) { c.post(from, to, letter{roster: c.members[from].term}) }

func (c *club) pass(d time.Duration) {
	for until := c.now + d; c.now < until; c.now += tick {
		due := c.mail
		c.mail = nil
		waits := func(l letter) bool { return l.at > c.now || c.members[l.to].asleep > c.now }
		for _, l := range due {
			if waits(l) {
				c.mail = append(c.mail, l)
			}
		}
		for _, l := range due {
			if !waits(l) {
				c.deliver(l)
			}
		}
		for i, m := range c.members {
			if !m.dead && !m.yielded && c.now >= m.asleep {
				c.step(i)
			}
		}
	}
}

func (c *club) deliver(l letter) {
	m := c.members[l.to]
	if m.dead || m.yielded || m.liar || !m.linked.Has(l.from) {
		return
	}
	m.heard[l.from] = c.now
	switch {
	case l.dropped:
		m.linked &^= One(l.from)
		m.Drop(l.from)
	case l.word != nil:
		if l.word.Gone && l.from == m.host && l.word.Term == m.term {
			m.Lose(c.now)
		}
		m.Take(c.now, l.from, *l.word)
		if l.word.Gone && m.host == m.me && !m.Lost() && l.word.Term != m.term {
			for _, said := range m.Outbox() {
				c.say(m, said)
			}
			c.roster(l.to, l.from)
		}
	case l.roster > m.term && l.from == m.host && !m.Lost(): // which hosts on
		m.Follow(l.roster, l.from)
	case l.roster > 0 && m.Accepts(c.now, l.from, l.roster, c.sight(int(l.to))):
		m.stoodLost = m.stoodLost && m.Lost()
		m.Follow(l.roster, l.from)
	case l.roster > 0:
		m.Claim(c.now, l.from, l.roster)
	}
}

func (c *club) step(i int) {
	m := c.members[i]
	for k, other := range c.members {
		if at := m.deadAt[k]; at != 0 && c.now >= at {
			m.linked &^= One(uint8(k))
			if uint8(k) == m.host && !m.Lost() {
				m.Lose(c.now)
			}
			if m.host == m.me && c.drops && at < 1<<62 {
				m.deadAt[k] = 1 << 62
				c.drop(m.me, uint8(k))
			}
		} else if m.linked.Has(uint8(k)) && !other.dead && !other.yielded && m.deadAt[k] == 0 && c.rand.IntN(10) == 0 {
			m.heard[k] = c.now
		}
	}
	if m.liar {
		c.lie(i)
		return
	}
	switch m.Step(c.now, c.sight(i)) {
	case GiveWay:
		c.gaveWay++
		m.Resign(c.now)
	case Stand, Rise:
		m.stoodLost = m.stoodLost && (m.Lost() || m.host == m.me)
		for _, said := range m.Outbox() {
			c.say(m, said)
		}
		m.Follow(m.Next(), m.me)
		for to := range c.members {
			c.roster(m.me, uint8(to))
		}
	case Yield:
		m.yielded = true
		for k, other := range c.members {
			if other.linked.Has(m.me) {
				c.members[k].deadAt[i] = c.now + c.after(80*time.Millisecond)
			}
		}
	}
	for _, said := range m.Outbox() {
		c.say(m, said)
	}
}

func (c *club) say(m *member, said Said) {
	for to := range said.To.all {
		c.post(m.me, to, letter{word: &said.Word})
	}
}

// drop has all who follow a host end their links to somebody.
func (c *club) drop(host, who uint8) {
	for i, m := range c.members {
		if uint8(i) != who && uint8(i) != host && m.host == host && m.linked.Has(who) {
			c.post(uint8(i), who, letter{dropped: true})
			m.linked &^= One(who)
		}
	}
}

// lie says whatever it likes.
func (c *club) lie(i int) {
	to := uint8(c.rand.IntN(len(c.members)))
	switch c.rand.IntN(20) {
	case 0:
		c.post(uint8(i), to, letter{word: &Word{Term: c.rand.Uint32N(6), Gone: c.rand.IntN(2) == 0, Playing: c.rand.IntN(2) == 0}})
	case 1:
		c.post(uint8(i), to, letter{roster: uint32(i) + machines*c.rand.Uint32N(3)})
	case 2:
		c.post(uint8(i), to, letter{word: &Word{Term: uint32(i) + machines*c.rand.Uint32N(3), Gone: c.rand.IntN(4) == 0}})
	}
}

// agreed sees that all honest ones who live have one host, who knows that he is.
func (c *club) agreed(seed uint64) (host int) {
	host = -1
	for i, m := range c.members {
		switch {
		case m.dead || m.liar:
		case m.yielded || m.Lost():
			c.t.Errorf("seed %d: machine %d has yielded: %v, has no host: %v", seed, i, m.yielded, m.Lost())
		case host < 0:
			host = int(m.host)
		case host != int(m.host) || m.term != c.members[host].term:
			c.t.Errorf("seed %d: machine %d follows %d in term %d, others %d", seed, i, m.host, m.term, host)
		}
	}
	return host
}

// TestModel: whoever goes, and however, those who remain have one host soon: the lowest of
// them, unless he noticed too late.
func TestModel(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := 2 + r.IntN(7)
		c := newClub(t, seed, n)
		for _, m := range c.members {
			m.playing = r.IntN(4) > 0
		}
		c.impatient = seed%2 == 0
		c.pass(2 * time.Second)
		c.die(0, r.IntN(2) == 0)
		for k := 1; k < n-1 && r.IntN(3) == 0; k++ { // and the next in line with it, or a little later
			c.pass(time.Duration(r.IntN(4)) * time.Second / 2)
			c.die(k, r.IntN(2) == 0)
		}
		c.pass(2*silence + 6*time.Second)
		host := c.agreed(seed)
		for i, m := range c.members {
			if !m.stoodLost {
				t.Errorf("seed %d: machine %d has changed hosts while it had one", seed, i)
			}
		}
		if host < 0 || c.members[host].dead {
			t.Fatalf("seed %d: the host is %d of %d", seed, host, n)
		}
	}
}

// TestLowestStands: of those who play the lowest, at once when all have seen the host
// leave, and in no more than a second after its silence is noticed.
func TestLowestStands(t *testing.T) {
	for n := 2; n <= 8; n++ {
		c := newClub(t, 7, n)
		for i, m := range c.members {
			m.playing = n < 4 || i != 1
		}
		c.pass(time.Second)
		c.members[0].dead = true
		for _, m := range c.members[1:] {
			m.deadAt[0] = c.now + tick
		}
		c.pass(300 * time.Millisecond)
		want := 1
		if n >= 4 {
			want = 2
		}
		if host := c.agreed(7); host != want || c.members[host].term != uint32(want) {
			t.Errorf("of %d, %d hosts", n, host)
		}
	}
}

// TestCutOff: who alone has lost the host, or with fewer than hear it, has lost the lobby;
// nobody else notices.
func TestCutOff(t *testing.T) {
	for seed := range uint64(100) {
		c := newClub(t, seed, 4)
		c.drops = seed%2 == 0
		c.pass(time.Second)
		c.cut(0, 1)
		c.pass(silence + 8*time.Second)
		for i, m := range c.members {
			if m.yielded != (i == 1) || i != 1 && (m.host != 0 || m.term != 0 || m.Lost()) {
				t.Fatalf("seed %d: machine %d: yielded %v, host %d, term %d", seed, i, m.yielded, m.host, m.term)
			}
		}
	}
}

// TestTwoSides: on the side that the host is not on there is one other host.
func TestTwoSides(t *testing.T) {
	for seed := range uint64(100) {
		c := newClub(t, seed, 5)
		c.pass(time.Second)
		for a := range 2 {
			for b := 2; b < 5; b++ {
				c.cut(a, b)
			}
		}
		c.pass(silence + 8*time.Second)
		for i, m := range c.members {
			want := uint8(0)
			if i >= 2 {
				want = 2
			}
			if m.yielded || m.Lost() || m.host != want {
				t.Fatalf("seed %d: machine %d: yielded %v, host %d", seed, i, m.yielded, m.host)
			}
		}
	}
}

// TestLiar: whatever one member says, who hears the host keeps it; and when that is really
// gone everybody has a host again.
func TestLiar(t *testing.T) {
	stood := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		n := 3 + r.IntN(4)
		c := newClub(t, seed, n)
		liar := 1 + r.IntN(n-1)
		c.members[liar].liar = true
		c.pass(30 * time.Second)
		for i, m := range c.members {
			if i != liar && (m.host != 0 || m.Lost() || m.yielded) {
				t.Fatalf("seed %d: machine %d follows %d, lost %v, yielded %v", seed, i, m.host, m.Lost(), m.yielded)
			}
		}
		c.die(0, r.IntN(2) == 0)
		c.pass(silence + 15*time.Second)
		hosts := false // the liar: then it says who is in
		for _, m := range c.members {
			hosts = hosts || int(m.host) == liar
		}
		if hosts {
			stood++
			continue
		}
		for i, m := range c.members[1:] {
			if i+1 != liar && m.Lost() && n > 3 { // of two the word of one counts as much as the other's
				t.Fatalf("seed %d: machine %d of %d has no host; yielded %v", seed, i+1, n, m.yielded)
			}
		}
	}
	if stood == 0 {
		t.Error("no liar has ever stood: it was not tried")
	}
}

// FuzzWords: no words do harm to who hears its host, and each draws at most one answer.
// TestUnheardAfterResigning: a host who has resigned, and of whom nothing reaches the others for
// a while, hosts no lobby of his own as long as he has links: as soon as he is heard he follows
// who hosts by then. He hosts if the links are over, or they say nothing for good.
func TestUnheardAfterResigning(t *testing.T) {
	for _, heardAt := range []time.Duration{4 * time.Second, 9 * time.Second, 30 * time.Second, time.Hour} {
		for k, linkedFor := range []time.Duration{6 * time.Second, 6 * time.Second, 40 * time.Second, time.Hour} {
			all := []Machines{One(1), One(1) | One(2)}[k%2]
			s := New(0)
			s.Resign(0)
			for now := time.Duration(0); ; now += 100 * time.Millisecond {
				sight := Sight{Linked: all, Playing: true}
				if now >= linkedFor {
					sight.Linked = 0
				} else if now >= heardAt && (all.Len() > 1 || heardAt < unheardFor) {
					s.Take(now, 1, Word{Term: 1, Playing: true})
					if !s.Accepts(now, 1, 1, sight) {
						t.Errorf("heard at %v: the next host is not believed", now)
					}
					break
				}
				verdict := s.Step(now, sight)
				s.Outbox()
				may, must := now >= linkedFor, now >= linkedFor
				if all.Len() == 1 {
					may, must = may || now >= unheardFor, must || now >= unheardFor+PatienceFor
				}
				if verdict == Stand && !may || verdict != Stand && must || verdict == Yield {
					t.Fatalf("links to %d for %v: %v at %v", all.Len(), linkedFor, verdict, now)
				} else if verdict == Stand {
					break
				}
			}
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add([]byte{1, 1, 0, 2, 0, 1, 3, 1, 5})
	f.Add([]byte{0, 0, 0, 9, 9, 9, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(3)
		now, lost, answers := time.Duration(0), false, 0
		sight := Sight{Linked: 0b0111}
		for ; len(b) >= 3; b = b[3:] {
			now += time.Duration(b[0]) * 10 * time.Millisecond
			switch b[1] % 8 {
			case 0:
				if b[2] == 77 {
					s.Lose(now)
					lost = true
				}
			case 1:
				sight.Linked = Machines(b[2]) &^ One(3)
			default:
				s.Take(now, b[1]%16, Word{Term: uint32(b[2]) % 9 << (b[2] % 25), Gone: b[0]%2 == 0, Playing: b[0]%3 == 0})
				answers++
			}
			if !lost {
				sight.Heard = now
			}
			if v := s.Step(now, sight); v != Wait && !lost {
				t.Fatalf("verdict %d of who has a host", v)
			}
			if !lost && s.Accepts(now, b[1]%16, uint32(b[2]), sight) {
				t.Fatal("another host is believed by who has one")
			}
			if said := len(s.Outbox()); said > answers+17 {
				t.Fatalf("%d words for %d", said, answers)
			}
			if s.Next() > maxAhead+machines {
				t.Fatalf("term %d", s.Next())
			}
		}
	})
}
