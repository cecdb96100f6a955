//go:build !race

package membership

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// TestSealOfSomethingElse: who seals what he has sent nobody leads nobody away with it, nor
// does one other who shows it; who finds that most of the others go by it has been sent
// something else, and takes up the match anew (K2, X5).
func TestSealOfSomethingElse(t *testing.T) {
	s := newLiarSim(t, 0, 4, conditions{20 * ms, 5 * ms, 0}, 3)
	s.run(time.Second)
	id := s.peers[3].own
	for m := range s.peers[:3] {
		p := s.peers[m]
		for through := p.seals[3].base + 1; through <= p.set.Held(id); through++ {
			seal := &Seal{Stream: id, Through: through, Beat: 1 << 20, Digest: records.Digest{1}}
			seal.Signature = nameOf(3, appendBody(nil, seal))
			for _, from := range []uint8{3, uint8(m+1) % 3} {
				if p.Take(s.now, from, seal); p.status != Member {
					t.Fatalf("%d is led away by what %d shows: %v", m, from, p.Conflict())
				}
			}
			if m == 2 {
				if p.Take(s.now, 1, seal); p.status != Left || p.Conflict() == nil {
					t.Error("who was sent something else than all others stays")
				}
				return
			}
		}
	}
	t.Error("nothing was unsealed")
}

// TestStuckWithUnsealed: who can go no further with what he holds of somebody, since its author
// stands by nothing of it, goes as soon as a single other one shows what the author has sealed, but
// for one who goes himself: nobody would be left (X5).
func TestStuckWithUnsealed(t *testing.T) {
	for _, c := range []struct{ stuck, departs, goes bool }{{}, {stuck: true, goes: true}, {stuck: true, departs: true}} {
		s := strangersAt(t, 4, time.Minute)
		s.play(0b1111, 1)
		p, id := s.peers[0], s.peers[3].own
		if c.stuck {
			p.seals[3].base = p.set.Held(id) - unsealedFrames
		}
		if c.departs {
			p.Closed(1)
		}
		seal := &Seal{Stream: id, Through: p.set.Held(id), Beat: 9, Digest: records.Digest{1}}
		seal.Signature = nameOf(3, appendBody(nil, seal))
		p.Take(s.now, 1, seal)
		if goes := p.Conflict() != nil; goes != c.goes {
			t.Errorf("%+v: it goes: %t", c, goes)
		}
	}
}

// TestOfTwoTheSealed: of two contents of a stream that as many report it is the one that its author
// has sealed, if that is shown by a seal of just this, and else what the lowest reports (H14).
func TestOfTwoTheSealed(t *testing.T) {
	config := records.Config{LeadFrames: 3, LimitFrames: 2}
	id := records.StreamID{Machine: 2}
	hold := func(last byte) Holding {
		h := Holding{Stream: id, Held: 29}
		for range h.Held {
			h.Records = append(h.Records, []byte{1})
		}
		h.Records = append(h.Records, []byte{last})
		h.Digest = config.DigestAfter(config.DigestAfter(records.Digest{}, 0, h.Records[:24]), 24, h.Records[24:])
		return h
	}
	common := config.DigestAfter(records.Digest{}, 0, hold(0).Records[:24])
	for _, c := range []struct {
		name string
		seal Seal
		like Machines
	}{
		{"through its end", Seal{Stream: id, Through: 29, Digest: hold(7).Digest}, One(1)},
		{"through a link before", Seal{Stream: id, Through: 23, Digest: common}, One(1)},
		{"of something else", Seal{Stream: id, Through: 29, Digest: hold(0).Digest}, One(0)},
		{"of something else before", Seal{Stream: id, Through: 23, Digest: records.Digest{1}}, One(0)},
		{"of another stream", Seal{Stream: records.StreamID{Machine: 2, Born: 1}, Through: 29, Digest: hold(7).Digest}, One(0)},
		{"beyond its end", Seal{Stream: id, Through: 47, Digest: hold(7).Digest}, One(0)},
		{"within a link", Seal{Stream: id, Through: 25, Digest: common}, One(0)},
	} {
		other := hold(7)
		other.Seal = &c.seal
		l := &candidacy{reported: 0b11}
		l.reports[0], l.reports[1] = &Report{Streams: []Holding{hold(0)}}, &Report{Streams: []Holding{other}}
		if like := l.likeMost(0, config); like != c.like {
			t.Errorf("a seal %s: what %b report stands", c.name, like)
		}
	}
}

