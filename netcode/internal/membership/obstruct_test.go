//go:build !race

package membership

import (
	"bytes"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

var obstructions = flag.Int("obstructions", 2, "runs of each behaviour in TestObstruction")

// behaviour is how a liar keeps others from playing on.
type behaviour struct {
	name string
	set  func(s *sim, liar uint8)
}

// withhold has the liar not say messages of a kind.
func withhold(k kind) func(s *sim, liar uint8) {
	return func(s *sim, liar uint8) {
		s.twist = func(from, to uint8, m Message) Message {
			if w, ok := m.(signed); ok && from == liar && w.author() == liar && m.kind() == k {
				return nil
			}
			return m
		}
	}
}

// every has something happen again and again.
func (s *sim) every(d time.Duration, do func()) {
	s.later(d, func() {
		do()
		s.every(d, do)
	})
}

// utter has the liar say something to all.
func (s *sim) utter(liar uint8, m signed) {
	p := s.peers[liar]
	p.sign(m)
	p.send(p.links, m)
}

var behaviours = []behaviour{
	{"is silent", func(s *sim, liar uint8) { s.crash(liar, false) }},
	{"is silent to one", func(s *sim, liar uint8) { s.deaf[[2]uint8{liar, (liar + 1) % uint8(len(s.peers))}] = true }},
	{"vetoes everything", func(s *sim, liar uint8) {
		withhold(kindReport)(s, liar)
		s.react = func(q *player, m Message) {
			if b, ok := m.(*Prepare); ok && q.me == liar {
				s.utter(liar, &Veto{Base: b.Base, Ballot: b.Ballot, Author: liar, Hears: q.view.Machines() &^ b.Keep})
			}
		}
	}},
	{"does not report", withhold(kindReport)},
	{"does not vote", withhold(kindAccepted)},
	{"never proposes", withhold(kindAccept)},
	{"tells no decision", withhold(kindCommit)},
	{"does not seal", withhold(kindSeal)},
	{"begins a ballot whenever another one does", func(s *sim, liar uint8) {
		s.react = func(q *player, m Message) {
			if b, ok := m.(*Prepare); ok && q.me == liar && b.author() != liar && q.status == Member && b.Base == q.view.Ref {
				q.prepare(s.now, q.view.Machines()&^q.inst.byes, nil)
			}
		}
	}},
	{"gives a record now and then", func(s *sim, liar uint8) {
		n := 0
		s.every(s.config.Tick, func() {
			n++
			s.empty[liar] = n%20 != 0
		})
	}},
	{"comes and goes", func(s *sim, liar uint8) {
		n := 0
		s.every(1900*ms, func() {
			n++
			for m := range s.peers {
				s.deaf[[2]uint8{liar, uint8(m)}] = n%2 == 0
			}
		})
	}},
	{"begins far rounds", func(s *sim, liar uint8) {
		s.every(time.Second, func() {
			if p := s.peers[liar]; p.status == Member {
				p.inst.highest.Round += 1000
				p.prepare(s.now, p.view.Machines()&^p.inst.byes, nil)
			}
		})
	}},
	{"would close who is there", func(s *sim, liar uint8) {
		s.every(time.Second, func() {
			p := s.peers[liar]
			keep := p.view.Machines() &^ One((liar+1)%uint8(len(s.peers)))
			if p.status == Member && keep.quorumOf(p.view.Machines(), true) {
				p.prepare(s.now, keep, nil)
			}
		})
	}},
	{"reports what cannot be", func(s *sim, liar uint8) {
		s.twist = func(from, to uint8, m Message) Message {
			if r, ok := m.(*Report); ok && from == liar && r.Author == liar {
				other := *r
				other.Limit += 10000
				other.Signature = nameOf(liar, appendBody(nil, &other))
				return &other
			}
			return m
		}
	}},
	{"answers ballots that nobody has begun", func(s *sim, liar uint8) {
		s.every(50*ms, func() {
			p := s.peers[liar]
			for m := range p.view.Machines().All {
				b := Ballot{p.inst.highest.Round + 1 + uint32(s.random.IntN(6)), m}
				s.utter(liar, &Report{Base: p.view.Ref, Ballot: b, Author: liar, Limit: p.set.Confirmed() + 9})
			}
		})
	}},
	{"says one thing to one and another to another", func(s *sim, liar uint8) {
		s.twist = func(from, to uint8, m Message) Message {
			if r, ok := m.(*Report); ok && from == liar && r.Author == liar && to%2 == 0 {
				other := *r
				other.Limit++
				other.Signature = nameOf(liar, appendBody(nil, &other))
				return &other
			}
			return m
		}
	}},
	{"does a little of everything", func(s *sim, liar uint8) {
		s.twist = func(from, to uint8, m Message) Message {
			if w, ok := m.(signed); ok && from == liar && w.author() == liar && s.random.IntN(2) == 0 {
				return nil
			}
			return m
		}
		s.every(700*ms, func() { s.empty[liar] = s.random.IntN(3) == 0 })
	}},
}

// TestObstruction: whatever a liar does so that the others cannot go on, they do, before
// long, without those who are dead, and with all of themselves (K1, K3).
func TestObstruction(t *testing.T) {
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			for seed := range uint64(*obstructions) {
				b.obstruct(t, *firstWalk-1+seed)
			}
		})
	}
}

