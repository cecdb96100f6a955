package dots

import (
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

// TestSync is the test that every game on this engine should have.
func TestSync(t *testing.T) {
	rollbacktest.SyncTest(t, rollback.Config[World, game.Buttons]{
		Start: Start(), Step: (*World).Step, Seats: Seats,
	}, rollbacktest.Options[game.Buttons]{Seed: 1})
}

func TestDotsStayInThePicture(t *testing.T) {
	for _, held := range []game.Buttons{game.Left | game.Up, game.Right | game.Down | game.ButtonA} {
		w := Start()
		for range 600 {
			w.Step(rollback.InputsOf(held, held))
		}
		for _, dot := range w.Dots {
			if x, y := dot.X/16, dot.Y/16; x < 0 || x >= Width || y < 0 || y >= Height {
				t.Errorf("after ten seconds of %08b a dot is at %d, %d", held, x, y)
			}
		}
	}
}
