package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// minFinishTimeout is how long the others' last checksums are waited for at
// least: a message that was lost several times takes longer than a datagram.
const minFinishTimeout = 5 * time.Second

// Result is how a match ended.
type Result struct {
	// Frame is the end: the world before this frame is the result.
	Frame rollback.Frame
	// Hash is that world's, 0 if it is no longer kept.
	Hash uint64
	// Agreed: this is the match's result, and not only this machine's. More than half of
	// the machines that have not left of themselves have it, this one among them, and
	// none that is still there has told anything else; with DesyncOutvotes it may, if more than
	// half would have it even without one of them. So where a match was cut in two,
	// one side at most reads it, and nobody whom no other machine has confirmed. A
	// machine that was alone in the match from the start is all of them.
	Agreed bool
	// ConfirmedBy are the other machines that have told this one the same Frame and
	// Hash, by their numbers (Seat.Machine), ascending.
	ConfirmedBy []int
	// Err is nil if the match ended as the game wanted, whoever was there; else a sentence for
	// the player: a *LeftError, *LostError, *ExcludedError, *DesyncError, *CrashedError or
	// *EquivocatedError, and after a panic in this machine's Tick that, as a *StepPanic if it
	// was Step's or Clean's.
	Err error
}

// ending is what is known of the end of a match. A match ends at its agreed length, when
// the game says so, or, if the game wants that, with the first frame that somebody has no
// part in; all of that is confirmed content, so that all find the same frame.
// Owner: the play.
type ending struct {
	err      error // why, if the game did not want it
	frame    rollback.Frame
	deadline time.Duration
	said     bool                // this side's last checksum has been sent
	answered membership.Machines // who were told it once more,
	tailed   membership.Machines // and who all records that they may lack
	mine     rollback.Checksum
	result   Result
}

// wanted reports whether the settled world before frame f is the end that the
// game wants.
func (p *play) wanted(f rollback.Frame) bool {
	return f == p.frames && f > 0 || p.sim.overAt(f)
}

// spoilt returns the first who has no part in the match any more, if that is to end it.
func (p *play) spoilt() (first *peer) {
	if p.terms.absent != AbsentEnds {
		return nil
	}
	for _, q := range p.peers {
		if q.out != membership.NoReason && (first == nil || q.stream.End() < first.stream.End()) {
			first = q
		}
	}
	return first
}

// mayBeOver reports whether there is anything by which the game could end itself.
func (p *play) mayBeOver() bool {
	if p.frames > 0 || p.terms.over || p.terms.absent == AbsentEnds {
		return true
	}
	return p.jury.HasLast()
}

// lookForEnd asks whether a settled world is the end, and if not, whether a
// peer has taken it for the end.
func (p *play) lookForEnd() {
	if p.phase != running || !p.mayBeOver() {
		return
	}
	last, gone := p.sim.settled(), p.spoilt()
	if gone != nil {
		last = min(last, gone.stream.End()+1)
	}
	for p.overSeen < last {
		p.overSeen++
		if p.wanted(p.overSeen) {
			p.finish(p.overSeen)
			return
		}
	}
	if gone != nil && p.overSeen == gone.stream.End()+1 {
		p.ending.err = gone.why
		p.finish(p.overSeen)
		return
	}
	if p.jury.HasLast() {
		s := p.standing()
		p.jury.LookForEnded(&s, min(p.overSeen, p.sim.LineupsThrough()))
		p.heedJury()
	}
}

// finish begins the comparison of the last world.
func (p *play) finish(at rollback.Frame) {
	if p.stepping() {
		p.stats.stopped(p.room.now())
	}
	p.phase = finishing
	p.ending.frame = at
	p.ending.deadline = p.room.now() + max(p.terms.timeout(), minFinishTimeout)
	p.sim.SetEnd(at)
}

// stepEnding moves an end along.
func (p *play) stepEnding(now time.Duration) {
	switch p.phase {
	case finishing:
		p.compareLast(now)
	case comparing:
		if p.byID[p.hunt.Found().Machine].lost != nil || now >= p.ending.deadline {
			p.concludeDesync()
		}
	}
}

// compareLast tells the others this side's last checksum, once it is known,
// and waits for theirs.
func (p *play) compareLast(now time.Duration) {
	e, s := &p.ending, p.standing()
	missing := p.jury.CompareLast(&s, e.frame)
	if p.heedJury(); p.phase != finishing {
		return
	}
	if !e.said {
		if e.mine, e.said = p.sim.ChecksumAt(e.frame); e.said {
			p.jury.Close(e.mine)
			for _, q := range p.peers {
				p.sayLast(q)
			}
			p.compareLast(now)
			return
		}
	}
	if e.said && !missing || now >= e.deadline {
		p.conclude(e.frame)
	}
}

// sayLast tells a peer this side's last checksum, if it is known.
func (p *play) sayLast(q *peer) {
	if e := &p.ending; e.said && q.lost == nil {
		q.conn.Send(&wire.Checksum{Match: p.match, View: p.view, Frame: int32(e.mine.Frame), World: e.mine.World, Inputs: e.mine.Inputs, Last: true})
	}
}

// answerLast tells somebody this side's last checksum who has come in so late that the
// match was over here before he was known.
func (p *play) answerLast(machine uint8) {
	e := &p.ending
	if c := p.room.mesh.To(machine); e.said && c != nil && !p.jury.SaidLast(machine) && !e.answered.Has(machine) {
		e.answered |= membership.One(machine)
		c.Send(&wire.Checksum{Match: p.match, View: p.view, Frame: int32(e.mine.Frame), World: e.mine.World, Inputs: e.mine.Inputs, Last: true})
	}
}

// answerLate tells somebody who has come in just before the end, and is heard when the match
// is over here, what he may lack of this machine's records.
func (p *play) answerLate(q *peer) {
	e := &p.ending
	if q.stream.From() > 0 && q.stream.From() >= e.frame-rollback.Frame(p.terms.leadFrames()) && !e.tailed.Has(q.machine) {
		e.tailed |= membership.One(q.machine)
		p.sendTail(q)
	}
}

// tooLate reports whether a peer was let in so late that it has no part in the match before
// its end, and has not been heard since.
func (p *play) tooLate(q *peer) bool {
	return q.stream.From() > 0 && q.stream.From() >= p.ending.frame && !q.heardAny
}

// conclude is the very end. There is nothing to agree on after a desync, and for who
// leaves before the end.
func (p *play) conclude(at rollback.Frame) {
	e := &p.ending
	if p.stepping() {
		p.stats.stopped(p.room.now())
	}
	p.phase = finished
	p.hunt.Stop()
	e.frame = at
	e.result = Result{Frame: at, Err: e.err}
	if sum, ok := p.sim.ChecksumAt(at); ok {
		e.result.Hash = sum.World
		s := p.standing()
		e.result.ConfirmedBy, e.result.Agreed = p.jury.Confirmed(&s, at, sum.World)
	}
	desync := new(DesyncError)
	if errors.As(e.err, &desync) {
		e.result.Agreed = false
		p.room.events.happened(Event{Kind: EventDesync, Machine: desync.machine, Name: desync.Peer, Frame: desync.Frame, Err: e.err})
	}
	p.room.events.happened(Event{Kind: EventEnded, Frame: at, Err: e.err})
}

// abandon ends the match because this machine leaves it.
func (p *play) abandon(err error) {
	if p.phase == finished {
		return
	}
	if ReasonOf(err) != ReasonYouCrashed {
		p.farewell(p.room.now())
	}
	p.ending.err = err
	p.conclude(p.sim.settled())
	p.ending.result.Agreed = false
	p.writeLog()
}
