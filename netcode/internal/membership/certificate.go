package membership

import "time"

// verdict is a proposal that is known to be decided, while this peer looks whether those
// whom it hears say the same (H8).
type verdict struct {
	why   *Certificate
	since time.Duration
}

// voteTime is how long the votes of others are waited for.
func (p *Peer) voteTime() time.Duration { return 2*p.rtt + 100*time.Millisecond }

// conclude notes that a proposal is decided, by this peer's own count, if there is one and
// it is justified, and installs what was decided when nobody who is heard can say anything
// else.
func (p *Peer) conclude(now time.Duration, a *Accept) {
	if a != nil && p.inst.verdict == nil && p.justify(now, a) == justified {
		p.wait(now, p.certificate(a))
		return
	}
	w := p.inst.verdict
	if w == nil || now-w.since < p.voteTime() && !p.unanimous(now, w) {
		return
	}
	p.install(now, w.why.Accept.Value, w.why)
}

// wait begins to look what others say of a proposal that is decided.
func (p *Peer) wait(now time.Duration, why *Certificate) {
	if p.inst.verdict == nil {
		p.inst.verdict = &verdict{why, now}
	}
	p.conclude(now, nil)
}

// unanimous reports whether all members of a decided value against whom nothing is known
// have voted for it, or have it, and this peer has voted for nothing else since.
func (p *Peer) unanimous(now time.Duration, w *verdict) bool {
	a := w.why.Accept
	if own := p.inst.accepted; own != nil && !own.Ballot.less(a.Ballot) && own.Value.digest() != a.Value.digest() {
		return false
	}
	voted := p.inst.votes(a)
	for _, v := range w.why.Votes {
		voted |= One(v.Author)
	}
	for _, id := range a.Value.Members {
		x := id.Machine
		if x != p.me && id.Born < a.Value.Number && !voted.Has(x) && p.watches[x].view < a.Value.Number && p.reasonOf(now, x) == NoReason {
			return false
		}
	}
	return true
}

// certificate returns what shows that a proposal is decided, of all that is here.
func (p *Peer) certificate(a *Accept) *Certificate {
	why := &Certificate{Accept: a, Grounds: p.inst.find(a)}
	digest := digestOf(a)
	for _, m := range p.inst.messages {
		switch m := m.message.(type) {
		case *Accepted:
			if m.Ballot == a.Ballot && m.Digest == digest && !p.inst.discounted.Has(m.Author) {
				why.Votes = append(why.Votes, m)
			}
		case *Bye:
			why.Byes = append(why.Byes, m)
		}
	}
	return why
}

// certified reports whether a commit shows that its value is decided: it follows from
// the reports of all whom its ballot keeps, and a quorum has voted for it. The vote of
// somebody of whom this peer knows a lie counts only if another one has installed it (H7).
func (p *Peer) certified(now time.Duration, m *Commit) bool {
	w := m.Why
	if w == nil || w.Accept.Value.digest() != m.Value.digest() || w.Accept.Base != p.view.Ref {
		return false
	}
	l := p.weigh(w.Accept, w.Grounds)
	if l == nil || !p.sameValue(l, w.Accept) {
		return false
	}
	for x := range l.reported.All {
		if !p.grounded(l.reports[x]) {
			return false
		}
	}
	left := p.goodbyes(now, w.Byes)
	digest := digestOf(w.Accept)
	var votes Machines
	for _, v := range w.Votes {
		if v.Base == p.view.Ref && v.Ballot == w.Accept.Ballot && v.Digest == digest && !(p.inst.discounted.Has(v.Author) && m.Author == v.Author) {
			votes |= One(v.Author)
		}
	}
	return votes.quorumOf(p.view.Machines()&^left, p.config.NoTie)
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

// meetOther takes a commit of another view than this peer's of the same number: two
// decisions were led apart (H15). Whoever has signed for both is found. Which of the two
// the match is cannot be known here.
func (p *Peer) meetOther(m *Commit) {
	if m.Why == nil || len(p.values) < 2 || m.Value.base() != p.values[len(p.values)-2].Ref() || p.shownOf(p.view.Number) == nil {
		return
	}
	for _, a := range p.shownOf(p.view.Number).why.words() {
		for _, b := range m.Why.words() {
			if contradict(a, b) {
				p.convict(&Proof{[]Message{a, b}})
				p.stop(Conflict{What: "two views of one number", Stream: p.streamOf(a.author())})
				return
			}
		}
	}
}
