package screens

import (
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// caps are what the keys of a device say: for moving, hopping and the tongue.
type caps [scene.HintsPerFrog]string

// capsOf returns the caps of a local player, of so many at this machine.
func (a *App) capsOf(player, players int) caps {
	s := &a.settings
	switch {
	case players > 1:
		return s.keyCaps(1 + min(player, 1))
	case a.hand.device == ui.Gamepad:
		return caps{"stick", s.padCap(game.ButtonA), s.padCap(game.ButtonB)}
	case a.hand.device == ui.Finger:
		return caps{"slide left", "tap low", "tap high"}
	case a.hand.device == ui.Mouse:
		return caps{"mouse", "right click", "left click"}
	}
	return s.keyCaps(0)
}

// hand is the device that the player has in hand, the keyboard at first.
type hand struct {
	device  ui.Hand
	pointer ui.Input // what the mouse did last
	pads    []game.Buttons
	used    bool // anything was, in this tick
	steers  bool // the frog follows the mouse: a button of it was pressed since the match began
}

// notice looks at what was used; call it once per tick.
func (h *hand) notice(in ui.Input, devices game.Devices) {
	h.pointer = in
	h.pads = devices.AppendGamepads(h.pads[:0])
	for _, held := range h.pads {
		if held != 0 {
			in.Hand = ui.Gamepad
		}
	}
	h.used = in.Hand != ui.NoHand
	if h.used {
		h.device = in.Hand
		h.steers = in.Hand == ui.Mouse && (h.steers || in.Pressed || in.Second)
	}
}

// touches reports whether there may be no keyboard.
func (h *hand) touches() bool { return h.device == ui.Gamepad || h.device == ui.Finger }

// mousePx is how near the mouse must be to a frog for it to stand still, in pixels of
// the picture.
const mousePx = 14

// mouse is what the mouse tells a frog: to walk towards it, to put out its tongue
// (left button) and to hop (right). size is the width of the pond, in px.
func (h *hand) mouse(f *rules.Frog, size int32) game.Buttons {
	if !h.steers {
		return 0
	}
	near := float64(Width) / float64(max(size, 1)) // how much larger than its pixels the pond is seen
	x, y := float64(f.X)/rules.Px*near, float64(f.Y)/rules.Px*near
	held := game.Towards(float64(h.pointer.Pointer.X)-x, float64(h.pointer.Pointer.Y)-y, mousePx)
	if h.pointer.Held && !onMatchButton(h.pointer.Pointer) {
		held |= controls.Tongue
	}
	if h.pointer.Second {
		held |= controls.Hop
	}
	return held
}
