package art

import (
	"image"
	"image/color"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/assets"
)

// Drawing works before a window is there, so these tests need no display: they
// ask what is drawn, not how it looks.

func TestFontsHaveLatin1(t *testing.T) {
	for _, f := range []*Font{Small, Title} {
		box := f.of('\uFFFD')
		for r := rune(0x21); r <= 0xff; r++ {
			if r >= 0x7f && r <= 0xa0 || r == 0xad {
				continue
			}
			l := f.of(r)
			if l.sprite.Image == nil || l.sprite == box.sprite {
				t.Errorf("%s: no letter for %q", f.face, r)
			}
			if l.advance < l.sprite.Size().X-2*f.factor {
				t.Errorf("%s: %q is %d wide and the next letter is %d away", f.face, r, l.sprite.Size().X, l.advance)
			}
		}
		if f.of('日').sprite != box.sprite {
			t.Errorf("%s: a letter that is not there does not show as a box", f.face)
		}
		if f.of('Ł') != f.of('L') || f.of('ž') != f.of('z') {
			t.Errorf("%s: Ł and ž do not show as L and z", f.face)
		}
	}
}

func TestMeasure(t *testing.T) {
	if got := Measure(""); got != 0 {
		t.Errorf("nothing is %d wide", got)
	}
	if got := Measure("José"); got != Measure("Jose") {
		t.Errorf("José is %d wide, Jose %d", got, Measure("Jose"))
	}
	if small, title := Measure("Zoë 123"), Title.Measure("Zoë 123"); title != 2*small {
		t.Errorf("small %d, title %d: want twice as much", small, title)
	}
}

func TestFit(t *testing.T) {
	const name = "Benedikt der Große"
	if got := Small.Fit(name, 500); got != name {
		t.Errorf("with room enough it is %q", got)
	}
	for width := Measure("…"); width < Measure(name); width++ {
		got := Small.Fit(name, width)
		if Measure(got) > width {
			t.Fatalf("%q is %d wide, want at most %d", got, Measure(got), width)
		}
	}
	if got := Small.Fit(name, Measure("Benedikt …")); got != "Benedikt…" {
		t.Errorf("shortened to %q, want %q", got, "Benedikt…")
	}
}

// Eight facings of eight seats in all poses have sprites, and values out of
// range do no harm.
func TestFrogsAndPanels(t *testing.T) {
	dst := ebiten.NewImage(64, 64)
	for pose := range poses {
		for facing := range uint8(8) {
			Frog{Style: StyleOf(int(facing)), Facing: facing, Pose: pose}.Draw(dst, 32, 50)
		}
	}
	Frog{Style: Style{99, 99}, Facing: 250, Pose: 200, Scale: 2}.Draw(dst, 0, 0)
	for kind := range Ribbon + 3 {
		Panel(dst, kind, image.Rect(0, 0, 5, 5))
		Panel(dst, kind, image.Rect(3, 3, 60, 60), 0.5)
	}
	Panel(dst, PanelPlain, image.Rectangle{})
	for _, i := range []Icon{Crown, Signal0, Signal1, Signal2, Mute, Ready, Bot, FlyIcon, Pause, Play, Warn, Heart} {
		i.Draw(dst, 1, 1)
	}
	Logo(dst, 0, 0)
	new(Water).Draw(dst, -70)
	DrawShaded(dst, "Zoë\n\x00\xff日", 1, 1, 0, color.NRGBA{255, 255, 255, 255})
}

// The water is drawn anew in a fifth of the pictures, or for another size.
func TestWaterKeepsItsPicture(t *testing.T) {
	dst := ebiten.NewImage(64, 48)
	var w Water
	moved := 0
	for tick := range 600 {
		before := w.lights
		if w.Draw(dst, tick); w.lights != before {
			moved++
		}
	}
	if kept := w.picture; moved < 60 || moved > 150 {
		t.Errorf("the light moved in %d pictures of 600, want 60 to 150", moved)
	} else if w.Draw(dst, 600); w.picture != kept {
		t.Error("another picture for the same size")
	}
	if w.Draw(ebiten.NewImage(32, 32), 600); w.picture.Bounds() != image.Rect(0, 0, 32, 32) {
		t.Errorf("for 32x32 pixels there is a picture of %v", w.picture.Bounds())
	}
}

// Words in a seat's colour can be read on the dark rim that they have.
func TestSeatInk(t *testing.T) {
	for seat := range Seats {
		if got := assets.Contrast(SeatInk(seat), Shade); got < 4.5 {
			t.Errorf("seat %d: contrast %.2f, want 4.5", seat, got)
		}
	}
}

// The signs of all seats, which have no rim, part from the water.
func TestMarkInk(t *testing.T) {
	sheet, err := assets.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	sprites, err := assets.Sprites()
	if err != nil {
		t.Fatal(err)
	}
	water := sprites["water"].Rect
	for seat := range Seats {
		for y := water.Min.Y; y < water.Max.Y; y += 3 {
			for x := water.Min.X; x < water.Max.X; x += 3 {
				below := color.NRGBAModel.Convert(sheet.At(x, y)).(color.NRGBA)
				if got := assets.Contrast(MarkInk(seat), below); got < 3 {
					t.Fatalf("seat %d: a contrast of %.2f with %v", seat, got, below)
				}
			}
		}
	}
}
