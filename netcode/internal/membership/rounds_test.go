//go:build !race

package membership

import (
	"testing"
	"time"
)

// TestFarRound: a ballot of a round far beyond all others counts for nothing, but what it
// is about is brought to an end (H11).
func TestFarRound(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	s.peers[2].inst.highest.Round = 1000
	s.peers[2].prepare(s.now, 0b111, nil)
	s.talk(0b101)
	if i := s.peers[0].inst; i.highest != (Ballot{}) || i.promised != (Ballot{}) || !i.opened {
		t.Errorf("highest %v, promised %v, opened %v", i.highest, i.promised, i.opened)
	}
	s.peers[1].inst.highest.Round = 900 // a second machine that shows it bears it out
	s.peers[1].prepare(s.now, 0b111, nil)
	s.peers[2].prepare(s.now, 0b111, nil)
	s.talk(0b111)
	if p := s.peers[0]; p.inst.promised.Round < 900 {
		t.Errorf("promised %v", p.inst.promised)
	}
}

// TestRoundAfterAFarOne: the round that follows a liar's, who has gone as far as he may, is
// heeded: by nothing that he says do honest members come to lead who are not.
func TestRoundAfterAFarOne(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	s.peers[2].inst.highest.Round = roundsAhead - 1
	s.peers[2].prepare(s.now, 0b110, nil) // without 0, so that nobody answers
	s.talk(0b111)
	if s.peers[0].inst.highest.Round != roundsAhead {
		t.Fatalf("%v is heeded", s.peers[0].inst.highest)
	}
	s.peers[0].prepare(s.now, 0b111, nil)
	s.talk(0b011)
	if got := s.peers[1].inst.promised; got != (Ballot{roundsAhead + 1, 0}) {
		t.Errorf("promised %v", got)
	}
}

// TestWordsOfNoMember: who is not in the view opens nothing.
func TestWordsOfNoMember(t *testing.T) {
	s := strangersAt(t, 3, time.Minute)
	m := &Prepare{Base: s.peers[0].view.Ref, Ballot: Ballot{8, 5}, Keep: 0b110}
	m.Signature = nameOf(5, appendBody(nil, m))
	s.peers[0].Take(s.now, 2, m)
	if i := s.peers[0].inst; i.opened || i.highest != (Ballot{}) || len(i.messages) > 0 {
		t.Errorf("opened %v, highest %v, %d words", i.opened, i.highest, len(i.messages))
	}
}

// TestHold: who has answered a ballot answers no other machine's until its time is over
// (H11).
func TestHold(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.peers[1].prepare(s.now, 0b1111, nil)
	s.talk(0b0011)
	s.peers[3].inst.highest = Ballot{1, 1}
	s.peers[3].prepare(s.now, 0b1111, nil)
	s.talk(0b1001)
	if got := s.peers[0].inst.promised; got != (Ballot{1, 1}) {
		t.Errorf("promised %v at once", got)
	}
	for m := range s.peers[0].watches {
		s.peers[0].watches[m].beatAt = s.now + time.Second
	}
	s.peers[0].reconsider(s.now + time.Second)
	if got := s.peers[0].inst.promised; got != (Ballot{2, 3}) {
		t.Errorf("promised %v when the time is over", got)
	}
}

// TestHoldEndsWithItsLeader: a ballot whose leader has answered a later one is not waited for any
// more (H11). Whose round trips are the longest would hold to it until the later one is over, too,
// and so on from one to the next.
func TestHoldEndsWithItsLeader(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.peers[1].prepare(s.now, 0b1111, nil)
	s.talk(0b0011)
	s.peers[3].inst.highest = Ballot{1, 1}
	s.peers[3].prepare(s.now, 0b1111, nil)
	s.talk(0b1001)
	later := s.peers[3].lead.prepare
	r := &Report{Base: later.Base, Ballot: later.Ballot, Author: 1, Prepare: digestOf(later), Limit: s.peers[1].lead.reports[1].Limit}
	s.peers[1].sign(r)
	s.peers[0].Take(s.now, 1, r)
	s.peers[0].reconsider(s.now)
	if got := s.peers[0].inst.promised; got != (Ballot{2, 3}) {
		t.Errorf("promised %v, whose leader has answered %v", got, later.Ballot)
	}
}

// TestHighestIsAnsweredFirst: of two ballots that have waited the higher one is answered, where the
// others are, and not the one of the lower machine.
func TestHighestIsAnsweredFirst(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	p := s.peers[0]
	for _, leader := range []uint8{1, 3} {
		m := &Prepare{Base: p.view.Ref, Ballot: Ballot{uint32(leader), leader}, Keep: 0b1111}
		s.peers[leader].sign(m)
		p.inst.waiting[leader] = m
	}
	p.reconsider(s.now)
	if got := p.inst.promised; got != (Ballot{3, 3}) {
		t.Errorf("promised %v", got)
	}
}

// TestFrozenIsNotCharged: who has answered a ballot that closes a stream takes no more of it before
// the next view: that is not to be charged to its author (H12).
func TestFrozenIsNotCharged(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.play(0b1111, 5)
	p := s.peers[0]
	p.set.Freeze(p.streamOf(3))
	s.play(0b1111, 5)
	for range 80 {
		s.now += 100 * time.Millisecond
		for m := range p.watches {
			p.watches[m].beatAt = s.now
		}
		p.judge(s.now, 100*time.Millisecond, 0)
	}
	if !p.set.Lacks(p.streamOf(3)) {
		t.Fatal("the next frame does not wait for machine 3")
	}
	if w := &p.watches[3]; w.cost != 0 || w.lackedAt != 0 {
		t.Errorf("it has cost %v, and was lacking since %v", w.cost, w.lackedAt)
	}
}

// TestAccusersComeToAgree: who has asked for a member to go, for what it knows of him, and has
// given in to those who did not know it yet, answers whoever asks for it when he has come to know
// the same (H13). The member is told to go as one who may come in again.
func TestAccusersComeToAgree(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.peers[1].Expel(2)
	s.peers[1].prepare(s.now, 0b1011, nil)
	s.talk(0b1111)
	if s.peers[1].suspects(s.now) != 0 || s.peers[1].inst.promised != (Ballot{1, 1}) {
		t.Fatalf("1 suspects %b, though all others contradict", s.peers[1].suspects(s.now))
	}
	s.now += 3 * time.Second // nobody holds to that ballot any more
	for _, p := range s.peers {
		for m := range p.watches {
			p.watches[m].beatAt, p.watches[m].movedAt = s.now, s.now
		}
	}
	s.peers[0].Expel(2)
	s.peers[0].prepare(s.now, 0b1011, nil)
	s.talk(0b0011)
	if got := s.peers[1].inst.promised; got.Machine != 0 {
		t.Fatalf("1 has promised %v, and knows what 0 asks for", got)
	}
	if reason := s.peers[0].reasonOf(s.now, 2); reason != ByClosing {
		t.Errorf("2 is asked to go for reason %d", reason)
	}
}
