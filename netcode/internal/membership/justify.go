package membership

import "github.com/visavis-netcode/visavis/rollback"

// weigh makes of a proposal's grounds the ballot as its leader had it when all had
// reported; nil if they are not that.
func (s *standing) weigh(a *Accept, g *Grounds) *candidacy {
	if g == nil || g.Prepare == nil || a.Base != s.view.Ref || g.Prepare.Base != a.Base || g.Prepare.Ballot != a.Ballot || digestOf(g.Prepare) != a.Prepare || len(g.Reports) != len(a.Reports) {
		return nil
	}
	l := &candidacy{prepare: g.Prepare}
	for i, r := range g.Reports {
		if r.Base != a.Base || r.Ballot != a.Ballot || digestOf(r) != a.Reports[i] || !l.count(r, &s.view) {
			return nil
		}
	}
	if l.reported != l.prepare.Keep {
		return nil
	}
	return l
}

// gives reports whether a proposal's value is what follows from its ballot.
func (l *candidacy) gives(s *standing, a *Accept) bool {
	v := l.follows(s)
	return v != nil && v.digest() == a.Value.digest()
}

// bearable reports whether no report of a ballot is beyond what an honest member could
// say (H5). One that is counts as not sent, and its author as one who has not answered.
func (l *candidacy) bearable(s *standing) bool {
	none := l.void(s)
	l.reported &^= none
	return none == 0
}

// void are those whose reports of a ballot no honest member could send.
func (l *candidacy) void(s *standing) (void Machines) {
	c := s.config.Records
	for i := range l.closed(&s.view) {
		most := rollback.NoFrame
		for x := range l.reported.All {
			most = max(most, l.reports[x].Streams[i].Held)
		}
		for x := range l.reported.All {
			if h := l.reports[x].Streams[i]; int(most-h.Held) > c.TailFrames() || len(h.Records) > c.TailFrames() {
				void |= One(x)
			}
		}
	}
	for x := range l.reported.All {
		r := l.reports[x]
		if int(r.Limit-s.set.Confirmed()) > c.Lag()+3*c.LeadFrames+2*c.LimitFrames+2 || !s.grounded(r) {
			void |= One(x)
		}
	}
	return void
}

// grounded reports whether what a report says that its author has voted for was really
// proposed (H5). Its leader's signature shows that, unless the leader reports it himself:
// one of the two is honest, and would not have signed, or voted for, what does not follow.
func (s *standing) grounded(r *Report) bool {
	a := r.Accepted
	switch {
	case a == nil:
		return true
	case !a.Ballot.less(r.Ballot) || a.Base != r.Base:
		return false
	case a.author() != r.Author:
		return true
	}
	l := s.weigh(a, r.Grounds)
	if l == nil || !l.gives(s, a) {
		return false
	}
	for x := range l.reported.All {
		if !s.grounded(l.reports[x]) {
			return false
		}
	}
	return true
}

// mostGrounds is how often in a row a leader may propose what it alone knows to have been
// proposed before: what it brings for that is longer each time.
const mostGrounds = 3

// depth is how often that was.
func (g *Grounds) depth() (n int) {
	if g == nil {
		return 0
	}
	for _, r := range g.Reports {
		n = max(n, r.Grounds.depth())
	}
	return n + 1
}

func messages[M Message](list []M) (all []Message) {
	for _, m := range list {
		all = append(all, m)
	}
	return all
}
