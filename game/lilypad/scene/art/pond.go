package art

import (
	"image"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"
)

// Icon is a small picture of the menus, drawn with its upper left corner at
// the point that is asked for.
type Icon string

// The icons.
const (
	Crown   Icon = "icon/crown"   // 13x8, who leads
	Signal0 Icon = "icon/signal0" // 10x9, a bad connection
	Signal1 Icon = "icon/signal1" // a fair one
	Signal2 Icon = "icon/signal2" // a good one
	Mute    Icon = "icon/mute"    // 10x8, no sound
	Ready   Icon = "icon/ready"   // 11x9, a tick
	Bot     Icon = "icon/bot"     // 9x10
	FlyIcon Icon = "icon/fly"     // 7x6
	Pause   Icon = "icon/pause"   // 9x8
	Talk    Icon = "icon/talk"    // 9x8
	Play    Icon = "icon/play"    // 8x8
	Warn    Icon = "icon/warn"    // 10x10
	Heart   Icon = "icon/heart"   // 7x7
)

// icons holds those that were drawn before.
var icons = make(map[Icon]Sprite)

// Draw draws the icon at x, y.
func (i Icon) Draw(dst *ebiten.Image, x, y int) { i.Paint(dst, float64(x), float64(y), Paint{}) }

// Paint draws the icon at x, y.
func (i Icon) Paint(dst *ebiten.Image, x, y float64, p Paint) {
	s, ok := icons[i]
	if !ok {
		s = Get(string(i))
		icons[i] = s
	}
	s.Paint(dst, x, y, p)
}

// Logo draws the title of the game, 194 by 100 pixels, its upper left corner
// at x, y.
func Logo(dst *ebiten.Image, x, y int) {
	logo().Paint(dst, float64(x+logo().Anchor.X), float64(y+logo().Anchor.Y), Paint{})
}

var (
	logo    = sync.OnceValue(func() Sprite { return Get("logo") })
	water   = sync.OnceValue(func() Sprite { return Get("water") })
	glimmer = sync.OnceValue(func() Sprite { return Get("glimmer") })
)

// Water is the pond without anything in it: its bed and two nets of light that drift over
// it. It keeps its picture for as long as they stand still, in four pictures of five: the
// three layers are most of the pixels of a picture. The zero value is ready.
type Water struct {
	picture *ebiten.Image
	lights  [2]image.Point // where the nets lie in it
}

// Draw covers dst with the water. tick moves it, 60 to the second.
func (w *Water) Draw(dst *ebiten.Image, tick int) {
	watchWater(dst)
	lights := [2]image.Point{{tick / 12, tick / 30}, {61 - tick/17, 40 + tick/41}}
	if fresh := w.fit(dst.Bounds().Size()); fresh || lights != w.lights {
		w.lights = lights
		tile(w.picture, water(), image.Point{}, Paint{})
		tile(w.picture, glimmer(), lights[0], Paint{})
		tile(w.picture, glimmer(), lights[1], Paint{Fade: 0.5})
	}
	options = ebiten.DrawImageOptions{Blend: ebiten.BlendCopy}
	options.GeoM.Translate(float64(dst.Bounds().Min.X), float64(dst.Bounds().Min.Y))
	dst.DrawImage(w.picture, &options)
}

// fit gives the picture a size, and reports whether it is a new one.
func (w *Water) fit(size image.Point) bool {
	if w.picture != nil && w.picture.Bounds().Size() == size {
		return false
	}
	if w.picture != nil {
		w.picture.Deallocate()
	}
	w.picture = ebiten.NewImage(size.X, size.Y)
	return true
}

// StillWater covers dst with the bed of the pond alone.
func StillWater(dst *ebiten.Image) {
	watchWater(dst)
	tile(dst, water(), image.Point{}, Paint{})
}

func watchWater(dst *ebiten.Image) {
	if watcher != nil {
		watcher(Stroke{Kind: WaterStroke, Dst: dst, At: dst.Bounds()})
	}
}

// tile covers dst with a square sprite, moved by a way.
func tile(dst *ebiten.Image, s Sprite, by image.Point, p Paint) {
	b, side := dst.Bounds(), s.Size().X
	for y := b.Min.Y - mod(-by.Y, side); y < b.Max.Y; y += side {
		for x := b.Min.X - mod(-by.X, side); x < b.Max.X; x += side {
			s.Paint(dst, float64(x), float64(y), p)
		}
	}
}

// mod is the remainder that is never negative.
func mod(a, n int) int { return (a%n + n) % n }

// Disc draws a round patch of a diameter in pixels, its middle at x, y.
func Disc(dst *ebiten.Image, x, y, diameter float64, p Paint) {
	p.Scale = diameter / discSize
	disc().Paint(dst, x, y, p)
}

// discSize is the diameter of the disc of the sheet.
const discSize = 17

var disc = sync.OnceValue(func() Sprite { return Get("disc/17") })
