//go:build !race

package membership

import (
	"math/rand/v2"
	"testing"
	"time"
)

// scenario is something that happens to a match of at least so many; it returns who is
// to be in it in the end.
type scenario struct {
	name  string
	least int
	play  func(s *sim, all Machines) Machines
}

const ms = time.Millisecond

// settle is long enough for silence to be suspected and an agreement to be reached,
// under any of the conditions that are drawn.
const settle = 14 * time.Second

var scenarios = []scenario{
	{"nothing happens", 2, func(s *sim, all Machines) Machines { return all }},
	{"the lowest leaves", 2, func(s *sim, all Machines) Machines {
		s.leave(s.peers[0])
		s.run(3 * time.Second)
		return all &^ One(0)
	}},
	{"another leaves", 2, func(s *sim, all Machines) Machines {
		s.leave(s.peers[1])
		s.run(3 * time.Second)
		return all &^ One(1)
	}},
	{"two leave at once", 3, func(s *sim, all Machines) Machines {
		s.leave(s.peers[0])
		s.leave(s.peers[1])
		s.run(5 * time.Second)
		return all &^ (One(0) | One(1))
	}},
	{"all but one leave", 2, func(s *sim, all Machines) Machines {
		for m := range all.Below(15).All {
			if m > 0 {
				s.leave(s.peers[m])
			}
		}
		s.run(settle)
		return One(0)
	}},
	{"one vanishes right after its goodbye", 3, func(s *sim, all Machines) Machines {
		s.leave(s.peers[1])
		for i := 0; i < 60 && s.peers[1].status != Left; i++ {
			s.run(s.config.Tick)
		}
		s.crash(1, false)
		s.run(settle)
		return all &^ One(1)
	}},
	{"the lowest crashes", 3, func(s *sim, all Machines) Machines {
		s.crash(0, false)
		s.run(settle)
		return all &^ One(0)
	}},
	{"a process ends and its system says so", 3, func(s *sim, all Machines) Machines {
		s.crash(2, true)
		s.run(4 * time.Second)
		return all &^ One(2)
	}},
	{"two crash within a round trip", 5, func(s *sim, all Machines) Machines {
		s.crash(0, false)
		s.run(s.net.delay)
		s.crash(3, false)
		s.run(2 * settle)
		return all &^ (One(0) | One(3))
	}},
	{"one after the other crashes, down to one", 4, func(s *sim, all Machines) Machines {
		for m := uint8(3); m > 0; m-- {
			s.crash(m, false)
			s.run(settle)
		}
		return all &^ (One(1) | One(2) | One(3))
	}},
	{"whoever alone holds the last records dies, too", 5, func(s *sim, all Machines) Machines {
		for m := range (all &^ One(0) &^ One(1)).All {
			s.deaf[[2]uint8{0, m}] = true // only 1 hears 0
		}
		s.run(60 * ms)
		s.crash(0, false)
		s.run(100 * ms)
		s.crash(1, false)
		s.run(2 * settle)
		return all &^ (One(0) | One(1))
	}},
	{"the leader dies in the midst of its ballot", 5, func(s *sim, all Machines) Machines {
		s.crash(4, false)
		for i := 0; i < 600 && s.peers[0].lead == nil; i++ {
			s.run(s.config.Tick)
		}
		s.run(s.net.delay + s.net.delay/2)
		s.crash(0, false)
		s.run(2 * settle)
		return all &^ (One(0) | One(4))
	}},
	{"a suspicion passes", 3, func(s *sim, all Machines) Machines {
		for m := range (all &^ One(2)).All {
			s.deaf[[2]uint8{2, m}] = true
		}
		s.run(1900 * ms)
		for m := range all.All {
			delete(s.deaf, [2]uint8{2, m})
		}
		s.run(3 * time.Second)
		return all
	}},
	{"a link is down, with others to go round", 3, func(s *sim, all Machines) Machines {
		s.sever(One(0), One(1), true)
		s.run(settle)
		return all
	}},
	{"a line", 4, func(s *sim, all Machines) Machines {
		s.sever(One(0), all&^One(1), true)
		s.sever(One(1), all&^One(0)&^One(2), true)
		s.run(settle)
		return all
	}},
	{"a star whose middle dies, then heals", 4, func(s *sim, all Machines) Machines {
		others := all &^ One(0)
		s.sever(others, others, true)
		s.run(3 * time.Second)
		s.crash(0, false)
		s.run(time.Second)
		s.sever(others, others, false)
		s.run(settle)
		return others
	}},
	{"one way of a link is dead", 3, func(s *sim, all Machines) Machines {
		s.deaf[[2]uint8{0, 1}] = true
		s.run(settle)
		return all
	}},
	{"a partition that heals before anybody is suspected", 4, func(s *sim, all Machines) Machines {
		s.sever(One(0)|One(1), all&^(One(0)|One(1)), true)
		s.run(1500 * ms)
		s.sever(One(0)|One(1), all&^(One(0)|One(1)), false)
		s.run(3 * time.Second)
		return all
	}},
	{"a partition that lasts", 5, func(s *sim, all Machines) Machines {
		s.sever(One(3)|One(4), all&^(One(3)|One(4)), true)
		s.run(settle)
		s.run(settle)
		for m := range (One(3) | One(4)).All {
			if p := s.peers[m]; p.status != Stopped || p.reason != NoMajority {
				s.fail("machine %d of the minority has status %d", m, p.status)
			}
		}
		return all &^ (One(3) | One(4))
	}},
	{"two and two, healed when one side has gone on", 4, func(s *sim, all Machines) Machines {
		if all.Len() != 4 {
			return all
		}
		s.sever(One(2)|One(3), One(0)|One(1), true)
		s.run(10 * time.Second)
		s.restart(2)
		s.restart(3)
		s.sever(One(2)|One(3), One(0)|One(1), false)
		s.run(settle)
		return all
	}},
	{"one of two crashes, the higher one", 2, func(s *sim, all Machines) Machines {
		s.crash(1, false)
		s.run(settle)
		return all &^ One(1)
	}},
	{"one sleeps for long and comes back", 3, func(s *sim, all Machines) Machines {
		s.asleep[2] = s.now + 12*time.Second
		s.run(13 * time.Second)
		s.restart(2)
		s.run(settle)
		return all
	}},
	{"one is heard and holds everybody up", 3, func(s *sim, all Machines) Machines {
		s.empty[1] = true
		s.run(settle)
		return all &^ One(1)
	}},
	{"one is put out", 3, func(s *sim, all Machines) Machines {
		s.peers[0].Kick(s.now, 2)
		s.run(4 * time.Second)
		if p := s.peers[2]; p.status != Out || p.reason != ByKick {
			s.fail("who was put out has status %d for reason %d", p.status, p.reason)
		}
		return all &^ One(2)
	}},
	{"somebody puts out the lowest", 3, func(s *sim, all Machines) Machines {
		if s.peers[1].Kick(s.now, 0); s.peers[1].strangers() {
			s.run(settle)
			return all // that is the host's
		}
		s.run(settle)
		return all &^ One(0)
	}},
	{"a newcomer", 2, func(s *sim, all Machines) Machines {
		m := uint8(all.Len())
		s.restart(m)
		s.run(settle)
		return all | One(m)
	}},
	{"two newcomers at once, and one leaves", 3, func(s *sim, all Machines) Machines {
		m := uint8(all.Len())
		s.restart(m)
		s.restart(m + 1)
		s.leave(s.peers[1])
		s.run(settle)
		return all&^One(1) | One(m) | One(m+1)
	}},
	{"a process is killed and started again", 3, func(s *sim, all Machines) Machines {
		s.crash(0, true)
		s.run(200 * ms)
		s.restart(0)
		s.run(settle)
		return all
	}},
	{"the donor dies while it feeds", 3, func(s *sim, all Machines) Machines {
		m := uint8(all.Len())
		s.restart(m)
		s.run(150 * ms)
		s.crash(0, false)
		s.run(2 * settle)
		return all&^One(0) | One(m)
	}},
	{"a newcomer from the other side of the world", 3, func(s *sim, all Machines) Machines {
		s.net = conditions{200 * ms, 20 * ms, 5}
		for _, p := range s.peers {
			s.measure(p)
		}
		s.run(3 * time.Second)
		m := uint8(all.Len())
		s.cut[pairOf(m, 0)] = true // by another one than who leads
		s.restart(m)
		s.run(settle)
		return all | One(m)
	}},
	{"a newcomer dies as soon as it is in", 3, func(s *sim, all Machines) Machines {
		m := uint8(all.Len())
		s.restart(m)
		for i := 0; i < 600 && (len(s.peers) <= int(m) || s.peers[m].status != Member); i++ {
			s.run(s.config.Tick)
		}
		s.crash(m, false)
		s.run(settle)
		return all
	}},
}

// TestScenarios: whatever happens, those who are left are of one mind and go on.
func TestScenarios(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			for seed := range uint64(*scenes) {
				random := rand.New(rand.NewPCG(seed, 5))
				n := max(sc.least, []int{2, 3, 4, 5, 8}[random.IntN(5)])
				s := newSim(t, seed, n, draw(random))
				s.run(time.Second + time.Duration(random.Int64N(int64(time.Second))))
				members := sc.play(s, Machines(1<<n-1))
				if s.expect(members); s.fault != "" {
					t.Fatalf("seed %d, %d machines, %+v: %s", seed, n, s.net, s.fault)
				}
			}
		})
	}
}
