package membership

import "time"

// Among strangers nobody is suspected of stalling for one long pause only (S2), since a
// record now and then would hold a match for ever: there is an account of the time that
// each has cost (H12). What is made good at once is no cost, as jitter is, and it falls by
// a quarter of what all confirmed frames last, so that a machine which is a fifth too slow
// is borne with.
type account struct {
	cost   time.Duration
	stalls bool // it was above stuckTime, and has not come below half of that
}

func (a *account) charge(d, patience time.Duration) {
	a.cost = max(0, a.cost+d)
	switch {
	case a.cost >= patience:
		a.stalls = true
	case a.cost < patience/2:
		a.stalls = false
	}
}

// keepAccounts charges those who obstruct for the time since the last call, and credits
// all with the frames that were confirmed in it.
func (p *Peer) keepAccounts(now, passed time.Duration, frames int) {
	lacks := Machines(0)
	for _, id := range p.view.Members {
		if p.set.Lacks(id) {
			lacks |= One(id.Machine)
		}
	}
	obstruct := p.obstructors(now)
	if frames > 0 {
		p.movedAt = now
	}
	if p.hearsNobody(now) || now-p.movedAt <= p.patience {
		lacks = 0
	}
	for m := range (p.view.Machines() &^ One(p.me)).All {
		a := &p.watches[m].account
		switch {
		case obstruct.Has(m):
			a.charge(passed, p.stuckTime())
		case frames > 0:
			caughtUp := max(0, time.Duration(frames)*p.config.Tick-passed)
			a.charge(-caughtUp-time.Duration(frames)*p.config.Tick/4, p.stuckTime())
		case lacks == One(m):
			a.charge(passed, p.stuckTime())
		}
	}
}

// SetPatience sets how long the next frame is waited for as a matter of course, where a
// window does not hide the way of a record: nobody is charged for that. 0 is not at all.
func (p *Peer) SetPatience(d time.Duration) { p.patience = d }

// hearsNobody reports whether nobody at all is heard: that is nobody's obstruction, but a cut, or
// this peer's own line.
func (p *Peer) hearsNobody(now time.Duration) bool {
	for m := range (p.view.Machines() &^ One(p.me)).All {
		if now-p.watches[m].beatAt < directlyHeard {
			return false
		}
	}
	return true
}

// obstructors are those who do not do what all others that are heard have done for the
// newest ballot.
func (p *Peer) obstructors(now time.Duration) (s Machines) {
	var newest *Prepare
	var voted, vetoed, vain Machines // vain: vetoes that nothing bears out
	proposed := false
	for _, x := range p.inst.messages {
		if m, ok := x.message.(*Prepare); ok && (newest == nil || newest.Ballot.less(m.Ballot)) {
			newest = m
		}
	}
	if newest == nil {
		return 0
	}
	l := &candidacy{prepare: newest}
	for _, x := range p.inst.messages {
		switch m := x.message.(type) {
		case *Report:
			if m.Ballot == newest.Ballot {
				l.count(m, &p.view)
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
			if m.Ballot == newest.Ballot && !p.borneOut(m) {
				vain |= One(m.Author)
			}
		}
	}
	answered := l.reported &^ p.void(l)
	heard := p.view.Machines() &^ p.suspects(now) &^ p.inst.byes
	leader := One(newest.Ballot.Machine)
	late := newest.Keep & heard &^ answered
	if slow := late &^ vetoed; slow.Len() == 1 {
		s |= slow // also the leader, whose own report is lacking
	}
	if late == 0 && !proposed {
		s |= leader
	}
	if late := heard &^ voted; proposed && late.Len() == 1 {
		s |= late
	}
	return (s | vain) &^ One(p.me)
}

// borneOut reports whether all whom somebody says that he hears were heard here since.
func (p *Peer) borneOut(v *Veto) bool {
	for x := range v.Hears.All {
		if p.watches[x].beatAt <= p.inst.vetoAt[v.Author] && x != p.me {
			return false
		}
	}
	return true
}
