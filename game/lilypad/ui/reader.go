package ui

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
)

// Reader turns what a Source's devices do into an Input. Canvas, if not nil, corrects
// positions for its black bars.
type Reader struct {
	Canvas *game.Canvas
	Source Source // nil is the machine's own

	pointer image.Point
	mouse   image.Point // where the mouse was in the last tick
	held    bool
	finger  bool // the pointer was a finger in the last tick
	read    bool // where the pointer was is known
	focused bool // the window had the focus when the pointer went down
	chars   []rune
	touches []image.Point
	pads    []PadState
	before  []PadState // of the last tick
	stick   [4]int     // ticks that the stick or cross points up, down, left, right
}

const (
	repeatAfter = 24 // ticks before a held key repeats
	repeatEvery = 4  // ticks between repeats
)

func repeats(ticks int) bool {
	return ticks == 1 || ticks >= repeatAfter && (ticks-repeatAfter)%repeatEvery == 0
}

// keys reports whether one of some keys was pressed, or repeats.
func (r *Reader) keys(keys ...ebiten.Key) bool {
	for _, k := range keys {
		if repeats(r.Source.KeyTicks(k)) {
			return true
		}
	}
	return false
}

func (r *Reader) justPressed(keys ...ebiten.Key) bool {
	for _, k := range keys {
		if r.Source.KeyTicks(k) == 1 {
			return true
		}
	}
	return false
}

func (r *Reader) down(key ebiten.Key) bool { return r.Source.KeyTicks(key) > 0 }

// Read returns what happened since the last tick. Call it once per tick.
func (r *Reader) Read() Input {
	if r.Source == nil {
		r.Source = &liveSource{}
	}
	control := r.down(ebiten.KeyControl) || r.down(ebiten.KeyMeta)
	shift, alt := r.down(ebiten.KeyShift), r.down(ebiten.KeyAlt)
	tab := r.keys(ebiten.KeyTab)
	enter := !alt && r.justPressed(ebiten.KeyEnter, ebiten.KeyNumpadEnter)
	in := Input{
		Up: r.keys(ebiten.KeyArrowUp), Down: r.keys(ebiten.KeyArrowDown),
		Left: r.keys(ebiten.KeyArrowLeft), Right: r.keys(ebiten.KeyArrowRight),
		Next: tab && !shift, Previous: tab && shift,
		Enter: enter, Accept: enter || r.justPressed(ebiten.KeySpace),
		Back:  r.justPressed(ebiten.KeyEscape),
		Erase: r.keys(ebiten.KeyBackspace), Delete: r.keys(ebiten.KeyDelete),
		Home: r.justPressed(ebiten.KeyHome), End: r.justPressed(ebiten.KeyEnd),
		Copy:  control && r.justPressed(ebiten.KeyC),
		Paste: control && r.justPressed(ebiten.KeyV) || shift && r.justPressed(ebiten.KeyInsert),
	}
	if !control && !alt {
		in.Steer.Up, in.Steer.Down = r.keys(ebiten.KeyW), r.keys(ebiten.KeyS)
		in.Steer.Left, in.Steer.Right = r.keys(ebiten.KeyA), r.keys(ebiten.KeyD)
		r.chars = r.Source.AppendChars(r.chars[:0])
		in.Chars = r.chars
	}
	if r.Source.AnyKey() {
		in.Hand = Keys
	}
	r.readGamepads(&in)
	r.readPointer(&in)
	return in
}

// fresh reports whether a button of a pad went down in this tick.
func (r *Reader) fresh(pad *PadState, b ebiten.StandardGamepadButton) bool {
	for i := range r.before {
		if r.before[i].ID == pad.ID && r.before[i].Held[b] {
			return false
		}
	}
	return pad.Held[b]
}

func (r *Reader) readGamepads(in *Input) {
	r.before, r.pads = r.pads, r.Source.AppendPads(r.before[:0])
	var held [4]bool
	for i := range r.pads {
		pad := &r.pads[i]
		held[0] = held[0] || pad.Y < -0.5 || pad.Held[ebiten.StandardGamepadButtonLeftTop]
		held[1] = held[1] || pad.Y > 0.5 || pad.Held[ebiten.StandardGamepadButtonLeftBottom]
		held[2] = held[2] || pad.X < -0.5 || pad.Held[ebiten.StandardGamepadButtonLeftLeft]
		held[3] = held[3] || pad.X > 0.5 || pad.Held[ebiten.StandardGamepadButtonLeftRight]
		if r.fresh(pad, ebiten.StandardGamepadButtonRightBottom) {
			in.Accept, in.Enter, in.Hand = true, true, Gamepad
		}
		in.Talk = in.Talk || r.fresh(pad, ebiten.StandardGamepadButtonCenterLeft)
		if r.fresh(pad, ebiten.StandardGamepadButtonRightRight) || r.fresh(pad, ebiten.StandardGamepadButtonCenterRight) {
			in.Back, in.Hand = true, Gamepad
		}
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
	x, y, held, second, wheel := r.Source.Mouse()
	mouse := image.Pt(int(x), int(y))
	if r.Canvas != nil {
		mouse = image.Pt(r.Canvas.Point(x, y))
	}
	at, moved := r.pointer, mouse != r.mouse && r.read
	if moved || held || !r.read {
		at = mouse // until the mouse moves, the pointer stays where the finger left it
	}
	r.touches = r.Source.AppendTouches(r.touches[:0])
	finger := len(r.touches) > 0
	if finger {
		at, held, in.Hand = r.touches[0], true, Finger
		if r.Canvas != nil {
			at = image.Pt(r.Canvas.Point(float64(at.X), float64(at.Y)))
		}
	}
	in.Pointer, in.Moved = at, at != r.pointer && r.read && r.finger == finger
	in.Held, in.Pressed, in.Released = held, held && !r.held, r.held && !held
	if in.Pressed {
		r.focused = r.Source.Focused()
	}
	if in.Released && r.focused && !r.Source.Focused() {
		in.Released = false // the window has lost the focus, and nobody has let go
	}
	in.Second, in.Wheel = second, wheel
	if !finger && (in.Pressed || second || moved && far(mouse, r.mouse)) {
		in.Hand = Mouse
	}
	r.read, r.finger, r.mouse = true, finger, mouse
	r.pointer, r.held = at, held
}

// far reports whether the pointer has moved more than a shaken table moves a mouse.
func far(a, b image.Point) bool { return abs(a.X-b.X)+abs(a.Y-b.Y) > 2 }
