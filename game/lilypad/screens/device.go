package screens

import (
	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
)

// device is what a player has in hand.
type device uint8

const (
	keyboard device = iota
	gamepad
	touch
)

// caps are what the keys of a device say: for moving, hopping and the tongue.
type caps [scene.HintsPerFrog]string

// capsOf returns the caps of a local player, of so many at this machine.
func capsOf(d device, player, players int) caps {
	switch {
	case players > 1 && player == 0:
		return caps{"W A S D", "Space", "F"}
	case players > 1:
		return caps{"← ↑ ↓ →", "L", "K"}
	case d == gamepad:
		return caps{"stick", "A", "X"}
	case d == touch:
		return caps{"slide left", "tap low", "tap high"}
	}
	return caps{"← ↑ ↓ →", "Space", "X"}
}

// hand notices which device is used.
type hand struct {
	device device
	keys   []ebiten.Key
	pads   []game.Buttons
}

// notice looks at the devices; call it once per tick.
func (h *hand) notice(devices game.Devices) {
	h.keys = inpututil.AppendJustPressedKeys(h.keys[:0])
	if len(h.keys) > 0 {
		h.device = keyboard
	}
	h.pads = devices.AppendGamepads(h.pads[:0])
	for _, held := range h.pads {
		if held != 0 {
			h.device = gamepad
		}
	}
	if len(inpututil.AppendJustPressedTouchIDs(nil)) > 0 {
		h.device = touch
	}
}
