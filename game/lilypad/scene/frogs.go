package scene

import (
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// Colours of a tongue.
var (
	tonguePink = color.NRGBA{244, 120, 150, 255}
	tongueDark = color.NRGBA{110, 24, 60, 255}
)

// drawRings draws what lies flat on the lilies: the seats' rings and shadows.
func (s *Scene) drawRings(dst *ebiten.Image, w *rules.World) {
	for seat := range w.Frogs {
		f := &w.Frogs[seat]
		switch f.State {
		case rules.Sit:
			art.Halo(dst, s.colour(sideOf(w, seat)), px(f.X), px(f.Y), art.Paint{Fade: 0.15})
		case rules.Leap, rules.Thrown:
			s.set.shadow.Paint(dst, px(f.X), px(f.Y), art.Paint{})
		}
	}
}

// drawFrogs draws all frogs, the farther ones first.
func (s *Scene) drawFrogs(dst *ebiten.Image, w *rules.World, v *View) {
	var order [rules.MaxSeats]int
	for i := range order {
		order[i] = i
		for k := i; k > 0 && w.Frogs[order[k]].Y < w.Frogs[order[k-1]].Y; k-- {
			order[k], order[k-1] = order[k-1], order[k]
		}
	}
	for _, seat := range order {
		switch f := &w.Frogs[seat]; f.State {
		case rules.Out:
		case rules.Sunk:
			s.drawSunk(dst, w, seat)
		default:
			s.drawFrog(dst, w, seat, v)
		}
	}
}

// drawFrog draws a frog with its tongue and what it has in its mouth.
func (s *Scene) drawFrog(dst *ebiten.Image, w *rules.World, seat int, v *View) {
	f := &w.Frogs[seat]
	x, y := px(f.X), px(f.Y)
	if f.HitStop > 0 && !v.CalmShake {
		x += float64(cycle(int(w.Tick), 1, 2)*2 - 1)
	}
	y += 6 - heightOf(f) // the middle of the body is over the middle of the frog
	picture := art.Frog{Style: s.Styles[seat], Facing: facingOf(f), Pose: poseOf(w, seat), Stretch: stretchOf(f), Mine: v.Mine[seat]}
	if f.Safe > 0 && f.State == rules.Sit {
		picture.Fade = 0.4
		if !v.CalmFlash && f.Safe/4%2 == 0 {
			picture.Fade = 0.7
		}
	}
	away := picture.Facing >= 5 // it turns its back to us: the mouth is behind it
	if away {
		s.drawMouth(dst, w, f, x, y)
	}
	picture.Draw(dst, x, y)
	if !away {
		s.drawMouth(dst, w, f, x, y)
	}
	if f.Stun > rules.LandStun && f.HitStop == 0 {
		for i := range 3 { // stars around the head
			a := float64(w.Tick)/6 + float64(i)*2*math.Pi/3
			s.set.star.Paint(dst, x+math.Floor(11*math.Cos(a)), y-24+math.Floor(4*math.Sin(a)), art.Paint{})
		}
	}
}

// facingOf returns where a frog looks: along its tongue while that is out.
func facingOf(f *rules.Frog) uint8 {
	if f.Tongue == rules.TongueIn || f.TongueX|f.TongueY == 0 {
		return f.Facing
	}
	best, facing := int32(0), f.Facing
	for i := range uint8(8) {
		x, y := rules.Direction(i)
		if along := x*int32(f.TongueX) + y*int32(f.TongueY); along > best {
			best, facing = along, i
		}
	}
	return facing
}

// heightOf returns how high a frog is in the air, in px.
func heightOf(f *rules.Frog) float64 {
	frames, top := 0.0, 0.0
	switch f.State {
	case rules.Leap:
		frames, top = rules.HopFrames, 20
	case rules.Thrown:
		frames, top = rules.ThrowFrames, 14
	default:
		return 0
	}
	t := min(float64(f.StateFrames)/frames, 1)
	return math.Floor(4 * top * t * (1 - t))
}

// poseOf returns what a frog looks like.
func poseOf(w *rules.World, seat int) art.Pose {
	f := &w.Frogs[seat]
	switch {
	case f.State == rules.Thrown, f.Stun > rules.LandStun:
		return art.Dizzy
	case f.Tongue != rules.TongueIn:
		return art.Gape
	case f.Mouth != rules.MouthEmpty, f.Charge > 4, f.CoolDown > rules.CroakEvery-12:
		return art.Croak
	case f.State == rules.Leap && f.StateFrames > 1 && f.StateFrames < rules.HopFrames-2:
		return art.Leap
	case f.State == rules.Leap, f.State == rules.Sit && f.Stun > 0:
		return art.Crouch
	case walks(f):
		return [...]art.Pose{art.WalkLeft, art.Idle, art.WalkRight, art.Idle}[cycle(int(w.Tick)+seat*3, 4, 4)]
	case (int(w.Tick)+seat*53)%170 < 7, w.Phase >= rules.Rest && !won(w, seat):
		return art.Blink
	case w.Phase >= rules.Rest && w.Tick/12%2 == 0:
		return art.Croak
	}
	return art.Idle
}

// won reports whether a seat or its mate has won the round or the match.
func won(w *rules.World, seat int) bool {
	champion := int(w.Champion)
	return champion >= 0 && (champion == seat || w.Mate(champion) == seat)
}

// walks reports whether a frog goes on its feet.
func walks(f *rules.Frog) bool {
	return f.State == rules.Sit && f.Stun == 0 && f.HitStop == 0 && f.Held&(rules.Left|rules.Right|rules.Up|rules.Down) != 0
}

// stretchOf returns how a leap stretches the body: it draws itself together, shoots
// up, and comes down flat.
func stretchOf(f *rules.Frog) float64 {
	switch age := int(f.StateFrames); {
	case f.State == rules.Leap && age < 2:
		return -0.2
	case f.State == rules.Leap && age < 7:
		return 0.16
	case f.State == rules.Leap && age > rules.HopFrames-3:
		return 0.08
	case f.State == rules.Sit && f.Stun > 0 && f.Stun <= rules.LandStun:
		return -0.06 * float64(f.Stun)
	}
	return 0
}

// drawMouth draws the tongue, or the bubble that a frog holds or blows.
func (s *Scene) drawMouth(dst *ebiten.Image, w *rules.World, f *rules.Frog, x, y float64) {
	dx, dy := rules.Direction(facingOf(f))
	mx, my := x+math.Round(float64(dx)*9/256), y-airPx-1+math.Round(float64(dy)*5/256)
	switch {
	case f.Tongue == rules.TongueTug && f.TugWith >= 0 && int(f.TugWith) < len(w.Frogs):
		o := &w.Frogs[f.TugWith] // the knot is in the middle
		tx, ty := (px(f.X)+px(o.X))/2, (px(f.Y)+px(o.Y))/2-airPx+6
		s.drawTongue(dst, mx, my, tx, ty, true, int(w.Tick))
	case f.Tongue != rules.TongueIn:
		tx := px(f.X) + math.Round(float64(f.TongueX)*float64(f.TongueLength)/256)
		ty := px(f.Y) + math.Round(float64(f.TongueY)*float64(f.TongueLength)/256) - airPx + 6
		s.drawTongue(dst, mx, my, tx, ty, false, int(w.Tick))
	case f.Mouth == rules.MouthPerfect:
		s.set.fast[cycle(int(w.Tick), 4, 3)].Paint(dst, mx, my, art.Paint{Scale: 0.75})
	case f.Mouth == rules.MouthBubble:
		s.set.bubbles[cycle(int(w.Tick), 6, 3)].Paint(dst, mx, my, art.Paint{Scale: 0.75})
	case f.Charge > 4:
		s.set.bubbles[cycle(int(w.Tick), 6, 3)].Paint(dst, mx, my, art.Paint{Scale: 0.2 + 0.8*float64(f.Charge)/rules.ChargeFrames})
	}
}

// drawTongue draws a tongue from the mouth to its tip: a chain of discs, so
// that it keeps to the pixels at every angle. A knotted one trembles.
func (s *Scene) drawTongue(dst *ebiten.Image, x0, y0, x1, y1 float64, knotted bool, tick int) {
	length := math.Hypot(x1-x0, y1-y0)
	steps := int(min(length, 2*rules.TonguePx)/2) + 1
	at := func(i int) (float64, float64) {
		t := float64(i) / float64(steps)
		x, y := x0+(x1-x0)*t, y0+(y1-y0)*t
		if knotted && length > 0 {
			sway := 2 * math.Sin(float64(tick)+t*9) * math.Sin(t*math.Pi)
			x, y = x-sway*(y1-y0)/length, y+sway*(x1-x0)/length
		}
		return math.Floor(x), math.Floor(y)
	}
	for i := range steps {
		x, y := at(i)
		s.set.tongueRim.Paint(dst, x, y, art.Paint{Colour: tongueDark})
	}
	s.set.tipRim.Paint(dst, math.Floor(x1), math.Floor(y1), art.Paint{Colour: tongueDark})
	for i := range steps {
		x, y := at(i)
		s.set.tongue.Paint(dst, x, y, art.Paint{Colour: tonguePink})
	}
	s.set.tip.Paint(dst, math.Floor(x1), math.Floor(y1), art.Paint{Colour: tonguePink})
	s.set.dot.Paint(dst, math.Floor(x1)-1, math.Floor(y1)-1, art.Paint{Colour: color.NRGBA{255, 210, 222, 255}})
}

// drawSunk draws the splash of a frog, and its hat adrift until it is back.
func (s *Scene) drawSunk(dst *ebiten.Image, w *rules.World, seat int) {
	f := &w.Frogs[seat]
	x, y := px(f.X), px(f.Y)
	age := int(f.StateFrames)
	if age > 10 {
		left := float32(rules.SunkFrames-age) / 12
		fade := max(0, 1-left)
		bob := math.Floor(1.5 * math.Sin(float64(w.Tick)/7))
		s.ripple(dst, x, y, 2+age/8%3, 0.4+fade*0.6)
		art.Hat(dst, s.Styles[seat], x, y+2+bob, art.Paint{Fade: fade})
	}
	if step := age / 5; step < len(s.set.splashes) {
		s.set.splashes[step].Paint(dst, x, y, art.Paint{})
	}
}

// drawGhosts draws the shades of frogs and bubbles that another world has
// elsewhere.
func (s *Scene) drawGhosts(dst *ebiten.Image, w, other *rules.World) {
	const near = 2 // px that make no difference
	for seat := range w.Frogs {
		f, g := &w.Frogs[seat], &other.Frogs[seat]
		if g.State == rules.Out || g.State == rules.Sunk {
			continue
		}
		x, y, gx, gy := px(f.X), px(f.Y), px(g.X), px(g.Y)
		if math.Abs(x-gx) <= near && math.Abs(y-gy) <= near {
			continue
		}
		if f.State != rules.Out && f.State != rules.Sunk {
			s.dotted(dst, x, y, gx, gy, art.SeatColour(s.colour(seat)))
		}
		art.Halo(dst, s.colour(seat), gx, gy, art.Paint{Fade: 0.4})
		art.Frog{Style: s.Styles[seat], Facing: g.Facing, Pose: poseOf(other, seat), Fade: 0.6, Bare: true}.Draw(dst, gx, gy+6-heightOf(g))
	}
	for i := range other.Bubbles {
		g := &other.Bubbles[i]
		if g.Owner < 0 {
			continue
		}
		if b := &w.Bubbles[i]; b.Owner < 0 || math.Abs(px(b.X)-px(g.X)) > near || math.Abs(px(b.Y)-px(g.Y)) > near {
			s.set.bubbles[0].Paint(dst, px(g.X), px(g.Y)-airPx+6, art.Paint{Fade: 0.6})
		}
	}
}

// dotted draws a dotted line.
func (s *Scene) dotted(dst *ebiten.Image, x0, y0, x1, y1 float64, c color.NRGBA) {
	n := int(min(math.Hypot(x1-x0, y1-y0), Width) / 5)
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		s.set.dot.Paint(dst, math.Floor(x0+(x1-x0)*t), math.Floor(y0+(y1-y0)*t), art.Paint{Colour: c, Fade: 0.2})
	}
}
