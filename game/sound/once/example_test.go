package once_test

import (
	"fmt"

	"github.com/visavis-netcode/visavis/game/sound/once"
	"github.com/visavis-netcode/visavis/rollback"
)

// A splash was guessed, was moved by a frame when the inputs came, and is confirmed: it
// is heard once. A second one came to nothing, and is stopped.
func ExampleBoard() {
	board := once.New(nil)
	splash := func(frame rollback.Frame, seat uint32, phase rollback.Phase) rollback.Notice {
		return rollback.Notice{Event: rollback.Event{Frame: frame, Kind: 1, Key: seat}, Phase: phase}
	}
	for _, tick := range [][]rollback.Notice{
		{splash(10, 0, rollback.Predicted), splash(10, 1, rollback.Predicted)},
		{splash(10, 0, rollback.Cancelled), splash(11, 0, rollback.Predicted), splash(10, 1, rollback.Cancelled)},
		{splash(11, 0, rollback.Confirmed)},
	} {
		for _, notice := range tick {
			if cue, starts := board.Feed(notice); starts {
				fmt.Println("play", cue.ID, "of seat", cue.Key)
			}
		}
		for _, cue := range board.Tick() {
			fmt.Println("stop", cue.ID)
		}
	}
	// Output:
	// play 1 of seat 0
	// play 2 of seat 1
	// stop 2
}
