package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// haltTimeout is how long the others' last words are waited for when somebody
// is gone.
const haltTimeout = 2 * time.Second

// Result is how a match ended.
type Result struct {
	// Frame is the end: the world before this frame is the result.
	Frame rollback.Frame
	// Hash is that world's, 0 if it is no longer kept.
	Hash uint64
	// Agreed: every peer that was still there reported the same.
	Agreed bool
	// Err is nil if the match ended as the game wanted; else a *LeftError,
	// *LostError or *DesyncError.
	Err error
}

// ending is what is known of the end of a match. A match ends at its agreed
// length, when the game says so, or, until somebody can leave without ending
// it, when somebody is gone: then at the last frame that all who are left have
// confirmed. Owner: the play.
type ending struct {
	err      error
	frame    rollback.Frame
	deadline time.Duration
	said     bool // this side's last checksum has been sent
	mine     rollback.Checksum
	halts    [wire.MaxMachines]*wire.Halt
	sums     [wire.MaxMachines]*wire.Checksum
	result   Result
}

// finalFrame is the last frame that is confirmed and stepped here.
func (p *play) finalFrame() rollback.Frame {
	return min(p.sim.Confirmed(), p.sim.Current()-1)
}

// lookForEnd asks whether a confirmed world is the end.
func (p *play) lookForEnd() {
	if p.phase != running {
		return
	}
	for f := p.overSeen + 1; f <= p.finalFrame()+1; f++ {
		p.overSeen = f
		if f == p.frames && f > 0 || p.sim.overAt(f) {
			p.finish(f, time.Duration(p.terms.peerTimeoutMs)*time.Millisecond)
			return
		}
	}
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
	if p.phase != running && p.phase != waitingToStart {
		return
	}
	p.phase = halting
	p.ending.err = err
	p.ending.deadline = p.room.now() + haltTimeout
	p.sim.SetEnd(p.sim.Current())
	p.sendAll(&wire.Halt{Match: p.match, Reason: reason, Machine: about, Confirmed: int32(p.finalFrame())})
}

// peerHalted: a peer has stopped confirming and says why.
func (p *play) peerHalted(q *peer, m *wire.Halt) {
	p.ending.halts[q.machine] = m
	if p.phase != running && p.phase != waitingToStart {
		return
	}
	name := q.name
	if gone := p.byID[m.Machine]; gone != nil {
		name = gone.name
	}
	switch {
	case m.Reason == wire.ReasonDesync:
		p.ending.err = &DesyncError{Peer: q.name, Frame: p.finalFrame() + 1, Text: cleanText(m.Text, 300)}
		p.conclude(p.finalFrame() + 1)
	case m.Reason == wire.ReasonLeft && m.Machine != p.own.id.Machine:
		p.halt(m.Reason, m.Machine, &LeftError{Name: name})
	default:
		p.halt(m.Reason, m.Machine, &LostError{Name: name, SilentMs: p.terms.peerTimeoutMs})
	}
}

// stepEnding moves an end along.
func (p *play) stepEnding(now time.Duration) {
	switch p.phase {
	case halting:
		last, complete := p.finalFrame(), true
		for _, q := range p.peers {
			if halt := p.ending.halts[q.machine]; halt != nil {
				last = min(last, rollback.Frame(halt.Confirmed))
			} else if q.lost == nil {
				complete = false
			}
		}
		if complete || now >= p.ending.deadline {
			p.finish(last+1, haltTimeout)
		}
	case finishing:
		p.compareLast(now)
	case comparing:
		if now >= p.ending.deadline {
			p.concludeDesync("", "", "")
		}
	}
}

// compareLast tells the others this side's last checksum, once it is known,
// and waits for theirs.
func (p *play) compareLast(now time.Duration) {
	e := &p.ending
	if !e.said {
		sum, ok := p.sim.ChecksumAt(e.frame)
		if ok {
			e.mine, e.said = sum, true
			p.sendAll(&wire.Checksum{Match: p.match, Frame: int32(sum.Frame), World: sum.World, Inputs: sum.Inputs, Last: true})
		} else if now < e.deadline {
			return
		}
	}
	missing := false
	for _, q := range p.peers {
		theirs := e.sums[q.machine]
		if theirs == nil {
			missing = missing || q.lost == nil
			continue
		}
		if e.said && theirs.Frame == int32(e.frame) && theirs.World != e.mine.World && e.err == nil {
			p.suspect(q, e.mine, theirs)
			return
		}
	}
	if !missing || now >= e.deadline {
		p.conclude(e.frame)
	}
}

// conclude is the very end.
func (p *play) conclude(at rollback.Frame) {
	e := &p.ending
	p.phase = finished
	e.frame = at
	e.result = Result{Frame: at, Err: e.err, Agreed: true}
	if sum, ok := p.sim.ChecksumAt(at); ok {
		e.result.Hash = sum.World
	}
	for _, q := range p.peers {
		theirs := e.sums[q.machine]
		gone := q.lost != nil && e.err != nil
		if !gone && (theirs == nil || theirs.Frame != int32(at) || theirs.World != e.result.Hash) {
			e.result.Agreed = false
		}
	}
}

// abandon ends the match because this machine leaves it.
func (p *play) abandon(err error) {
	if p.phase == finished {
		return
	}
	p.ending.err = err
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
