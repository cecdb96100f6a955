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
// stands by nothing of it, goes as soon as a single other one shows what the author has sealed.
func TestStuckWithUnsealed(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		s := strangersAt(t, 4, time.Minute)
		s.play(0b1111, 1)
		p, id := s.peers[0], s.peers[3].own
		if stuck {
			p.seals[3].base = p.set.Held(id) - unsealedFrames
		}
		seal := &Seal{Stream: id, Through: p.set.Held(id), Beat: 9, Digest: records.Digest{1}}
		seal.Signature = nameOf(3, appendBody(nil, seal))
		p.Take(s.now, 1, seal)
		if goes := p.Conflict() != nil; goes != stuck {
			t.Errorf("it is stuck: %t, and goes: %t", stuck, goes)
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
