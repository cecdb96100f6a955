//go:build !race

package membership

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestChurn: machines come, leave, crash, sleep and lose each other at random for a
// minute; when that is over, all who can be are of one mind, and nothing has grown.
func TestChurn(t *testing.T) {
	var total counts
	healed := 0
	for seed := range uint64(*churns) {
		s := newChurn(t, *firstWalk+seed)
		for end := s.now + time.Minute; s.now < end && s.fault == ""; {
			s.strike()
			s.run(time.Duration(s.random.Int64N(int64(3 * time.Second))))
			s.judgeBounds()
		}
		s.calm()
		if s.mayHeal() {
			healed++
			s.run(40 * time.Second)
			s.judgeUnity()
		}
		if s.fault != "" {
			t.Fatalf("seed %d: %s", *firstWalk+seed, s.fault)
		}
		total.add(s.counts)
	}
	t.Logf("%d matches, %d judged when healed: %s", *churns, healed, total)
	if healed == 0 || total.removals == 0 || total.joins == 0 || total.byes == 0 {
		t.Error("too little came about")
	}
}

func newChurn(t *testing.T, seed uint64) *sim {
	random := rand.New(rand.NewPCG(seed, 11))
	s := newSim(t, seed, 2+random.IntN(7), draw(random))
	s.run(time.Second)
	return s
}

// strike lets something happen.
func (s *sim) strike() {
	m := uint8(s.random.IntN(len(s.peers)))
	p := s.peers[m]
	members := s.decided[len(s.decided)-1].Members
	switch n := s.random.IntN(10); {
	case n < 2 && p.alive && len(members) > 2:
		s.crash(m, s.random.IntN(2) == 0)
		if s.random.IntN(3) > 0 {
			s.later(time.Duration(s.random.Int64N(int64(4*time.Second))), func() { s.restart(m) })
		}
	case n < 3 && p.alive && len(members) > 2:
		s.leave(p)
	case n < 5 && len(s.peers) < 10:
		s.restart(uint8(len(s.peers)))
	case n < 6 && p.alive:
		s.asleep[m] = s.now + time.Duration(s.random.Int64N(int64(3*time.Second)))
	case n < 8:
		s.part(Machines(s.random.Uint32() & s.random.Uint32()))
	case n < 9:
		other := uint8(s.random.IntN(len(s.peers)))
		s.part(One(m) | One(other))
	default:
		s.deaf[[2]uint8{m, uint8(s.random.IntN(len(s.peers)))}] = true
		s.later(time.Second, func() { clear(s.deaf) })
	}
}

// part takes the links between a set and the others down for a while.
func (s *sim) part(side Machines) {
	others := Machines(1<<MaxMachines-1) &^ side
	s.sever(side, others, true)
	s.later(time.Duration(s.random.Int64N(int64(5*time.Second))), func() { s.sever(side, others, false) })
}

// calm has all links up, all awake, and nobody else come.
func (s *sim) calm() {
	s.run(5 * time.Second)
	clear(s.deaf)
	clear(s.asleep)
	all := Machines(1<<MaxMachines - 1)
	s.sever(all, all, false)
	s.run(time.Second)
}

// judgeBounds reports what grows.
func (s *sim) judgeBounds() {
	for _, p := range s.peers {
		if !p.alive {
			continue
		}
		if n := len(p.set.Streams(nil)); n > 4*MaxMachines {
			s.fail("machine %d keeps %d streams", p.me, n)
		}
		if n := len(p.inst.messages); n > 2*MaxMachines+len(s.peers)*keptBallots*(2+3*MaxMachines) {
			s.fail("machine %d keeps %d messages", p.me, n)
		}
		if len(p.values) > keptViews || len(p.ready) > maxNewcomers {
			s.fail("machine %d keeps %d views and %d newcomers", p.me, len(p.values), len(p.ready))
		}
	}
}

// judgeUnity reports whether all who live are members of one view of just them.
func (s *sim) judgeUnity() {
	var members Machines
	for _, p := range s.living() {
		members |= One(p.me)
	}
	if s.fault == "" && members != 0 {
		s.expect(members)
	}
}
