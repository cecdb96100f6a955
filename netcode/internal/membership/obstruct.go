package membership

import "time"

// obstructors are those who do not do what all others that are heard have done for the
// newest ballot: among strangers, where that counts (H12).
func (ag *agreement) obstructors(now time.Duration) (s Machines) {
	if !ag.strangers() {
		return 0 // nobody obstructs on purpose
	}
	var newest *Prepare
	var voted, vetoed, vain Machines // vain: vetoes that nothing bears out
	proposed := false
	for _, x := range ag.inst.messages {
		if m, ok := x.message.(*Prepare); ok && (newest == nil || newest.Ballot.less(m.Ballot)) {
			newest = m
		}
	}
	if newest == nil {
		return 0
	}
	l := &candidacy{prepare: newest}
	for _, x := range ag.inst.messages {
		switch m := x.message.(type) {
		case *Report:
			if m.Ballot == newest.Ballot {
				l.count(m, &ag.view)
			}
		case *Accept:
			proposed = proposed || m.Ballot == newest.Ballot
		case *Accepted:
			if m.Ballot == newest.Ballot {
				voted |= One(m.Author)
			}
		case *Veto:
			if m.Ballot == newest.Ballot {
				vetoed |= One(m.Author)
			}
			if m.Ballot == newest.Ballot && !ag.borneOut(m) {
				vain |= One(m.Author)
			}
		}
	}
	answered := l.reported &^ l.void(ag.standing)
	heard := ag.view.Machines() &^ ag.hearing.suspects(now) &^ ag.inst.byes
	leader := One(newest.Ballot.Machine)
	late := newest.Keep & heard &^ answered
	if slow := late &^ vetoed &^ ag.holders(now, newest); slow.Len() == 1 {
		s |= slow // also the leader, whose own report is lacking
	}
	if late == 0 && !proposed {
		s |= leader
	}
	if late := heard &^ voted; proposed && late.Len() == 1 {
		s |= late
	}
	return (s | vain) &^ One(ag.me)
}

// holders are those who have answered a ballot of another machine's before the newest one, and
// still wait for its end (H11). Where two lead in turn there always is somebody who does: he
// is not to be charged for it, nor is whoever answers neither to be spared for not being alone.
func (ag *agreement) holders(now time.Duration, newest *Prepare) (s Machines) {
	for _, x := range ag.inst.messages {
		m, ok := x.message.(*Prepare)
		if !ok || m.author() == newest.author() || ag.inst.hasGivenUp(m.Ballot) {
			continue
		}
		for y := range (m.Keep &^ One(m.author())).All {
			a := &ag.inst.answers[y]
			if a.ballot == m.Ballot && a.prepare == digestOf(m) && now-a.at < ag.ballotTime(m.Ballot.Round) {
				s |= One(y)
			}
		}
	}
	return s
}

// borneOut reports whether all whom somebody says that he hears were heard here since.
func (ag *agreement) borneOut(v *Veto) bool {
	for x := range v.Hears.All {
		if ag.hearing.watches[x].beatAt <= ag.inst.vetoAt[v.Author] && x != ag.me {
			return false
		}
	}
	return true
}
