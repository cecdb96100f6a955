package fixed

import "math/bits"

// Vec is a point or an arrow in the plane.
type Vec struct{ X, Y Num }

// Polar returns the arrow of a length and a direction, as Rotate makes it from
// one along the X axis.
func Polar(length Num, a Angle) Vec { return Vec{X: length}.Rotate(a) }

// Add returns v+w, each coordinate saturated.
func (v Vec) Add(w Vec) Vec { return Vec{v.X.Add(w.X), v.Y.Add(w.Y)} }

// Sub returns v-w, each coordinate saturated: the way from w to v.
func (v Vec) Sub(w Vec) Vec { return Vec{v.X.Sub(w.X), v.Y.Sub(w.Y)} }

// Scale returns v·s, each coordinate rounded and saturated.
func (v Vec) Scale(s Num) Vec { return Vec{v.X.Mul(s), v.Y.Mul(s)} }

// Dot returns the dot product of v and w, rounded once from the full sum and
// saturated.
func (v Vec) Dot(w Vec) Num {
	x, y := int64(v.X)*int64(w.X), int64(v.Y)*int64(w.Y)
	if x == 1<<62 && y == 1<<62 { // all four are Min, the one sum beyond int64
		return Max
	}
	return saturate(dropFraction(x + y))
}

// Len returns the length of v, rounded down and saturated: the longest Vec is
// some 46341 long. To compare many distances in a small world, Dot of a
// difference with itself is cheaper.
func (v Vec) Len() Num {
	return Num(min(length(int64(v.X), int64(v.Y)), uint64(Max)))
}

// Normalize returns the arrow of length One in the direction of v. Each
// coordinate is less than 0.51 steps off, however short or long v is. The zero
// Vec, which has no direction, stays zero.
func (v Vec) Normalize() Vec {
	x, y := int64(v.X), int64(v.Y)
	longer := max(magnitude(x), magnitude(y))
	if longer == 0 {
		return Vec{}
	}
	// A length is rounded down to whole steps: a short one would be far off.
	grow := max(0, 31-bits.Len64(longer))
	x, y = x<<grow, y<<grow
	d := int64(length(x, y))
	return Vec{Num(quotient(x<<fracBits, d)), Num(quotient(y<<fracBits, d))}
}

// Rotate returns v turned by a, each coordinate rounded and saturated. It is
// less than one step off if v is shorter than 16384, less than two otherwise.
func (v Vec) Rotate(a Angle) Vec {
	// With 31 bits of sine a long arrow loses little and the sums stay below
	// 2^63: they are at most the length of v, 2^31.5, times 2^31.
	const spare = sineBits - 31
	x, y := int64(v.X), int64(v.Y)
	sin, cos := shiftRound(sine(a), spare), shiftRound(sine(a+QuarterTurn), spare)
	return Vec{
		X: saturate(shiftRound(x*cos-y*sin, 31)),
		Y: saturate(shiftRound(x*sin+y*cos, 31)),
	}
}

// Angle returns the direction of v, as Atan2 does; 0 for the zero Vec.
func (v Vec) Angle() Angle { return Atan2(v.Y, v.X) }

// length returns the length of (x, y), rounded down. Coordinates are at most
// 2^31 either way.
func length(x, y int64) uint64 { return floorSqrt(uint64(x*x) + uint64(y*y)) }
