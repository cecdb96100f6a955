package netcode

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// haltTimeout is how long the others' last words are waited for when somebody
// is gone.
const haltTimeout = 2 * time.Second

// blamedSilence is how long somebody must be silent of whom others say that it
// is gone: a peer that is still there sends datagrams in every tick.
const blamedSilence = 500 * time.Millisecond

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
	// none that is still there has told anything else. So where a match was cut in two,
	// one side at most reads it, and nobody whom no other machine has confirmed. A
	// machine that was alone in the match from the start is all of them.
	Agreed bool
	// ConfirmedBy are the other machines that have told this one the same Frame and
	// Hash, by their numbers (Seat.Machine), ascending.
	ConfirmedBy []int
	// Err is nil if the match ended as the game wanted; else a *LeftError,
	// *LostError or *DesyncError.
	Err error
}

// ending is what is known of the end of a match. A match ends at its agreed
// length, when the game says so, or, until somebody can leave without ending
// it, when somebody is gone: then at the last frame that all who are left have
// confirmed. Owner: the play.
type ending struct {
	err      error // why, if the game did not want it
	halted   bool  // somebody is gone: the frame may still be lowered
	about    uint8 // who, then
	frame    rollback.Frame
	deadline time.Duration
	said     bool // this side's last checksum has been sent
	mine     rollback.Checksum
	halts    [wire.MaxMachines]*wire.Halt
	blamed   [wire.MaxMachines]bool // others say that it is gone
	sums     [wire.MaxMachines]*wire.Checksum
	result   Result
}

// finalFrame is the last frame that is confirmed and stepped here.
func (p *play) finalFrame() rollback.Frame {
	return min(p.sim.Confirmed(), p.sim.Current()-1)
}

// wanted reports whether the settled world before frame f is the end that the
// game wants.
func (p *play) wanted(f rollback.Frame) bool {
	return f == p.frames && f > 0 || p.sim.overAt(f)
}

// mayBeOver reports whether there is anything by which the game could end itself.
func (p *play) mayBeOver() bool {
	if p.frames > 0 || p.terms.over {
		return true
	}
	for _, q := range p.peers {
		if p.ending.sums[q.machine] != nil {
			return true
		}
	}
	return false
}

// lookForEnd asks whether a settled world is the end, and if not, whether a
// peer has taken it for the end.
func (p *play) lookForEnd() {
	if p.phase != running || !p.mayBeOver() {
		return
	}
	for last := p.sim.settled(); p.overSeen < last; {
		p.overSeen++
		if p.wanted(p.overSeen) {
			p.finish(p.overSeen, max(p.terms.timeout(), minFinishTimeout))
			return
		}
	}
	for _, q := range p.peers {
		if theirs := p.ending.sums[q.machine]; theirs != nil && theirs.Frame <= int32(p.overSeen) {
			p.disagree(q, theirs)
			return
		}
	}
}

// disagree handles a peer for whom the game ended earlier, by itself.
func (p *play) disagree(q *peer, theirs *wire.Checksum) {
	mine, ok := p.sim.ChecksumAt(rollback.Frame(theirs.Frame))
	if !ok {
		mine = rollback.Checksum{Frame: rollback.Frame(theirs.Frame), Inputs: theirs.Inputs}
	}
	p.suspect(q, mine, theirs)
}

// finish begins the comparison of the last world.
func (p *play) finish(at rollback.Frame, timeout time.Duration) {
	p.phase = finishing
	p.ending.frame = at
	p.ending.deadline = p.room.now() + timeout
	p.sim.SetEnd(at)
}

