//go:build !race

package membership

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// TestNoEndWithoutGoodbye: that a record is the last one counts if its author has signed that,
// whoever else says so, and whichever of the two comes first.
func TestNoEndWithoutGoodbye(t *testing.T) {
	for _, byeFirst := range []bool{false, true} {
		s := strangersAt(t, 3, time.Minute)
		p, id := s.peers[0], s.peers[2].own
		record := s.record(id, 0)
		bye := &Bye{Stream: id, Base: p.view.Ref}
		s.peers[2].sign(bye)
		ends := func() bool { _, _, end := p.set.Bounds(id); return end == 0 }
		if byeFirst {
			p.Take(s.now, 2, bye)
		}
		if p.TakeRecord(id, 0, record, true) != records.Taken || ends() != byeFirst {
			t.Errorf("with a goodbye before it %t, the stream is over %t", byeFirst, ends())
		}
		if !byeFirst {
			p.Take(s.now, 2, bye)
		}
		if !ends() {
			t.Errorf("goodbye first %t: the stream is open", byeFirst)
		}
	}
}

// TestCountsAheadOnce: who has counted his datagrams far ahead, once and to one of the others, is
// heard all the same by what follows: else the one would go on without him whom the rest hear.
func TestCountsAheadOnce(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	p, q := s.peers[0], s.peers[2]
	p.TakeHead(s.now, 2, &Head{Stream: q.own, Beat: 1 << 30})
	p.Closed(2)
	later := s.now + time.Second
	p.TakeHead(later, 2, &Head{Stream: q.own, Beat: 1})
	if w := &p.watches[2]; w.beatAt != later || w.closed {
		t.Errorf("heard at %v, closed %t", w.beatAt, w.closed)
	}
}

// sealed is a seal of what a player has recorded so far.
func sealed(p *player, beat uint32) *Seal {
	m := &Seal{Stream: p.own, Through: p.set.Held(p.own), Beat: beat}
	m.Digest, _ = p.set.DigestThrough(p.own, m.Through)
	m.Signature = nameOf(p.me, appendBody(nil, m))
	m.Digest = records.Digest{}
	return m
}

// TestSealCountsAheadOnce: who has counted his seals far ahead, once, stands by what follows all
// the same, and is proven to have lied: what an honest one seals later has a higher number.
func TestSealCountsAheadOnce(t *testing.T) {
	for _, some := range []bool{false, true} { // whether anything was sealed with the high number
		s := strangersAt(t, 3, time.Minute)
		p, liar := s.peers[0], s.peers[2]
		if some {
			s.play(0b111, 2)
		}
		p.TakeSeal(s.now, 2, sealed(liar, 1<<20))
		s.play(0b111, 3)
		p.TakeSeal(s.now+time.Second, 2, sealed(liar, 2))
		if base, held := p.seals[2].base, liar.set.Held(liar.own); base != held {
			t.Errorf("sealed through %d, held through %d", base, held)
		}
		if proven := p.Liars() == One(2); proven != some {
			t.Errorf("something was sealed with the high number: %t, proven: %t", some, proven)
		}
	}
}

// TestSealOfWhatIsFrozen: in an agreement a seal goes on with what it was made for, so that one
// who has frozen its author's stream, and does not hear him, sees that he is alive.
func TestSealOfWhatIsFrozen(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	s.play(0b111, 2)
	deaf, hears, author := s.peers[0], s.peers[1], s.peers[2]
	deaf.Closed(2)
	s.now += time.Second
	hears.TakeHead(s.now, 2, &Head{Stream: author.own, Beat: 1})
	deaf.prepare(s.now, 0b011, nil)
	s.pass(0, 0b010)
	s.play(0b110, 1)
	hears.TakeSeal(s.now, 2, sealed(author, 9))
	s.pass(1, 0b001)
	if deaf.set.Held(author.own) >= author.set.Held(author.own) {
		t.Fatal("the stream is not frozen")
	}
	if w := &deaf.watches[2]; w.beatAt != s.now || w.closed {
		t.Errorf("it was last heard of at %v of %v, closed %t", w.beatAt, s.now, w.closed)
	}
}

// TestWhoHasAnsweredIsNotCharged: one who has answered a ballot makes no records beyond its limit,
// and does not pay for that; whoever holds up the ballot does.
func TestWhoHasAnsweredIsNotCharged(t *testing.T) {
	for _, answered := range []bool{false, true} {
		s := strangersAt(t, 4, time.Minute)
		p := s.peers[0]
		if answered {
			s.peers[1].prepare(s.now, 0b1111, nil)
			s.pass(1, 0b0001)
		}
		s.play(0b1101, 1) // of 1 nothing comes
		for range 10 {
			s.now += 100 * ms
			for m := range Machines(0b1110).All {
				p.TakeHead(s.now, m, &Head{Stream: s.peers[m].own, Beat: 1})
			}
			p.hearing.judge(s.now, 100*ms, 0)
		}
		if cost := p.watches[1].cost; (cost == 0) != answered {
			t.Errorf("it has answered: %t, and has cost %v", answered, cost)
		}
	}
}

// TestStandsByNothing: who is heard by some of the others only, and does not seal, has those who do
// not hear him take him for silent and the others contradict them. While they stand it is he who
// pays.
func TestStandsByNothing(t *testing.T) {
	for _, seals := range []bool{false, true} {
		s := strangersAt(t, 3, time.Minute)
		p, author := s.peers[0], s.peers[2]
		p.hearing.begin(s.now)
		s.play(0b101, 1) // they wait for 1
		for i := range uint32(50) {
			s.now += 100 * ms
			p.TakeHead(s.now, 2, &Head{Stream: author.own, Beat: i + 1})
			if seals {
				p.TakeSeal(s.now, 2, sealed(author, i+1))
			}
			p.hearing.judge(s.now, 100*ms, 0)
		}
		if cost := p.watches[2].cost; (cost == 0) != seals {
			t.Errorf("it seals: %t, and has cost %v", seals, cost)
		}
	}
}
