package fixed

import "math/bits"

//go:generate go test -run TestTable -update

// Angle is a direction in steps of 1/65536 turn, so that adding and
// subtracting wrap around as directions do. It runs from the X axis towards
// the Y axis: counterclockwise where Y points up, clockwise on a screen.
//
// The shorter way from a to b, as a signed number of steps, is int16(b - a).
type Angle uint16

// Landmarks of Angle. A full turn is 0.
const (
	EighthTurn  Angle = 1 << 13
	QuarterTurn Angle = 1 << 14
	HalfTurn    Angle = 1 << 15
)

// Degrees returns the Angle nearest to a whole number of degrees, of any size
// and sign, halves away from zero.
func Degrees(degrees int) Angle {
	return Angle(quotient(int64(degrees%360)<<16, 360))
}

// Sin returns the sine of a: the nearest Num for every Angle.
func Sin(a Angle) Num { return Num(shiftRound(sine(a), sineBits-fracBits)) }

// Cos returns the cosine of a: the nearest Num for every Angle.
func Cos(a Angle) Num { return Sin(a + QuarterTurn) }

// Atan2 returns the direction of the point (x, y), y first as everywhere. It
// is less than 0.52 steps off for every pair, and exact on the axes and
// diagonals. Atan2(Sin(a), Cos(a)) is a. Atan2(0, 0) is 0.
func Atan2(y, x Num) Angle {
	width, height := magnitude(int64(x)), magnitude(int64(y))
	var a Angle // of the point folded into the first quarter
	switch {
	case width == 0 && height == 0:
		return 0
	case height <= width:
		a = arctan(height, width)
	default:
		a = QuarterTurn - arctan(width, height)
	}
	if x < 0 {
		a = HalfTurn - a
	}
	if y < 0 {
		a = -a
	}
	return a
}

// sineBits are the bits after the point of sine's results.
const sineBits = 62

// sine returns the sine of a times 2^62, off by at most 4. It splits the
// quarter turn into 128 coarse arcs of 128 fine steps and adds the two angles:
// sin(c+f) = sin c · cos f + cos c · sin f.
func sine(a Angle) int64 {
	arc := a % QuarterTurn
	if a&QuarterTurn != 0 {
		arc = QuarterTurn - arc // the second and fourth quarters fall
	}
	coarse, fine := arc>>7, arc&127
	// The tables have 63 bits, the upper half of a product therefore 62.
	left, _ := bits.Mul64(sineCoarse[coarse], cosineFine[fine])
	right, _ := bits.Mul64(sineCoarse[128-coarse], sineFine[fine])
	if a >= HalfTurn {
		return -int64(left + right)
	}
	return int64(left + right)
}

// arctan returns the angle of the slope rise/run, from 0 to EighthTurn. It
// wants 0 <= rise <= run <= 2^31 and run > 0.
func arctan(rise, run uint64) Angle {
	slope := rise << 24 / run // 8 bits of table index, 16 between two entries
	index, between := slope>>16, slope&0xffff
	steps := uint64(arctanTable[index])
	if between != 0 {
		steps += (uint64(arctanTable[index+1]) - steps) * between >> 16
	}
	return Angle((steps + 1<<15) >> 16)
}
