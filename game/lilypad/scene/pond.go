package scene

import (
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// plants stand around the pond: what, where, mirrored. They never move.
var plants = [...]struct {
	reed, stone int // index, or -1
	x, y        float64
	mirror      bool
}{
	{0, -1, 8, 24, false}, {1, -1, 22, 15, false}, {-1, 0, 34, 8, false},
	{0, -1, 632, 30, true}, {1, -1, 618, 18, true}, {-1, 1, 606, 9, false},
	{1, -1, 6, 352, false}, {0, -1, 18, 359, false}, {-1, 1, 32, 358, false}, {0, -1, 3, 340, true},
	{0, -1, 630, 359, true}, {1, -1, 616, 357, false}, {-1, 0, 600, 359, true}, {0, -1, 638, 344, false},
	{1, -1, 2, 182, false}, {1, -1, 638, 196, true}, {-1, 1, 4, 192, false},
	{-1, 1, 318, 359, false}, {1, -1, 330, 361, false},
}

// drawWater draws the pond's bed, its light and what grows at its edge.
func (s *Scene) drawWater(dst *ebiten.Image, w *rules.World, v *View) {
	if v.Plain {
		art.StillWater(dst)
	} else {
		s.water.Draw(dst, int(w.Tick))
	}
	width, height := w.Size()
	for _, p := range plants {
		x, y := p.x, p.y // of a picture of 640x360 px; a smaller one keeps its corners
		if x > Width/2 {
			x -= Width - float64(width)
		}
		if y > Height/2 {
			y -= Height - float64(height)
		}
		paint := art.Paint{Mirror: p.mirror}
		if p.reed >= 0 {
			s.set.reeds[p.reed].Paint(dst, x, y, paint)
		} else {
			s.set.stones[p.stone].Paint(dst, x, y, paint)
		}
	}
	for i := range 5 { // leaves adrift
		if v.Plain {
			break
		}
		t := float64(w.Tick) / 60
		x := math.Mod(float64(i*151)+t*float64(3+i), float64(width)+40) - 20
		y := math.Mod(float64(i*97+30), float64(height)) + 4*math.Sin(t/2+float64(i))
		s.set.leaf.Paint(dst, math.Floor(x), math.Floor(y), art.Paint{Mirror: i%2 == 0})
	}
}

// lilyRadii are the radii that the sheet has.
var lilyRadii = [...]int{25, 27, 29, 31}

// drawLilies draws all lilies, the ones below first.
func (s *Scene) drawLilies(dst *ebiten.Image, w *rules.World, v *View) {
	for i := range w.Lilies {
		l := &w.Lilies[i]
		if l.Radius > 40 {
			s.drawBigLily(dst, l)
			continue
		}
		s.drawLily(dst, w, v, i)
	}
}

// drawLily draws one lily in its state.
func (s *Scene) drawLily(dst *ebiten.Image, w *rules.World, v *View, i int) {
	l := &w.Lilies[i]
	x, y := px(l.X), px(l.Y)
	size := 0
	for size < len(lilyRadii)-1 && lilyRadii[size] < int(l.Radius) {
		size++
	}
	p := art.Paint{Mirror: i*7%3 == 0}
	switch l.State {
	case rules.LilyGrowing:
		grown := 1 - float64(l.Frames)/rules.GrowFrames
		p.Scale, p.Fade = 0.35+0.65*grown, float32(0.7-0.7*grown)
	case rules.LilyUp:
		p.Colour = tired(float64(l.Frames)/rules.SinkAfterFrames, l.Doomed)
		bob := math.Sin(float64(w.Tick)/40 + float64(i)*1.9)
		if l.Frames == 0 && bob > 0.6 && w.Phase < rules.Rest {
			s.ripple(dst, x, y+4, 4, 0.86)
		}
		if worn := int(l.Frames); worn > rules.SinkAfterFrames*6/10 {
			s.ripple(dst, x, y+6, min(4, 2+worn%30/10), 0.5)
			if !v.CalmShake && worn > rules.SinkAfterFrames*8/10 {
				x += float64(worn / 3 % 2)
			}
		}
	case rules.LilySinking:
		// The doomed ones wait for up to two seconds before they go down.
		gone := 1 - min(float64(l.Frames)/rules.SinkFrames, 1)
		p.Colour, p.Fade = tired(1, l.Doomed), float32(0.1+0.75*gone)
		s.ripple(dst, x, y+3, 4, float32(0.2+0.5*gone))
		y += math.Floor(gone * 5)
		if !v.CalmShake {
			x += float64(l.Frames / 2 % 2 * 2)
		}
	default:
		return
	}
	s.set.lilies[size].Paint(dst, x, y, p)
	s.drawPatience(dst, l, x, y)
	if i%5 == 3 && l.State == rules.LilyUp && !l.Doomed {
		s.set.flower.Paint(dst, x-float64(l.Radius)*0.62, y+float64(l.Radius)*0.55, art.Paint{Mirror: i%2 == 0})
	}
}

// ringDots are the dots of a full ring of patience.
const ringDots = 24

// patience returns the dots and the colour of the ring around a lily that somebody has
// stood on for long: how much longer it bears him. When it sinks, the ring is red.
func patience(l *rules.Lily) (left int, ink color.NRGBA) {
	switch worn := int(l.Frames); {
	case l.State == rules.LilySinking && worn <= rules.SinkFrames:
		left, ink = ringDots, alarm
	case l.State == rules.LilyUp && worn > rules.SinkAfterFrames/3:
		left, ink = (rules.SinkAfterFrames-worn)*ringDots/rules.SinkAfterFrames+1, golden
		if worn > rules.SinkAfterFrames*2/3 {
			ink = warm
		}
	}
	return left, ink
}

// drawPatience draws that ring.
func (s *Scene) drawPatience(dst *ebiten.Image, l *rules.Lily, x, y float64) {
	left, ink := patience(l)
	radius := float64(l.Radius) + 3
	for i := range left {
		a := 2*math.Pi*float64(i)/ringDots - math.Pi/2
		s.set.dot.Paint(dst, math.Floor(x+radius*math.Cos(a)), math.Floor(y+radius*math.Sin(a)), art.Paint{Colour: ink})
	}
}

var alarm = color.NRGBA{255, 92, 72, 255}

// tired is the colour of a lily that was stood on for a share of what it
// bears: the water rises over it. Doomed ones wither.
func tired(worn float64, doomed bool) color.NRGBA {
	worn = min(max(worn, 0), 1)
	fall := func(from, to float64) uint8 { return uint8(255 * (from + (to-from)*worn*worn)) }
	if doomed {
		return color.NRGBA{255, fall(0.85, 0.66), fall(0.5, 0.55), 255}
	}
	return color.NRGBA{fall(1, 0.45), fall(1, 0.72), fall(1, 0.95), 255}
}

// drawBigLily puts the four quarters of the giant lily together.
func (s *Scene) drawBigLily(dst *ebiten.Image, l *rules.Lily) {
	if l.State != rules.LilyUp && l.State != rules.LilySinking {
		return
	}
	scale := float64(l.Radius) / rules.BigRadius
	side := s.set.bigLily.Size()
	x, y := px(l.X), px(l.Y)
	for _, d := range [...][2]float64{{1, 1}, {-1, 1}, {1, -1}, {-1, -1}} {
		op := ebiten.DrawImageOptions{}
		op.GeoM.Translate(-float64(side.X), -float64(side.Y))
		op.GeoM.Scale(d[0]*scale, d[1]*scale)
		op.GeoM.Translate(x, y)
		dst.DrawImage(s.set.bigLily.Image, &op)
	}
}

// ripple draws a ring on the water.
func (s *Scene) ripple(dst *ebiten.Image, x, y float64, size int, fade float32) {
	s.set.ripples[size].Paint(dst, x, y, art.Paint{Colour: foam, Fade: fade})
}

var foam = color.NRGBA{200, 244, 236, 255}
