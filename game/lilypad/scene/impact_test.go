package scene

import (
	"image"
	"math"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// hitOf is the notice of a bubble that hits a seat.
func hitOf(phase rollback.Phase, seat int32) []rollback.Notice {
	value := rules.Place{X: 100, Y: 100, Extra: seat}.Value()
	return []rollback.Notice{{Phase: phase, Event: rollback.Event{Frame: 9, Kind: rules.EventHit, Value: value}}}
}

// rested is a scene in which nothing has struck for long.
func rested() *Scene {
	s := New()
	for range restTicks {
		s.Tick()
	}
	return s
}

// A knock of one's own frog holds the picture for two to four ticks, then it shows the
// world of now. Others' knocks hold nothing, nor any with shaking switched off.
func TestHitStop(t *testing.T) {
	for name, test := range map[string]struct {
		v    View
		seat int32
		want int
	}{
		"mine":   {View{Mine: [rules.MaxSeats]bool{2: true}}, 2, knockStop},
		"theirs": {View{Mine: [rules.MaxSeats]bool{2: true}}, 3, 0},
		"calm":   {View{Mine: [rules.MaxSeats]bool{2: true}, CalmShake: true}, 2, 0},
	} {
		s := rested()
		var w rules.World
		s.Hear(hitOf(rollback.Predicted, test.seat))
		held := 0
		for tick := range int32(20) {
			w.Tick = tick
			shown := s.impact.shown(&w, &test.v)
			if shown.Tick != w.Tick && shown.Tick != 0 {
				t.Fatalf("%s: tick %d shows tick %d", name, tick, shown.Tick)
			}
			if shown != &w {
				held++
			}
			s.Tick()
		}
		if held != test.want || held > 4 {
			t.Errorf("%s: the picture is held for %d ticks, want %d", name, held, test.want)
		}
	}
}

// A guess that came to nothing holds and shakes no longer.
func TestCancelledHitIsCalledOff(t *testing.T) {
	s, v := rested(), View{Mine: [rules.MaxSeats]bool{2: true}}
	var w rules.World
	s.Hear(hitOf(rollback.Predicted, 2))
	s.Tick()
	if dx, dy := s.impact.offset(&v); s.impact.shown(&w, &v) == &w || dx == 0 && dy == 0 {
		t.Fatal("a hit that is a guess neither holds nor shakes")
	}
	s.Hear(hitOf(rollback.Cancelled, 2))
	s.Tick()
	if dx, dy := s.impact.offset(&v); s.impact.shown(&w, &v) != &w || dx != 0 || dy != 0 {
		t.Error("a cancelled hit still holds or shakes")
	}
}

// The camera is never further off than it may be, less for others' knocks, and comes
// to rest.
func TestShakeIsCapped(t *testing.T) {
	mine, others := View{Mine: [rules.MaxSeats]bool{2: true}}, View{}
	s := rested()
	s.Hear(hitOf(rollback.Confirmed, 2))
	farthest, farthestOthers := 0.0, 0.0
	for range shakeTicks {
		dx, dy := s.impact.offset(&mine)
		farthest = max(farthest, math.Abs(dx), math.Abs(dy))
		dx, dy = s.impact.offset(&others)
		farthestOthers = max(farthestOthers, math.Abs(dx), math.Abs(dy))
		s.Draw(ebiten.NewImage(8, 8), &rules.World{}, mine)
		s.Tick()
	}
	if farthest > shakePx || farthest == 0 || farthestOthers >= farthest {
		t.Errorf("the camera is off by up to %v px, by %v for others' knocks", farthest, farthestOthers)
	}
	if dx, dy := s.impact.offset(&mine); dx != 0 || dy != 0 {
		t.Error("it shakes on")
	}
}

// An eaten fly flies to the score of who ate it, and the score jumps when it is there.
func TestFliesReachTheScore(t *testing.T) {
	s := New()
	event := rollback.Event{Frame: 9, Kind: rules.EventEat, Key: 3, Value: rules.Place{X: 300, Y: 200, Extra: 1}.Value()}
	s.Hear([]rollback.Notice{{Phase: rollback.Predicted, Event: event}})
	if s.flights.flies[0].age > 0 {
		t.Error("a fly that may not be eaten flies")
	}
	s.Hear([]rollback.Notice{{Phase: rollback.Confirmed, Event: event}})
	for range flightTicks {
		if s.flights.lift(3) > 0 {
			t.Fatal("the score jumps before the fly is there")
		}
		s.Tick()
	}
	highest := 0
	for range bumpTicks {
		highest = max(highest, s.flights.lift(3))
		s.Tick()
	}
	if highest == 0 || highest > 4 || s.flights.lift(3) != 0 || s.flights.flies[0].age != 0 {
		t.Errorf("the score jumps %d px high; afterwards %d", highest, s.flights.lift(3))
	}
	for seats := 2; seats <= rules.MaxSeats; seats++ {
		w := rules.World{Seats: uint8(seats)}
		for _, st := range []stage{{area: image.Rect(0, 0, Width, Height), scale: 1}, {area: image.Rect(0, 0, 319, 179), scale: 0.498}} {
			last := st.area.Min.X
			for seat := range seats {
				at := s.cardAt(st, &w, seat)
				if at.X < last+10 || at.X+10 > st.area.Max.X || at.Y > st.scoreRow() {
					t.Errorf("%d seats, %v: the card of seat %d is at %v", seats, st.area, seat, at)
				}
				last = at.X
			}
		}
	}
}
