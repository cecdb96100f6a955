package netcode

import (
	"math"
	"time"
)

// A host may go from one match straight into the next, of which those who watch have not all got
// the end yet: that goes from one to the other. So the next match waits in the wings, its segments
// are made and held back as on the stage, and it is shown when all have the one before. Whoever
// does not come after, or says so, costs the others no more than lingerTime; and as what is shown
// is held back anyway, nothing where WatchDelayMs is that long.

const (
	lingerTime  = 5 * time.Second // for which a match stays on the stage at most when the next has begun
	openingTime = 3 * time.Second // for which all may begin with a match's first world that has waited
	maxWings    = 2               // matches that wait; if more do the stage is the next one's at once
)

// wings are where the matches wait that this machine shows after the one on the stage, the next
// first. Owner: the room.
type wings struct {
	room      *Room
	waiting   []*stage
	until     time.Duration // then the next is shown, whoever lacks the end of the one before,
	notBefore time.Duration // and not before this: nobody has said what he has
}

// wait has a match wait, or take the place of itself.
func (w *wings) wait(s *stage) {
	s.opening = math.MaxInt64
	for i, before := range w.waiting {
		if before.showing.match == s.showing.match {
			w.waiting[i] = s
			return
		}
	}
	if w.waiting = append(w.waiting, s); len(w.waiting) == 1 {
		w.until = w.room.now() + lingerTime
	}
}

// make makes what is new of what waits.
func (w *wings) make(now time.Duration, worlds bool) {
	for _, s := range w.waiting {
		s.make(now, worlds)
	}
}

// due reports whether the next match is to be shown.
func (w *wings) due(now time.Duration, shown bool) bool {
	late := now >= w.notBefore && (shown || now >= w.until)
	return len(w.waiting) > 0 && (late || len(w.waiting) > maxWings)
}

// next puts the next match on the stage.
func (w *wings) next(now time.Duration) {
	s := w.waiting[0]
	w.waiting = w.waiting[1:]
	w.until = now + lingerTime
	s.opening = now + openingTime
	w.room.stage = s
}

// has reports whether a match waits that is played here.
func (w *wings) has(p *play) bool {
	for _, s := range w.waiting {
		if s.play == p {
			return true
		}
	}
	return false
}

// tagged reports whether the next match is the one with a tag.
func (w *wings) tagged(tag uint32) bool { return len(w.waiting) > 0 && w.waiting[0].tag() == tag }

// clear forgets what waits.
func (w *wings) clear() { w.waiting, w.notBefore = nil, 0 }
