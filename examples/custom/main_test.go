package main

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

// TestNoStrangerBreaksTheGame: there are four turns, and 256 bytes to say them with.
func TestNoStrangerBreaksTheGame(t *testing.T) {
	g := newGarden("Ana", "Ben")
	for held := range 256 {
		g.Step(rollback.InputsOf(turn(held), ^turn(held)))
	}
	for _, s := range g.Snakes {
		if head := s.Body[0]; head.X < 0 || head.X >= side || head.Y < 0 || head.Y >= side {
			t.Errorf("%s has left the garden: %v", s.Name, head)
		}
	}
}

func TestSync(t *testing.T) {
	rollbacktest.SyncTest(t, config(), rollbacktest.Options[turn]{Seed: 2})
}
