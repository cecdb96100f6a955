package ui

import (
	"image"
	"unicode"
)

// Clipboard is the system's clipboard, as far as there is one. Neither method
// waits: Paste returns what has arrived since it was asked for.
type Clipboard interface {
	Copy(text string)
	// Ask begins to fetch the clipboard's text.
	Ask()
	// Paste returns the text asked for, once.
	Paste() (text string, ok bool)
}

// TextField is a line that can be typed into.
type TextField struct {
	Text      string // what stands before the field
	About     string // a sentence about it: see Form.Help
	Value     *string
	Max       int    // runes; 0 = 64. What is typed beyond is dropped.
	Hint      string // shown while the field is empty
	Enter     func() // Enter was pressed; may be nil
	Clipboard Clipboard
	NoLetters bool // it offers no keyboard on the screen: it stands over one

	caret   int // runes before the caret
	blink   int // ticks since it last moved
	fresh   bool
	touch   bool            // a pointer went down where it opens the letters and is still there
	pressed image.Rectangle // where that is
}

// ToEnd puts the caret behind the last letter: for when the value was changed
// from outside.
func (t *TextField) ToEnd() { t.fresh = false }

// Height is part of Widget.
func (t *TextField) Height(textSize int) int { return rowHeight(textSize) }

// Focusable is part of Widget.
func (t *TextField) Focusable() bool { return true }

func (t *TextField) limit() int {
	if t.Max > 0 {
		return t.Max
	}
	return 64
}

// lettersWord stands on the button that opens a keyboard on the screen.
const lettersWord = "abc"

// LettersAt is where a field at r has that button, while it has the focus: for who has a
// mouse only. The rest of the field is for those who type.
func (t *TextField) LettersAt(r image.Rectangle, textSize int) image.Rectangle {
	if t.NoLetters {
		return image.Rectangle{}
	}
	return image.Rect(r.Max.X-12-textWidth(lettersWord)*textSize, r.Min.Y+3, r.Max.X-4, r.Max.Y-3)
}

// wantsLetters reports whether it was pressed by somebody who may have no keyboard.
func (t *TextField) wantsLetters(in *Input, r image.Rectangle) bool {
	if in.Pressed {
		t.pressed = r
		if in.Hand != Finger {
			t.pressed = t.LettersAt(r, in.textSize())
		}
		t.touch = in.Pointer.In(t.pressed)
	}
	tapped := t.touch && in.Released && in.Pointer.In(t.pressed)
	t.touch = t.touch && (in.Pressed || in.Held)
	return in.Letters != nil && (tapped || in.Accept && in.Hand == Gamepad)
}

// Handle is part of Widget.
func (t *TextField) Handle(in *Input, r image.Rectangle) bool {
	if t.wantsLetters(in, r) {
		in.Letters(t)
		return true
	}
	value := []rune(*t.Value)
	if !t.fresh {
		t.caret, t.fresh = len(value), true
	}
	t.caret = min(max(t.caret, 0), len(value))
	t.blink++
	own := true
	switch {
	case in.Enter:
		if t.Enter != nil {
			t.Enter()
		}
		return true
	case in.Left:
		t.caret = max(t.caret-1, 0)
	case in.Right:
		t.caret = min(t.caret+1, len(value))
	case in.Home:
		t.caret = 0
	case in.End:
		t.caret = len(value)
	case in.Erase && t.caret > 0:
		value = append(value[:t.caret-1], value[t.caret:]...)
		t.caret--
	case in.Delete && t.caret < len(value):
		value = append(value[:t.caret], value[t.caret+1:]...)
	default:
		own = false
	}
	value = t.insert(value, in.Chars)
	value = t.clip(in, value)
	if s := string(value); s != *t.Value {
		*t.Value, t.blink = s, 0
	}
	if own {
		t.blink = 0
	}
	return own
}

// insert puts what was typed or pasted at the caret, without control
// characters, as far as there is room.
func (t *TextField) insert(value, chars []rune) []rune {
	for _, r := range chars {
		if len(value) >= t.limit() {
			break
		}
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			continue
		}
		value = append(value, 0)
		copy(value[t.caret+1:], value[t.caret:])
		value[t.caret] = r
		t.caret++
	}
	return value
}

func (t *TextField) clip(in *Input, value []rune) []rune {
	if t.Clipboard == nil {
		return value
	}
	if in.Copy {
		t.Clipboard.Copy(string(value))
	}
	if in.Paste {
		t.Clipboard.Ask()
	}
	if text, ok := t.Clipboard.Paste(); ok {
		value = t.insert(value, []rune(text))
	}
	return value
}

// Draw is part of Widget.
func (t *TextField) Draw(p *Painter, r image.Rectangle, focused bool) {
	p.Frame(r, focused, false)
	x, y := r.Min.X+5, textTop(r, p.TextSize)
	if t.Text != "" {
		p.Text(t.Text, x, y, p.TextSize, p.inkOn(focused))
		x += p.Width(t.Text, p.TextSize) + 8
	}
	inner := image.Rect(x, r.Min.Y+3, r.Max.X-4, r.Max.Y-3)
	if at := t.LettersAt(r, p.TextSize); focused && !at.Empty() {
		inner.Max.X = at.Min.X - 2
		p.Fill(at, rowBack)
		p.Text(lettersWord, at.Min.X+4, y, p.TextSize, Ink)
	}
	p.Well(inner)
	x += 3
	value := []rune(*t.Value)
	if len(value) == 0 && !focused {
		p.Squeeze(t.Hint, image.Rect(x, r.Min.Y, inner.Max.X-3, r.Max.Y), false, Faint)
		return
	}
	caret := min(t.caret, len(value))
	if !t.fresh {
		caret = len(value)
	}
	// Scroll so that the caret is inside.
	from := caret
	for from > 0 && p.Width(string(value[from-1:caret]), p.TextSize) <= inner.Dx()-8 {
		from--
	}
	p.Text(p.Fit(string(value[from:]), inner.Dx()-6, p.TextSize), x, y, p.TextSize, Ink)
	if focused && t.blink%60 < 36 {
		cx := x + p.Width(string(value[from:caret]), p.TextSize)
		p.Fill(image.Rect(cx, inner.Min.Y+2, cx+1, inner.Max.Y-2), Ink)
	}
}
