package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
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
	// none that is still there has told anything else; with DesyncOutvotes it may, if more
	// than half would have it even without one of them. Whom more than half, or half with
	// the lowest of them, have agreed to go on without counts no more. So where a match was
	// cut in two, one side at most reads it, and nobody whom no other machine has confirmed.
	// A machine that was alone in the match from the start is all of them, and so is one that all
	// others have left of themselves.
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

// ending is how a match finds its end. It ends at its agreed length, when the game says so,
// or, if the game wants that, with the first frame that somebody has no part in; all of that
// is confirmed content, so that all find the same frame. Then all tell each other what the
// world is there. Owner: the play.
type ending struct {
	who        *presence
	jury       *agreement.Jury // compares the last worlds
	worlds     endingWorlds
	frames     rollback.Frame // agreed length, 0: none
	over       bool           // the game can say that it is over
	absentEnds bool           // it is, if somebody has no part in the match any more
	leadFrames rollback.Frame // how far beyond what is confirmed records may be

	seen     rollback.Frame // newest confirmed frame that was asked whether the game is over
	err      error          // why, if the game did not want it
	frame    rollback.Frame
	deadline time.Duration
	said     bool                // this side's last checksum has been sent
	answered membership.Machines // who were told it once more,
	tailed   membership.Machines // and who all records that they may lack
	mine     rollback.Checksum
	result   Result

	// early are the last worlds of those who are no members yet, as far as is known here: the
	// others may have let them in just now.
	early [wire.MaxMachines]*wire.Checksum
}

// endingWorlds is what an ending needs of the simulation.
type endingWorlds interface {
	LineupsThrough() rollback.Frame
	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	overAt(f rollback.Frame) bool
	settled() rollback.Frame
}

// wanted reports whether the settled world before frame f is the end that the
// game wants.
func (e *ending) wanted(f rollback.Frame) bool {
	return f == e.frames && f > 0 || e.worlds.overAt(f)
}

// spoilt returns the first who has no part in the match any more, if that is to end it.
func (e *ending) spoilt() (first *peer) {
	if !e.absentEnds {
		return nil
	}
	for _, q := range e.who.peers {
		if q.out != membership.NoReason && (first == nil || q.stream.End() < first.stream.End()) {
			first = q
		}
	}
	return first
}

// look asks whether a world that is settled since is the end.
func (e *ending) look() (at rollback.Frame, found bool) {
	if e.frames == 0 && !e.over && !e.absentEnds && !e.jury.HasLast() {
		return 0, false // there is nothing by which the game could end
	}
	last, gone := e.worlds.settled(), e.spoilt()
	if gone != nil {
		last = min(last, gone.stream.End()+1)
	}
	for e.seen < last {
		if e.seen++; e.wanted(e.seen) {
			return e.seen, true
		}
	}
	if gone != nil && e.seen == gone.stream.End()+1 {
		e.err = gone.why
		return e.seen, true
	}
	return 0, false
}

// lookAtOthers asks whether a peer has taken a frame for the end that was none here: the jury
// judges that.
func (e *ending) lookAtOthers(s *agreement.State) {
	e.jury.LookForEnded(s, min(e.seen, e.worlds.LineupsThrough()))
}

// begin begins the comparison of the last world.
func (e *ending) begin(at rollback.Frame, deadline time.Duration) { e.frame, e.deadline = at, deadline }

// tell tells the others this side's last checksum, if it is known since.
func (e *ending) tell() (told bool) {
	if e.said {
		return false
	}
	if e.mine, e.said = e.worlds.ChecksumAt(e.frame); e.said {
		e.jury.Close(e.mine)
		for _, q := range e.who.peers {
			e.sayLast(q)
		}
	}
	return e.said
}

// hold keeps what somebody who is no member says of the last world.
func (e *ending) hold(machine uint8, m wire.Message) {
	if sum, ok := m.(*wire.Checksum); ok && sum.Last && sum.Match == e.who.match {
		e.early[machine] = sum
	}
}

// held returns, once, what was held of a machine that has become a member, nil for nothing.
func (e *ending) held(machine uint8) (sum *wire.Checksum) {
	sum, e.early[machine] = e.early[machine], nil
	return sum
}

// lastWord is what this side says of the last world.
func (e *ending) lastWord() *wire.Checksum {
	return &wire.Checksum{Match: e.who.match, View: e.who.view, Frame: int32(e.mine.Frame), World: e.mine.World, Inputs: e.mine.Inputs, Last: true}
}

// sayLast tells a peer this side's last checksum, if it is known.
func (e *ending) sayLast(q *peer) {
	if e.said && q.lost == nil {
		q.conn.Send(e.lastWord())
	}
}

// answerLast tells somebody this side's last checksum who has come in so late that the
// match was over here before he was known.
func (e *ending) answerLast(machine uint8) {
	if c := e.who.room.mesh.To(machine); e.said && c != nil && !e.jury.SaidLast(machine) && !e.answered.Has(machine) {
		e.answered |= membership.One(machine)
		c.Send(e.lastWord())
	}
}

// owesTail reports, once, whether somebody who has come in just before the end, and is heard
// when the match is over here, may lack some of this machine's records.
func (e *ending) owesTail(q *peer) bool {
	owes := q.stream.From() > 0 && q.stream.From() >= e.frame-e.leadFrames && !e.tailed.Has(q.machine)
	if owes {
		e.tailed |= membership.One(q.machine)
	}
	return owes
}

// late are those who were let in so late that they have no part in the match before its end,
// and have not been heard since.
func (e *ending) late() (all membership.Machines) {
	for _, q := range e.who.peers {
		if q.stream.From() > 0 && q.stream.From() >= e.frame && !q.heardAny {
			all |= membership.One(q.machine)
		}
	}
	return all
}

// conclude is the very end. There is nothing to agree on after a desync.
func (e *ending) conclude(at rollback.Frame, standing func() agreement.State) {
	e.frame = at
	e.result = Result{Frame: at, Err: e.err}
	if sum, ok := e.worlds.ChecksumAt(at); ok {
		s := standing()
		e.result.Hash = sum.World
		e.result.ConfirmedBy, e.result.Agreed = e.jury.Confirmed(&s, at, sum.World)
	}
	events := e.who.room.events
	if desync, ok := errors.AsType[*DesyncError](e.err); ok {
		e.result.Agreed = false
		events.happened(Event{Kind: EventDesync, Machine: desync.machine, Name: desync.Peer, Frame: desync.Frame, Err: e.err})
	}
	events.happened(Event{Kind: EventEnded, Frame: at, Err: e.err})
}
