package screens

import (
	"math/rand/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// whim is what a frog does in a lobby to while away the time. It is drawn and nothing
// else: every machine has its own.
type whim struct {
	x, y     float64 // from the middle of its lily, in pixels
	fromX    float64 // where it leapt off
	fromY    float64
	toX, toY float64
	leap     int // ticks that it is in the air, 0 on its feet
	croak    int // ticks left
	rest     int // ticks until the next idea
	facing   uint8
}

const (
	leapTicks  = 16
	leapHeight = 18 // pixels
	croakTicks = 30
	roamX      = 13 // how far from the middle of the lily it hops, in pixels
	roamY      = 5
)

func newWhim() whim { return whim{facing: 2, rest: 20 + rand.IntN(200)} }

// update plays one tick.
func (w *whim) update() {
	w.croak = max(w.croak-1, 0)
	if w.leap > 0 {
		w.leap++
		t := float64(w.leap) / leapTicks
		w.x, w.y = w.fromX+(w.toX-w.fromX)*t, w.fromY+(w.toY-w.fromY)*t
		if w.leap >= leapTicks {
			w.leap = 0
		}
		return
	}
	if w.rest--; w.rest > 0 {
		return
	}
	w.rest = 60 + rand.IntN(240)
	switch rand.IntN(4) {
	case 0:
		w.croak = croakTicks
	case 1:
		w.facing = uint8(1 + rand.IntN(3)) // it goes on looking at us
	default:
		w.hop(float64(rand.IntN(2*roamX+1)-roamX), float64(rand.IntN(2*roamY+1)-roamY))
	}
}

// hop lets it leap to a place on its lily.
func (w *whim) hop(x, y float64) {
	if w.leap > 0 {
		return
	}
	w.fromX, w.fromY, w.toX, w.toY, w.leap = w.x, w.y, x, y, 1
	switch {
	case x > w.x+3:
		w.facing = 1
	case x < w.x-3:
		w.facing = 3
	default:
		w.facing = 2
	}
}

// draw shows the frog; x, y is the middle of its lily.
func (w *whim) draw(p *ui.Painter, style art.Style, mine bool, x, y, tick, scale int) {
	f := art.Frog{Style: style, Facing: w.facing, Mine: mine, Scale: float64(scale)}
	height := 0.0
	switch {
	case w.leap > 0:
		t := float64(w.leap) / leapTicks
		height = 4 * leapHeight * t * (1 - t) * float64(scale)
		if f.Pose = art.Leap; w.leap < 3 || w.leap > leapTicks-3 {
			f.Pose, f.Stretch = art.Crouch, -0.1
		}
	case w.croak > 0:
		f.Pose = art.Croak
	case (tick+int(style.Colour)*37)%180 < 8:
		f.Pose = art.Blink
	}
	f.Draw(p.Dst, float64(x)+w.x, float64(y)+w.y-height)
}
