package membership

import "time"

// examine looks at a message of the instance for a lie of its author's, and reports
// whether it is to be taken any further.
func (ag *agreement) examine(now time.Duration, id identity, m Message) bool {
	word, ok := m.(signed)
	if !ok {
		return false
	}
	for _, x := range ag.inst.messages {
		if before, ok := x.message.(signed); ok && contradict(before, word) {
			ag.guilt.convict(&Proof{[]Message{before, word}})
		}
	}
	if ag.inst.tooFar(id.ballot) {
		if !ag.inst.opened {
			ag.inst.opened, ag.inst.openedAt = true, now // it is completed, by others (H11)
		}
		if m, ok := m.(*Prepare); ok {
			ag.inst.rounds[m.author()] = max(ag.inst.rounds[m.author()], m.Ballot.Round)
		}
		return false
	}
	switch m := m.(type) {
	case *Prepare:
		ag.inst.rounds[m.author()] = max(ag.inst.rounds[m.author()], m.Ballot.Round)
	case *Report:
		ag.inst.reported[m.Author] = ag.keepWord(ag.inst.reported[m.Author], m)
		if ag.inst.answers[m.Author].ballot.less(m.Ballot) {
			ag.inst.answers[m.Author] = answer{m.Ballot, m.Prepare, now}
		}
		if m.Accepted != nil && !ag.grounded(m) {
			ag.guilt.convict(&Proof{[]Message{m}})
			return false
		}
	case *Veto:
		ag.inst.vetoAt[m.Author] = now
	case *Accepted:
		ag.inst.voted[m.Author] = keepVote(ag.inst.voted[m.Author], m)
		for _, r := range ag.inst.reported[m.Author] {
			if contradict(m, r) {
				ag.guilt.convict(&Proof{[]Message{m, r}})
			}
		}
	}
	return true
}

// keepWord keeps a member's first and last report, and compares it with these and with
// what its author has voted for.
func (ag *agreement) keepWord(list []*Report, r *Report) []*Report {
	for _, before := range list {
		if contradict(before, r) {
			ag.guilt.convict(&Proof{[]Message{before, r}})
		}
	}
	for _, v := range ag.inst.voted[r.Author] {
		if contradict(v, r) {
			ag.guilt.convict(&Proof{[]Message{v, r}})
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

// verdictOf is what a peer makes of a proposal.
type verdictOf uint8

const (
	notYet    verdictOf = iota // what it follows from is not here
	unjust                     // it does not follow from that
	justified                  // it does
)

// justify reports whether a proposal follows from its ballot and the reports that it
// names (H4). One that does not is proof of a lie.
func (ag *agreement) justify(now time.Duration, a *Accept) verdictOf {
	g := ag.inst.find(a)
	if g == nil {
		return notYet
	}
	l := ag.weigh(a, g)
	switch {
	case l == nil || !l.gives(ag.standing, a):
		ag.guilt.convict(&Proof{append([]Message{a, g.Prepare}, messages(g.Reports)...)})
		return unjust
	case !l.bearable(ag.standing):
		return unjust
	}
	return justified
}
