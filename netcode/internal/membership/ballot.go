package membership

import (
	"math/rand/v2"
	"time"
)

// round is when this peer begins a ballot (P1).
type round struct {
	since  time.Duration // there has been a reason, or the one there is has changed
	keep   Machines      // whom it would keep
	wanted bool          // there is a reason
	spread time.Duration // added to a ballot's time
}

// turn is the round, and chance.
type turn struct {
	round
	random *rand.Rand
}

// consider notes what this peer would do now.
func (t *turn) consider(now time.Duration, keep Machines, wanted bool) {
	if t.wanted != wanted || t.keep != keep {
		t.round = round{since: now, keep: keep, wanted: wanted, spread: t.draw()}
	}
}

// draw returns the spread of a time-out: a quarter of it to either side.
func (t *turn) draw() time.Duration {
	return time.Duration(t.random.Int64N(int64(ballotBase/2))) - ballotBase/4
}

// Timing of ballots.
const (
	ballotBase   = 400 * time.Millisecond // and 6 round trips: what a ballot may take
	ballotMost   = 4 * time.Second        // it doubles with each round up to this
	takeoverBase = 200 * time.Millisecond // and 4 round trips: what each lower member has to begin
	byeGrace     = time.Second            // for a leaver's last record to get to everybody
	againAfter   = 100 * time.Millisecond // a leader that changes its mind begins anew
)

// takeover is what each lower member has to begin.
func (ag *agreement) takeover() time.Duration { return takeoverBase + 4*ag.rtt }

// due reports whether this peer is to begin a ballot, and whom to keep and let in with it:
// there is a reason, and nobody who is to do it before this peer has.
func (ag *agreement) due(now time.Duration, suspects Machines) (keep Machines, joins []Join, due bool) {
	members := ag.view.Machines()
	keep = members &^ suspects &^ ag.inst.byes
	joins = ag.newcomers.joins(now, keep)
	wanted := ag.inst.opened || len(joins) > 0 || ag.changes(now, keep)
	ag.turn.consider(now, keep, wanted)
	if l := ag.lead; l != nil && !l.proposed && l.prepare.Keep != keep {
		ag.lead = nil // whom it keeps or closes is not as it was: what is still to be reported counts for nothing
	}
	if ag.strangers() && ag.inst.accepted != nil && ag.inst.accepted.author() == ag.me && ag.inst.grounds.depth() >= mostGrounds {
		return keep, joins, false // others begin the next one
	}
	if !wanted || !keep.Has(ag.me) || !keep.quorumOf(members&^ag.inst.byes, ag.config.NoTie) || now < ag.ballotDue(keep, joins) {
		return keep, joins, false
	}
	ag.turn.spread = ag.turn.draw()
	return keep, joins, true
}

// changes reports whether the members are no longer those whom this peer would keep.
// Who leaves is waited for, a little, until everybody has its last record (L4).
func (ag *agreement) changes(now time.Duration, keep Machines) bool {
	for x := range (ag.view.Machines() &^ keep).All {
		if !ag.inst.byes.Has(x) || ag.gossip.haveAllOf(ag.streamOf(x), keep) || now-ag.inst.byeAt[x] >= byeGrace {
			return true
		}
	}
	return false
}

// ballotDue is when this peer begins a ballot: as the lowest of those whom it would
// keep at once, otherwise after the lower ones have had their time.
func (ag *agreement) ballotDue(keep Machines, joins []Join) time.Duration {
	turn := time.Duration(keep.Below(ag.me).Len()) * ag.takeover()
	highest := ag.inst.highest
	switch {
	case highest.Round == 0:
		return ag.turn.since + turn
	case !keep.Has(highest.Machine):
		return max(ag.turn.since, ag.inst.turnAt) + turn // one of them begins what is higher, and not all at once
	case highest.Machine == ag.me && (ag.lead == nil || ag.lead.prepare.Keep != keep || len(ag.lead.prepare.Joins) == 0 && len(joins) > 0 && !ag.lead.proposed):
		return ag.inst.ballotAt + againAfter
	}
	at := ag.inst.ballotAt
	if ag.strangers() && highest.Machine != ag.me {
		at = ag.inst.turnAt // who begins again and again gets no more time by it
	}
	return at + ag.ballotTime(highest.Round) + ag.turn.spread + turn
}
