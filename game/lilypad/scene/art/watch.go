package art

import (
	"image"
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"
)

// Stroke is something that was drawn, for tests that look at a picture without a
// window: words, and what they stand on. Sprites are not told.
type Stroke struct {
	Kind   StrokeKind
	Dst    *ebiten.Image
	At     image.Rectangle // of words: from the top of the capitals to their foot
	Text   string
	Ink    color.NRGBA // of words, or of a fill
	Shaded bool        // the words have a dark rim of their own
	Plate  PanelKind
	Fade   float32 // of a plate: how much shines through
}

// StrokeKind says what was drawn.
type StrokeKind uint8

// The kinds.
const (
	TextStroke  StrokeKind = iota // a line of words
	FillStroke                    // a rectangle of one colour
	PlateStroke                   // a Panel
	WaterStroke                   // the water of the pond, over all of the picture
	SeamStroke                    // a pond ends: what was drawn before is a scene, what comes is on top of it
)

// watcher is told of every stroke; nil, but in tests.
var watcher func(Stroke)

// Watch tells f of every stroke until stop is called. Drawing has one goroutine, and so
// has this.
func Watch(f func(Stroke)) (stop func()) {
	watcher = f
	return func() { watcher = nil }
}

// Seam says that a scene is complete.
func Seam(dst *ebiten.Image) {
	if watcher != nil {
		watcher(Stroke{Kind: SeamStroke, Dst: dst, At: dst.Bounds()})
	}
}

func watchText(dst *ebiten.Image, s string, x, y, scale int, c color.NRGBA, shaded bool) {
	if watcher == nil || s == "" {
		return
	}
	scale = max(scale, 1)
	at := image.Rect(x, y, x+Measure(s)*scale, y+CapHeight*scale)
	watcher(Stroke{Kind: TextStroke, Dst: dst, At: at, Text: s, Ink: c, Shaded: shaded})
}
