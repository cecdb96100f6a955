package netcode

import (
	"github.com/visavis-netcode/visavis/rollback"
)

// sampleFor is the frame that this tick's inputs are taken for, the input delay ahead of
// the one that is stepped. None is in a tick that steps none, where the delay has
// fallen, and too far beyond what is confirmed (package records, LeadFrames). In
// lockstep a frame must have its inputs before it may be stepped.
func (p *play) sampleFor() (f rollback.Frame, wanted bool) {
	f = p.sim.Current() + p.delay
	set := p.member.Records()
	wanted = f > p.own.Held() && p.member.MayProduce() && f <= set.Confirmed()+rollback.Frame(p.terms.leadFrames()) &&
		(p.terms.windowFrames == 0 || p.sim.MayAdvance())
	return f, wanted
}

// produce makes a record of this machine's inputs for a frame, one for each of its
// players. If the delay has grown, the frames before it repeat the one before them.
func (p *play) produce(f rollback.Frame, cells []byte) {
	for p.own.Held()+1 < f {
		p.write(p.own.Held() + 1)
	}
	p.deal.cells = append(p.deal.cells[:0], cells...)
	p.write(f)
	p.confirm()
}

// write makes this machine's record of a frame.
func (p *play) write(f rollback.Frame) {
	p.member.Produce(p.deal.write(p.record[:0], f, p.view, p.delay))
	p.feed(p.own)
}
