package scene

import (
	"image"
	"math"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// lens is what part of the pond is seen: all of it, or what is around a frog.
type lens struct {
	zoom float64 // how much larger than with all of it; 0 is 1
	x, y float64 // px of the pond that are in the middle of what is seen of the picture
	foot float64 // px of the picture that are covered at its lower edge, while it is near
}

const (
	nearZoom = 2.0
	lensEase = 0.14 // of the way that is left, in a tick
)

// Follow lets the picture follow the frog of a seat, twice as large, or with -1 show all of
// the pond again. So many px are covered at the lower edge of the picture: the frog is seen
// above them. Call it once per tick. It glides there, or leaps if calm.
func (s *Scene) Follow(w *rules.World, seat, covered int, calm bool) {
	width, height := w.Size()
	l := &s.lens
	if l.zoom == 0 {
		*l = lens{1, float64(width) / 2, float64(height) / 2, 0}
	}
	to := lens{1, float64(width) / 2, float64(height) / 2, 0}
	if seat >= 0 && seat < len(w.Frogs) {
		f := &w.Frogs[seat]
		to = lens{nearZoom, px(f.X), px(f.Y), float64(covered)}
	}
	ease := lensEase
	if calm && to.zoom != l.zoom {
		ease = 1
	}
	l.zoom += (to.zoom - l.zoom) * ease
	l.x += (to.x - l.x) * ease
	l.y += (to.y - l.y) * ease
	l.foot += (to.foot - l.foot) * ease
	if math.Abs(to.zoom-l.zoom) < 0.02 {
		l.zoom = to.zoom
	}
}

// near reports whether only a part of the pond is seen.
func (l *lens) near() bool { return l.zoom > 1 }

// stage returns where the pond lies whose whole would fill a picture at a scale: no edge of
// the picture is bare that is not covered.
func (l *lens) stage(picture image.Rectangle, pond image.Point, scale float64) stage {
	st := stage{area: picture, scale: scale, origin: picture.Min}
	if !l.near() {
		return st
	}
	st.scale *= l.zoom
	corner := func(at float64, pond, least, room int) int {
		start := least + room/2 - int(math.Round(at*st.scale))
		return min(max(start, least+room-int(float64(pond)*st.scale)), least)
	}
	st.origin.X = corner(l.x, pond.X, picture.Min.X, picture.Dx())
	st.origin.Y = corner(l.y, pond.Y, picture.Min.Y, picture.Dy()-int(l.foot))
	return st
}

// foot is what of the picture is below the pond.
func (st stage) foot(height int32) image.Rectangle {
	r := st.area
	_, r.Min.Y = st.at(0, float64(height))
	return r
}

// FrogAt returns the seat of the frog that is seen at a place of a whole picture, the
// nearest one; false if there is none.
func (s *Scene) FrogAt(w *rules.World, at image.Point) (seat int, ok bool) {
	const reach = 26 // px of the pond
	picture := image.Rect(0, 0, Width, Height)
	width, height := w.Size()
	pond := image.Pt(int(width), int(height))
	st := s.lens.stage(picture, pond, min(Width/float64(width), Height/float64(height)))
	best := reach * st.scale
	for i := range w.Frogs {
		f := &w.Frogs[i]
		if i >= int(w.Seats) || f.State == rules.Out {
			continue
		}
		x, y := st.at(px(f.X), px(f.Y)-12)
		if away := math.Hypot(float64(x-at.X), float64(y-at.Y)); away < best {
			best, seat, ok = away, i, true
		}
	}
	return seat, ok
}
