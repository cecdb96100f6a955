package screens

import (
	"math"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// Behind the title four bots play a real round, and then the next one.
func TestFourBotsBehindTheTitle(t *testing.T) {
	a := newTestApp(t, "Ana")
	flies, ends := int16(0), 0
	last := int32(0)
	for range int(rules.RoundFrames+rules.ReadyFrames+rules.SuddenFrames) + showRest + 600 {
		a.tick++
		a.beat(ui.Input{})
		w := a.pond.show.session.World()
		if w.Seats != 4 {
			t.Fatalf("%d frogs", w.Seats)
		}
		if w.Tick < last {
			ends++
		}
		last = w.Tick
		for seat := range int(w.Seats) {
			flies = max(flies, w.Frogs[seat].Score)
		}
	}
	if flies < 5 || ends != 1 {
		t.Errorf("the best has %d flies, and %d rounds came after the first", flies, ends)
	}
}

// A frog in a lobby has ideas, and stays on its lily.
func TestWhims(t *testing.T) {
	w := newWhim()
	leaps, croaks := 0, 0
	for range 20_000 {
		w.update()
		if math.Abs(w.x) > roamX || math.Abs(w.y) > roamY {
			t.Fatalf("it is at %v, %v", w.x, w.y)
		}
		if w.leap == 1 {
			leaps++
		}
		if w.croak == croakTicks {
			croaks++
		}
	}
	if leaps < 20 || croaks < 5 {
		t.Errorf("%d leaps and %d croaks in five minutes", leaps, croaks)
	}
}
