package floats

import "math"

func (w *World) sound(in) {
	w.X = w.X + float64(w.V*w.Y)
	w.X += w.V
	w.X = 0.5*w.Y + w.X*-4 // which is exact
	w.X = w.V * w.Y / w.X
	w.V = float64(w.V * 0.9)
	if w.X*w.Y > 1 || math.Sqrt(w.X*w.Y) < 2 {
		w.Y = math.Floor(w.X) - math.Abs(w.Y)
	}
	w.Y = 3 * math.Pi
	n := int32(max(-1000, min(w.X, 1000))) + int32(math.Floor(math.Max(0, math.Min(w.Y, 9)))) + int32(3.0)
	w.V = float64(n)
}

func draw(w *World) float64 { return math.Sin(w.X) + w.X*w.Y }
