package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// verdictOf is what a peer makes of a proposal.
type verdictOf uint8

const (
	notYet    verdictOf = iota // what it follows from is not here
	unjust                     // it does not follow from that
	justified                  // it does
)

// justify reports whether a proposal follows from its ballot and the reports that it
// names (H4). One that does not is proof of a lie.
func (p *Peer) justify(now time.Duration, a *Accept) verdictOf {
	g := p.inst.find(a)
	if g == nil {
		return notYet
	}
	l := p.weigh(a, g)
	switch {
	case l == nil || !p.sameValue(l, a):
		p.convict(&Proof{append([]Message{a, g.Prepare}, messages(g.Reports)...)})
		return unjust
	case !p.bearable(l):
		return unjust
	}
	return justified
}

// find returns what a proposal follows from, nil if some of it is not here.
func (i *instance) find(a *Accept) *Grounds {
	g := &Grounds{}
	for _, m := range i.messages {
		if pr, ok := m.message.(*Prepare); ok && pr.Ballot == a.Ballot && digestOf(pr) == a.Prepare {
			g.Prepare = pr
		}
	}
	if g.Prepare == nil {
		return nil
	}
	for _, d := range a.Reports {
		for _, m := range i.messages {
			if r, ok := m.message.(*Report); ok && r.Ballot == a.Ballot && digestOf(r) == d {
				g.Reports = append(g.Reports, r)
			}
		}
	}
	if len(g.Reports) != len(a.Reports) {
		return nil
	}
	return g
}

// weigh makes of a proposal's grounds the ballot as its leader had it when all had
// reported; nil if they are not that.
func (p *Peer) weigh(a *Accept, g *Grounds) *candidacy {
	if g == nil || g.Prepare == nil || a.Base != p.view.Ref || g.Prepare.Base != a.Base || g.Prepare.Ballot != a.Ballot || digestOf(g.Prepare) != a.Prepare || len(g.Reports) != len(a.Reports) {
		return nil
	}
	l := &candidacy{prepare: g.Prepare}
	for i, r := range g.Reports {
		if r.Base != a.Base || r.Ballot != a.Ballot || digestOf(r) != a.Reports[i] || !l.count(r, &p.view) {
			return nil
		}
	}
	if l.reported != l.prepare.Keep {
		return nil
	}
	return l
}

// sameValue reports whether a proposal's value is what follows from its ballot.
func (p *Peer) sameValue(l *candidacy, a *Accept) bool {
	v := p.follows(l)
	return v != nil && v.digest() == a.Value.digest()
}

// bearable reports whether no report of a ballot is beyond what an honest member could
// say (H5). One that is counts as not sent, and its author as one who has not answered.
func (p *Peer) bearable(l *candidacy) bool {
	void := p.void(l)
	l.reported &^= void
	return void == 0
}

// void are those whose reports of a ballot no honest member could send.
func (p *Peer) void(l *candidacy) (s Machines) {
	c := p.config.Records
	for i := range l.closed(&p.view) {
		most := rollback.NoFrame
		for x := range l.reported.All {
			most = max(most, l.reports[x].Streams[i].Held)
		}
		for x := range l.reported.All {
			if h := l.reports[x].Streams[i]; int(most-h.Held) > c.TailFrames() || len(h.Records) > c.TailFrames() {
				s |= One(x)
			}
		}
	}
	for x := range l.reported.All {
		r := l.reports[x]
		if int(r.Limit-p.set.Confirmed()) > c.Lag()+3*c.LeadFrames+2*c.LimitFrames+2 || !p.grounded(r) {
			s |= One(x)
		}
	}
	return s
}

// grounded reports whether what a report says that its author has voted for was really
// proposed (H5). Its leader's signature shows that, unless the leader reports it himself:
// one of the two is honest, and would not have signed, or voted for, what does not follow.
func (p *Peer) grounded(r *Report) bool {
	a := r.Accepted
	switch {
	case a == nil:
		return true
	case !a.Ballot.less(r.Ballot) || a.Base != r.Base:
		return false
	case a.author() != r.Author:
		return true
	}
	l := p.weigh(a, r.Grounds)
	if l == nil || !p.sameValue(l, a) {
		return false
	}
	for x := range l.reported.All {
		if !p.grounded(l.reports[x]) {
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
