package ui

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"
)

// Source is the devices of a person, as they are in this tick. The machine's own is
// Ebitengine; a test brings hands of its own.
type Source interface {
	// KeyTicks returns for how many ticks a key is down, 0 if it is up.
	KeyTicks(key ebiten.Key) int
	// AnyKey reports whether any key went down in this tick.
	AnyKey() bool
	// AppendChars appends what was typed in this tick.
	AppendChars(dst []rune) []rune
	// AppendPads appends the gamepads whose buttons are known.
	AppendPads(dst []PadState) []PadState
	// Mouse returns where the mouse is, whether its left and its right button are
	// down, and by how many lines its wheel was turned, up being positive.
	Mouse() (x, y float64, left, right bool, wheel int)
	// Focused reports whether the window has the focus.
	Focused() bool
	// AppendTouches appends where the fingers are, the first to come first.
	AppendTouches(dst []image.Point) []image.Point
}

// PadState is a gamepad: its left stick, -1 to 1 each way, and its buttons.
type PadState struct {
	ID   int
	X, Y float64
	Held [ebiten.StandardGamepadButtonMax + 1]bool
}

// liveSource asks Ebitengine.
type liveSource struct {
	keys     []ebiten.Key
	gamepads []ebiten.GamepadID
	touches  []ebiten.TouchID
}

func (s *liveSource) KeyTicks(key ebiten.Key) int {
	switch key {
	case ebiten.KeyAlt, ebiten.KeyControl, ebiten.KeyShift, ebiten.KeyMeta: // either of two keys: nobody counts for how long
		if ebiten.IsKeyPressed(key) {
			return 1
		}
		return 0
	}
	return inpututil.KeyPressDuration(key)
}

func (s *liveSource) AnyKey() bool {
	s.keys = inpututil.AppendJustPressedKeys(s.keys[:0])
	return len(s.keys) > 0
}

func (s *liveSource) AppendChars(dst []rune) []rune { return ebiten.AppendInputChars(dst) }

func (s *liveSource) AppendPads(dst []PadState) []PadState {
	s.gamepads = ebiten.AppendGamepadIDs(s.gamepads[:0])
	for _, id := range s.gamepads {
		if !ebiten.IsStandardGamepadLayoutAvailable(id) {
			continue
		}
		p := PadState{
			ID: int(id),
			X:  ebiten.StandardGamepadAxisValue(id, ebiten.StandardGamepadAxisLeftStickHorizontal),
			Y:  ebiten.StandardGamepadAxisValue(id, ebiten.StandardGamepadAxisLeftStickVertical),
		}
		for b := range p.Held {
			p.Held[b] = ebiten.IsStandardGamepadButtonPressed(id, ebiten.StandardGamepadButton(b))
		}
		dst = append(dst, p)
	}
	return dst
}

func (s *liveSource) Mouse() (x, y float64, left, right bool, wheel int) {
	x, y = ebiten.CursorPositionF()
	_, lines := ebiten.Wheel()
	return x, y, ebiten.IsMouseButtonPressed(ebiten.MouseButtonLeft), ebiten.IsMouseButtonPressed(ebiten.MouseButtonRight), int(lines)
}

func (s *liveSource) Focused() bool { return ebiten.IsFocused() }

func (s *liveSource) AppendTouches(dst []image.Point) []image.Point {
	s.touches = ebiten.AppendTouchIDs(s.touches[:0])
	for _, id := range s.touches {
		x, y := ebiten.TouchPosition(id)
		dst = append(dst, image.Pt(x, y))
	}
	return dst
}
