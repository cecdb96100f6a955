package membership

import (
	"slices"
	"time"
)

// vetoWithin is how short ago somebody was heard by whom it is not to be closed.
const vetoWithin = 250 * time.Millisecond

// bringEvidence puts into a ballot what others need to answer it.
func (ag *agreement) bringEvidence(m *Prepare) {
	for _, x := range ag.inst.messages {
		if b, ok := x.message.(*Bye); ok {
			m.Byes = append(m.Byes, b)
		}
	}
	for x := range (ag.view.Machines() &^ m.Keep).All {
		if ag.guilt.proven(x) {
			m.Proofs = append(m.Proofs, ag.guilt.proofs[x])
		}
	}
	m.Ready = ag.newcomers.asked(m.Joins)
}

// mayAnswer reports whether a ballot of somebody else's is to be answered (H3): it keeps
// a quorum of those who have not left, and whom it closes this peer would close by what
// it has seen itself, at the full threshold. Members differ by a round trip in that, so
// a ballot is kept until the threshold is reached. Who is heard is vetoed for.
func (ag *agreement) mayAnswer(now time.Duration, m *Prepare) bool {
	if !ag.strangers() || m.Ballot.Machine == ag.me {
		return true
	}
	members := ag.view.Machines()
	left := ag.goodbyes(now, m.Byes)
	for _, proof := range m.Proofs {
		ag.guilt.convict(proof)
	}
	if !m.Keep.quorumOf(members&^left, ag.config.NoTie) || !ag.newcomers.mayAllJoin(m) {
		return false
	}
	ag.inst.waiting[m.Ballot.Machine] = m
	lacks := Machines(0)
	for x := range (members &^ m.Keep).All {
		if ag.hearing.reasonOf(now, x) == NoReason && !ag.concurs(m, x) {
			lacks |= One(x)
		}
	}
	ag.veto(now, m, lacks)
	if lacks != 0 || ag.holds(now, m) {
		return false
	}
	ag.inst.waiting[m.Ballot.Machine] = nil
	ag.inst.answeredAt = now
	for x := range (members &^ m.Keep).All {
		if ag.guilt.proven(x) {
			ag.inst.discounted |= One(x) // H7
		}
	}
	return true
}

// concurs reports whether this peer joins others that have come to the end of their
// patience with a member (H12): accounts of one who comes and goes differ, as he decides
// whom he obstructs when. It is half as patient once a leader is, and with two of them,
// one of whom is honest, half of that. With whoever has come to know of a member what this peer has
// asked for in vain (H13) it is at one, too: those who come to know it at unlike times would
// otherwise contradict each other by turns.
func (ag *agreement) concurs(m *Prepare, x uint8) bool {
	cost := ag.hearing.watches[x].cost
	if ag.hearing.watches[x].accused || cost >= ag.stuckTime()/2 {
		return true
	}
	return cost >= ag.stuckTime()/4 && slices.ContainsFunc(ag.inst.messages, func(w said) bool {
		r, ok := w.message.(*Report)
		return ok && r.Ballot == m.Ballot && r.Author != m.author() && r.Author != ag.me && r.Author != x
	})
}

// holds reports whether this peer, having answered a ballot, still waits for its end
// (H11), rather than to be led from one ballot to the next. Nothing is to be waited for once its
// leader has answered a later one of somebody else's: he proposes nothing any more.
func (ag *agreement) holds(now time.Duration, m *Prepare) bool {
	before := ag.inst.promised
	return before != Ballot{} && before.Machine != m.Ballot.Machine && ag.hearing.reasonOf(now, before.Machine) == NoReason &&
		now-ag.inst.answeredAt < ag.ballotTime(before.Round) && !ag.inst.hasGivenUp(before)
}

// veto says that this peer hears some whom a ballot would close.
func (ag *agreement) veto(now time.Duration, m *Prepare, lacks Machines) {
	v := &Veto{Base: m.Base, Ballot: m.Ballot, Author: ag.me}
	for x := range lacks.All {
		if now-ag.hearing.watches[x].beatAt < vetoWithin {
			v.Hears |= One(x)
		}
	}
	if v.Hears != 0 && !ag.inst.has(identify(v)) {
		ag.say(now, v)
	}
}

// goodbyes takes goodbyes that somebody shows, and returns whose they are.
func (ag *agreement) goodbyes(now time.Duration, list []*Bye) (left Machines) {
	for _, b := range list {
		if id, in := ag.view.Stream(b.author()); !in || id != b.Stream || b.Base != ag.view.Ref {
			continue
		}
		left |= One(b.author())
		if !ag.inst.has(identify(b)) {
			ag.inst.note(now, identify(b), b)
			ag.takeBye(now, b)
		}
	}
	return left
}

// retry looks again at what waited for something else to come.
func (ag *agreement) retry(now time.Duration) {
	if ag.lead != nil && ag.lead.reported == ag.lead.prepare.Keep && !ag.lead.proposed {
		ag.takeReport(now, ag.lead.reports[ag.me])
	}
	for _, x := range ag.inst.messages {
		if a, ok := x.message.(*Accept); ok {
			ag.takeAccept(now, a)
		}
	}
}

// answerWaiting looks again at ballots that are still to be answered, as time has passed: at the
// highest first, which is where the others are.
func (ag *agreement) answerWaiting(now time.Duration) {
	var waiting []*Prepare
	for _, m := range ag.inst.waiting {
		if m != nil && m.Base == ag.view.Ref {
			waiting = append(waiting, m)
		}
	}
	slices.SortFunc(waiting, func(a, b *Prepare) int { return b.Ballot.compare(a.Ballot) })
	for _, m := range waiting {
		ag.takePrepare(now, m)
	}
}
