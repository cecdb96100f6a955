package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// A seat that waits for who comes late is its bot's until then, and when he is away again.
func TestWaiting(t *testing.T) {
	setup := Setup{Seed: 3, Seats: 2, Levels: [MaxSeats]uint8{1: Calm, 2: Fierce}, Waiting: 1<<1 | 1<<0}
	waiting := New(setup)
	setup.Waiting = 0
	plain := New(setup)
	if waiting.Levels != [MaxSeats]uint8{1: Calm | Waits, 2: Fierce} {
		t.Fatalf("levels %v", waiting.Levels)
	}
	same := func() bool {
		w := waiting
		w.Levels = plain.Levels
		return w == plain
	}
	for range ReadyFrames + 200 {
		waiting.Step(rollback.InputsOf(0, Auto))
		plain.Step(rollback.InputsOf[Pad](0))
		if !same() {
			t.Fatalf("tick %d: the bot of a seat that waits plays otherwise than any", plain.Tick)
		}
	}
	played := plain
	played.Levels[1] = 0
	for range 300 {
		waiting.Step(rollback.InputsOf(0, Left|Hop))
		played.Step(rollback.InputsOf(0, Left|Hop))
	}
	if plain = played; waiting.Frogs != plain.Frogs {
		t.Error("who has come late does not have the frog")
	}
}
