//go:build !race

package membership

import (
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// newLiarSim is a match in which a machine lies: nothing that it does is a fault.
func newLiarSim(t *testing.T, seed uint64, founders int, net conditions, liar uint8) *sim {
	s := newSim(t, 2*seed+1, founders, net) // among strangers
	s.peers[liar].exempt = true
	return s
}

// TestTwoContents: a machine sends one of the others other records than the rest, and
// seals to each what it has sent it. As soon as the members compare, it is found, and put
// out with the proof; what most have stands, and the other one comes back (H9i, H14).
func TestTwoContents(t *testing.T) {
	for seed := range uint64(8) {
		liar, fooled := uint8(seed%4), uint8((seed+1+seed/4)%4)
		s := newLiarSim(t, seed, 4, conditions{20 * ms, 5 * ms, 0}, liar)
		s.peers[fooled].exempt = true // what it confirms is not what others do
		ids := s.peers[0].view.Members
		other := records.New(s.config.Records, ids, ids[fooled]) // what the liar has told the one who is fooled
		s.forge = func(from, to uint8, record []byte) []byte {
			if record[len(record)-1] ^= 1; from != liar || to != fooled {
				record[len(record)-1] ^= 1
			}
			return record
		}
		s.twist = func(from, to uint8, m Message) Message {
			seal, ok := m.(*Seal)
			if !ok || from != liar || to != fooled || seal.author() != liar {
				return m
			}
			for f := other.Held(ids[liar]) + 1; f <= s.peers[liar].set.Held(ids[liar]); f++ {
				other.Take(ids[liar], f, s.forge(liar, fooled, slices.Clone(s.peers[liar].set.Record(ids[liar], f))), false)
			}
			twisted := *seal
			twisted.Digest, _ = other.DigestThrough(ids[liar], seal.Through)
			twisted.Signature = nameOf(liar, appendBody(nil, &twisted))
			twisted.Digest = records.Digest{}
			return &twisted
		}
		s.run(2 * time.Second)
		for m, p := range s.peers {
			if p.status != Member || p.Liars() != 0 {
				t.Fatalf("seed %d: machine %d has status %d before anybody has compared", seed, m, p.status)
			}
			p.Compare() // their worlds differ
		}
		s.run(time.Second)
		for m, p := range s.peers {
			if proof := p.ProofOf(liar); uint8(m) != liar && (proof == nil || p.Liars() != One(liar)) {
				t.Fatalf("seed %d: machine %d has no proof", seed, m)
			}
		}
		s.run(3 * time.Second)
		s.restart(fooled)
		s.run(4 * time.Second)
		if s.expect(0b1111 &^ One(liar)); s.fault != "" {
			t.Errorf("seed %d: %d lies, %d is fooled: %s", seed, liar, fooled, s.fault)
		}
		if s.peers[fooled].Liars() != One(liar) {
			t.Errorf("seed %d: %d, who has come back, has no proof against %d", seed, fooled, liar)
		}
	}
}

// TestSealsAreWithheld: who does not stand by what he sends is waited for, and put out; all
// others go on (H2).
func TestSealsAreWithheld(t *testing.T) {
	for seed := range uint64(4) {
		liar := uint8(seed % 4)
		s := newLiarSim(t, seed, 4, conditions{20 * ms, 5 * ms, 3}, liar)
		s.twist = func(from, to uint8, m Message) Message {
			if seal, ok := m.(*Seal); ok && seal.author() == liar && from == liar {
				return nil
			}
			return m
		}
		s.run(settle)
		if s.expect(0b1111 &^ One(liar)); s.fault != "" {
			t.Errorf("seed %d: %s", seed, s.fault)
		}
	}
}

// TestTwoDoNotSeal: of two nobody seals, for however long they play. With a third all do, from
// the moment on at which it comes in, and nobody waits for a seal of what was recorded before
// that; when it has gone nobody does any more.
func TestTwoDoNotSeal(t *testing.T) {
	for seed := range uint64(2) {
		s := newSim(t, 2*seed+1, 2, conditions{20 * ms, 0, 0}) // among strangers
		var sealed [3]int
		s.twist = func(from, to uint8, m Message) Message {
			if seal, ok := m.(*Seal); ok {
				sealed[seal.author()]++
			}
			return m
		}
		for range 2 {
			s.run(2 * unsealedFrames * s.config.Tick)
			if s.expect(0b011); sealed != [3]int{} {
				t.Fatalf("seed %d: of two, seals went out: %v", seed, sealed)
			}
			s.stalled = [MaxMachines]int{}
			s.restart(2)
			s.run(3 * time.Second)
			if s.expect(0b111); sealed[0] == 0 || sealed[1] == 0 || sealed[2] == 0 {
				t.Fatalf("seed %d: of three, so many seals went out: %v", seed, sealed)
			}
			if s.stalled[0] > 1 || s.stalled[1] > 1 {
				t.Errorf("seed %d: the two waited for so many ticks while a third came: %v", seed, s.stalled[:2])
			}
			for _, p := range s.peers {
				for _, id := range p.view.Members {
					if unsealed := p.set.Held(id) - p.seals[id.Machine].base; id != p.own && unsealed > 2*sealFrames {
						t.Errorf("seed %d: machine %d has no seal for %d records of %d's", seed, p.me, unsealed, id.Machine)
					}
				}
			}
			s.leave(s.peers[2])
			s.run(time.Second)
			sealed = [3]int{}
		}
		if s.fault != "" {
			t.Errorf("seed %d: %s", seed, s.fault)
		}
	}
}

// TestThirdIsFarBehind: a third may be let in, in a fast game, while more of its feed is still
// to come than is taken without a seal. Nobody has sealed that, and the third goes on.
func TestThirdIsFarBehind(t *testing.T) {
	config := Config{Records: records.Config{LeadFrames: 48, LimitFrames: 240, LagFrames: 120}, Tick: time.Second / 120}
	for seed := range uint64(2) {
		s := newSimOf(t, config, 2*seed+1, 2, conditions{100 * ms, 5 * ms, 0}) // among strangers
		s.run(time.Second)
		s.feedLag = 10000 // all of it is under way
		var asks bool
		s.twist = func(_, _ uint8, m Message) Message {
			if _, ok := m.(*JoinReady); ok && !asks {
				return nil
			}
			return m
		}
		s.restart(2)
		s.run(s.config.Tick)
		for ana, third := s.peers[0], s.peers[2]; int(ana.set.Confirmed()-third.set.Confirmed()) < config.Records.LagFrames-18; {
			s.run(s.config.Tick)
		}
		asks, s.peers[2].joining.saidAt = true, 0
		s.run(3 * time.Second)
		if s.expect(0b111); s.fault != "" {
			t.Errorf("seed %d: %s", seed, s.fault)
		}
	}
}

// TestHeardBySealsAlone: who sends one of the others no datagram, but what he seals, is as
// alive to that one as to the rest, and the two of them stay (K1).
func TestHeardBySealsAlone(t *testing.T) {
	for seed := range uint64(2) {
		liar, deaf := uint8(seed%4), uint8((seed+1)%4)
		s := newLiarSim(t, seed, 4, conditions{20 * ms, 5 * ms, 2}, liar)
		s.deaf[[2]uint8{liar, deaf}] = true
		for range 5 {
			s.run(time.Second)
			if reason := s.peers[deaf].reasonOf(s.now, liar); reason != NoReason {
				t.Fatalf("seed %d: at %v the one who is sent nothing else suspects him, for reason %d", seed, s.now, reason)
			}
		}
		if s.expect(0b1111); s.fault != "" {
			t.Errorf("seed %d: %s", seed, s.fault)
		}
	}
}

// TestMadeUpSealsTakeNoRoom: whoever makes up seals of somebody else's keeps none of his from
// being waited for with, nor opened: one who does not hear him goes on all the same.
func TestMadeUpSealsTakeNoRoom(t *testing.T) {
	for seed := range uint64(2) {
		liar, author, deaf := uint8(seed%3), uint8((seed+1)%3), uint8((seed+2)%3)
		s := newLiarSim(t, seed, 3, conditions{20 * ms, 5 * ms, 0}, liar)
		s.deaf[[2]uint8{author, deaf}] = true
		s.twist = func(from, to uint8, m Message) Message {
			if seal, ok := m.(*Seal); ok && from == liar && seal.author() != liar {
				return nil // it passes on records only, which so come after their seal
			}
			return m
		}
		p, id := s.peers[deaf], s.peers[author].own
		for range 10 {
			for i := range rollback.Frame(100) {
				p.TakeSeal(s.now, liar, &Seal{Stream: id, Through: (1000+i)*sealFrames - 1, Beat: 1000})
			}
			s.run(time.Second / 2)
			if waits := len(p.seals[author].early); waits > MaxMachines*earlySeals {
				t.Fatalf("seed %d: %d seals wait", seed, waits)
			}
			if unsealed := p.set.Held(id) - p.seals[author].base; unsealed > 3*sealFrames {
				t.Fatalf("seed %d: at %v no seal is known for %d records", seed, s.now, unsealed)
			}
		}
		if s.expect(0b111); s.fault != "" {
			t.Errorf("seed %d: %s", seed, s.fault)
		}
	}
}

// TestSpeaksByTurns: who sends one or two of the others his datagrams in every other second
// only, and else without a record or not at all, has nobody else put out (K1).
func TestSpeaksByTurns(t *testing.T) {
	for seed := range uint64(6) {
		liar := uint8(seed % 4)
		s := newLiarSim(t, seed, 4, conditions{20 * ms, 5 * ms, 2}, liar)
		for turn := range 20 {
			for i := range uint8(1 + seed%2) {
				s.deaf[[2]uint8{liar, (liar + 1 + i) % 4}] = turn%2 == 0
			}
			s.empty[liar] = seed >= 3 && turn%2 == 1
			s.run(time.Second)
		}
		for m, p := range s.peers {
			if out := (0b1111 &^ One(liar)) &^ p.view.Machines(); uint8(m) != liar && (out != 0 || p.status != Member) {
				t.Errorf("seed %d: machine %d has status %d and a view of %v", seed, m, p.status, p.view.Machines())
			}
		}
		if s.fault != "" {
			t.Errorf("seed %d: %s", seed, s.fault)
		}
	}
}

// TestHearsay: what somebody says of whom he has heard makes nobody silent, among
// strangers, who is heard.
func TestHearsay(t *testing.T) {
	s := newLiarSim(t, 0, 3, conditions{}, 2)
	p, honest, liar := s.peers[0], s.peers[1], s.peers[2]
	d := speech(liar, ms)
	d.Beats[1] = 1 << 30
	p.TakeData(ms, 2, d)
	if at := p.watches[1].beatAt; at != 0 {
		t.Errorf("1 was heard at %v, as 2 says", at)
	}
	p.TakeData(time.Second, 1, speech(honest, time.Second))
	if at := p.watches[1].beatAt; at != time.Second {
		t.Errorf("1 was heard at %v", at)
	}
	p.Take(2*time.Second, 2, &Seal{Stream: honest.own, Through: p.set.Held(honest.own), Beat: 1 << 30})
	if at := p.watches[1].beatAt; at != time.Second || p.seals[1].newest.Beat != 0 {
		t.Errorf("1 was heard at %v by a seal that it has not made", at)
	}
}

// strangersAt are founders at a moment, who hear each other.
func strangersAt(t *testing.T, founders int, now time.Duration) *stage {
	s := &stage{newMatch(t, 1, founders, Config{Records: records.Config{LeadFrames: 3, LimitFrames: 2}, Tick: time.Second / 60, Keys: ring{}})}
	s.now = now
	for _, p := range s.peers {
		p.advanced = now
		for m := range p.watches {
			p.watches[m].beatAt, p.watches[m].movedAt = now, now
		}
	}
	return s
}

// TestBallotsOfOthers: who answers ballots that their machines have not begun has nobody
// forget, or put off, the one that they have.
func TestBallotsOfOthers(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.peers[1].prepare(s.now, 0b1111, nil)
	s.talk(0b0011)
	for round := range uint32(4) {
		r := &Report{Base: s.peers[2].view.Ref, Ballot: Ballot{round + 2, 1}, Author: 2}
		s.peers[2].sign(r)
		s.peers[0].Take(s.now, 2, r)
	}
	i := &s.peers[0].inst
	if i.highest != (Ballot{1, 1}) || !i.has(identity{kindPrepare, s.peers[0].view.Ref, Ballot{1, 1}, 1}) {
		t.Errorf("the highest is %v, and %d messages are kept", i.highest, len(i.messages))
	}
}

// TestVoteForWhatNobodyProposed: who reports that it has voted for a proposal of its own,
// and cannot show what that follows from, has lied; nobody takes it over (H5).
func TestVoteForWhatNobodyProposed(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	p, liar := s.peers[0], s.peers[2]
	base, members := p.view.Ref, p.view.Members
	made := &Accept{Base: base, Ballot: Ballot{1, 2}, Value: &Value{Number: 1, Base: base.Digest, Members: []records.StreamID{members[0], members[2]}, From: 9}}
	liar.sign(made)
	p.inst.highest = Ballot{1, 1}
	p.prepare(s.now, 0b111, nil)
	s.talk(0b011)
	r := &Report{Base: base, Ballot: p.lead.prepare.Ballot, Author: 2, Prepare: digestOf(p.lead.prepare), Accepted: made}
	liar.sign(r)
	p.Take(s.now, 2, r)
	if p.lead.proposed || p.Liars() != One(2) {
		t.Errorf("proposed: %v, liars: %b", p.lead.proposed, p.Liars())
	}
}

// pass hands what a machine has said to those of a set, once.
func (s *stage) pass(from uint8, to Machines) {
	for _, e := range s.peers[from].Outbox() {
		for m := range (to & e.To).All {
			s.peers[m].Take(s.now, from, e.Message)
		}
	}
}

// TestVotesAreWaitedFor: a decided value is installed when all who are heard have voted for
// it, or have had the time to say something else (H8).
func TestVotesAreWaitedFor(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	p := s.peers[0]
	p.prepare(s.now, 0b1111, nil)
	s.pass(0, 0b1110)
	for m := range Machines(0b1110).All {
		s.pass(m, 0b1111)
	}
	s.pass(0, 0b0110) // 3 does not hear the proposal
	s.pass(1, 0b0101)
	s.pass(2, 0b0011)
	if p.inst.verdict == nil || p.view.Number != 0 {
		t.Fatalf("verdict %v, view %d", p.inst.verdict, p.view.Number)
	}
	p.conclude(s.now+p.voteTime(), nil)
	if p.view.Number != 1 {
		t.Errorf("view %d when the time is over", p.view.Number)
	}
}

// TestTwoValuesOfOneBallot: the one is taken over that may have been decided; neither, if
// neither may; and if both may, that is open (H6).
func TestTwoValuesOfOneBallot(t *testing.T) {
	one, other := &Value{Number: 1, From: 1}, &Value{Number: 1, From: 2}
	for i, c := range []struct {
		machines int
		keep     Machines
		one, two Machines // who report the one and the other
		want     *Value
		open     bool
	}{
		{4, 0b0111, 0b0001, 0b0010, nil, false},
		{5, 0b00111, 0b00011, 0b00100, nil, true},
		{6, 0b001111, 0b000111, 0b001000, one, false},
	} {
		view := viewOf(Founding([32]byte{}, Machines(1<<c.machines-1)))
		b := Ballot{1, uint8(c.machines - 1)} // its leader is the liar
		l := &candidacy{prepare: &Prepare{Keep: c.keep}, reported: c.keep}
		for x := range c.keep.All {
			l.reports[x] = &Report{Author: x}
			if c.one.Has(x) {
				l.reports[x].Accepted = &Accept{Ballot: b, Value: one}
			} else if c.two.Has(x) {
				l.reports[x].Accepted = &Accept{Ballot: b, Value: other}
			}
		}
		if v, open := l.adopted(&view, true); v != c.want || open != c.open {
			t.Errorf("case %d: %v, open %v", i, v, open)
		}
	}
}
