package membership

import "github.com/visavis-netcode/visavis/netcode/internal/records"

// guilt is who is proven to have lied. Owner of the proofs.
type guilt struct {
	*standing
	outbox *outbox
	proofs [MaxMachines]*Proof // by which a machine has lied
}

// contradict reports whether two words of one author in one instance cannot both be an
// honest member's (H9).
func contradict(a, b signed) bool {
	if s, ok := a.(*Seal); ok {
		t, ok := b.(*Seal)
		return ok && s.Stream == t.Stream && (s.Through == t.Through && s.Digest != t.Digest || miscounted(s, t)) // (i)
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

// miscounted reports whether of two seals of one stream the later one covers less: what an
// author holds of his own, and the number of his seal, only grow.
func miscounted(s, t *Seal) bool {
	return s.Through < t.Through && s.Beat >= t.Beat || t.Through < s.Through && t.Beat >= s.Beat
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
func (g *guilt) liar(proof *Proof) (m uint8, ok bool) {
	if len(proof.Words) == 0 {
		return 0, false
	}
	first, ok := proof.Words[0].(signed)
	if !ok {
		return 0, false
	}
	m = first.author()
	seal, sealed := first.(*Seal)
	if sealed && seal.Digest == (records.Digest{}) {
		return 0, false
	}
	now := !sealed && identify(first).base == g.view.Ref // else there must be two words that contradict each other by themselves
	switch first := first.(type) {
	case *Accept:
		if now && len(proof.Words) >= 2 {
			if prepare, is := proof.Words[1].(*Prepare); is {
				return m, g.doesNotFollow(first, prepare, proof.Words[2:])
			}
		}
	case *Report:
		if len(proof.Words) == 1 {
			return m, now && first.Accepted != nil && !g.grounded(first) // (h)
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
func (g *guilt) doesNotFollow(a *Accept, prepare *Prepare, words []Message) bool {
	grounds := &Grounds{Prepare: prepare}
	for _, w := range words {
		r, ok := w.(*Report)
		if !ok {
			return false
		}
		grounds.Reports = append(grounds.Reports, r)
	}
	if digestOf(prepare) != a.Prepare || len(grounds.Reports) != len(a.Reports) {
		return false
	}
	for i, r := range grounds.Reports {
		if digestOf(r) != a.Reports[i] {
			return false
		}
	}
	l := g.weigh(a, grounds)
	return l == nil || !l.gives(g.standing, a)
}

// convict notes a proof against a member, once for each, and tells everybody. Whoever is
// proven to have lied is suspected from then on.
func (g *guilt) convict(proof *Proof) {
	m, ok := g.liar(proof)
	if !ok || m == g.me || g.proven(m) {
		return
	}
	g.proofs[m] = proof
	g.outbox.send(g.outbox.links&^One(m), proof)
}

// Liars are the machines that are proven to have lied, and ProofOf is by what.
func (g *guilt) Liars() (s Machines) {
	for m := range uint8(MaxMachines) {
		if g.proven(m) {
			s |= One(m)
		}
	}
	return s
}

// proven reports whether a machine is proven to have lied.
func (g *guilt) proven(m uint8) bool { return g.proofs[m] != nil }

// Acquit notes that a number is somebody else's from now on, who is no member yet: what is proven
// of whoever had it is not his.
func (g *guilt) Acquit(m uint8) {
	if !g.view.Machines().Has(m) {
		g.proofs[m] = nil
	}
}

// ProofOf returns the proof against a machine, nil if there is none.
func (g *guilt) ProofOf(machine uint8) *Proof { return g.proofs[machine] }
