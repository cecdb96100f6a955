package fields // want package:"functions"

import (
	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type Thing struct {
	Count int // want `World.Things\[\].Count is int, whose size differs between machines`
	Name  string
}

type World struct {
	Things [4]Thing
	Score  uint      // want `World.Score is uint, whose size`
	At     uintptr   // want `World.At is uintptr`
	Any    any       // want `World.Any is an interface: rollback.New refuses it`
	Draw   func()    // want `World.Draw is a function`
	Wake   chan bool // want `World.Wake is a channel`
	Next   *Thing
	Moves  []uint32
	By     map[int8]int // want `World.By\[\] is int`
}

type Pad struct {
	Keys int     // want `Pad.Keys is int`
	Chat []uint8 // want `Pad.Chat is a slice, which keeps it from being a plain value`
}

func config() rollback.Config[World, Pad] {
	return rollback.Config[World, Pad]{Step: func(*World, rollback.Inputs[Pad]) {}}
}