// halt stops confirming: a peer is gone. From here on nothing more is taken,
// so that what is told to the others stays true.
func (p *play) halt(reason wire.Reason, about uint8, err error) {
	confirmed := p.finalFrame()
	switch {
	case p.phase == running || p.phase == waitingToStart:
	case p.phase == finishing && !p.ending.halted:
		// Here the game was over, but not for all who are left.
		confirmed = min(confirmed, p.ending.frame-1)
		p.ending.said = false
	default:
		return
	}
	if p.stepping() {
		p.stats.stopped(p.room.now())
	}
	p.phase = halting
	p.ending.err, p.ending.halted, p.ending.about, p.ending.frame = err, true, about, confirmed+1
	p.ending.deadline = p.room.now() + haltTimeout
	p.sim.SetEnd(p.sim.Current())
	p.sendAll(&wire.Halt{Match: p.match, Reason: reason, Machine: about, Confirmed: int32(confirmed)})
}

// correct makes a player who was lost one who has left, because his goodbye has come
// after all, here or elsewhere; all who are left are told, so that they read the same.
func (p *play) correct(machine uint8) {
	lost := new(LostError)
	gone := p.byID[machine]
	if gone == nil || p.phase != halting || p.ending.about != machine || !errors.As(p.ending.err, &lost) {
		return
	}
	p.ending.err = &LeftError{Name: gone.name}
	p.sendAll(&wire.Halt{Match: p.match, Reason: wire.ReasonLeft, Machine: machine, Confirmed: int32(p.ending.frame) - 1})
}

// peerHalted: a peer has stopped confirming and says why.
func (p *play) peerHalted(q *peer, m *wire.Halt) {
	p.ending.halts[q.machine] = m
	name := q.name
	if gone := p.byID[m.Machine]; gone != nil {
		name = gone.name
		p.ending.blamed[m.Machine] = true
	}
	switch {
	case m.Reason == wire.ReasonDesync && p.phase != comparing && p.phase != finished:
		p.ending.err = &DesyncError{Peer: q.name, machine: int(q.machine), Frame: rollback.Frame(m.Confirmed) + 1, Text: fmt.Sprintf("%s's game says: %s", q.name, cleanText(m.Text, maxFinding))}
		p.ending.halted = false
		p.conclude(p.finalFrame() + 1)
	case m.Reason == wire.ReasonDesync:
	case m.Reason == wire.ReasonLeft && m.Machine != p.own.id.Machine:
		p.correct(m.Machine)
		p.halt(m.Reason, m.Machine, &LeftError{Name: name})
	default:
		p.halt(m.Reason, m.Machine, p.lostTo(q, m.Machine, name))
	}
}

// lostTo is what players read of somebody whom a peer does not hear any more: for
// how long it has been silent here, if it has. It may be this machine.
func (p *play) lostTo(q *peer, machine uint8, name string) *LostError {
	switch gone := p.byID[machine]; {
	case gone != nil:
		return p.room.lost(name, gone.heard, nil)
	case machine == p.own.id.Machine:
		return p.room.lost(q.name, q.heard, &link.CloseError{Code: link.CodeLost, Remote: true})
	}
	return &LostError{Name: name}
}

// stepEnding moves an end along.
func (p *play) stepEnding(now time.Duration) {
	switch p.phase {
	case halting:
		p.finishHalted(now)
	case finishing:
		p.compareLast(now)
	case comparing:
		if p.desync.peer.lost != nil || now >= p.ending.deadline {
			p.concludeDesync("", "", "")
		}
	}
}

// finishHalted ends a match with somebody gone at the last frame that all who
// are left have confirmed, or before it where the game was over anyway.
func (p *play) finishHalted(now time.Duration) {
	at, complete := p.ending.frame, true
	for _, q := range p.peers {
		if halt := p.ending.halts[q.machine]; halt != nil {
			at = min(at, rollback.Frame(halt.Confirmed)+1)
		} else if !p.gone(q, now) {
			complete = false
		}
	}
	if (!complete || p.sim.settled() < at) && now < p.ending.deadline {
		return
	}
	for f := p.overSeen + 1; f < at; f++ {
		if p.wanted(f) {
			at = f
		}
	}
	p.finish(at, haltTimeout)
}

