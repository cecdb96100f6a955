package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Timing of suspicion.
const (
	silentAfter    = 2 * time.Second        // or 10 round trips, with three members and more
	silentAfterTwo = 8 * time.Second        // with two: the price of an error is the match
	stuckAfter     = 7 * time.Second        // heard, and holding everybody up
	closedAfter    = 300 * time.Millisecond // without a beat, once its process has closed its connections
	unheardAfter   = 700 * time.Millisecond // and 4 round trips: let in, and nothing was ever heard of it
	directlyHeard  = time.Second            // how long ago counts as a link
	tellAgain      = 100 * time.Millisecond // whoever is behind is told once in so long
)

// neverSaid is what a member holds of a stream before it has said so.
const neverSaid = rollback.NoFrame - 1

// watch is what is known of another member's life.
type watch struct {
	stream   records.StreamID            // its own, while it is a member
	view     uint32                      // its newest that is known
	beat     uint32                      // newest number of its datagrams that anybody has heard
	beatAt   time.Duration               // when that came here, by whatever path
	directAt time.Duration               // when it was last heard over its own link
	direct   bool                        // it was
	hears    Machines                    // whom it hears directly
	byes     Machines                    // whose goodbyes it knows, in this view
	closed   bool                        // its process has closed its connections, or has come back (S3)
	kicked   bool                        // S4
	expelled bool                        // this peer knows something against it (H13), and nobody has contradicted
	held     [MaxMachines]rollback.Frame // of each member's stream, as it says; neverSaid before
	grewAt   [MaxMachines]time.Duration  // when each of them last grew
	heldAt   time.Duration               // when it last said so
	beganAt  time.Duration               // when this watch began
	movedAt  time.Duration               // when held last grew, or nothing was left for it to lack
	lackedAt time.Duration               // since when the next frame to confirm waits for it; 0: it does not
	toldAt   time.Duration               // of what it lacks
	account                              // among strangers: the time that it has cost
}

// renewWatches makes watches for those who are new in the view, and gives all their
// full time.
func (p *Peer) renewWatches(now time.Duration, before *View) {
	p.settled = 0
	for m := range p.view.Machines().All {
		w := &p.watches[m]
		is, _ := p.view.Stream(m)
		if was, ok := before.Stream(m); !ok || was != is {
			*w = watch{stream: is, view: p.view.Number - 1, hears: w.hears, beatAt: now, movedAt: now, beganAt: now}
			for x := range p.watches {
				w.held[x], p.watches[x].held[m] = neverSaid, neverSaid
			}
			p.beginSeals(is)
		}
		w.lackedAt, w.movedAt = 0, now
	}
}

// suspects returns the members that this peer would go on without.
func (p *Peer) suspects(now time.Duration) (s Machines) {
	for m := range (p.view.Machines() &^ One(p.me)).All {
		if p.reasonOf(now, m) != NoReason {
			s |= One(m)
		}
	}
	return s
}

// reasonOf says why a member is suspected: for its silence on every path, or since it
// holds everybody up; never for a link that is down (S6). One who has been let in and was
// never heard since may not know it: new streams begin so far ahead that it costs the others
// next to nothing to find that out.
func (p *Peer) reasonOf(now time.Duration, m uint8) Reason {
	w := &p.watches[m]
	quiet := now - w.beatAt
	switch {
	case p.inst.byes.Has(m):
		return ByLeaving
	case p.proofs[m] != nil:
		return ByLying
	case w.kicked, w.expelled:
		return ByKick
	case w.closed && quiet >= closedAfter:
		return ByClosing
	case quiet >= p.silentTime(), w.beat == 0 && w.stream.Born > 0 && quiet >= min(unheardAfter+4*p.rtt, p.silentTime()):
		return BySilence
	case w.stalls, !p.strangers() && w.lackedAt > 0 && now-w.lackedAt >= p.stuckTime(), now-w.movedAt >= p.stuckTime():
		return ByStalling
	}
	return NoReason
}

