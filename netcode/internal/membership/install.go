package membership

import "time"

// takeCommit takes a value that somebody knows to be decided, and among strangers shows
// to be.
func (p *Peer) takeCommit(now time.Duration, from uint8, m *Commit) {
	switch {
	case !p.strangers():
		p.takeValue(now, from, m.Value, nil)
	case m.Value.base() == p.view.Ref && p.agreement.certified(now, m):
		p.agreement.wait(now, m.Why)
		p.conclude(now, nil)
	case m.Value.Number == p.view.Number && m.Value.digest() != p.view.Digest:
		p.meetOther(m)
	case m.Value.Number > p.view.Number+1:
		p.takeValue(now, from, m.Value, nil) // asks for those in between
	}
}

func (p *Peer) takeValue(now time.Duration, from uint8, v *Value, why *Certificate) {
	switch {
	case v.Number > p.view.Number+1:
		p.send(One(from), &ViewAsk{p.view.Number})
	case v.Number == p.view.Number+1:
		if v.Base != p.view.Digest {
			p.stop(Conflict{What: "two views of one number"})
			return
		}
		p.install(now, v, why)
	}
}

// decide installs a value that a quorum of those who have not left has voted for in
// one ballot (P5).
func (p *Peer) decide(now time.Duration) {
	a := p.agreement.elected()
	switch {
	case a == nil:
	case p.strangers():
		p.conclude(now, a)
	default:
		p.install(now, a.Value, nil)
	}
}

// conclude installs what is shown to be decided, of late or by a proposal that has the votes:
// nil if none has come to have them now.
func (p *Peer) conclude(now time.Duration, a *Accept) {
	if why := p.agreement.settle(now, a); why != nil {
		p.install(now, why.Accept.Value, why)
	}
}

// install makes a decided value the view (V1). Among strangers that holds for a member as well
// who knows something else: it takes its part in the view that follows, to leave it.
func (p *Peer) install(now time.Duration, v *Value, why *Certificate) {
	contradiction, contradicted := p.contradicts(v, p.joining.admits(v))
	if contradicted && (p.status != Member || !p.strangers()) {
		p.stop(contradiction)
		return
	}
	before := p.view
	p.view = viewOf(v)
	p.chronicle.add(v, why)
	p.set.Settle()
	p.agreement.renew(now)
	p.chronicle.sendCommit(p.gossip.without(before.Machines()|p.view.Machines(), v.Number), v)
	if !contradicted { // else its records stay as they are: it plays no more
		p.standing.changeStreams(v, p.joining.admits(v))
	}
	p.newcomers.forget()
	fresh := p.hearing.renew(now, &before)
	p.gossip.renew(now, fresh)
	p.sealBook.renew(fresh)
	p.minority = minority{}
	p.changeStatus(now, v)
	if before.machines.Len() <= 2 {
		p.sealBook.countAsSealed(v.From - 1)
	}
	if contradicted {
		p.Withdraw(now, contradiction)
	}
	for _, bye := range p.agreement.held() {
		p.takeOpen(now, bye.author(), bye)
	}
}

// changeStatus is what the new view means for this peer itself.
func (p *Peer) changeStatus(now time.Duration, v *Value) {
	id, in := p.view.Stream(p.me)
	switch {
	case p.joining.admits(v):
		p.status, p.own = Member, id
		p.set.Own(id)
		p.sealBook.renew(p.view.Machines()) // what it was fed it goes by (H16)
		p.hearing.begin(now)                // so far it has listened to nobody
	case p.status == Joining:
		p.joining.checkDonor()
	case in && id == p.own:
		if p.status == Left {
			p.sayBye(now) // in the new view, too: it never votes again
		}
	case p.status == Member:
		c, _ := v.cut(p.own)
		p.status, p.reason = Out, c.Reason
	case p.status == Left:
		p.status, p.reason = Out, ByLeaving
	}
}

// meetOther takes a commit of another view than this peer's of the same number: two
// decisions were led apart (H15). Whoever has signed for both is found. Which of the two
// the match is cannot be known here.
func (p *Peer) meetOther(m *Commit) {
	for _, a := range p.chronicle.wordsAgainst(m) {
		for _, b := range m.Why.words() {
			if contradict(a, b) {
				p.guilt.convict(&Proof{[]Message{a, b}})
				p.stop(Conflict{What: "two views of one number", Stream: p.streamOf(a.author())})
				return
			}
		}
	}
}
