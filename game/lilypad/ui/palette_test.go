package ui

import (
	"image/color"
	"testing"

	"github.com/visavis-netcode/visavis/assets"
)

// plate returns the colour in the middle of a plate of the sheet.
func plate(t *testing.T, name string) color.Color {
	t.Helper()
	sheet, err := assets.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	sprites, err := assets.Sprites()
	if err != nil {
		t.Fatal(err)
	}
	at, ok := sprites[name]
	if !ok {
		t.Fatalf("the sheet has no %s", name)
	}
	return sheet.At(at.Rect.Min.X+at.Rect.Dx()/2, at.Rect.Min.Y+at.Rect.Dy()/2)
}

// Words can be read on whatever they are written on.
func TestWordsPartFromTheirPlates(t *testing.T) {
	words := map[string]color.Color{"Ink": Ink, "Faint": Faint, "Bright": Bright, "Alarm": Alarm, "Good": Good, "inkUp": inkUp}
	plates := map[string]struct {
		back  color.Color
		words []string
	}{
		"panel":         {plate(t, "panel/plain"), []string{"Ink", "Faint", "Bright", "Alarm", "Good"}},
		"button":        {plate(t, "panel/button"), []string{"Ink"}},
		"focused":       {plate(t, "panel/focus"), []string{"inkUp"}},
		"blocked":       {plate(t, "panel/off"), []string{"Ink", "Faint"}},
		"well":          {dark, []string{"Ink", "Faint", "Bright"}},
		"chosen row":    {rowBack, []string{"inkUp", "Ink", "Bright"}},
		"night":         {Night, []string{"Ink", "Faint", "Bright", "Alarm", "Good"}},
		"over the pond": {plate(t, "water"), []string{"Ink", "Bright"}},
	}
	for name, p := range plates {
		for _, word := range p.words {
			if got := assets.Contrast(words[word], p.back); got < 4.5 {
				t.Errorf("%s on %s: contrast %.2f, want 4.5", word, name, got)
			}
		}
	}
}
