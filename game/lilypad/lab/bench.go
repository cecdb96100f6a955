package lab

import (
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// Mode is a way to keep machines together.
type Mode int

const (
	Rollback     Mode = iota // guess, then repair
	DelayBased               // hold every input back until all have it
	NoCorrection             // take inputs as they come
)

// network is what the sliders say. Delay is one way.
type network struct {
	delayMs, jitterMs, lossPercent int
}

// bench is the set of machines that is being looked at. Virtual time: one call
// of tick is a 60th of a second for all of them and for the wires between.
type bench interface {
	// tick lets every machine play one tick with its own player's pad.
	tick(pads []rules.Pad)
	setNetwork(network)
	// world is what machine i shows; read only, valid until the next tick.
	world(i int) *rules.World
	// ghost is what machine i will show once it knows better: its confirmed
	// world. nil if there is none.
	ghost(i int) *rules.World
	sample(i int) game.GraphSample
	appendNotices(i int, dst []rollback.Notice) []rollback.Notice
	// flip changes one bit in one machine's world behind the rules' back.
	flip() string
	// report says how far the machines are apart, in words; "" if they agree.
	report() []string
	over() bool
	close()
}
