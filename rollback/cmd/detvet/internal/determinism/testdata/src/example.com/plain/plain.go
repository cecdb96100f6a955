package plain // want package:"functions"

import "github.com/visavis-netcode/visavis/rollback"

type World struct {
	Shots [8]struct{ Trail []int32 } // want `World.Shots\[\].Trail is a slice, which keeps it from being a plain value`
	Name  string                     // want `World.Name is a string`
	Boss  *int32                     // want `World.Boss is a pointer`
	Seen  map[uint8]bool             // want `World.Seen is a map`
}

var _ = rollback.Config[World, uint8]{}
