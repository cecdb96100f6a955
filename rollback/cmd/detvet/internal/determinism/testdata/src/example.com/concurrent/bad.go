package concurrent // want package:"functions"

import (
	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct{ X int32 }

func (w *World) Step(in) {
	done := make(chan int32, 2)
	go func() { done <- 1 }() // want `starts a goroutine: what runs at the same time` `sends to a channel`
	w.X = <-done              // want `receives from a channel`
	select {                  // want `a select chooses by chance`
	default:
	}
	close(done)
	for v := range done { // want `receives from a channel`
		w.X += v
	}
}
