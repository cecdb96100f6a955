package game

import (
	"testing"
	"time"
)

// A machine whose ticks take 30 ms is asked for five of them per picture; the
// budget must leave time to draw.
func TestBudgetLeavesTimeToDraw(t *testing.T) {
	var b Budget
	now := time.Unix(100, 0)
	start := now
	spent := time.Duration(0)
	for now.Sub(start) < 10*time.Second {
		for range 5 {
			if b.Allow(now) {
				now = now.Add(30 * time.Millisecond)
				spent += 30 * time.Millisecond
				b.Spend(30 * time.Millisecond)
			}
		}
		now = now.Add(5 * time.Millisecond) // the picture
	}
	share := spent.Seconds() / now.Sub(start).Seconds()
	if share > 0.82 || share < 0.6 {
		t.Errorf("ticks had %.0f %% of the clock, want about 80", share*100)
	}
}

func TestBudgetNeverHoldsAFastMachine(t *testing.T) {
	var b Budget
	now := time.Unix(100, 0)
	for tick := range 6000 {
		if !b.Allow(now) {
			t.Fatalf("tick %d was refused", tick)
		}
		b.Spend(4 * time.Millisecond)
		if tick%5 == 4 { // they come in bursts
			now = now.Add(5 * 16666 * time.Microsecond)
		}
	}
}

// A process that stands still within a tick, for whatever reason, goes on soon after that.
func TestBudgetAfterAStandstill(t *testing.T) {
	var b Budget
	now := time.Unix(100, 0)
	b.Allow(now)
	now = now.Add(20 * time.Second)
	b.Spend(20 * time.Second)
	b.Allow(now)
	if now = now.Add(400 * time.Millisecond); !b.Allow(now) {
		t.Error("it stands still on")
	}
}
