package once

import "github.com/visavis-netcode/visavis/rollback"

const (
	// ShiftFrames is how far a corrected guess may move an event that is
	// still taken for the same one.
	ShiftFrames = 4
	// YoungTicks is how long after its start a cue may still be taken back:
	// what was heard for longer than that ends by itself.
	YoungTicks = 12
	// places is how many cues the board remembers. When it is full the
	// oldest is forgotten: it is many times what is unconfirmed at a time.
	places = 256
)

// Cue is something to play or to show.
type Cue struct {
	ID uint64 // counts the cues of a board, from 1
	rollback.Event
}

// entry is a cue that was started, or that waits to be confirmed.
type entry struct {
	cue     Cue
	started int64 // tick
	state   state
}

type state uint8

const (
	free state = iota
	guessed
	orphan // cancelled in this tick: a shifted event may still adopt it
	settled
)

// Board remembers what was started. Make one with New; it belongs to one
// goroutine.
type Board struct {
	confirmedOnly func(kind uint16) bool
	entries       [places]entry
	next          int
	ids           uint64
	tick          int64
	dropped       []Cue
}

// New returns an empty board. confirmedOnly names the kinds that start only
// when they are certain, such as a splash that costs points; nil means none.
func New(confirmedOnly func(kind uint16) bool) *Board {
	if confirmedOnly == nil {
		confirmedOnly = func(uint16) bool { return false }
	}
	return &Board{confirmedOnly: confirmedOnly, dropped: make([]Cue, 0, places)}
}

// Feed takes a notice and reports whether its cue starts now.
func (b *Board) Feed(n rollback.Notice) (Cue, bool) {
	sure := b.confirmedOnly(n.Kind)
	switch n.Phase {
	case rollback.Predicted:
		if sure {
			return Cue{}, false
		}
		if e := b.find(n.Event, ShiftFrames); e != nil {
			e.cue.Frame, e.state = n.Frame, guessed
			return Cue{}, false
		}
		return b.start(n.Event, guessed), true
	case rollback.Confirmed:
		if e := b.find(n.Event, ShiftFrames); e != nil && !sure {
			e.cue.Frame, e.state = n.Frame, settled
			return Cue{}, false
		}
		return b.start(n.Event, settled), true
	case rollback.Cancelled:
		if e := b.find(n.Event, 0); e != nil {
			e.state = orphan
		}
	}
	return Cue{}, false
}

// Tick ends the notices of one tick. It returns the cues to stop: they were
// cancelled, nothing took their place, and they are young. The slice is valid
// until the next call.
func (b *Board) Tick() []Cue {
	b.dropped = b.dropped[:0]
	for i := range b.entries {
		e := &b.entries[i]
		if e.state != orphan {
			continue
		}
		if b.tick-e.started <= YoungTicks {
			b.dropped = append(b.dropped, e.cue)
		}
		e.state = free
	}
	b.tick++
	return b.dropped
}

// Reset forgets everything: a new match, or a jump in a replay.
func (b *Board) Reset() { b.entries = [places]entry{} }

// find returns the unsettled entry that an event is, if any: the same kind and
// key, at most shift frames away; the nearest if there are several.
func (b *Board) find(e rollback.Event, shift rollback.Frame) *entry {
	var best *entry
	nearest := shift
	for i := range b.entries {
		o := &b.entries[i]
		if o.state != guessed && o.state != orphan || o.cue.Kind != e.Kind || o.cue.Key != e.Key {
			continue
		}
		if d := max(o.cue.Frame-e.Frame, e.Frame-o.cue.Frame); d < nearest || d == nearest && best == nil {
			best, nearest = o, d
		}
	}
	return best
}

// start remembers a new cue, over the oldest one.
func (b *Board) start(e rollback.Event, s state) Cue {
	b.ids++
	cue := Cue{b.ids, e}
	b.entries[b.next] = entry{cue, b.tick, s}
	b.next = (b.next + 1) % places
	return cue
}
