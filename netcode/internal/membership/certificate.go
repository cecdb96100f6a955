package membership

import "time"

// verdict is a proposal that is known to be decided, while this peer looks whether those
// whom it hears say the same (H8).
type verdict struct {
	why   *Certificate
	since time.Duration
}

// settle notes that a proposal is decided, by this peer's own count, if there is one and it
// is justified, and returns what shows so as soon as nobody who is heard can say anything
// else.
func (ag *agreement) settle(now time.Duration, a *Accept) *Certificate {
	if a != nil && ag.inst.verdict == nil && ag.justify(now, a) == justified {
		ag.wait(now, ag.inst.certificate(a))
	}
	w := ag.inst.verdict
	if w == nil || now-w.since < ag.voteTime() && !ag.unanimous(now, w) {
		return nil
	}
	return w.why
}

// wait begins to look what others say of a proposal that is decided.
func (ag *agreement) wait(now time.Duration, why *Certificate) {
	if ag.inst.verdict == nil {
		ag.inst.verdict = &verdict{why, now}
	}
}

// unanimous reports whether all members of a decided value against whom nothing is known
// have voted for it, or have it, and this peer has voted for nothing else since.
func (ag *agreement) unanimous(now time.Duration, w *verdict) bool {
	a := w.why.Accept
	if own := ag.inst.accepted; own != nil && !own.Ballot.less(a.Ballot) && own.Value.digest() != a.Value.digest() {
		return false
	}
	voted := ag.inst.votes(a)
	for _, v := range w.why.Votes {
		voted |= One(v.Author)
	}
	for _, id := range a.Value.Members {
		x := id.Machine
		if x != ag.me && id.Born < a.Value.Number && !voted.Has(x) && ag.gossip.words[x].view < a.Value.Number && ag.hearing.reasonOf(now, x) == NoReason {
			return false
		}
	}
	return true
}

// certified reports whether a commit shows that its value is decided: it follows from
// the reports of all whom its ballot keeps, and a quorum has voted for it. The vote of
// somebody of whom this peer knows a lie counts only if another one has installed it (H7).
func (ag *agreement) certified(now time.Duration, m *Commit) bool {
	w := m.Why
	if w == nil || w.Accept.Value.digest() != m.Value.digest() || w.Accept.Base != ag.view.Ref {
		return false
	}
	l := ag.weigh(w.Accept, w.Grounds)
	if l == nil || !l.gives(ag.standing, w.Accept) {
		return false
	}
	for x := range l.reported.All {
		if !ag.grounded(l.reports[x]) {
			return false
		}
	}
	left := ag.goodbyes(now, w.Byes)
	digest := digestOf(w.Accept)
	var votes Machines
	for _, v := range w.Votes {
		if v.Base == ag.view.Ref && v.Ballot == w.Accept.Ballot && v.Digest == digest && !(ag.inst.discounted.Has(v.Author) && m.Author == v.Author) {
			votes |= One(v.Author)
		}
	}
	return votes.quorumOf(ag.view.Machines()&^left, ag.config.NoTie)
}

// words are all that a certificate shows to have been said.
func (w *Certificate) words() (list []signed) {
	list = append(list, w.Accept)
	if w.Grounds != nil {
		list = append(list, w.Grounds.Prepare)
		for _, r := range w.Grounds.Reports {
			list = append(list, r)
		}
	}
	for _, v := range w.Votes {
		list = append(list, v)
	}
	for _, b := range w.Byes {
		list = append(list, b)
	}
	return list
}
