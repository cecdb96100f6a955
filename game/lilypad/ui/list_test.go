package ui

import (
	"fmt"
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

// listForm is a list of n rows, of which four are seen, above a button.
func listForm(n int) (f *Form, l *List, pressed *string) {
	f, pressed = &Form{}, new(string)
	l = &List{Pixels: 4*listRow(1) + 2*listInset, Press: func(item ListItem) { *pressed = item.Key }}
	for i := range n {
		l.Items = append(l.Items, ListItem{Key: fmt.Sprint(i), Name: fmt.Sprint("host ", i)})
	}
	f.Column(image.Rect(0, 0, 200, 200))
	f.Add(l)
	f.Add(&Button{Text: "below"})
	return f, l, pressed
}

func chosen(l *List) string {
	item, _ := l.Chosen()
	return item.Key
}

func TestListByKeys(t *testing.T) {
	f, l, pressed := listForm(3)
	steps := []struct {
		name string
		in   Input
		want string // chosen
		list bool   // has the focus
	}{
		{"at first", Input{}, "0", true},
		{"down", Input{Down: true}, "1", true},
		{"down again", Input{Down: true}, "2", true},
		{"down leaves at the end", Input{Down: true}, "2", false},
		{"up comes back", Input{Up: true}, "2", true},
		{"up", Input{Up: true}, "1", true},
		{"end", Input{End: true}, "2", true},
		{"home", Input{Home: true}, "0", true},
		{"tab leaves", Input{Next: true}, "0", false},
		{"tab comes back", Input{Next: true}, "0", true},
	}
	for _, step := range steps {
		f.Update(step.in)
		if chosen(l) != step.want || (f.Focused() == Widget(l)) != step.list {
			t.Errorf("%s: row %q is chosen, focus on the list %v; want %q, %v", step.name, chosen(l), f.Focused() == Widget(l), step.want, step.list)
		}
	}
	f.Update(Input{Down: true})
	if act := f.Update(Input{Accept: true}); *pressed != "1" || act != Done {
		t.Errorf("pressed %q (act %v), want row 1", *pressed, act)
	}
}

// The chosen row stays chosen while others come and go around it; when it goes
// itself, the first one is.
func TestListKeepsTheChosenRow(t *testing.T) {
	f, l, _ := listForm(3)
	f.Update(Input{Down: true})
	l.Items = append([]ListItem{{Key: "new"}}, l.Items...)
	f.Update(Input{})
	if chosen(l) != "1" {
		t.Errorf("a new row above moved the choice to %q", chosen(l))
	}
	l.Items = l.Items[:2]
	f.Update(Input{})
	if chosen(l) != "new" {
		t.Errorf("%q is chosen after its row went, want the first", chosen(l))
	}
	l.Items = nil
	f.Update(Input{Accept: true})
	if _, ok := l.Chosen(); ok || l.Focusable() {
		t.Error("an empty list has a chosen row")
	}
	if b, ok := f.Focused().(*Button); !ok || b.Text != "below" {
		t.Errorf("the focus stayed on an empty list: %T", f.Focused())
	}
}

func TestListByPointer(t *testing.T) {
	f, l, pressed := listForm(9)
	for range 6 {
		f.Update(Input{Down: true})
	}
	if l.top != 3 {
		t.Errorf("row 6 is chosen and the first row shown is %d, want 3", l.top)
	}
	at := image.Pt(50, listInset+listRow(1)*2+3) // the third that is shown
	f.Update(Input{Pointer: at, Moved: true})
	if chosen(l) != "5" {
		t.Errorf("the pointer is over row 5, %q is chosen", chosen(l))
	}
	f.Update(Input{Pointer: at, Pressed: true, Held: true})
	f.Update(Input{Pointer: at, Released: true})
	if *pressed != "5" {
		t.Errorf("pressed %q, want 5", *pressed)
	}
	*pressed = ""
	f.Update(Input{Pointer: at, Pressed: true, Held: true})
	f.Update(Input{Pointer: image.Pt(50, 150), Released: true})
	if *pressed != "" {
		t.Errorf("released outside, row %q was pressed", *pressed)
	}
	f.Update(Input{Pointer: at, Wheel: 1})
	if chosen(l) != "4" {
		t.Errorf("the wheel chose %q, want 4", chosen(l))
	}
}

func TestListDraws(t *testing.T) {
	for _, size := range []int{1, 2} {
		f, l, _ := listForm(9)
		l.Items[0] = ListItem{Key: "x", Name: "A very long name of a host that does not fit", About: "and a title", Note: "8/8 playing", Locked: true, Faint: true}
		f.Draw(NewPainter(ebiten.NewImage(200, 200), size))
		l.Items, l.Empty = nil, func() string { return "nobody" }
		f.Draw(NewPainter(ebiten.NewImage(200, 200), size))
		if l.top != 0 || l.chosen != "" {
			t.Error("drawing changed the list")
		}
	}
}
