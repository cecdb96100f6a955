package membership

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// round is when this peer begins a ballot (P1).
type round struct {
	since  time.Duration // there has been a reason, or the one there is has changed
	keep   Machines      // whom it would keep
	wanted bool          // there is a reason
	spread time.Duration // added to a ballot's time
}

// Timing of ballots.
const (
	ballotBase   = 400 * time.Millisecond // and 6 round trips: what a ballot may take
	ballotMost   = 4 * time.Second        // it doubles with each round up to this
	takeoverBase = 200 * time.Millisecond // and 4 round trips: what each lower member has to begin
	byeGrace     = time.Second            // for a leaver's last record to get to everybody
	againAfter   = 100 * time.Millisecond // a leader that changes its mind begins anew
)

func (p *Peer) ballotTime(round uint32) time.Duration {
	d := ballotBase + 6*p.rtt
	for ; round > 1 && d < ballotMost; round-- {
		d *= 2
	}
	return min(d, ballotMost)
}

func (p *Peer) takeover() time.Duration { return takeoverBase + 4*p.rtt }

// consider begins a ballot if there is a reason, and nobody who is to do it before
// this peer has.
func (p *Peer) consider(now time.Duration) {
	members := p.view.Machines()
	keep := members &^ p.suspects(now) &^ p.inst.byes
	joins := p.joins(now, keep)
	wanted := p.inst.opened || len(joins) > 0 || p.changes(now, keep)
	if r := &p.round; r.wanted != wanted || r.keep != keep {
		*r = round{since: now, keep: keep, wanted: wanted, spread: p.draw()}
	}
	if l := p.lead; l != nil && !l.proposed && l.prepare.Keep != keep {
		p.lead = nil // whom it keeps or closes is not as it was: what is still to be reported counts for nothing
	}
	if p.strangers() && p.inst.accepted != nil && p.inst.accepted.author() == p.me && p.inst.grounds.depth() >= mostGrounds {
		return // others begin the next one
	}
	if !wanted || !keep.Has(p.me) || !keep.quorumOf(members&^p.inst.byes, p.config.NoTie) || now < p.ballotDue(keep, joins) {
		return
	}
	p.round.spread = p.draw()
	p.prepare(now, keep, joins)
}

// changes reports whether the members are no longer those whom this peer would keep.
// Who leaves is waited for, a little, until everybody has its last record (L4).
func (p *Peer) changes(now time.Duration, keep Machines) bool {
	for x := range (p.view.Machines() &^ keep).All {
		if !p.inst.byes.Has(x) || p.marked(x, keep) || now-p.leaving.byes[x] >= byeGrace {
			return true
		}
	}
	return false
}

// draw returns the spread of a time-out: a quarter of it to either side.
func (p *Peer) draw() time.Duration {
	return time.Duration(p.random.Int64N(int64(ballotBase/2))) - ballotBase/4
}

// ballotDue is when this peer begins a ballot: as the lowest of those whom it would
// keep at once, otherwise after the lower ones have had their time.
func (p *Peer) ballotDue(keep Machines, joins []Join) time.Duration {
	turn := time.Duration(keep.Below(p.me).Len()) * p.takeover()
	highest := p.inst.highest
	switch {
	case highest.Round == 0 || !keep.Has(highest.Machine):
		return p.round.since + turn
	case highest.Machine == p.me && (p.lead == nil || p.lead.prepare.Keep != keep || len(p.lead.prepare.Joins) == 0 && len(joins) > 0 && !p.lead.proposed):
		return p.inst.ballotAt + againAfter
	}
	at := p.inst.ballotAt
	if p.strangers() && highest.Machine != p.me {
		at = p.inst.turnAt // who begins again and again gets no more time by it
	}
	return at + p.ballotTime(highest.Round) + p.round.spread + turn
}

// joins returns the newcomer that a ballot lets in: one at a time is enough.
func (p *Peer) joins(now time.Duration, keep Machines) []Join {
	for _, j := range slices.Backward(p.ready) {
		if now-j.at < readyFresh && p.mayJoin(keep, j.Join, 0) {
			return []Join{j.Join}
		}
	}
	return nil
}

// mayJoin is P1(d). The donor has to stay: its word is what the newcomer goes by. The
// newcomer has all of the streams that are closed, and is not so far behind that what
// it lacks has to be kept for it; more is by how much the leader's word may differ.
func (p *Peer) mayJoin(keep Machines, j Join, more int) bool {
	if p.proofs[j.Machine] != nil || keep.Has(j.Machine) || !p.isOpen(j.Donor) || !keep.Has(j.Donor.Machine) {
		return false
	}
	if int(p.reached()-j.Through) > p.config.Records.Lag()+more {
		return false
	}
	for _, id := range p.set.Streams(nil) {
		if _, _, end := p.set.Bounds(id); !p.isOpen(id) && end > j.Through {
			return false
		}
	}
	return true
}

// reached is a frame that somebody has confirmed: this peer, or, if it was let in itself
// a moment ago and is behind, whoever was furthest when the view was agreed on. Limits
// are at most LimitFrames beyond what their authors had confirmed, and new streams begin
// right above the highest. By this, newcomers of newcomers are not ever further behind.
func (p *Peer) reached() rollback.Frame {
	above := p.values[len(p.values)-1].From
	return max(p.set.Confirmed(), above-1-rollback.Frame(p.config.Records.LimitFrames))
}
