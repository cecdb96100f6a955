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
