package rollbacktest_test

import (
	"errors"
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

type World struct{ X [2]int32 }

func (w *World) Step(in rollback.Inputs[int8]) {
	for seat, v := range in.All() {
		w.X[seat] += int32(v)
	}
}

func ExampleRun() {
	game := rollback.Config[World, int8]{Step: (*World).Step, Seats: 2}
	report, err := rollbacktest.Run(game, rollbacktest.Options[int8]{Frames: 300, Seed: 1})
	fmt.Println(report.Frames, report.Rollbacks > 50, err)

	steps := int32(0) // state that no rollback rewinds
	game.Step = func(w *World, in rollback.Inputs[int8]) {
		steps++
		w.Step(in)
		w.X[1] ^= steps & 64
	}
	_, err = rollbacktest.Run(game, rollbacktest.Options[int8]{Seed: 1})
	var mismatch *rollbacktest.Mismatch
	fmt.Println(errors.As(err, &mismatch), mismatch.Fields[0].Field)
	// Output:
	// 300 true <nil>
	// true X[1]
}
