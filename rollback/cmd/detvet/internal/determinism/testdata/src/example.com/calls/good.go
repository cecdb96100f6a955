package calls

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"

	"example.com/helper"
)

func (w *World) sound(rollback.Inputs[uint8]) {
	w.X = helper.Double(w.X)
	w.At = helper.Excused()
	var own [2]int32
	helper.Fill(own[:])
	//detvet:ok it is shown, and nothing follows from it
	_ = time.Now()
	_ = time.Now() //detvet:ok neither does from this
}

// loop is around the simulation, not in it.
func loop(w *World) { w.At = helper.Now() }
