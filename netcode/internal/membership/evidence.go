package membership

import (
	"slices"
	"time"
)

// doubts are what a peer notes of an instance among strangers.
type doubts struct {
	discounted Machines                   // whose votes count no more (H7)
	waiting    [MaxMachines]*Prepare      // the newest ballot of each machine that is still to be answered
	answeredAt time.Duration              // when this peer last answered a ballot
	rounds     [MaxMachines]uint32        // the highest round in which each machine has begun a ballot
	reported   [MaxMachines][]*Report     // what each has reported: first and last
	voted      [MaxMachines][]*Accepted   // and voted for: first and last
	vetoAt     [MaxMachines]time.Duration // when each has last vetoed a ballot
	verdict    *verdict
}

// vetoWithin is how short ago somebody was heard by whom it is not to be closed.
const vetoWithin = 250 * time.Millisecond

// roundsAhead is by how much a ballot's round may exceed what was answered, or shown by
// two machines (H11).
const roundsAhead = 8

// bringEvidence puts into a ballot what others need to answer it.
func (p *Peer) bringEvidence(m *Prepare) {
	for _, x := range p.inst.messages {
		if b, ok := x.message.(*Bye); ok {
			m.Byes = append(m.Byes, b)
		}
	}
	for x := range (p.view.Machines() &^ m.Keep).All {
		if p.proofs[x] != nil {
			m.Proofs = append(m.Proofs, p.proofs[x])
		}
	}
	for _, j := range m.Joins {
		for _, r := range p.ready {
			if r.Join == j {
				m.Ready = append(m.Ready, r.word)
			}
		}
	}
}

// mayAnswer reports whether a ballot of somebody else's is to be answered (H3): it keeps
// a quorum of those who have not left, and whom it closes this peer would close by what
// it has seen itself, at the full threshold. Members differ by a round trip in that, so
// a ballot is kept until the threshold is reached. Who is heard is vetoed for.
func (p *Peer) mayAnswer(now time.Duration, m *Prepare) bool {
	if !p.strangers() || m.Ballot.Machine == p.me {
		return true
	}
	members := p.view.Machines()
	left := p.goodbyes(now, m.Byes)
	for _, proof := range m.Proofs {
		p.takeProof(proof)
	}
	if !m.Keep.quorumOf(members&^left, p.config.NoTie) || !p.mayAllJoin(m) {
		return false
	}
	p.inst.waiting[m.Ballot.Machine] = m
	lacks := Machines(0)
	for x := range (members &^ m.Keep).All {
		if p.reasonOf(now, x) == NoReason && !p.concurs(m, x) {
			lacks |= One(x)
		}
	}
	p.veto(now, m, lacks)
	if lacks != 0 || p.holds(now, m) {
		return false
	}
	p.inst.waiting[m.Ballot.Machine] = nil
	p.inst.answeredAt = now
	for x := range (members &^ m.Keep).All {
		if p.proofs[x] != nil {
			p.inst.discounted |= One(x) // H7
		}
	}
	return true
}

// concurs reports whether this peer joins others that have come to the end of their
// patience with a member (H12): accounts of one who comes and goes differ, as he decides
// whom he obstructs when. It is half as patient once a leader is, and with two of them,
// one of whom is honest, half of that.
func (p *Peer) concurs(m *Prepare, x uint8) bool {
	cost := p.watches[x].cost
	if cost >= p.stuckTime()/2 {
		return true
	}
	return cost >= p.stuckTime()/4 && slices.ContainsFunc(p.inst.messages, func(w said) bool {
		r, ok := w.message.(*Report)
		return ok && r.Ballot == m.Ballot && r.Author != m.author() && r.Author != p.me && r.Author != x
	})
}

// holds reports whether this peer, having answered a ballot, still waits for its end
// (H11), rather than to be led from one ballot to the next.
func (p *Peer) holds(now time.Duration, m *Prepare) bool {
	before := p.inst.promised
	return before != Ballot{} && before.Machine != m.Ballot.Machine && p.reasonOf(now, before.Machine) == NoReason &&
		now-p.inst.answeredAt < p.ballotTime(before.Round)
}

// veto says that this peer hears some whom a ballot would close.
func (p *Peer) veto(now time.Duration, m *Prepare, lacks Machines) {
	v := &Veto{Base: m.Base, Ballot: m.Ballot, Author: p.me}
	for x := range lacks.All {
		if now-p.watches[x].beatAt < vetoWithin {
			v.Hears |= One(x)
		}
	}
	if v.Hears != 0 && !p.inst.has(identify(v)) {
		p.say(now, v)
	}
}

// goodbyes takes goodbyes that somebody shows, and returns whose they are.
func (p *Peer) goodbyes(now time.Duration, list []*Bye) (left Machines) {
	for _, b := range list {
		if id, in := p.view.Stream(b.author()); !in || id != b.Stream || b.Base != p.view.Ref {
			continue
		}
		left |= One(b.author())
		if !p.inst.has(identify(b)) {
			p.inst.note(now, identify(b), b)
			p.takeBye(now, b)
		}
	}
	return left
}

// mayAllJoin reports whether all whom a ballot lets in have asked for it, and could be let
// in as far as this peer knows: its leader may have confirmed a little less.
func (p *Peer) mayAllJoin(m *Prepare) bool {
	for _, j := range m.Joins {
		asked := false
		for _, r := range m.Ready {
			asked = asked || r.Join == j
		}
		if !asked || !p.mayJoin(m.Keep, j, p.config.Records.LeadFrames+1) {
			return false
		}
	}
	return true
}

// tooFar reports whether a round is beyond those that the members may have come to.
func (p *Peer) tooFar(round uint32) bool {
	highest, second := uint32(0), uint32(0)
	for _, r := range p.inst.rounds {
		if r > highest {
			highest, second = r, highest
		} else {
			second = max(second, r)
		}
	}
	return round > max(p.inst.promised.Round, second)+roundsAhead
}

// retry looks again at what waited for something else to come.
func (p *Peer) retry(now time.Duration) {
	if p.lead != nil && p.lead.reported == p.lead.prepare.Keep && !p.lead.proposed {
		p.takeReport(now, p.lead.reports[p.me])
	}
	for _, x := range p.inst.messages {
		if a, ok := x.message.(*Accept); ok {
			p.takeAccept(now, a)
		}
	}
}

// reconsider does what is due at a time among strangers.
func (p *Peer) reconsider(now time.Duration) {
	if p.sealing() {
		p.openSeals(now)
	}
	for _, m := range p.inst.waiting {
		if m != nil && m.Base == p.view.Ref {
			p.takePrepare(now, m)
		}
	}
	p.decide(now)
	p.conclude(now, nil)
}
