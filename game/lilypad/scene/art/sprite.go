package art

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/assets"
)

// Sprite is a picture of the sheet. The zero value draws nothing.
type Sprite struct {
	Image  *ebiten.Image
	Anchor image.Point // pixel that lands on the point where it is drawn
}

// sheet is the decoded sheet and its index.
type sheet struct {
	image   *ebiten.Image
	sprites map[string]assets.Sprite
}

// load decodes the sheet, once.
var load = sync.OnceValue(func() sheet {
	img, err := assets.Sheet()
	if err != nil {
		panic(err) // embedded in the binary and compared by a test
	}
	sprites, err := assets.Sprites()
	if err != nil {
		panic(err)
	}
	return sheet{ebiten.NewImageFromImage(img), sprites}
})

// Get returns a sprite of the sheet by name, see assets.Sprites; it panics if
// there is none. Call it at load, not in Draw: it makes a new sub-image.
func Get(name string) Sprite {
	s := load()
	at, ok := s.sprites[name]
	if !ok {
		panic(fmt.Sprintf("art: the sheet has no sprite %q", name))
	}
	if at.Rect.Empty() {
		return Sprite{Anchor: at.Anchor}
	}
	return Sprite{s.image.SubImage(at.Rect).(*ebiten.Image), at.Anchor}
}

// Strip returns the sprites base/0 to base/n-1.
func Strip(base string, n int) []Sprite {
	sprites := make([]Sprite, n)
	for i := range sprites {
		sprites[i] = Get(fmt.Sprintf("%s/%d", base, i))
	}
	return sprites
}

// names returns the names of all sprites that start with a prefix.
func names(prefix string) []string {
	var found []string
	for name := range load().sprites {
		if strings.HasPrefix(name, prefix) {
			found = append(found, name)
		}
	}
	return found
}

// Paint says how a sprite is drawn. The zero value draws it as it is.
type Paint struct {
	Colour  color.NRGBA // multiplies the sprite; the zero value is white
	Fade    float32     // 0 is opaque, 1 is invisible
	Scale   float64     // 0 is 1; around the anchor
	Stretch float64     // share by which it is taller and narrower; around the anchor
	Mirror  bool        // left and right exchanged, around the anchor
}

// options is used again by every call: drawing has one goroutine.
var options ebiten.DrawImageOptions

// tint multiplies what is drawn next by a colour. ColorScale.ScaleWithColor does the
// same, and allocates.
func tint(c color.NRGBA) {
	const most = 255
	a := float32(c.A) / most
	options.ColorScale.Scale(float32(c.R)/most*a, float32(c.G)/most*a, float32(c.B)/most*a, a)
}

// Draw draws the sprite with its anchor at x, y.
func (s Sprite) Draw(dst *ebiten.Image, x, y int) { s.Paint(dst, float64(x), float64(y), Paint{}) }

// Paint draws the sprite with its anchor at x, y.
func (s Sprite) Paint(dst *ebiten.Image, x, y float64, p Paint) {
	if s.Image == nil {
		return
	}
	options = ebiten.DrawImageOptions{}
	options.GeoM.Translate(-float64(s.Anchor.X), -float64(s.Anchor.Y))
	if p.Mirror {
		options.GeoM.Scale(-1, 1)
		options.GeoM.Translate(1, 0) // the anchor's pixel stays where it is
	}
	if p.Scale != 0 {
		options.GeoM.Scale(p.Scale, p.Scale)
	}
	if p.Stretch != 0 {
		options.GeoM.Scale(1-p.Stretch, 1+p.Stretch)
	}
	options.GeoM.Translate(x, y)
	if p.Colour != (color.NRGBA{}) {
		tint(p.Colour)
	}
	if p.Fade != 0 {
		options.ColorScale.ScaleAlpha(max(1-p.Fade, 0))
	}
	dst.DrawImage(s.Image, &options)
}

// Size returns the sprite's width and height in pixels.
func (s Sprite) Size() image.Point {
	if s.Image == nil {
		return image.Point{}
	}
	return s.Image.Bounds().Size()
}

// pixel is a white one.
var pixel = sync.OnceValue(func() Sprite { return Get("pixel") })

// Frame fills the inside of a rectangle's edge, thick pixels wide.
func Frame(dst *ebiten.Image, r image.Rectangle, thick int, c color.NRGBA) {
	Fill(dst, image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+thick), c)
	Fill(dst, image.Rect(r.Min.X, r.Max.Y-thick, r.Max.X, r.Max.Y), c)
	Fill(dst, image.Rect(r.Min.X, r.Min.Y+thick, r.Min.X+thick, r.Max.Y-thick), c)
	Fill(dst, image.Rect(r.Max.X-thick, r.Min.Y+thick, r.Max.X, r.Max.Y-thick), c)
}

// Fill fills a rectangle with a colour, which may be translucent. Unlike
// ebiten.Image.Fill it keeps the batch.
func Fill(dst *ebiten.Image, r image.Rectangle, c color.NRGBA) {
	if watcher != nil {
		watcher(Stroke{Kind: FillStroke, Dst: dst, At: r, Ink: c})
	}
	options = ebiten.DrawImageOptions{}
	options.GeoM.Scale(float64(r.Dx())/2, float64(r.Dy())/2)
	options.GeoM.Translate(float64(r.Min.X), float64(r.Min.Y))
	tint(c)
	dst.DrawImage(pixel().Image, &options)
}
