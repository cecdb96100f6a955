package roots

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// Config is another one.
type Config struct{ Step func() }

func others(g *Game) {
	_ = Config{Step: func() { g.ticks = int32(time.Now().Unix()) }}
	setup := World{At: 3}
	_ = rollback.Config[World, uint8]{Step: func(w *World, in rollback.Inputs[uint8]) {
		count := int64(0)
		add := func() { count++ }
		add()
		w.At = setup.At + count
	}}
}
