package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// examine looks at a message of the instance for a lie of its author's, and reports
// whether it is to be taken any further.
func (p *Peer) examine(now time.Duration, id identity, m Message) bool {
	word, ok := m.(signed)
	if !ok {
		return false
	}
	for _, x := range p.inst.messages {
		if before, ok := x.message.(signed); ok && contradict(before, word) {
			p.convict(&Proof{[]Message{before, word}})
		}
	}
	if p.tooFar(id.ballot.Round) {
		if !p.inst.opened {
			p.inst.opened, p.inst.openedAt = true, now // it is completed, by others (H11)
		}
		if m, ok := m.(*Prepare); ok {
			p.inst.rounds[m.author()] = max(p.inst.rounds[m.author()], m.Ballot.Round)
		}
		return false
	}
	switch m := m.(type) {
	case *Prepare:
		p.inst.rounds[m.author()] = max(p.inst.rounds[m.author()], m.Ballot.Round)
	case *Report:
		p.inst.reported[m.Author] = p.keepWord(p.inst.reported[m.Author], m)
		if m.Accepted != nil && !p.grounded(m) {
			p.convict(&Proof{[]Message{m}})
			return false
		}
	case *Veto:
		p.inst.vetoAt[m.Author] = now
	case *Accepted:
		p.inst.voted[m.Author] = keepVote(p.inst.voted[m.Author], m)
		for _, r := range p.inst.reported[m.Author] {
			if contradict(m, r) {
				p.convict(&Proof{[]Message{m, r}})
			}
		}
	}
	return true
}

// keepWord keeps a member's first and last report, and compares it with these and with
// what its author has voted for.
func (p *Peer) keepWord(list []*Report, r *Report) []*Report {
	for _, before := range list {
		if contradict(before, r) {
			p.convict(&Proof{[]Message{before, r}})
		}
	}
	for _, v := range p.inst.voted[r.Author] {
		if contradict(v, r) {
			p.convict(&Proof{[]Message{v, r}})
		}
	}
	if len(list) < 2 {
		return append(list, r)
	}
	list[1] = r
	return list
}

func keepVote(list []*Accepted, v *Accepted) []*Accepted {
	if len(list) < 2 {
		return append(list, v)
	}
	list[1] = v
	return list
}

// contradict reports whether two words of one author in one instance cannot both be an
// honest member's (H9).
func contradict(a, b signed) bool {
	if s, ok := a.(*Seal); ok {
		t, ok := b.(*Seal)
		return ok && s.Stream == t.Stream && s.Through == t.Through && s.Digest != t.Digest // (i)
	}
	if bye, ok := a.(*Bye); ok {
		if s, ok := b.(*Seal); ok {
			return bye.Stream == s.Stream && s.Through > bye.Last // (g)
		}
	}
	x, y := identify(a), identify(b)
	if x.author != y.author || x.base != y.base || x.kind >= kindVeto || y.kind >= kindVeto {
		return false
	}
	if x == y {
		return digestOf(a) != digestOf(b) // (a) to (d)
	}
	if (x.kind == kindBye) != (y.kind == kindBye) {
		return true // (g): who has said anything does not leave, and who leaves says nothing
	}
	switch a := a.(type) {
	case *Accepted:
		if r, ok := b.(*Report); ok {
			return forgets(r, a)
		}
	case *Report:
		switch b := b.(type) {
		case *Accepted:
			return forgets(a, b)
		case *Report:
			return disagree(a, b)
		}
	}
	return false
}

// forgets reports whether a report passes over a vote of its author's in an earlier
// ballot (e).
func forgets(r *Report, v *Accepted) bool {
	return v.Ballot.less(r.Ballot) && (r.Accepted == nil || r.Accepted.Ballot.less(v.Ballot))
}

// disagree reports whether two reports of one author cannot both be true (f): its limit,
// what it holds of a frozen stream and what it has voted for do not change back.
func disagree(a, b *Report) bool {
	if b.Ballot.less(a.Ballot) {
		a, b = b, a
	}
	if a.Limit != b.Limit || a.Accepted != nil && (b.Accepted == nil || b.Accepted.Ballot.less(a.Accepted.Ballot)) {
		return true
	}
	for _, x := range a.Streams {
		for _, y := range b.Streams {
			if x.Stream == y.Stream && (x.Held != y.Held || x.Digest != y.Digest) {
				return true
			}
		}
	}
	return false
}

// liar returns whom a proof shows to have lied, as far as this peer can tell.
func (p *Peer) liar(proof *Proof) (m uint8, ok bool) {
	if len(proof.Words) == 0 {
		return 0, false
	}
	first, ok := proof.Words[0].(signed)
	if !ok {
		return 0, false
	}
	m = first.author()
	if seal, ok := first.(*Seal); ok {
		if id, in := p.view.Stream(m); !in || id != seal.Stream || seal.Digest == (records.Digest{}) {
			return 0, false
		}
	} else if identify(first).base != p.view.Ref {
		return 0, false
	}
	switch first := first.(type) {
	case *Accept:
		if len(proof.Words) >= 2 {
			if prepare, is := proof.Words[1].(*Prepare); is {
				return m, p.doesNotFollow(first, prepare, proof.Words[2:])
			}
		}
	case *Report:
		if len(proof.Words) == 1 {
			return m, first.Accepted != nil && !p.grounded(first) // (h)
		}
	}
	if len(proof.Words) != 2 {
		return 0, false
	}
	second, ok := proof.Words[1].(signed)
	if seal, is := second.(*Seal); is && seal.Digest == (records.Digest{}) {
		return 0, false
	}
	return m, ok && contradict(first, second)
}

// doesNotFollow reports whether a proposal is not what its own grounds give (h).
func (p *Peer) doesNotFollow(a *Accept, prepare *Prepare, words []Message) bool {
	g := &Grounds{Prepare: prepare}
	for _, w := range words {
		r, ok := w.(*Report)
		if !ok {
			return false
		}
		g.Reports = append(g.Reports, r)
	}
	if digestOf(prepare) != a.Prepare || len(g.Reports) != len(a.Reports) {
		return false
	}
	for i, r := range g.Reports {
		if digestOf(r) != a.Reports[i] {
			return false
		}
	}
	l := p.weigh(a, g)
	return l == nil || !p.sameValue(l, a)
}

// takeProof takes a proof that somebody shows.
func (p *Peer) takeProof(proof *Proof) { p.convict(proof) }

// convict notes a proof against a member, once for each, and tells everybody. Whoever is
// proven to have lied is suspected from then on.
func (p *Peer) convict(proof *Proof) {
	m, ok := p.liar(proof)
	if !ok || m == p.me || p.proofs[m] != nil {
		return
	}
	p.proofs[m] = proof
	p.send(p.links&^One(m), proof)
}

// Liars are the machines that are proven to have lied, and Proof is by what.
func (p *Peer) Liars() (s Machines) {
	for m := range p.proofs {
		if p.proofs[m] != nil {
			s |= One(uint8(m))
		}
	}
	return s
}

// ProofOf returns the proof against a machine, nil if there is none.
func (p *Peer) ProofOf(machine uint8) *Proof { return p.proofs[machine] }

func (p *Peer) streamOf(m uint8) records.StreamID {
	id, _ := p.view.Stream(m)
	return id
}
