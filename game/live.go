package game

import "github.com/hajimehoshi/ebiten/v2"

// PadBinding ties one button of a gamepad with a standard layout to the bits it sets.
type PadBinding struct {
	Button ebiten.StandardGamepadButton
	Bits   Buttons
}

// Live reads the machine's own devices through Ebitengine. Canvas, if not nil,
// corrects touch positions for its black bars. Pads are the buttons of gamepads, nil
// for the usual ones; the left stick always steers.
type Live struct {
	Canvas *Canvas
	Pads   []PadBinding

	gamepads []ebiten.GamepadID
	touches  []ebiten.TouchID
}

// KeyDown is part of Devices.
func (l *Live) KeyDown(key ebiten.Key) bool { return ebiten.IsKeyPressed(key) }

// AppendGamepads is part of Devices. Gamepads without a standard layout are
// left out: nobody knows which of their buttons is which.
func (l *Live) AppendGamepads(dst []Buttons) []Buttons {
	l.gamepads = ebiten.AppendGamepadIDs(l.gamepads[:0])
	for _, id := range l.gamepads {
		if ebiten.IsStandardGamepadLayoutAvailable(id) {
			dst = append(dst, l.readGamepad(id))
		}
	}
	return dst
}

// AppendTouches is part of Devices.
func (l *Live) AppendTouches(dst []Touch) []Touch {
	l.touches = ebiten.AppendTouchIDs(l.touches[:0])
	for _, id := range l.touches {
		x, y := ebiten.TouchPosition(id)
		if l.Canvas != nil {
			x, y = l.Canvas.Point(float64(x), float64(y))
		}
		dst = append(dst, Touch{ID: int(id), X: x, Y: y})
	}
	return dst
}

var gamepadBindings = []PadBinding{
	{ebiten.StandardGamepadButtonLeftTop, Up},
	{ebiten.StandardGamepadButtonLeftBottom, Down},
	{ebiten.StandardGamepadButtonLeftLeft, Left},
	{ebiten.StandardGamepadButtonLeftRight, Right},
	{ebiten.StandardGamepadButtonRightBottom, ButtonA},
	{ebiten.StandardGamepadButtonRightLeft, ButtonB},
	{ebiten.StandardGamepadButtonRightTop, ButtonC},
	{ebiten.StandardGamepadButtonRightRight, ButtonD},
	{ebiten.StandardGamepadButtonFrontBottomRight, ButtonA},
	{ebiten.StandardGamepadButtonFrontTopRight, ButtonB},
}

// gamepadDeadZone is the part of the stick's way around its middle that counts
// as nothing: worn sticks rest at up to 0.2.
const gamepadDeadZone = 0.4

func (l *Live) readGamepad(id ebiten.GamepadID) Buttons {
	held := stickBits(
		ebiten.StandardGamepadAxisValue(id, ebiten.StandardGamepadAxisLeftStickHorizontal),
		ebiten.StandardGamepadAxisValue(id, ebiten.StandardGamepadAxisLeftStickVertical),
		gamepadDeadZone)
	bindings := l.Pads
	if len(bindings) == 0 {
		bindings = gamepadBindings
	}
	for _, b := range bindings {
		if ebiten.IsStandardGamepadButtonPressed(id, b.Button) {
			held |= b.Bits
		}
	}
	return held
}
