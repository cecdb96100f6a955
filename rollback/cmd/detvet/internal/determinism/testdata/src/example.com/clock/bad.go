package clock // want package:"functions"

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct{ At, Wait int64 }

func (w *World) Step(in) {
	w.At = time.Now().Unix() // want `uses time.Now: clocks differ between machines`
	now := time.Since        // want `uses time.Since: clocks`
	_ = now
	time.Sleep(1) // want `uses time.Sleep`
}
