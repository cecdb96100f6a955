package screens

import (
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// hands are a person with one device, from whose events the game reads everything: a
// keyboard, a gamepad, a mouse or a finger. They look at every picture.
type hands struct {
	t      *testing.T
	app    *App
	device ui.Hand
	also   func() // what goes on elsewhere in every tick; may be nil

	keys    map[ebiten.Key]int // ticks that they are down
	chars   []rune
	pad     ui.PadState
	at      image.Point
	left    bool
	right   bool
	wheel   int
	touches []image.Point
	seen    map[string]bool // faults that were told
	every   int             // ticks between two looks
	away    bool            // the window has not got the focus
}

func newHands(t *testing.T, a *App, device ui.Hand) *hands {
	h := &hands{t: t, app: a, device: device, keys: map[ebiten.Key]int{}, seen: map[string]bool{}, every: 3, at: image.Pt(-50, -50)}
	a.reader.Source, a.reader.Canvas = h, nil
	a.sampler.Devices = fingers{h}
	return h
}

func (h *hands) KeyTicks(key ebiten.Key) int { return h.keys[key] }
func (h *hands) AnyKey() bool {
	for _, ticks := range h.keys {
		if ticks == 1 {
			return true
		}
	}
	return false
}
func (h *hands) AppendChars(dst []rune) []rune { return append(dst, h.chars...) }
func (h *hands) AppendPads(dst []ui.PadState) []ui.PadState {
	if h.device != ui.Gamepad {
		return dst
	}
	return append(dst, h.pad)
}
func (h *hands) Mouse() (x, y float64, left, right bool, wheel int) {
	return float64(h.at.X), float64(h.at.Y), h.left, h.right, h.wheel
}
func (h *hands) Focused() bool                                 { return !h.away }
func (h *hands) AppendTouches(dst []image.Point) []image.Point { return append(dst, h.touches...) }

// KeyDown, AppendGamepads and Fingers are game.Devices.
func (h *hands) KeyDown(key ebiten.Key) bool { return h.keys[key] > 0 }
func (h *hands) AppendGamepads(dst []game.Buttons) []game.Buttons {
	if h.device != ui.Gamepad {
		return dst
	}
	var held game.Buttons
	for _, b := range h.app.settings.Pad.padBindings() {
		if h.pad.Held[b.Button] {
			held |= b.Bits
		}
	}
	return append(dst, held)
}

// fingers are the same touches for the game's own sampler.
type fingers struct{ *hands }

func (f fingers) AppendTouches(dst []game.Touch) []game.Touch {
	for i, at := range f.touches {
		dst = append(dst, game.Touch{ID: i, X: at.X, Y: at.Y})
	}
	return dst
}

// tick lets a tick pass, and looks at its picture.
func (h *hands) tick() {
	a := h.app
	a.sampler.Devices = fingers{h}
	a.tick++
	a.beat(a.reader.Read())
	a.saving.catchUp()
	for key := range h.keys {
		h.keys[key]++
	}
	h.chars, h.wheel = nil, 0
	if h.also != nil {
		h.also()
	}
	if len(a.stack) > 0 && a.tick%h.every == 0 {
		h.look()
	}
}

func (h *hands) wait(ticks int) {
	for range ticks {
		h.tick()
	}
}

// key presses a key of the keyboard.
func (h *hands) key(key ebiten.Key, chars ...rune) {
	h.keys[key], h.chars = 1, chars
	h.tick()
	delete(h.keys, key)
	h.tick()
}

func (h *hands) button(b ebiten.StandardGamepadButton) {
	h.pad.Held[b] = true
	h.tick()
	h.pad.Held[b] = false
	h.tick()
}

// press presses the mouse's button, or puts a finger down, at a place.
func (h *hands) press(at image.Point) {
	if h.device == ui.Finger {
		h.touches = []image.Point{at}
		h.tick()
		h.tick()
		h.touches = nil
		h.tick()
		return
	}
	h.at = at
	h.tick()
	h.left = true
	h.tick()
	h.left = false
	h.tick()
}

var (
	arrowOf = map[image.Point]ebiten.Key{{X: 0, Y: -1}: ebiten.KeyArrowUp, {X: 0, Y: 1}: ebiten.KeyArrowDown, {X: -1}: ebiten.KeyArrowLeft, {X: 1}: ebiten.KeyArrowRight}
	crossOf = map[image.Point]ebiten.StandardGamepadButton{
		{X: 0, Y: -1}: ebiten.StandardGamepadButtonLeftTop, {X: 0, Y: 1}: ebiten.StandardGamepadButtonLeftBottom,
		{X: -1}: ebiten.StandardGamepadButtonLeftLeft, {X: 1}: ebiten.StandardGamepadButtonLeftRight,
	}
)

// step moves the focus one step.
func (h *hands) step(d image.Point) {
	if h.device == ui.Gamepad {
		h.button(crossOf[d])
		return
	}
	h.key(arrowOf[d])
}

// accept presses what has the focus.
func (h *hands) accept() {
	if h.device == ui.Gamepad {
		h.button(ebiten.StandardGamepadButtonRightBottom)
		return
	}
	h.key(ebiten.KeyEnter)
}

// back leaves, for those who have a key for it; others press the button of that name.
func (h *hands) back(name string) {
	switch h.device {
	case ui.Keys:
		h.key(ebiten.KeyEscape)
	case ui.Gamepad:
		h.button(ebiten.StandardGamepadButtonRightRight)
	default:
		h.tap(name)
	}
}

func textOf(w ui.Widget) string {
	switch w := w.(type) {
	case *ui.Button:
		return w.Text
	case *ui.Toggle:
		return w.Text
	case *ui.Choice:
		return w.Text
	case *ui.Slider:
		return w.Text
	case *ui.TextField:
		return w.Text
	case *ui.List:
		return "list"
	case *timeline:
		return "time line"
	}
	return ""
}

// form is the one that is in use on the screen, nil if there is none.
func (h *hands) form() *ui.Form {
	switch s := h.app.stack[len(h.app.stack)-1].(type) {
	case *title:
		return &s.form
	case *options:
		return &s.form
	case *keyMenu:
		return &s.form
	case *roundOptions:
		return &s.form
	case *howto:
		return &s.form
	case *join:
		return &s.form
	case *joining:
		return &s.form
	case *trouble:
		return &s.form
	case *question:
		return &s.form
	case *person:
		return &s.form
	case *mutes:
		return &s.form
	case *naming:
		return &s.form
	case *letters:
		return &s.form
	case *inviting:
		return &s.form
	case *shelf:
		return &s.form
	case *replayCard:
		return &s.form
	case *doorway:
		return &s.form
	case *watching:
		if !s.asleep() {
			return &s.form
		}
	case *opening:
		if s.slow() {
			return &s.form
		}
	case *seatChoice:
		return &s.form
	case *filming:
		return &s.form
	case *fetching:
		if s.slow() {
			return &s.form
		}
	case *company:
		return &s.form
	case *playback:
		if s.hall != nil && s.hall.talk.form != nil {
			return s.hall.talk.form
		}
		if !s.asleep() {
			return &s.form
		}
	case *lobby:
		if s.talk.form != nil {
			return s.talk.form
		}
		return &s.form
	case *results:
		if s.talk.form != nil {
			return s.talk.form
		}
		return &s.form
	case *match:
		switch {
		case s.talk.form != nil:
			return s.talk.form
		case s.asking:
			return &s.form
		}
	case *laboratory:
		return s.lab.Form()
	}
	return nil
}

// widget finds what is called so on the form.
func (h *hands) widget(name string) ui.Widget {
	h.t.Helper()
	f := h.form()
	if f == nil {
		h.t.Fatalf("%T has no form, and %q was to be pressed", h.app.stack[len(h.app.stack)-1], name)
	}
	for i := range f.Len() {
		if w := f.Widget(i); textOf(w) == name {
			return w
		}
	}
	h.t.Fatalf("%T has no %q", h.app.stack[len(h.app.stack)-1], name)
	return nil
}

// reach brings the focus to a widget, or it into view.
func (h *hands) reach(name string) ui.Widget {
	h.t.Helper()
	target := h.widget(name)
	if h.device == ui.Mouse || h.device == ui.Finger {
		h.bring(name, target)
		return target
	}
	for range 60 {
		f := h.form()
		if target = h.widget(name); f.Focused() == target {
			return target
		}
		from, to := f.At(f.Focused()), f.At(target)
		d := image.Pt(0, 1)
		switch {
		case to.Min.Y >= from.Max.Y:
		case to.Max.Y <= from.Min.Y:
			d.Y = -1
		case to.Min.X > from.Min.X:
			d = image.Pt(1, 0)
		default:
			d = image.Pt(-1, 0)
		}
		was := f.Focused()
		h.step(d)
		if h.form().Focused() == was && h.device == ui.Keys {
			h.key(ebiten.KeyTab)
		}
	}
	h.t.Fatalf("device %d cannot reach %q on %T; the focus is on %q", h.device, name, h.app.stack[len(h.app.stack)-1], textOf(h.form().Focused()))
	return nil
}

// bring scrolls until a widget is seen.
func (h *hands) bring(name string, target ui.Widget) {
	h.t.Helper()
	for range 60 {
		f := h.form()
		at, seen := f.At(target), false
		for _, r := range f.Places() {
			seen = seen || r == at
		}
		if seen {
			return
		}
		way := 1
		if at.Min.Y < Height/2 {
			way = -1
		}
		middle := image.Pt((at.Min.X+at.Max.X)/2, Height/2)
		if h.device == ui.Mouse {
			h.at, h.wheel = middle, -way
			h.tick()
			continue
		}
		for _, r := range f.Places() {
			if r.Min.X <= middle.X && middle.X < r.Max.X {
				middle.Y = (r.Min.Y + r.Max.Y) / 2 // where there is something to pull
			}
		}
		for i := range 8 {
			h.touches = []image.Point{middle.Sub(image.Pt(0, way*i*6))}
			h.tick()
		}
		h.touches = nil
		h.tick()
	}
	h.t.Fatalf("device %d cannot scroll to %q", h.device, name)
}

// tap presses what is called so.
func (h *hands) tap(name string) {
	h.t.Helper()
	target := h.reach(name)
	if h.device == ui.Mouse || h.device == ui.Finger {
		r := h.form().At(target)
		h.press(r.Min.Add(r.Max).Div(2))
	} else {
		h.accept()
	}
	h.wait(4)
}

// strokes are what a picture of the screen consists of.
func (h *hands) strokes() []art.Stroke {
	h.app.toast.until = 0 // it comes over everything, and goes
	h.app.drawn = -1
	return strokesOf(func() { h.app.Draw(picture) })
}

// strokesOf are what drawing something on the picture consists of.
func strokesOf(draw func()) (all []art.Stroke) {
	stop := art.Watch(func(s art.Stroke) {
		if s.Dst == picture {
			all = append(all, s)
		}
	})
	defer stop()
	draw()
	return all
}
