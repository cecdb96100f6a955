package screens

import (
	"image/color"
	"testing"
)

// Every size of the icon shows the frog: its colour, its hat and what is behind it.
func TestWindowIcons(t *testing.T) {
	icons, err := windowIcons()
	if err != nil || len(icons) != len(iconSizes) {
		t.Fatalf("%d icons: %v", len(icons), err)
	}
	for i, icon := range icons {
		side := iconSizes[i]
		if b := icon.Bounds(); b.Dx() != side || b.Dy() != side {
			t.Errorf("icon %d is %v", side, b)
		}
		colours := map[color.Color]int{}
		for y := range side {
			for x := range side {
				colours[icon.At(x, y)]++
			}
		}
		orange := 0 // the first seat's, in the light and in the shade
		for c, n := range colours {
			if p := c.(color.NRGBA); p.R > 150 && p.G > p.B+50 && p.R > p.G+40 {
				orange += n
			}
		}
		if orange < side*side/20 {
			t.Errorf("icon %d has %d pixels of the frog's colour", side, orange)
		}
		if len(colours) < 8 {
			t.Errorf("icon %d has %d colours", side, len(colours))
		}
	}
}