// silentTime is how long nothing may be heard of a member (S1).
func (p *Peer) silentTime() time.Duration {
	switch {
	case p.config.SilentAfter > 0:
		return p.config.SilentAfter
	case len(p.view.Members) <= 2:
		return silentAfterTwo
	}
	return max(silentAfter, 10*p.rtt)
}

// stuckTime is how long a member that is heard may hold everybody up (S2): not less than
// one may that is not heard.
func (p *Peer) stuckTime() time.Duration { return max(stuckAfter, p.config.SilentAfter) }

// judge notes who holds everybody up (S2), and forgives everything if it was this
// peer itself that was away (S5).
func (p *Peer) judge(now time.Duration) {
	passed := now - p.advanced
	if passed > p.silentTime()/2 {
		passed = 0
		for m := range p.watches {
			w := &p.watches[m]
			w.beatAt, w.movedAt, w.lackedAt = now, now, 0
		}
		p.round.since, p.inst.ballotAt, p.inst.turnAt = now, now, now
	}
	frames := int(p.set.Confirmed() - p.confirmed)
	p.confirmed = p.set.Confirmed()
	if p.strangers() {
		p.keepAccounts(now, passed, frames)
	}
	for _, id := range p.view.Members {
		if id.Machine == p.me {
			continue
		}
		w := &p.watches[id.Machine]
		silent := now-w.beatAt >= directlyHeard // which is another matter (S1)
		if frames > 0 || silent || !p.set.Lacks(id) {
			w.lackedAt = 0
		} else if w.lackedAt == 0 {
			w.lackedAt = now
		}
		if silent || !p.deaf(id.Machine) {
			w.movedAt = now
		}
	}
}

// deaf reports whether a member that is heard directly says that it lacks what this
// peer holds.
func (p *Peer) deaf(m uint8) bool {
	w := &p.watches[m]
	if !w.direct || p.advanced-w.directAt >= directlyHeard {
		return false
	}
	for _, id := range p.view.Members {
		held := w.held[id.Machine]
		if id.Machine != m && held != neverSaid && held < p.set.Held(id) && !p.set.Frozen(id) {
			return true
		}
	}
	return false
}

// Closed notes that a machine's process has closed its connections, or that they were
// reset because there is no such process any more.
func (p *Peer) Closed(m uint8) {
	if p.view.Machines().Has(m) {
		p.watches[m].closed = true
	}
}

// Kick has a member put out as soon as the others agree (S4). Among strangers that is
// the host's, if the match lets him.
func (p *Peer) Kick(now time.Duration, m uint8) {
	if m == p.me || !p.view.Machines().Has(m) {
		return
	}
	if p.strangers() {
		p.say(now, &Kick{Base: p.view.Ref, Author: p.me, Machine: m})
		return
	}
	p.watches[m].kicked = true
}

// Expel has a member put out of whom this peer knows by itself that it plays another match
// than the others (H13). They have to know that, too: where somebody else contradicts, since
// the member has told him something else, nothing comes of it.
func (p *Peer) Expel(m uint8) {
	if m != p.me && p.view.Machines().Has(m) {
		p.watches[m].expelled = true
	}
}

// giveIn takes back what a veto contradicts: this peer would go on asking for what the
// others do not answer, and hold them up.
func (p *Peer) giveIn(v *Veto) {
	if p.lead == nil || v.Ballot != p.lead.prepare.Ballot {
		return
	}
	for x := range (v.Hears &^ One(v.Author)).All {
		p.watches[x].expelled = false
	}
}

// SetHost says who may put others out with Config.HostKicks: before that, the lowest member.
func (p *Peer) SetHost(m uint8) { p.host, p.hosted = m, true }

// takeKick notes whom the host has put out.
func (p *Peer) takeKick(m *Kick) {
	members, host := p.view.Machines(), p.host
	if !p.hosted {
		host = members.Lowest()
	}
	if p.config.HostKicks && m.Author == host && members.Has(m.Machine) && m.Machine != m.Author {
		p.watches[m.Machine].kicked = true
	}
}