// TestReportsShowSeals: who reports what he holds of a stream shows how far its author stands by it.
func TestReportsShowSeals(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	p, author := s.peers[0], s.peers[2]
	for len(p.seals[2].kept) == 0 {
		s.play(0b111, 1)
		if sealDue(author.set.Held(author.own)) {
			p.TakeSeal(s.now, 2, sealed(author, uint32(author.set.Held(author.own))))
		}
	}
	s.play(0b111, 2)
	p.watches[2].closed, p.watches[2].beatAt = true, 0
	p.prepare(s.now, 0b011, nil)
	h := &p.lead.reports[0].Streams[0]
	if h.Seal == nil || h.sealedThrough(s.config.Records) != p.seals[2].kept[0].Through {
		t.Fatalf("%+v is shown of frame %d", h.Seal, p.seals[2].kept[0].Through)
	}
	h.Seal.Signature[0]++
	p.sign(p.lead.reports[0])
	if genuine(ring{}, p.lead.reports[0]) {
		t.Error("a seal that its author has not made is none")
	}
}

// TestSealOfNothing: who has left before he had recorded anything has sealed nothing, and reports of
// that can be read.
func TestSealOfNothing(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	p, id := s.peers[0], s.peers[2].own
	p.seals[2].kept = []Seal{{Stream: id, Through: p.set.Held(id), Beat: 1}}
	p.watches[2].closed, p.watches[2].beatAt = true, 0
	p.prepare(s.now, 0b011, nil)
	said := AppendMessage(nil, p.lead.reports[0])
	if _, err := ParseMessage(said); err != nil || p.lead.reports[0].Streams[0].Seal != nil {
		t.Errorf("%v: %x", err, said)
	}
}

// TestWhoWithdrawsStays: who leaves to come in again, having answered a ballot, takes part in its end
// for as long as it may take: with him the others may be enough to go on without who has led him
// astray. Whoever else leaves is gone after a second (L1).
func TestWhoWithdrawsStays(t *testing.T) {
	for _, withdraws := range []bool{false, true} {
		s := strangersAt(t, 3, time.Minute)
		p := s.peers[0]
		p.prepare(s.now, 0b111, nil)
		if withdraws {
			p.Withdraw(s.now, Conflict{What: "other records"})
		} else {
			p.Leave(s.now, nil)
		}
		p.leave(s.now + leaveLimit)
		if p.Gone() == withdraws || p.status != Member {
			t.Errorf("withdraws: %t, is gone: %t, status %d", withdraws, p.Gone(), p.status)
		}
		p.leave(s.now + withdrawLimit)
		if !p.Gone() {
			t.Errorf("withdraws: %t, and is never gone", withdraws)
		}
	}
}

// TestOldSealIsAnswered: who shows an old seal is shown the newest one, once in a while: he may
// hold what its author has not sealed.
func TestOldSealIsAnswered(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	p, author := s.peers[0], s.peers[2]
	for len(p.seals[2].kept) < 2 {
		s.play(0b111, 1)
		if sealDue(author.set.Held(author.own)) {
			p.TakeSeal(s.now, 2, sealed(author, uint32(author.set.Held(author.own))))
		}
	}
	older, newest := p.seals[2].kept[0], p.seals[2].kept[1]
	answers := func(shown Seal) (n int) {
		p.Outbox()
		for range 3 {
			p.Take(s.now, 1, &shown)
		}
		for _, e := range p.Outbox() {
			if seal, ok := e.Message.(*Seal); ok && e.To == One(1) && seal.Through == newest.Through && seal.Digest == newest.Digest {
				n++
			}
		}
		return n
	}
	for _, want := range []int{1, 0} {
		if n := answers(older); n != want {
			t.Errorf("%d answers to three old seals at once, want %d", n, want)
		}
	}
	s.now += showAgain
	if answers(newest) != 0 || answers(older) != 1 {
		t.Error("later an old one is not answered, or the newest is")
	}
}
