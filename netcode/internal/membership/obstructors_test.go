//go:build !race

package membership

import (
	"testing"
	"time"
)

// TestVainVeto: who says that he hears somebody whom nobody has heard since is charged for the time
// that his veto costs (H12).
func TestVainVeto(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	p := s.peers[0]
	p.agreement.begin(s.now, 0b0111, nil)
	v := &Veto{Base: p.view.Ref, Ballot: Ballot{1, 0}, Author: 2, Hears: One(3)}
	s.peers[2].sign(v)
	p.Take(s.now, 2, v)
	if got := p.obstructors(s.now); !got.Has(2) {
		t.Errorf("%016b obstruct", got)
	}
	p.watches[3].beatAt = s.now + time.Millisecond
	if got := p.obstructors(s.now); got.Has(2) {
		t.Errorf("%016b obstruct, and 3 was heard since", got)
	}
}

// TestHolders: of two ballots it is the leader of the first who has not answered the second that is
// charged, and not who has answered him and waits for the end of that (H11, H12).
func TestHolders(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.peers[1].prepare(s.now, 0b1111, nil)
	s.talk(0b0110)
	p := s.peers[0]
	for _, m := range s.peers[1].inst.messages {
		p.Take(s.now, m.id.author, m.message)
	}
	p.Outbox() // what it has passed on of that gets lost
	p.prepare(s.now, 0b1111, nil)
	s.talk(0b1001)
	if p.lead == nil || p.lead.reported != 0b1001 {
		t.Fatalf("%v leads %+v", p.me, p.lead)
	}
	if got := p.obstructors(s.now); got != One(1) {
		t.Errorf("%016b obstruct", got)
	}
	r := &Report{Base: p.view.Ref, Ballot: p.lead.prepare.Ballot, Author: 1, Prepare: digestOf(p.lead.prepare), Limit: s.peers[1].lead.reports[1].Limit}
	s.peers[1].sign(r)
	p.Take(s.now, 1, r)
	if got := p.obstructors(s.now); got != One(2) {
		t.Errorf("%016b obstruct, and there is nothing to wait for any more", got)
	}
}

// TestAgreementsAreTold: what belongs to an agreement goes on to those who may not have it, whoever
// it has come from (H3).
func TestAgreementsAreTold(t *testing.T) {
	s := strangersAt(t, 4, time.Minute)
	s.peers[1].prepare(s.now, 0b1111, nil)
	p := s.peers[0]
	for x := range p.links.All {
		p.gossip.words[x].hears = 0b1111 // as they say: a liar may say something else to each
	}
	p.Outbox()
	p.Take(s.now, 1, s.peers[1].lead.prepare)
	told := Machines(0)
	for _, e := range p.Outbox() {
		if _, is := e.Message.(*Prepare); is {
			told |= e.To
		}
	}
	if told&0b1110 != 0b1100 {
		t.Errorf("the ballot is told to %016b", told)
	}
}

// TestAnEndIsContent: a stream that has ended is another one than the same stream that goes on (H14).
func TestAnEndIsContent(t *testing.T) {
	ended, longer := &Holding{First: 11, Held: 10, Ended: true}, &Holding{First: 13, Held: 12}
	if ended.agrees(longer) || longer.agrees(ended) {
		t.Error("they agree")
	}
	if open := (&Holding{First: 11, Held: 10}); !open.agrees(longer) || !longer.agrees(open) {
		t.Error("who holds less contradicts nobody")
	}
}
