package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// A newcomer has its donor's word only for the world that it comes in with (package
// membership, H16). Until that has been seen to be the others' as well, a difference is no
// desync and nobody's fault: the newcomer leaves, comes in again by another donor, and the
// match goes on without it.

const (
	weighTime = 2 * time.Second // for all to say what world they have: then those count who have
	strayTime = 3 * time.Second // who has another world and does not go of itself is put out
)

// doubt is what others say of the world of this machine, which has come late itself: of one
// frame. Owner: the play.
type doubt struct {
	over          bool // the world is the others'
	frame         rollback.Frame
	since         time.Duration // when the first of them has said it
	alike, unlike membership.Machines
}

// doubtful reports whether this machine may have been fed something else than the match.
func (p *play) doubtful() bool { return p.own.From() > 0 && !p.doubt.over }

// doubtful reports whether a peer may have been.
func (q *peer) doubtful() bool { return q.stream.From() > 0 && !q.proven }

// weigh notes whether a peer's world of a frame is this machine's. Those who have come
// later know no better.
func (p *play) weigh(q *peer, f rollback.Frame, alike bool) {
	d := &p.doubt
	if q.stream.ID().Born > p.own.ID().Born || f < d.frame {
		return
	}
	if f > d.frame {
		*d = doubt{frame: f, since: p.room.now()}
	}
	if alike {
		d.alike |= membership.One(q.machine)
	} else {
		d.unlike |= membership.One(q.machine)
	}
	p.judgeDoubt(p.room.now())
}

// judgeDoubt ends the doubt when all have said of a frame what they have, or have had the
// time. One of them may lie: the most count.
func (p *play) judgeDoubt(now time.Duration) {
	d := &p.doubt
	if p.phase != running && p.phase != finishing {
		return
	}
	if said := d.alike | d.unlike; said == 0 || now-d.since < weighTime && p.elders()&^said != 0 {
		return
	}
	switch {
	case d.unlike.Len() >= max(d.alike.Len(), 1):
		p.goAstray(now)
	case d.frame >= p.own.From(): // all that was fed is in it
		d.over = true
	}
}

// elders are the members who were in the match before this machine.
func (p *play) elders() (all membership.Machines) {
	for _, q := range p.peers {
		if !p.gone(q) && q.stream.ID().Born < p.own.ID().Born {
			all |= membership.One(q.machine)
		}
	}
	return all
}

// goAstray ends this machine's part in a match that it knows otherwise than the others.
func (p *play) goAstray(now time.Duration) {
	p.farewell(now)
	p.ending.err = &ExcludedError{Astray: true}
	p.conclude(p.sim.settled())
}

// strays reports whether a peer's world differs for no other reason than that it was fed
// another one, for all that is known, and notes it if so.
func (p *play) strays(q *peer, f rollback.Frame) bool {
	switch {
	case p.doubtful():
		p.weigh(q, f, false)
	case q.doubtful():
		if q.strayedAt == 0 {
			q.strayedAt = p.room.now()
		}
	default:
		return false
	}
	return true
}

// agrees notes that a peer has the same world of a frame.
func (p *play) agrees(q *peer, f rollback.Frame) {
	p.checksums.agreed[q.machine] = max(p.checksums.agreed[q.machine], f)
	q.proven = q.proven || f >= q.stream.From()
	if p.doubtful() {
		p.weigh(q, f, true)
	}
}

// stepDoubts puts out who has strayed and does not go, and judges this machine.
func (p *play) stepDoubts(now time.Duration) {
	for _, q := range p.peers {
		if q.strayedAt > 0 && now-q.strayedAt >= strayTime && p.isMember(q) && !q.expelled {
			q.expelled = true
			p.member.Expel(q.machine)
		}
	}
	if p.own != nil && p.doubtful() {
		p.judgeDoubt(now)
	}
	p.judgeDispute(now)
}

// heedLast reports whether a peer's last word is to be compared with this machine's:
// otherwise nothing is to be waited for from it.
func (p *play) heedLast(q *peer, theirs *wire.Checksum, at rollback.Frame) bool {
	if theirs == nil || theirs.Frame > int32(at) || theirs.Frame == int32(at) && (!p.ending.said || theirs.World == p.ending.mine.World) {
		return q.strayedAt == 0
	}
	return !p.strays(q, rollback.Frame(theirs.Frame))
}
