package membership

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// takeCommit takes a value that somebody knows to be decided, and among strangers shows
// to be.
func (p *Peer) takeCommit(now time.Duration, from uint8, m *Commit) {
	switch {
	case !p.strangers():
		p.takeValue(now, from, m.Value, nil)
	case m.Value.base() == p.view.Ref && p.certified(now, m):
		p.wait(now, m.Why)
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

// install makes a decided value the view (V1).
func (p *Peer) install(now time.Duration, v *Value, why *Certificate) {
	if c, ok := p.contradicts(v); ok {
		p.stop(c)
		return
	}
	before := p.view
	p.view = viewOf(v)
	if p.values = append(p.values, v); len(p.values) > keptViews {
		p.values = append(p.values[:0], p.values[len(p.values)-keptViews:]...)
	}
	p.certificates = append(p.certificates, shownView{why: why})
	if n := len(p.certificates); n > keptCertificates {
		p.certificates = append(p.certificates[:0], p.certificates[n-keptCertificates:]...)
	}
	p.set.Settle()
	p.inst = instance{each: p.strangers()}
	p.lead = nil
	p.tellView(before.Machines() | p.view.Machines())
	p.changeStreams(v)
	p.forgetReady()
	p.renewWatches(now, &before)
	p.round = round{since: now}
	p.minority = minority{}
	p.changeStatus(now, v)
	if before.machines.Len() <= 2 {
		p.countAsSealed(v.From - 1)
	}
}

// changeStreams ends the streams that are cut, and opens those of newcomers.
func (p *Peer) changeStreams(v *Value) {
	admitted := p.admits(v)
	for _, c := range v.Cuts {
		if p.status == Joining && !admitted {
			p.set.End(c.Stream, c.Last) // what lacks of it comes with the feed
		} else if p.status != Out {
			p.set.Cut(c.Stream, c.Last, c.First, c.Records)
		}
	}
	for _, id := range v.Members {
		if id.Born == v.Number {
			p.set.Open(id, v.From)
		}
	}
}

// admits reports whether a value lets this peer in by its present attempt.
func (p *Peer) admits(v *Value) bool {
	j, ok := v.joined(p.me)
	return ok && p.status == Joining && j.Attempt == p.joining.attempt
}

// changeStatus is what the new view means for this peer itself.
func (p *Peer) changeStatus(now time.Duration, v *Value) {
	id, in := p.view.Stream(p.me)
	switch {
	case p.admits(v):
		p.status, p.own = Member, id
		p.set.Own(id)
		for _, id := range v.Members {
			p.beginSeals(id)                   // what it was fed it goes by (H16)
			p.watches[id.Machine].beatAt = now // so far it has listened to nobody
		}
	case p.status == Joining:
		p.checkDonor()
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

// tellView tells a view to those of a set who are not known to have it.
func (p *Peer) tellView(all Machines) {
	v := p.values[len(p.values)-1]
	var to Machines
	for x := range (all &^ One(p.me)).All {
		if p.watches[x].view < v.Number {
			to |= One(x)
		}
	}
	p.sendCommit(to, v)
}

// shownView is what shows that a view was decided, nil if nobody has shown that, and the
// commit by which this peer tells it, nil if it has not yet.
type shownView struct {
	why    *Certificate
	commit *Commit
}

// shownOf returns how a view is shown, nil if that is not kept.
func (p *Peer) shownOf(number uint32) *shownView {
	if back := int(p.view.Number - number); back >= 0 && back < len(p.certificates) && p.certificates[len(p.certificates)-1-back].why != nil {
		return &p.certificates[len(p.certificates)-1-back]
	}
	return nil
}

// canShow reports whether this peer can tell a view so that it is believed, or knows none
// of that number.
func (p *Peer) canShow(number uint32) bool {
	return !p.strangers() || number > p.view.Number || p.shownOf(number) != nil
}

// sendCommit tells a value, and shows that it was decided.
func (p *Peer) sendCommit(to Machines, v *Value) {
	shown := p.shownOf(v.Number)
	switch {
	case to&p.links == 0:
	case !p.strangers():
		p.send(to, &Commit{Value: v, Author: p.me})
	case shown != nil:
		if shown.commit == nil {
			shown.commit = &Commit{Value: v, Author: p.me, Why: shown.why}
			p.sign(shown.commit)
		}
		p.send(to, shown.commit)
	}
}

// contradicts reports what in a decided value cannot be, as this peer knows: it is
// said, and never mended in silence (V1.5).
func (p *Peer) contradicts(v *Value) (Conflict, bool) {
	if p.status != Member && p.status != Left && !p.admits(v) {
		return Conflict{}, false
	}
	if _, in := v.cut(p.own); in && p.status != Joining {
		return Conflict{}, false // what it holds counts for nothing any more
	}
	for _, c := range v.Cuts {
		_, held, end := p.set.Bounds(c.Stream)
		switch {
		case held > c.Last:
			return Conflict{"a cut below what is held", c.Stream, c.Last}, true
		case c.Last < min(p.set.Confirmed(), end):
			return Conflict{"a cut below what is confirmed", c.Stream, c.Last}, true
		case end < c.Last && end < p.set.Confirmed():
			return Conflict{"a cut beyond an end that is confirmed", c.Stream, c.Last}, true
		case held < c.Last && held+1 < c.First:
			return Conflict{"a gap before the records of a cut", c.Stream, held + 1}, true
		}
		if f, same := p.sameRecords(c); !same {
			return Conflict{"other records than those that are held", c.Stream, f}, true
		}
	}
	if v.From <= p.set.Confirmed() {
		return Conflict{What: "newcomers begin below what is confirmed", Frame: v.From}, true
	}
	return Conflict{}, false
}

// sameRecords reports whether the records of a cut are those that are held, and what
// comes before them as well; otherwise the first frame at which they are not.
func (p *Peer) sameRecords(c Cut) (rollback.Frame, bool) {
	for i, record := range c.Records {
		f := c.First + rollback.Frame(i)
		if own := p.set.Record(c.Stream, f); own != nil && !bytes.Equal(own, record) {
			return f, false
		}
	}
	if d, ok := p.set.DigestThrough(c.Stream, c.Last); ok && d != c.Digest {
		return c.Last, false
	}
	return 0, true
}
