package assets

import (
	"image/color"
	"testing"

	"github.com/visavis-netcode/visavis/assets/draw"
)

// The committed sheet and index are what the generator draws: nobody has
// touched them by hand, and nobody has forgotten to draw them anew.
func TestSheetIsDrawn(t *testing.T) {
	drawn, index, err := draw.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	if index != indexText {
		t.Error("sheet.txt is not what package draw makes: run go run ./assets/cmd/drawsheet")
	}
	sheet, err := Sheet()
	if err != nil {
		t.Fatal(err)
	}
	if sheet.Bounds() != drawn.Bounds() {
		t.Fatalf("sheet.png is %v, drawn are %v", sheet.Bounds(), drawn.Bounds())
	}
	different := 0
	for y := range draw.SheetHeight {
		for x := range draw.SheetWidth {
			if color.NRGBAModel.Convert(sheet.At(x, y)) != drawn.At(x, y) {
				different++
			}
		}
	}
	if different > 0 {
		t.Errorf("%d pixels of sheet.png are not what package draw makes: run go run ./assets/cmd/drawsheet", different)
	}
}

// Every sprite lies in the sheet and no two share a pixel.
func TestSpritesDoNotOverlap(t *testing.T) {
	sprites, err := Sprites()
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := Sheet()
	if err != nil {
		t.Fatal(err)
	}
	owner := make(map[[2]int]string)
	for name, s := range sprites {
		if !s.Rect.In(sheet.Bounds()) {
			t.Errorf("%s lies at %v, outside of the sheet", name, s.Rect)
		}
		for y := s.Rect.Min.Y; y < s.Rect.Max.Y; y++ {
			for x := s.Rect.Min.X; x < s.Rect.Max.X; x++ {
				if other, taken := owner[[2]int{x, y}]; taken {
					t.Fatalf("%s and %s share the pixel %d,%d", name, other, x, y)
				}
				owner[[2]int{x, y}] = name
			}
		}
	}
}

// Colour, hat and mark are each enough to know a seat.
func TestLooksDiffer(t *testing.T) {
	if len(Looks) != draw.Seats {
		t.Fatalf("%d looks for %d seats", len(Looks), draw.Seats)
	}
	for i, a := range Looks {
		for j, b := range Looks[:i] {
			if a.Colour == b.Colour || a.Name == b.Name || a.Hat == b.Hat || a.Mark == b.Mark {
				t.Errorf("seats %d and %d look alike: %+v, %+v", i, j, a, b)
			}
		}
	}
}
