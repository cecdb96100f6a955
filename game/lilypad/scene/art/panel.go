package art

import (
	"image"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"
)

// PanelKind is a look of a plate.
type PanelKind uint8

// The plates.
const (
	PanelPlain        PanelKind = iota // to put things on
	PanelButton                        // can be pressed
	PanelFocus                         // has the focus: its edge is golden
	PanelPressed                       // is being pressed
	PanelOff                           // cannot be pressed now
	PanelPrimary                       // a button that goes on to what the screen is for
	PanelPrimaryFocus                  // the same with the focus
	Ribbon                             // a banner of cloth with cut ends; at least 20 high
)

// plates holds the nine pieces of every plate.
var plates = sync.OnceValue(func() *[Ribbon + 1][9]Sprite {
	var all [Ribbon + 1][9]Sprite
	for kind, name := range [...]string{"panel/plain", "panel/button", "panel/focus", "panel/pressed", "panel/off", "panel/primary", "panel/primaryfocus", "ribbon/plain"} {
		img := Get(name).Image
		b := img.Bounds()
		ys := [4]int{b.Min.Y, b.Min.Y + corner, b.Max.Y - corner, b.Max.Y}
		xs := [4]int{b.Min.X, b.Min.X + corner, b.Max.X - corner, b.Max.X}
		for i := range 9 {
			r := image.Rect(xs[i%3], ys[i/3], xs[i%3+1], ys[i/3+1])
			all[kind][i] = Sprite{Image: img.SubImage(r).(*ebiten.Image)}
		}
	}
	return &all
})

// corner is the size of the pieces at the corners of a plate, in pixels.
const corner = 8

// Panel draws a plate that fills r, which should be at least 16 pixels wide
// and high. Fade as in Paint lets the pond shine through.
func Panel(dst *ebiten.Image, kind PanelKind, r image.Rectangle, fade ...float32) {
	if watcher != nil {
		s := Stroke{Kind: PlateStroke, Dst: dst, At: r, Plate: kind}
		if len(fade) > 0 {
			s.Fade = fade[0]
		}
		watcher(s)
	}
	pieces := &plates()[min(kind, Ribbon)]
	cx, cy := min(corner, r.Dx()/2), min(corner, r.Dy()/2)
	xs := [4]int{r.Min.X, r.Min.X + cx, r.Max.X - cx, r.Max.X}
	ys := [4]int{r.Min.Y, r.Min.Y + cy, r.Max.Y - cy, r.Max.Y}
	for i, piece := range pieces {
		x, y := xs[i%3], ys[i/3]
		w, h := xs[i%3+1]-x, ys[i/3+1]-y
		if w <= 0 || h <= 0 {
			continue
		}
		size := piece.Size()
		options = ebiten.DrawImageOptions{}
		options.GeoM.Scale(float64(w)/float64(size.X), float64(h)/float64(size.Y))
		options.GeoM.Translate(float64(x), float64(y))
		if len(fade) > 0 {
			options.ColorScale.ScaleAlpha(1 - fade[0])
		}
		dst.DrawImage(piece.Image, &options)
	}
}
