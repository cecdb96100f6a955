package screens

import (
	"image"
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// pond draws rounds, and the water behind the menus.
type pond struct {
}

func newPond() *pond { return &pond{} }

// begin forgets what was in the air in the last round.
func (pd *pond) begin(bool) {}

func (pd *pond) reduceFlash(on bool) {}

func (pd *pond) hear(notices []rollback.Notice, w *rules.World) {
}

func (pd *pond) draw(dst *ebiten.Image, w *rules.World, names []string, local []int) {
	art.Water(dst, 0)
	dot := func(x, y int32, radius int, c color.Color) {
		px, py := int(x/rules.Px), int(y/rules.Px)
		game.Fill(dst, image.Rect(px-radius, py-radius, px+radius, py+radius), c)
	}
	for _, l := range w.Lilies {
		if l.State > rules.LilyGone {
			dot(l.X, l.Y, int(l.Radius), color.RGBA{40, 120, 60, 255})
		}
	}
	for _, f := range w.Flies {
		if f.Kind != rules.FlyNone {
			dot(f.X, f.Y, 2, color.Black)
		}
	}
	for i, f := range w.Frogs {
		if f.State != rules.Out {
			dot(f.X, f.Y, rules.FrogRadius, color.RGBA{uint8(40 * i), 200, uint8(255 - 30*i), 255})
		}
	}
}

// backdrop fills the picture behind a menu.
func (pd *pond) backdrop(p *ui.Painter, tick int) { art.Water(p.Dst, tick) }

func (pd *pond) portrait(dst *ebiten.Image, seat, x, y, tick int) {
	art.Frog{Seat: seat, Facing: 2}.Draw(dst, float64(x), float64(y))
}
