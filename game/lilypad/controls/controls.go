// Package controls says what a player's buttons mean to a frog.
//
//	sampler.Sample(held)                     // game.Buttons, one per local player
//	match.Tick(controls.Pad(held[0]))
package controls

import (
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// What the buttons do.
const (
	Hop    = game.ButtonA
	Tongue = game.ButtonB
	Croak  = game.ButtonC
)

var bits = [...]struct {
	held game.Buttons
	pad  rules.Pad
}{
	{game.Left, rules.Left}, {game.Right, rules.Right}, {game.Up, rules.Up}, {game.Down, rules.Down},
	{Hop, rules.Hop}, {Tongue, rules.Tongue}, {Croak, rules.Croak},
}

// Pad returns a frog's pad for held buttons.
func Pad(held game.Buttons) (pad rules.Pad) {
	for _, b := range bits {
		if held.Has(b.held) {
			pad |= b.pad
		}
	}
	return pad
}
