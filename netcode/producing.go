package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// producer makes this machine's own records. Owner: the play.
type producer struct {
	who     *presence
	deal    *dealing
	pace    *pace // how far ahead
	feeder  *feeder
	session producedSession
	terms   *terms
	record  [wire.MaxRecordBytes]byte
}

// producedSession is what a producer needs of the simulation.
type producedSession interface {
	Current() rollback.Frame
	MayAdvance() bool
}

// sampleFor is the frame that this tick's inputs are taken for, the input delay ahead of
// the one that is stepped. None is in a tick that steps none, where the delay has
// fallen, and too far beyond what is confirmed (package records, LeadFrames). In
// lockstep a frame must have its inputs before it may be stepped.
func (p *producer) sampleFor() (f rollback.Frame, wanted bool) {
	f = p.session.Current() + p.pace.delay
	member := p.who.member
	wanted = f > p.who.own.Held() && member.MayProduce() && f <= member.Records().Confirmed()+rollback.Frame(p.terms.leadFrames()) &&
		(p.terms.windowFrames == 0 || p.session.MayAdvance())
	return f, wanted
}

// produce makes a record of this machine's inputs for a frame, one for each of its
// players. If the delay has grown, the frames before it repeat the one before them.
func (p *producer) produce(f rollback.Frame, cells []byte) {
	for p.who.own.Held()+1 < f {
		p.write(p.who.own.Held() + 1)
	}
	p.deal.cells = append(p.deal.cells[:0], cells...)
	p.write(f)
	p.feeder.confirm()
}

// write makes this machine's record of a frame.
func (p *producer) write(f rollback.Frame) {
	p.who.member.Produce(p.deal.write(p.record[:0], f, p.who.view, p.pace.delay))
	p.feeder.feed(p.who.own)
}
