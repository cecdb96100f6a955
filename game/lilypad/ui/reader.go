package ui

import (
	"image"
	"slices"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/game"
)

// Reader reads an Input from Ebitengine. Canvas, if not nil, corrects
// positions for its black bars.
type Reader struct {
	Canvas *game.Canvas

	pointer  image.Point
	held     bool
	read     bool // where the pointer was is known
	chars    []rune
	keys     []ebiten.Key
	touches  []ebiten.TouchID
	gamepads []ebiten.GamepadID
	stick    [4]int // ticks that the stick or cross points up, down, left, right
}

const (
	repeatAfter = 24 // ticks before a held key repeats
	repeatEvery = 4  // ticks between repeats
)

func repeats(ticks int) bool {
	return ticks == 1 || ticks >= repeatAfter && (ticks-repeatAfter)%repeatEvery == 0
}

func keys(keys ...ebiten.Key) bool {
	for _, k := range keys {
		if repeats(inpututil.KeyPressDuration(k)) {
			return true
		}
	}
	return false
}

func justPressed(keys ...ebiten.Key) bool {
	return slices.ContainsFunc(keys, inpututil.IsKeyJustPressed)
}

// Read returns what happened since the last tick. Call it once per tick.
func (r *Reader) Read() Input {
	control := ebiten.IsKeyPressed(ebiten.KeyControl) || ebiten.IsKeyPressed(ebiten.KeyMeta)
	shift := ebiten.IsKeyPressed(ebiten.KeyShift)
	alt := ebiten.IsKeyPressed(ebiten.KeyAlt)
	tab := keys(ebiten.KeyTab)
	enter := !alt && justPressed(ebiten.KeyEnter, ebiten.KeyNumpadEnter)
	in := Input{
		Up: keys(ebiten.KeyArrowUp), Down: keys(ebiten.KeyArrowDown),
		Left: keys(ebiten.KeyArrowLeft), Right: keys(ebiten.KeyArrowRight),
		Next: tab && !shift, Previous: tab && shift,
		Enter: enter, Accept: enter || justPressed(ebiten.KeySpace),
		Back:  justPressed(ebiten.KeyEscape),
		Erase: keys(ebiten.KeyBackspace), Delete: keys(ebiten.KeyDelete),
		Home: justPressed(ebiten.KeyHome), End: justPressed(ebiten.KeyEnd),
		Copy:  control && justPressed(ebiten.KeyC),
		Paste: control && justPressed(ebiten.KeyV) || shift && justPressed(ebiten.KeyInsert),
	}
	if !control && !alt {
		in.Steer.Up, in.Steer.Down = keys(ebiten.KeyW), keys(ebiten.KeyS)
		in.Steer.Left, in.Steer.Right = keys(ebiten.KeyA), keys(ebiten.KeyD)
		r.chars = ebiten.AppendInputChars(r.chars[:0])
		in.Chars = r.chars
	}
	if r.keys = inpututil.AppendJustPressedKeys(r.keys[:0]); len(r.keys) > 0 {
		in.Hand = Keys
	}
	r.readGamepads(&in)
	r.readPointer(&in)
	return in
}

func (r *Reader) readGamepads(in *Input) {
	r.gamepads = ebiten.AppendGamepadIDs(r.gamepads[:0])
	var held [4]bool
	for _, id := range r.gamepads {
		if !ebiten.IsStandardGamepadLayoutAvailable(id) {
			continue
		}
		x := ebiten.StandardGamepadAxisValue(id, ebiten.StandardGamepadAxisLeftStickHorizontal)
		y := ebiten.StandardGamepadAxisValue(id, ebiten.StandardGamepadAxisLeftStickVertical)
		on := func(b ebiten.StandardGamepadButton) bool { return ebiten.IsStandardGamepadButtonPressed(id, b) }
		held[0] = held[0] || y < -0.5 || on(ebiten.StandardGamepadButtonLeftTop)
		held[1] = held[1] || y > 0.5 || on(ebiten.StandardGamepadButtonLeftBottom)
		held[2] = held[2] || x < -0.5 || on(ebiten.StandardGamepadButtonLeftLeft)
		held[3] = held[3] || x > 0.5 || on(ebiten.StandardGamepadButtonLeftRight)
		if inpututil.IsStandardGamepadButtonJustPressed(id, ebiten.StandardGamepadButtonRightBottom) {
			in.Accept, in.Enter = true, true
		}
		in.Talk = in.Talk || inpututil.IsStandardGamepadButtonJustPressed(id, ebiten.StandardGamepadButtonCenterLeft)
		in.Back = in.Back || inpututil.IsStandardGamepadButtonJustPressed(id, ebiten.StandardGamepadButtonRightRight) ||
			inpututil.IsStandardGamepadButtonJustPressed(id, ebiten.StandardGamepadButtonCenterRight)
	}
	for i, to := range []*bool{&in.Up, &in.Down, &in.Left, &in.Right} {
		if !held[i] {
			r.stick[i] = 0
			continue
		}
		r.stick[i]++
		in.Hand = Gamepad
		*to = *to || repeats(r.stick[i])
	}
}

func (r *Reader) readPointer(in *Input) {
	x, y := ebiten.CursorPositionF()
	held := ebiten.IsMouseButtonPressed(ebiten.MouseButtonLeft)
	r.touches = ebiten.AppendTouchIDs(r.touches[:0])
	if len(r.touches) > 0 {
		tx, ty := ebiten.TouchPosition(r.touches[0])
		x, y, held = float64(tx), float64(ty), true
		in.Hand = Finger
	}
	at := image.Pt(int(x), int(y))
	if r.Canvas != nil {
		at = image.Pt(r.Canvas.Point(x, y))
	}
	if r.held && !held {
		at = r.pointerAfterRelease(at)
	}
	in.Pointer, in.Moved = at, at != r.pointer && r.read
	r.read = true
	in.Held, in.Pressed, in.Released = held, held && !r.held, r.held && !held
	in.Second = ebiten.IsMouseButtonPressed(ebiten.MouseButtonRight)
	if in.Hand != Finger && (in.Pressed || in.Second || in.Moved && far(at, r.pointer)) {
		in.Hand = Mouse
	}
	r.pointer, r.held = at, held
	_, wheel := ebiten.Wheel()
	in.Wheel = int(wheel)
}

// far reports whether the pointer has moved more than a shaken table moves a mouse.
func far(a, b image.Point) bool { return abs(a.X-b.X)+abs(a.Y-b.Y) > 2 }

// pointerAfterRelease keeps the place of a finger that has just left the
// screen: the mouse cursor may be somewhere else.
func (r *Reader) pointerAfterRelease(mouse image.Point) image.Point {
	if len(inpututil.AppendJustReleasedTouchIDs(nil)) > 0 {
		return r.pointer
	}
	return mouse
}
