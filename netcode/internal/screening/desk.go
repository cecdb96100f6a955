package screening

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/rollback"
)

// Bounds of what one machine may wish for: a cue goes to all.
const (
	wishCost  = 100 * time.Millisecond
	wishBurst = 500 * time.Millisecond
	maxLate   = time.Second // since a wish was made
)

// Wish is what somebody at the controls wants to be shown.
type Wish struct {
	Number uint32 // how many the sender has made
	Cue    Cue
}

// Taken is the wish that was made the cue.
type Taken struct {
	Machine uint8
	Number  uint32
}

// Desk is the host's: it takes the wishes of whoever has the controls, and gives the cue.
type Desk struct {
	reel  Reel
	me    uint8
	cue   Cue
	taken Taken
	wish  *Wish // the newest of who has the controls; nil: nothing new
	back  bool  // the host takes the controls back
	spent map[uint8]*source.Budget
}

// NewDesk begins at a cue, on the host's machine.
func NewDesk(reel Reel, me uint8, begin Cue) *Desk {
	return &Desk{reel: reel, me: me, cue: begin, spent: map[uint8]*source.Budget{}}
}

// Cue is what is shown.
func (d *Desk) Cue() (Cue, Taken) { return d.cue, d.taken }

// Hear keeps the newest wish of who has the controls. Anybody else's came too late, or is none
// that an honest machine makes.
func (d *Desk) Hear(machine uint8, w Wish) {
	if machine == d.cue.Holder {
		d.wish = &w
	}
}

// TakeBack gives the host the controls, whoever has them: he may be away. Step follows.
func (d *Desk) TakeBack() { d.back = d.cue.Holder != d.me }

// Extend says how far a reel that grows goes by now, and whether it grows still.
func (d *Desk) Extend(end rollback.Frame, grows bool) { d.reel.extend(end, grows) }

// Step takes a wish that waits, and gives the host the controls of who is not here any more. Where a
// reel that grows has run out it stands for LiveDelay, and goes on as fast as the match at most. It
// reports whether there is another cue.
func (d *Desk) Step(now time.Duration, here func(machine uint8) bool) (changed bool) {
	holder := d.cue.Holder
	switch {
	case d.back, !here(holder):
		if !here(holder) {
			delete(d.spent, holder)
		}
		d.cue.Holder, d.wish, d.back = d.me, nil, false
	case d.wish != nil && d.may(now, holder):
		d.grant(now, holder, d.wish, here)
		d.wish = nil
	case d.cue.starved(d.reel, now):
		d.cue.Frame, d.cue.At, d.cue.Speed = d.reel.End, now+LiveDelay, min(d.cue.Speed, RealSpeed)
	default:
		return false
	}
	return true
}

// may reports whether a machine may have another cue now.
func (d *Desk) may(now time.Duration, machine uint8) bool {
	if machine == d.me {
		return true
	}
	if d.spent[machine] == nil {
		d.spent[machine] = &source.Budget{}
	}
	return d.spent[machine].Take(now, wishCost, wishBurst)
}

// grant makes a wish the cue. Its moment is what its sender takes for the host's time.
func (d *Desk) grant(now time.Duration, machine uint8, w *Wish, here func(machine uint8) bool) {
	c := w.Cue
	if !here(c.Holder) {
		c.Holder = machine // whom they were meant for is gone
	}
	c.Frame = d.reel.inside(int64(c.Frame))
	c.At = max(now-maxLate, min(c.At, now))
	d.cue, d.taken = c, Taken{machine, w.Number}
}