// compareLast tells the others this side's last checksum, once it is known,
// and waits for theirs.
func (p *play) compareLast(now time.Duration) {
	e := &p.ending
	missing := false
	for _, q := range p.peers {
		switch theirs := e.sums[q.machine]; {
		case theirs == nil:
			missing = missing || !p.gone(q, now)
		case theirs.Frame > int32(e.frame):
			missing = missing || !p.gone(q, now) // it will come down to here, or ask
		case theirs.Frame < int32(e.frame) && e.halted:
			e.frame, e.said = rollback.Frame(theirs.Frame), false
		case theirs.Frame < int32(e.frame):
			p.disagree(q, theirs)
			return
		case e.said && theirs.World != e.mine.World && !e.halted:
			p.suspect(q, e.mine, theirs)
			return
		}
	}
	if !e.said {
		if e.mine, e.said = p.sim.ChecksumAt(e.frame); e.said {
			p.sendAll(&wire.Checksum{Match: p.match, Frame: int32(e.mine.Frame), World: e.mine.World, Inputs: e.mine.Inputs, Last: true})
			p.compareLast(now)
			return
		}
	}
	if e.said && !missing || now >= e.deadline {
		if e.halted && p.wanted(e.frame) {
			e.err = nil
		}
		p.conclude(e.frame)
	}
}

// gone reports whether nothing more can come from a peer: its link is over, or
// others say so and it is silent here, too. Its goodbye may have been lost.
func (p *play) gone(q *peer, now time.Duration) bool {
	return q.lost != nil || p.ending.blamed[q.machine] && now-q.heard > blamedSilence
}

// conclude is the very end. There is nothing to agree on after a desync, and for who
// leaves before the end.
func (p *play) conclude(at rollback.Frame) {
	e := &p.ending
	p.phase = finished
	e.frame = at
	e.result = Result{Frame: at, Err: e.err}
	if sum, ok := p.sim.ChecksumAt(at); ok {
		e.result.Hash = sum.World
		p.countConfirmations()
	}
	desync := new(DesyncError)
	if errors.As(e.err, &desync) {
		e.result.Agreed = false
		p.room.happened(Event{Kind: EventDesync, Machine: desync.machine, Name: desync.Peer, Frame: desync.Frame, Err: e.err})
	}
	p.room.happened(Event{Kind: EventEnded, Frame: at, Err: e.err})
}

// countConfirmations notes who has told this machine the same result, and whether
// that makes it the match's: two majorities have a machine in common. Who has left of
// himself before he had a result has none, and so is on no other side.
func (p *play) countConfirmations() {
	r, machines, contradicted := &p.ending.result, 1, false
	for _, q := range p.peers {
		theirs, gone := p.ending.sums[q.machine], p.gone(q, p.room.now())
		switch {
		case theirs != nil && theirs.Frame == int32(r.Frame) && theirs.World == r.Hash:
			r.ConfirmedBy = append(r.ConfirmedBy, int(q.machine))
		case !gone:
			contradicted = true
		case q.leftOfItself():
			continue
		}
		machines++
	}
	slices.Sort(r.ConfirmedBy)
	confirmed := len(r.ConfirmedBy) > 0 || len(p.peers) == 0
	r.Agreed = confirmed && !contradicted && 2*(len(r.ConfirmedBy)+1) > machines
}

// leftOfItself reports whether a peer has said goodbye to this very machine, or was
// asked to go by it.
func (q *peer) leftOfItself() bool {
	return q.lost != nil && (q.lost.Code == link.CodeLeft || q.lost.Code == link.CodeKicked || q.lost.Code == link.CodeCrashed)
}

// abandon ends the match because this machine leaves it.
func (p *play) abandon(err error) {
	if p.phase == finished {
		return
	}
	p.ending.err = err
	if p.stepping() {
		p.stats.stopped(p.room.now())
	}
	p.conclude(p.finalFrame() + 1)
	p.ending.result.Agreed = false
}

func (p *play) sendAll(m wire.Message) {
	for _, q := range p.peers {
		if q.lost == nil && q.conn.link.State() != link.Closed {
			q.conn.send(m)
		}
	}
}
