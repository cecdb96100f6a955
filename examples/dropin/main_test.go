package main

import (
	"testing"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

// TestSync plays with seats that come and go, and with any bytes, as a stranger might.
func TestSync(t *testing.T) {
	report := rollbacktest.SyncTest(t, rollback.Config[dots.World, game.Buttons]{
		Start: dots.Start(), Step: step, Seats: dots.Seats, Lineups: true,
	}, rollbacktest.Options[game.Buttons]{Seed: 1})
	if report.Absent == 0 {
		t.Error("nobody has dropped out")
	}
}

// TestNoStrangerBreaksTheGame: whatever a guest holds, the dots stay in the picture.
func TestNoStrangerBreaksTheGame(t *testing.T) {
	w := dots.Start()
	for held := range 256 {
		for range 100 {
			step(&w, rollback.InputsOf(game.Buttons(held), ^game.Buttons(held)))
		}
		for _, dot := range w.Dots {
			if x, y := dot.X/16, dot.Y/16; x < 0 || x >= dots.Width || y < 0 || y >= dots.Height {
				t.Fatalf("after %08b a dot is at %d, %d", held, x, y)
			}
		}
	}
}
