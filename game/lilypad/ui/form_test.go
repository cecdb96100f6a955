package ui

import (
	"fmt"
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

// menu is a form of three buttons below each other, and what was pressed.
func menu(t *testing.T) (f *Form, pressed *string) {
	t.Helper()
	f, pressed = &Form{}, new(string)
	f.Column(image.Rect(0, 0, 100, 200))
	f.Add(&Label{Text: "Title"})
	for _, name := range []string{"one", "two", "three"} {
		f.Add(&Button{Text: name, Press: func() { *pressed = name }})
	}
	return f, pressed
}

func focusedText(t *testing.T, f *Form) string {
	t.Helper()
	switch w := f.Focused().(type) {
	case *Button:
		return w.Text
	case *Slider:
		return w.Text
	case *Toggle:
		return w.Text
	case *TextField:
		return w.Text
	}
	return ""
}

func TestFocusByKeys(t *testing.T) {
	f, pressed := menu(t)
	steps := []struct {
		name string
		in   Input
		want string
	}{
		{"a label has no focus", Input{}, "one"},
		{"down", Input{Down: true}, "two"},
		{"tab", Input{Next: true}, "three"},
		{"down wraps", Input{Down: true}, "one"},
		{"up wraps", Input{Up: true}, "three"},
		{"shift tab", Input{Previous: true}, "two"},
		{"left goes nowhere", Input{Left: true}, "two"},
	}
	for _, step := range steps {
		if f.Update(step.in); focusedText(t, f) != step.want {
			t.Errorf("%s: the focus is on %q, want %q", step.name, focusedText(t, f), step.want)
		}
	}
	if f.Update(Input{Accept: true}); *pressed != "two" {
		t.Errorf("pressed %q, want two", *pressed)
	}
}

func TestFocusByPointer(t *testing.T) {
	f, pressed := menu(t)
	at := f.items[3].at.Min.Add(image.Pt(5, 5))
	if f.Update(Input{Pointer: at}); focusedText(t, f) != "one" {
		t.Error("a resting pointer took the focus away from the keys")
	}
	if f.Update(Input{Pointer: at, Moved: true}); focusedText(t, f) != "three" {
		t.Error("a moved pointer did not take the focus")
	}
	f.Update(Input{Pointer: at, Pressed: true, Held: true})
	if *pressed != "" {
		t.Error("a button acted before it was let go")
	}
	away := image.Pt(500, 500)
	f.Update(Input{Pointer: away, Moved: true, Held: true})
	f.Update(Input{Pointer: away, Released: true})
	if *pressed != "" {
		t.Error("a button acted although the pointer had left it")
	}
	f.Update(Input{Pointer: at, Pressed: true, Held: true})
	f.Update(Input{Pointer: at, Released: true})
	if *pressed != "three" {
		t.Errorf("pressed %q, want three", *pressed)
	}
	*pressed = ""
	f.Update(Input{Pointer: away, Pressed: true, Held: true})
	f.Update(Input{Pointer: at, Released: true})
	if *pressed != "" {
		t.Error("a press that began elsewhere acted here")
	}
}

func TestFocusBetweenColumns(t *testing.T) {
	f := &Form{}
	f.Column(image.Rect(0, 0, 100, 100))
	f.Add(&Button{Text: "left top"})
	f.Add(&Button{Text: "left bottom"})
	f.Column(image.Rect(120, 0, 220, 100))
	f.Add(&Button{Text: "right top"})
	f.Add(&Button{Text: "right bottom"})
	for _, step := range []struct {
		in   Input
		want string
	}{{Input{Right: true}, "right top"}, {Input{Down: true}, "right bottom"}, {Input{Left: true}, "left bottom"}, {Input{Up: true}, "left top"}} {
		if f.Update(step.in); focusedText(t, f) != step.want {
			t.Errorf("the focus is on %q, want %q", focusedText(t, f), step.want)
		}
	}
}

func TestBlockedButtonDoesNothing(t *testing.T) {
	f, pressed := menu(t)
	reason := "two players are needed"
	f.items[1].widget.(*Button).Blocked = func() string { return reason }
	if f.Update(Input{Accept: true}); *pressed != "" {
		t.Error("a blocked button acted")
	}
	reason = ""
	if f.Update(Input{Accept: true}); *pressed != "one" {
		t.Error("an unblocked button did not act")
	}
}

func TestFormScrollsToTheFocus(t *testing.T) {
	f := &Form{}
	f.Column(image.Rect(0, 0, 100, 60))
	for range 10 {
		f.Add(&Button{Text: "row"})
	}
	for range 9 {
		f.Update(Input{Down: true})
		if it := &f.items[f.focus]; !f.visible(it) {
			t.Fatalf("widget %d has the focus and lies at %v, outside the column", f.focus, f.shown(it))
		}
	}
	if f.focus != 9 {
		t.Errorf("the focus is on %d, want 9", f.focus)
	}
	if f.Update(Input{Down: true}); f.focus != 0 || !f.visible(&f.items[0]) {
		t.Error("wrapping to the top did not scroll back")
	}
}

func TestSlider(t *testing.T) {
	value, changes := 50, 0
	f := &Form{}
	f.Column(image.Rect(0, 0, 200, 20))
	s := &Slider{Value: &value, Max: 250, Step: 10, Change: func() { changes++ }}
	f.Add(s)
	f.Update(Input{Right: true})
	if value != 60 || changes != 1 {
		t.Errorf("right: %d after %d changes, want 60 after 1", value, changes)
	}
	track := s.track(f.items[0].at, 1)
	f.Update(Input{Pointer: image.Pt(track.Max.X, track.Min.Y+2), Pressed: true, Held: true})
	if value != 250 {
		t.Errorf("pressed at the end: %d, want 250", value)
	}
	f.Update(Input{Pointer: image.Pt(track.Min.X-90, 300), Moved: true, Held: true})
	if value != 0 {
		t.Errorf("dragged past the start, off the slider: %d, want 0", value)
	}
	f.Update(Input{Pointer: image.Pt(track.Max.X, 300), Moved: true, Released: true})
	f.Update(Input{Pointer: image.Pt(track.Max.X, 300), Moved: true})
	if value != 0 {
		t.Errorf("a pointer that is up moved the slider to %d", value)
	}
	for range 30 {
		f.Update(Input{Left: true})
	}
	if value != 0 {
		t.Errorf("below the minimum: %d", value)
	}
}

func TestToggleAndChoice(t *testing.T) {
	on, which := false, 0
	f := &Form{}
	f.Column(image.Rect(0, 0, 200, 60))
	f.Add(&Toggle{Value: &on})
	f.Add(&Choice{Names: []string{"a", "b", "c"}, Value: &which})
	f.Update(Input{Accept: true})
	if !on {
		t.Error("accept did not switch the toggle on")
	}
	if f.Update(Input{Right: true}); !on {
		t.Error("right switched off what is on")
	}
	f.Update(Input{Down: true})
	f.Update(Input{Left: true})
	if which != 2 {
		t.Errorf("left of the first is %d, want the last, 2", which)
	}
	f.Update(Input{Accept: true})
	if which != 0 {
		t.Errorf("after the last comes %d, want 0", which)
	}
}

func TestEmptyFormIsHarmless(t *testing.T) {
	f := &Form{}
	f.Update(Input{Accept: true, Down: true, Pressed: true})
	f.Column(image.Rect(0, 0, 10, 10))
	f.Add(&Label{Text: "only words"})
	f.Update(Input{Accept: true, Down: true, Pressed: true})
	if f.Focused() != nil {
		t.Error("a label got the focus")
	}
}

// Drawing needs no window, and must not change what the next tick does.
func TestDrawChangesNothing(t *testing.T) {
	f, _ := menu(t)
	name := "Ana"
	f.Add(&TextField{Text: "Name", Value: &name})
	f.Update(Input{Down: true})
	before := *f
	for _, size := range []int{1, 2} {
		f.Draw(NewPainter(ebiten.NewImage(640, 360), size))
	}
	if f.focus != before.focus || f.scroll != before.scroll || name != "Ana" {
		t.Error("Draw changed the form")
	}
}

// The knob of a slider covers neither its name nor its value, however narrow it is.
func TestSliderKnobLeavesTheValueFree(t *testing.T) {
	for size := 1; size <= 2; size++ {
		for _, width := range []int{150 * size, 190 * size, 380} {
			s := &Slider{Text: "Delay", Max: 250, Format: func(n int) string { return fmt.Sprintf("%d ms", n) }}
			track := s.track(image.Rect(0, 0, width, 20), size)
			if right, value := track.Max.X+2, width-5-textWidth("250 ms")*size; right > value {
				t.Errorf("size %d, %d wide: the knob reaches %d, the value begins at %d", size, width, right, value)
			}
			if track.Dx() < 20 {
				t.Errorf("size %d, %d wide: the track is %d long", size, width, track.Dx())
			}
		}
	}
}

// W, A, S and D move the focus, but not while something is typed.
func TestFocusByLetters(t *testing.T) {
	f, _ := menu(t)
	var in Input
	in.Steer.Down = true
	if f.Update(in); focusedText(t, f) != "two" {
		t.Errorf("S left the focus on %q", focusedText(t, f))
	}
	if f.Typing = true; f.Update(in) != Nothing || focusedText(t, f) != "two" {
		t.Error("S moved the focus of a screen that takes letters")
	}
	f.Typing = false
	value := ""
	field := &TextField{Text: "field", Value: &value}
	f.Add(field)
	f.Focus(field)
	in.Chars = []rune("s")
	if f.Update(in); value != "s" || focusedText(t, f) != "field" {
		t.Errorf("S in a text field: %q, and the focus is on %q", value, focusedText(t, f))
	}
}

// A button jumps when it gets the focus and gives way while it is pressed.
func TestButtonsMove(t *testing.T) {
	f, _ := menu(t)
	r := image.Rect(10, 10, 90, 30)
	shown := func() image.Rectangle {
		p := NewPainter(ebiten.NewImage(8, 8), 1)
		f.Draw(p)
		return p.moved(r, true)
	}
	f.Update(Input{Down: true})
	if got := shown(); got != r.Inset(-1) {
		t.Errorf("with the focus just got it is at %v", got)
	}
	for range litTicks {
		f.Update(Input{})
	}
	if got := shown(); got != r {
		t.Errorf("at rest it is at %v", got)
	}
	at := f.items[2].at.Min.Add(image.Pt(3, 3))
	f.Update(Input{Pointer: at, Moved: true, Pressed: true, Held: true})
	if got := shown(); got != r.Add(image.Pt(0, 1)) {
		t.Errorf("pressed it is at %v", got)
	}
}
