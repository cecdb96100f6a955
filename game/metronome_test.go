package game

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// loop runs a metronome for ten seconds in a loop that turns at a rate, each turn a
// little late, and returns how many ticks it had and in how many turns there were
// more than one.
func loop(turns, tickRate int, jitter time.Duration) (ticks, bunches int) {
	var m Metronome
	chance := rand.New(rand.NewPCG(uint64(turns), uint64(tickRate)))
	for i := range 10 * turns {
		now := time.Duration(i) * time.Second / time.Duration(turns)
		if jitter > 0 {
			now += time.Duration(chance.Int64N(int64(jitter)))
		}
		n := m.Due(now, time.Second/time.Duration(tickRate))
		ticks += n
		if n > 1 {
			bunches++
		}
	}
	return ticks, bunches
}

func TestMetronomeKeepsThePaceOfAnyLoop(t *testing.T) {
	for _, tickRate := range []int{10, 30, 60, 120, 240} {
		for _, turns := range []int{30, 50, 59, 60, 61, 75, 144, 240, 1000} {
			for _, jitter := range []time.Duration{0, time.Second / time.Duration(3*turns)} {
				ticks, bunches := loop(turns, tickRate, jitter)
				name := fmt.Sprintf("%d ticks a second in a loop of %d turns, late by up to %v", tickRate, turns, jitter)
				if want := 10 * tickRate; ticks < want-tickRate/turns-2 || ticks > want+2 {
					t.Errorf("%s: %d in ten seconds", name, ticks)
				}
				if turns == tickRate && bunches > 0 {
					t.Errorf("%s: %d turns had two ticks or more", name, bunches)
				}
			}
		}
	}
}

// TestMetronomeForgetsLongStalls: what was lost in a window that was dragged is not
// run in a burst, and it is said for a second.
func TestMetronomeForgetsLongStalls(t *testing.T) {
	var m Metronome
	const period = time.Second / 60
	now := time.Duration(0)
	for range 100 {
		m.Due(now, period)
		now += period
	}
	if m.Behind(now) {
		t.Error("it is behind without a reason")
	}
	now += 3 * time.Second
	if n := m.Due(now, period); n != mostTicksDue {
		t.Errorf("%d ticks after a stall of three seconds", n)
	}
	if n := m.Due(now, period); n != 0 || !m.Behind(now) {
		t.Errorf("%d ticks more at the same moment, behind %v", n, m.Behind(now))
	}
	if n := m.Due(now+period, period); n != 1 {
		t.Errorf("%d ticks a period later", n)
	}
	if m.Behind(now + 2*time.Second) {
		t.Error("it is behind two seconds later")
	}
}

// TestMetronomeFractionRunsEvenly: a dot that moves one pixel a tick, drawn between
// the two newest ticks at 144 pictures a second, is never far from where it would be
// without ticks.
func TestMetronomeFractionRunsEvenly(t *testing.T) {
	const period = time.Second / 60
	for _, driven := range []bool{false, true} { // by Ebitengine, which holds a tick back to a picture
		var m Metronome
		ticks, due := 0, 0.5
		least, most := math.Inf(1), math.Inf(-1)
		for picture := range 1440 {
			now := time.Duration(picture) * time.Second / 144
			if driven {
				for due += 60.0 / 144; due >= 1; due-- {
					ticks += m.Due(now, period)
				}
			} else {
				ticks += m.Due(now, period)
			}
			if picture < 144 {
				continue
			}
			fraction := m.Fraction(now)
			if fraction < 0 || fraction > 1 {
				t.Fatalf("a fraction of %v", fraction)
			}
			off := float64(ticks-1) + fraction - now.Seconds()*60
			least, most = min(least, off), max(most, off)
		}
		if most-least > 0.12 {
			t.Errorf("driven %v: the dot shakes by %.2f pixels", driven, most-least)
		}
	}
}
