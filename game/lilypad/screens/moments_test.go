package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// Each frog is told what it did best, and nothing that did not happen.
func TestMoments(t *testing.T) {
	var m moments
	hear := func(phase rollback.Phase, kind uint16, key int, extra int32) {
		m.hear([]rollback.Notice{{Phase: phase, Event: rollback.Event{Kind: kind, Key: uint32(key), Value: rules.Place{Extra: extra}.Value()}}})
	}
	for range 3 {
		hear(rollback.Confirmed, rules.EventPerfect, 1, 0)
		hear(rollback.Predicted, rules.EventPerfect, 0, 0) // a guess is no feat
		hear(rollback.Cancelled, rules.EventPerfect, 0, 0)
	}
	hear(rollback.Confirmed, rules.EventPerfect, 2, 0)
	hear(rollback.Confirmed, rules.EventSplash, 3, 2)  // by seat 2
	hear(rollback.Confirmed, rules.EventSplash, 3, -1) // by itself
	for n := range int32(4) {
		hear(rollback.Confirmed, rules.EventEat, 0, n)
	}
	hear(rollback.Confirmed, rules.EventSplash, 0, -1)
	hear(rollback.Confirmed, rules.EventEat, 0, 2)
	hear(rollback.Confirmed, rules.EventHit, 900, 99) // strange numbers do no harm
	hear(rollback.Confirmed, rules.EventPull, 900, 99)
	hear(rollback.Confirmed, rules.EventEat, 900, 99)
	told := m.tell([]int{0, 1, 2, 3, 4})
	want := [rules.MaxSeats]string{"4 flies in one go", "3 perfect catches", "knocked one in", "2 baths", "watched the water"}
	if told != want {
		t.Errorf("told are %q, want %q", told, want)
	}
}
