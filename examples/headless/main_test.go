package main

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

// TestSync plays with any bytes, as a stranger might.
func TestSync(t *testing.T) {
	rollbacktest.SyncTest(t, rollback.Config[race, stride]{
		Start: race{Rand: rollback.NewRand(1)}, Step: (*race).Step, Seats: 2,
	}, rollbacktest.Options[stride]{Seed: 1})
}

// TestNoStrangerBreaksTheGame: whatever a guest sends, nobody runs faster than a runner
// can, and none backwards.
func TestNoStrangerBreaksTheGame(t *testing.T) {
	for held := range 256 {
		r := race{Rand: rollback.NewRand(uint64(held))}
		r.Step(rollback.InputsOf(stride(held), ^stride(held)))
		for seat, run := range r.Run {
			if run < 0 || run > 3 {
				t.Errorf("with the byte %d, seat %d runs %d", held, seat, run)
			}
		}
	}
}
