package art

import (
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

// Water covers dst with the pond: its bed and two nets of light that drift
// over it. tick moves them, 60 to the second.
func Water(dst *ebiten.Image, tick int) {
	StillWater(dst)
	tile(dst, glimmer(), tick/12, tick/30, Paint{})
	tile(dst, glimmer(), 61-tick/17, 40+tick/41, Paint{Fade: 0.5})
}

// StillWater covers dst with the bed of the pond alone, a third of the work.
func StillWater(dst *ebiten.Image) {
	if watcher != nil {
		watcher(Stroke{Kind: WaterStroke, Dst: dst, At: dst.Bounds()})
	}
	tile(dst, water(), 0, 0, Paint{})
}

// tile covers dst with a square sprite, moved by dx, dy.
func tile(dst *ebiten.Image, s Sprite, dx, dy int, p Paint) {
	b, side := dst.Bounds(), s.Size().X
	for y := b.Min.Y - side + mod(dy, side); y < b.Max.Y; y += side {
		for x := b.Min.X - side + mod(dx, side); x < b.Max.X; x += side {
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
