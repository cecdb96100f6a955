package ui

import (
	"image"
	"testing"
)

type board struct {
	copied string
	text   string
	asked  bool
}

func (b *board) Copy(text string) { b.copied = text }
func (b *board) Ask()             { b.asked = true }
func (b *board) Paste() (string, bool) {
	if !b.asked || b.text == "" {
		return "", false
	}
	text := b.text
	b.text, b.asked = "", false
	return text, true
}

func TestTextFieldEdits(t *testing.T) {
	steps := []struct {
		name string
		in   Input
		want string
	}{
		{"typed at the end", Input{Chars: []rune("na")}, "Ana"},
		{"home and typed", Input{Home: true}, "Ana"},
		{"at the start", Input{Chars: []rune("J")}, "JAna"},
		{"delete", Input{Delete: true}, "Jna"},
		{"end", Input{End: true}, "Jna"},
		{"left", Input{Left: true}, "Jna"},
		{"erase before the caret", Input{Erase: true}, "Ja"},
		{"other letters", Input{Chars: []rune("é")}, "Jéa"},
		{"control characters are dropped", Input{Chars: []rune("\n\x1b\u202e")}, "Jéa"},
		{"no room", Input{Chars: []rune("123456789")}, "Jé12345a"},
		{"erase", Input{Erase: true}, "Jé1234a"},
	}
	value := "A"
	field := &TextField{Value: &value, Max: 8}
	for _, step := range steps {
		field.Handle(&step.in, image.Rectangle{})
		if value != step.want {
			t.Errorf("%s: %q, want %q", step.name, value, step.want)
		}
	}
	for range 20 {
		field.Handle(&Input{Erase: true}, image.Rectangle{})
		field.Handle(&Input{Delete: true}, image.Rectangle{})
	}
	if value != "" {
		t.Errorf("everything erased leaves %q", value)
	}
}

func TestTextFieldClipboard(t *testing.T) {
	value := "mine"
	b := &board{text: "127.0.0.1:7777#abc\n"}
	field := &TextField{Value: &value, Clipboard: b}
	field.Handle(&Input{Copy: true}, image.Rectangle{})
	if b.copied != "mine" {
		t.Errorf("copied %q", b.copied)
	}
	field.Handle(&Input{}, image.Rectangle{})
	if value != "mine" {
		t.Error("pasted without being asked")
	}
	field.Handle(&Input{Paste: true}, image.Rectangle{})
	if value != "mine127.0.0.1:7777#abc" {
		t.Errorf("pasted: %q", value)
	}
}

func TestTextFieldSpaceIsALetterAndEnterIsNot(t *testing.T) {
	value, entered := "a", 0
	field := &TextField{Value: &value, Enter: func() { entered++ }}
	field.Handle(&Input{Accept: true, Chars: []rune(" ")}, image.Rectangle{})
	if value != "a " || entered != 0 {
		t.Errorf("space: %q, entered %d times", value, entered)
	}
	field.Handle(&Input{Accept: true, Enter: true}, image.Rectangle{})
	if entered != 1 {
		t.Errorf("entered %d times, want 1", entered)
	}
}

// The value may be replaced from outside, for example by another screen.
func TestTextFieldValueShrinksUnderTheCaret(t *testing.T) {
	value := "long text"
	field := &TextField{Value: &value}
	field.Handle(&Input{End: true}, image.Rectangle{})
	value = "x"
	field.Handle(&Input{Chars: []rune("y")}, image.Rectangle{})
	if value != "xy" {
		t.Errorf("%q, want xy", value)
	}
}
