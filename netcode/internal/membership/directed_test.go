//go:build !race

package membership

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// stage is a match in which a test says what happens, one thing after another: cases
// that random walks do not come by.
type stage struct{ *match }

func newStage(t *testing.T, founders int, config records.Config) *stage {
	return &stage{newMatch(t, 1, founders, Config{Records: config, Tick: time.Second / 60})}
}

// talk has machines of a set take what they say to each other, until they are silent.
// What they say to others is lost.
func (s *stage) talk(who Machines) {
	for silent := false; !silent; {
		silent = true
		for from := range who.All {
			for _, e := range s.peers[from].Outbox() {
				for to := range (who & e.To &^ One(from)).All {
					silent = false
					s.peers[to].Take(s.now, from, e.Message)
				}
			}
		}
	}
	for m := range who.All {
		s.judge(s.peers[m])
	}
}

// play has machines of a set make records, hear each other's and confirm, so many times.
func (s *stage) play(who Machines, times int) {
	for range times {
		for m := range who.All {
			s.produce(s.peers[m])
		}
		for m := range who.All {
			s.hear(m, who)
			s.confirm(s.peers[m])
		}
	}
}

// hear gives a machine all records of others that it lacks.
func (s *stage) hear(m uint8, of Machines) {
	for _, id := range s.peers[m].set.Streams(nil) {
		for of.Has(id.Machine) && s.deliver(s.peers[m], id) {
		}
	}
}

// close has a machine begin a ballot that keeps those of a set, if P1 lets it, and lets
// in who is ready.
func (s *stage) close(leader uint8, keep Machines) {
	p := s.peers[leader]
	if members := p.view.Machines() &^ p.inst.byes; keep.quorumOf(members, p.config.NoTie) {
		p.prepare(s.now, keep, p.joins(s.now, keep))
	}
}

func (s *stage) crash(m uint8) {
	s.peers[m].alive = false
	s.peers[m].links = 0
}

// TestGoodbyeOfTheNextView: 2 helps 1 to go on without 0, and then says goodbye in that
// view. To 0, who is still in the one before, it must not count: 2 has voted there (L3).
func TestGoodbyeOfTheNextView(t *testing.T) {
	s := newStage(t, 3, records.Config{LeadFrames: 3, LimitFrames: 3})
	s.play(0b111, 5)
	s.close(1, 0b110)
	s.talk(0b110)
	s.leave(s.peers[2])
	s.peers[2].leave(s.now)
	s.noteLeft(s.peers[2])
	for _, e := range s.peers[2].Outbox() {
		if e.To.Has(0) && e.Message.kind() == kindBye {
			s.peers[0].Take(s.now, 2, e.Message)
		}
	}
	s.close(0, 0b001) // alone: of 0 and 1 the lower one would be half
	s.talk(0b001)
	if s.fault != "" {
		t.Error(s.fault)
	}
	if p := s.peers[0]; p.view.Number != 0 || s.peers[1].view.Number != 1 {
		t.Errorf("0 is in view %d, 1 in view %d", p.view.Number, s.peers[1].view.Number)
	}
}

// TestNewcomerBelowACut: 0 comes back by what 1 feeds it. While it is on its way 2 is
// closed. If 0 were let in below that cut and 1 died, nobody could tell 0 the records of
// 2 that it lacks (P1d).
func TestNewcomerBelowACut(t *testing.T) {
	s := newStage(t, 3, records.Config{LeadFrames: 6, LimitFrames: 2})
	s.play(0b111, 5)
	s.crash(0)
	s.close(1, 0b110)
	s.talk(0b110)
	s.play(0b110, 20)
	p := s.join(0, s.peers[1])
	s.play(0b110, 4) // 0 is not fed these yet
	s.crash(2)
	s.close(1, 0b010)
	s.talk(0b010)
	s.play(0b010, 2)
	s.ready(p)
	s.close(1, 0b010)
	s.talk(0b011)
	if p.status == Member {
		t.Error("let in below a cut")
	} else {
		for s.follow(p) {
		}
		s.ready(p)
		s.close(1, 0b010)
		s.talk(0b011)
	}
	s.goesOnAlone(p)
}

// TestNewcomerFarBehind: 2 comes by what 1 feeds it, and is not heard of for long. If it
// were let in so far behind, the records of who dies next would not reach down to it.
func TestNewcomerFarBehind(t *testing.T) {
	config := records.Config{LeadFrames: 3, LimitFrames: 2}
	s := newStage(t, 2, config)
	s.play(0b011, 5)
	p := s.join(2, s.peers[1])
	s.play(0b011, config.RingFrames())
	s.ready(p)
	s.close(0, 0b011)
	s.talk(0b111)
	if p.status == Member {
		t.Error("let in")
	}
	for s.follow(p) {
	}
	s.ready(p)
	s.close(0, 0b011)
	s.talk(0b111)
	if p.status != Member || s.fault != "" {
		t.Fatalf("not let in, although it has everything: %s", s.fault)
	}
	s.crash(1)
	s.close(0, 0b101)
	s.talk(0b101)
	s.play(0b101, 40)
	if s.fault != "" || s.peers[0].set.Confirmed() < p.first+20 {
		t.Errorf("without 1 they do not go on: %s", s.fault)
	}
}

// TestNewcomersOfNewcomers: each of three is let in, if it may be, by the one before, who
// has not caught up itself; each is a little behind that one. They must not be further and
// further behind all others by that.
func TestNewcomersOfNewcomers(t *testing.T) {
	s := newStage(t, 2, records.Config{LeadFrames: 3, LimitFrames: 2, LagFrames: 10})
	s.play(0b11, 5)
	var late [3]*player
	for i, m := range []uint8{4, 3, 2} { // the last one is the least behind
		late[i] = s.join(m, s.peers[1])
		s.play(0b11, 9)
	}
	members := Machines(0b11)
	for i, leader := range []uint8{0, 2, 3} {
		s.ready(late[2-i])
		if s.peers[leader].status == Member {
			s.close(leader, members)
			s.talk(0b11111)
		}
		members = s.peers[0].view.Machines()
	}
	s.crash(1)
	s.close(0, members&^One(1))
	s.talk(0b11101)
	if s.fault != "" {
		t.Error(s.fault)
	}
	if late[2].status != Member || late[1].status == Member {
		t.Errorf("the first has status %d, the second %d", late[2].status, late[1].status)
	}
}

// ready has a newcomer say how far it is.
func (s *stage) ready(p *player) {
	p.Ready()
	p.joining.saidAt = 0
	p.joining.ask(s.now)
	var living Machines
	for _, q := range s.peers {
		if q.alive {
			living |= One(q.me)
		}
	}
	s.talk(living)
}

// goesOnAlone fails unless a player that is in goes on when all others are gone.
func (s *stage) goesOnAlone(p *player) {
	s.t.Helper()
	if p.status != Member {
		s.t.Fatalf("status %d", p.status)
	}
	for _, q := range s.peers {
		if q != p {
			s.crash(q.me)
		}
	}
	s.close(p.me, One(p.me))
	s.talk(One(p.me))
	before := p.set.Confirmed()
	s.play(One(p.me), 20)
	if s.fault != "" || p.set.Confirmed() < before+rollback.Frame(10) {
		s.t.Errorf("it does not go on: %d after %d, %s", p.set.Confirmed(), before, s.fault)
	}
}
