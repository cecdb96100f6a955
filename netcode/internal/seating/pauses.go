package seating

import (
	"slices"

	"github.com/visavis-netcode/visavis/rollback"
)

// pause is that the match stands, or goes on, from a frame on.
type pause struct {
	from rollback.Frame
	on   bool
}

// pauses is when the match stands: what is so at the folded frame, and what is to come.
type pauses []pause

// at reports whether the match stands in a frame after the folded one, as far as is known.
func (p pauses) at(f rollback.Frame) (on bool) {
	for _, x := range p {
		if x.from <= f {
			on = x.on
		}
	}
	return on
}

// last is how it is in the end, after all changes that are known.
func (p pauses) last() pause { return p[len(p)-1] }

// rule takes the referee's entry in the record of a frame, if it changes anything.
func (p *pauses) rule(f rollback.Frame, e *Entry) {
	last := p.last()
	if e.From > max(f, last.from) && e.On != last.on && len(*p) < maxChanges {
		*p = append(*p, pause{e.From, e.On})
	}
}

// forget drops what is past at the folded frame.
func (p *pauses) forget(folded rollback.Frame) {
	for len(*p) > 1 && (*p)[1].from <= folded {
		*p = slices.Delete(*p, 0, 1)
	}
}
