package floats // want package:"functions"

import (
	"math"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct{ X, Y, V float64 }

type Pad uint16

func scale(a, b float64) float64 { return a * b } // want `a float product that some processors round together with a sum`

func (w *World) Step(in) {
	w.X = w.X + w.V*w.Y     // want `a float product that some processors`
	w.Y -= (w.V * w.X)      // want `a float product`
	w.V *= 0.9              // want `a float product`
	product := -(w.X * w.Y) // want `a float product`
	w.X = product + scale(1, w.Y)
	w.X = math.Sin(w.X)          // want `uses math.Sin: its last bit differs between processors`
	w.Y = math.Pow(w.X, math.Pi) // want `uses math.Pow`
	round := math.Hypot          // want `uses math.Hypot`
	_ = round
	n := int32(w.X)       // want `turns a float into an integer that it may not fit into, which each processor does in its own way`
	m := uint8(w.Y - 1)   // want `turns a float into an integer`
	k := Pad(max(0, w.X)) // want `turns a float into an integer .* bound it first, Pad\(max`
	w.V = float64(n) + float64(m) + float64(k)
}
