package roots // want package:"functions"

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"

	"example.com/helper"
)

type World struct{ At int64 }

func step(w *World, x uint8) { w.At = time.Now().Unix() } // want `uses time.Now`

func bot(w *World, seat int) uint8 { return uint8(time.Now().Unix()) } // want `uses time.Now`

func guess[I any](last I) I { time.Sleep(1); return last } // want `uses time.Sleep`

func makeStep() func(*World, rollback.Inputs[uint8]) {
	return func(w *World, in rollback.Inputs[uint8]) { w.At = time.Now().Unix() } // want `uses time.Now`
}

type Game struct{ ticks int32 }

func (g *Game) clean(in uint8) uint8 { g.ticks++; return in }

func configs(g *Game) {
	n := int64(0)
	clean := func(in uint8) uint8 { return in + uint8(time.Now().Unix()) } // want `uses time.Now`
	_ = rollback.Config[World, uint8]{
		Step: func(w *World, in rollback.Inputs[uint8]) {
			step(w, in.At(0))
			n++ // want `writes n, which is no part of the world: a rollback does not bring it back`
		},
		Bot: bot, Clean: clean, Predict: guess[uint8],
		Append: func(b []byte, w *World) []byte { return append(b, uint8(time.Now().Unix())) }, // want `uses time.Now`
	}
	var later rollback.Config[World, uint8]
	later.Step = makeStep()
	later.Clean = g.clean                                      // want `Clean is a method that writes to g, which is no part of the world`
	_ = &rollback.Config[helper.World, uint8]{Bot: helper.Bot} // want `Bot of Config: uses time.Now: .* \(helper.go:34\)`
	_ = netcode.Config[World, uint8]{
		Start: func(netcode.Setup) World { return World{At: time.Now().Unix()} }, // want `uses time.Now`
		Over:  func(w *World) bool { return w.At < time.Now().Unix() },           // want `uses time.Now`
	}
}