// TestTwoLeadInTurn: of two who lead in turn one has always been answered by somebody who waits
// for its end, and does not answer the other. He is not charged for that, and who answers
// neither is, though he is not the only one.
func TestTwoLeadInTurn(t *testing.T) {
	for _, b := range behaviours {
		if b.name == "begins far rounds" {
			b.obstruct(t, 7)
		}
	}
}

// obstruct is a match in which a liar behaves so; in every other one somebody dies as well.
func (b *behaviour) obstruct(t *testing.T, seed uint64) {
	n := 4 + int(seed%2)
	liar := uint8(seed / 2 % uint64(n))
	s := newLiarSim(t, seed, n, conditions{20 * ms, 5 * ms, 2}, liar)
	s.run(time.Second)
	b.set(s, liar)
	s.run(time.Second)
	honest := Machines(1<<n-1) &^ One(liar)
	if n == 5 {
		dead := (liar + 2) % uint8(n)
		s.crash(dead, false)
		honest &^= One(dead)
	}
	s.run(60 * time.Second)
	if fault := s.goesOn(honest, One(liar)); fault != "" {
		t.Errorf("seed %d, %d machines, %d lies: %s", seed, n, liar, fault)
	}
}

// goesOn reports why those machines are not members of one view, of nobody else but some
// whom it does not matter, and play.
func (s *sim) goesOn(members, whoever Machines) string {
	if s.fault != "" {
		return s.fault
	}
	var before [MaxMachines]rollback.Frame
	for m := range members.All {
		before[m] = s.peers[m].set.Confirmed()
	}
	s.run(20 * time.Second)
	for m := range members.All {
		p := s.peers[m]
		if in := p.view.Machines() &^ whoever; p.status != Member || in != members&^whoever {
			return fmt.Sprintf("machine %d has status %d, reason %d and view %d of %016b", m, p.status, p.reason, p.view.Number, p.view.Machines())
		}
		if frames := p.set.Confirmed() - before[m]; frames < 600 {
			return fmt.Sprintf("machine %d confirms %d frames in twenty seconds", m, frames)
		}
	}
	return s.fault
}

// TestLeavesAndStays: a machine says goodbye again and again, and makes records all the
// same. It is put out, and nobody goes on with other content than the rest without knowing.
func TestLeavesAndStays(t *testing.T) {
	for seed := range uint64(8) {
		liar := uint8(seed % 4)
		s := newLiarSim(t, seed, 4, conditions{20 * ms, 5 * ms, 2}, liar)
		for _, p := range s.peers {
			p.exempt = true // some may have confirmed an end that others have not
		}
		s.run(time.Second)
		s.every(time.Second, func() {
			p := s.peers[liar]
			s.utter(liar, &Bye{Stream: p.own, Base: p.view.Ref, Last: p.set.Held(p.own)})
		})
		s.run(20 * time.Second)
		var first *player
		for _, p := range s.peers {
			switch {
			case p.me == liar || p.conflict != nil:
			case p.status != Member || p.view.Machines().Has(liar):
				t.Errorf("seed %d: machine %d has status %d, reason %d, view %016b", seed, p.me, p.status, p.reason, p.view.Machines())
			case first == nil:
				first = p
			default:
				f := min(p.set.Confirmed(), first.set.Confirmed())
				for g := f - 600; g <= f; g++ {
					if !bytes.Equal(p.content[g-p.first], first.content[g-first.first]) {
						t.Fatalf("seed %d: machines %d and %d have confirmed frame %d differently", seed, p.me, first.me, g)
					}
				}
			}
		}
		if first == nil {
			t.Errorf("seed %d: nobody plays on", seed)
		}
	}
}
