package game

import (
	"testing"
	"time"
)

// A loop has its ticks by the clock, whatever its turns, and says it if some were lost.
func TestLoop(t *testing.T) {
	const period = time.Second / 60
	for _, turns := range []int{30, 60, 144} {
		var l Loop
		ticks := 0
		for i := range 2 * turns {
			l.Run(time.Duration(i)*time.Second/time.Duration(turns), period, func(slow bool) {
				if ticks++; slow {
					t.Fatalf("%d turns: tick %d is called slow", turns, ticks)
				}
			})
		}
		if ticks < 118 || ticks > 122 {
			t.Errorf("%d turns: %d ticks in two seconds", turns, ticks)
		}
		late, lost := 0, false
		l.Run(3*time.Second, period, func(slow bool) { late++; lost = slow })
		if late != mostTicksDue || !lost {
			t.Errorf("%d turns: %d ticks after a second without one, slow %v", turns, late, lost)
		}
	}
}

// Where ticks take more time than there is, some are left out, so that there is time to draw;
// the next update calls its ticks slow.
func TestLoopLeavesTimeToDraw(t *testing.T) {
	const period = time.Second / 60
	l := Loop{Budget: Budget{Share: 1e-9, Burst: 1}} // the first tick has all of it
	ticks := 0
	for i := range 4 {
		l.Run(time.Duration(i)*period, period, func(bool) { ticks++ })
	}
	if ticks != 1 {
		t.Errorf("%d ticks", ticks)
	}
	l.Budget = Budget{}
	l.Run(4*period, period, func(slow bool) {
		if ticks++; !slow {
			t.Error("a tick was refused before, and this one is not called slow")
		}
	})
	if ticks != 2 {
		t.Error("none after that")
	}
}
