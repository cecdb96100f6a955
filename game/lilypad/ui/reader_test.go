package ui

import (
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

// source is hands that hold what a test says.
type source struct {
	keys        map[ebiten.Key]int
	pads        []PadState
	mouse       image.Point
	left, right bool
	touches     []image.Point
}

func (s *source) KeyTicks(key ebiten.Key) int                   { return s.keys[key] }
func (s *source) AnyKey() bool                                  { return len(s.keys) > 0 }
func (s *source) AppendChars(dst []rune) []rune                 { return dst }
func (s *source) AppendPads(dst []PadState) []PadState          { return append(dst, s.pads...) }
func (s *source) Focused() bool                                 { return true }
func (s *source) AppendTouches(dst []image.Point) []image.Point { return append(dst, s.touches...) }
func (s *source) Mouse() (x, y float64, left, right bool, wheel int) {
	return float64(s.mouse.X), float64(s.mouse.Y), s.left, s.right, 0
}

// A button of a pad is pressed once however long it is held; a stick repeats.
func TestReaderPads(t *testing.T) {
	s := &source{}
	r := Reader{Source: s}
	pad := PadState{ID: 3, Y: 0.9}
	pad.Held[ebiten.StandardGamepadButtonRightBottom] = true
	s.pads = []PadState{pad}
	accepts, downs := 0, 0
	for range repeatAfter {
		in := r.Read()
		if in.Accept {
			accepts++
		}
		if in.Down {
			downs++
		}
		if in.Hand != Gamepad {
			t.Fatalf("the hand is %d", in.Hand)
		}
	}
	if accepts != 1 || downs != 2 {
		t.Errorf("held, the button is pressed %d times and the stick moves %d times", accepts, downs)
	}
	s.pads = nil
	r.Read()
	s.pads = []PadState{pad} // plugged in again, still held
	if in := r.Read(); !in.Accept || !in.Down {
		t.Errorf("plugged in again: %+v", in)
	}
}

// A finger is not the mouse: where it leaves the screen the pointer stays, and the mouse,
// which has not moved, does not count as used.
func TestReaderFinger(t *testing.T) {
	s := &source{mouse: image.Pt(5, 5)}
	r := Reader{Source: s}
	r.Read()
	s.touches = []image.Point{{100, 80}}
	if in := r.Read(); !in.Pressed || in.Hand != Finger || in.Pointer != s.touches[0] {
		t.Errorf("down: %+v", in)
	}
	s.touches = nil
	if in := r.Read(); !in.Released || in.Pointer != image.Pt(100, 80) || in.Hand != NoHand {
		t.Errorf("up: %+v", in)
	}
	if in := r.Read(); in.Moved || in.Hand != NoHand || in.Pointer != image.Pt(100, 80) {
		t.Errorf("after it: %+v", in)
	}
	s.mouse = image.Pt(50, 50)
	if in := r.Read(); !in.Moved || in.Hand != Mouse || in.Pointer != s.mouse {
		t.Errorf("the mouse: %+v", in)
	}
}

// A finger that slides over a form pulls it along, and presses nothing; one that stays
// presses.
func TestFingerPulls(t *testing.T) {
	pressed := 0
	f := &Form{}
	f.Column(image.Rect(0, 0, 100, 60))
	for range 10 {
		f.Add(&Button{Text: "x", Press: func() { pressed++ }})
	}
	at := func(y int, held, down, up bool) {
		f.Update(Input{Pointer: image.Pt(50, y), Held: held, Pressed: down, Released: up, Moved: true})
	}
	at(50, true, true, false)
	for y := 50; y > 10; y -= 5 {
		at(y, true, false, false)
	}
	at(10, false, false, true)
	if pressed != 0 || f.scroll < 30 {
		t.Errorf("pulled, it has scrolled by %d and pressed %d times", f.scroll, pressed)
	}
	if w := f.Focused(); w == nil || !f.At(w).In(image.Rect(0, 0, 100, 60)) {
		t.Error("the focus is not seen")
	}
	at(30, true, true, false)
	at(31, true, false, false)
	at(31, false, false, true)
	if pressed != 1 {
		t.Errorf("a tap presses %d times", pressed)
	}
}
