package scene

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// drawFlies draws the flies that are free and those that stick to a tongue.
func (s *Scene) drawFlies(dst *ebiten.Image, w *rules.World) {
	for i := range w.Flies {
		f := &w.Flies[i]
		if f.Kind == rules.FlyNone {
			continue
		}
		x, y := px(f.X), px(f.Y)
		frames, beat := s.set.flies, cycle(int(w.Tick)+i, 2, 2)
		bob := 0.0
		if f.Holder < 0 {
			s.set.shadowSmall.Paint(dst, x, y+5, art.Paint{})
			bob = math.Round(2 * math.Sin(float64(w.Tick)/9+float64(i)*2))
		}
		if f.Kind == rules.FlyGold {
			frames = s.set.golds
			if cycle(int(w.Tick), 8, 3) == 0 {
				a := float64(w.Tick/24) * 2.4
				s.set.spark.Paint(dst, x+math.Round(9*math.Cos(a)), y-airPx+bob+math.Round(7*math.Sin(a)), art.Paint{})
			}
			if f.Frames < 90 && f.Holder < 0 && f.Frames/6%2 == 0 {
				continue // about to leave
			}
		}
		frames[beat].Paint(dst, x, y-airPx+6+bob, art.Paint{Mirror: f.VX < 0})
	}
}

// drawBubbles draws the bubbles in the air; fast ones leave a trail.
func (s *Scene) drawBubbles(dst *ebiten.Image, w *rules.World) {
	for i := range w.Bubbles {
		b := &w.Bubbles[i]
		if b.Owner < 0 {
			continue
		}
		x, y := px(b.X), px(b.Y)-airPx+6
		s.set.shadow.Paint(dst, x, y+airPx, art.Paint{Fade: 0.5, Scale: 0.7})
		frames, phase := s.set.bubbles, (int(b.Age)/5+i)%3
		if b.Fast {
			frames = s.set.fast
			for k := 1; k <= 3; k++ {
				back := float64(k) * 1.4
				s.set.fast[0].Paint(dst, x-math.Round(px(b.VX)*back), y-math.Round(px(b.VY)*back), art.Paint{Fade: 0.45 + 0.15*float32(k), Scale: 1 - 0.2*float64(k)})
			}
		}
		frames[phase].Paint(dst, x, y, art.Paint{})
		art.SmallMark(dst, s.colour(int(b.Owner)), x, y, art.Paint{Fade: 0.25})
	}
}
