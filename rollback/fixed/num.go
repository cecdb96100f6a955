package fixed

import (
	"math/bits"
	"strconv"
	"strings"
)

// Num is a number with 16 bits after the binary point, in steps of 1/65536:
// from -32768 to a step below 32768.
type Num int32

const fracBits = 16

// Landmarks of Num. A constant is written with One: 3*One/4 is 0.75.
const (
	One Num = 1 << fracBits
	Max Num = 1<<31 - 1 // 32767.99998
	Min Num = -1 << 31  // -32768
)

// FromInt returns i as a Num. It saturates outside -32768..32767.
func FromInt(i int) Num {
	const edge = 1 << (31 - fracBits)
	return saturate(int64(min(max(i, -edge), edge)) << fracBits)
}

// FromRatio returns num/den, exact before the one rounding for every pair of
// ints. A zero den gives Max or Min by the sign of num, and 0/0 gives 0.
func FromRatio(num, den int) Num {
	if num == 0 {
		return 0
	}
	n, d := magnitude(int64(num)), magnitude(int64(den))
	hi, lo := bits.Mul64(n, 1<<fracBits)
	lo, carry := bits.Add64(lo, d/2, 0)
	hi += carry
	quotient := uint64(1 << 31)
	if hi < d {
		q, _ := bits.Div64(hi, lo, d)
		quotient = min(q, quotient)
	}
	if (num < 0) != (den < 0) {
		return saturate(-int64(quotient))
	}
	return saturate(int64(quotient))
}

// Int returns the greatest whole number that is not above a, its floor:
// -0.5 gives -1. The result is -32768 to 32767.
func (a Num) Int() int { return int(a >> fracBits) }

// Round returns the whole number nearest to a, halves away from zero. The
// result is -32768 to 32768.
func (a Num) Round() int { return int(dropFraction(int64(a))) }

// Add returns a+b, saturated.
func (a Num) Add(b Num) Num { return saturate(int64(a) + int64(b)) }

// Sub returns a-b, saturated.
func (a Num) Sub(b Num) Num { return saturate(int64(a) - int64(b)) }

// Mul returns a·b, rounded once from the full product.
func (a Num) Mul(b Num) Num { return saturate(dropFraction(int64(a) * int64(b))) }

// Div returns a/b, rounded once. Division by zero gives Max or Min by the sign
// of a, and 0/0 gives 0.
func (a Num) Div(b Num) Num {
	if b == 0 {
		return saturate(int64(a.Sign()) << 31)
	}
	return saturate(quotient(int64(a)<<fracBits, int64(b)))
}

// Abs returns the distance of a from zero. Abs of Min is Max.
func (a Num) Abs() Num { return max(a, saturate(-int64(a))) }

// Sign returns -1, 0 or 1.
func (a Num) Sign() int {
	switch {
	case a < 0:
		return -1
	case a > 0:
		return 1
	}
	return 0
}

// Clamp returns the value nearest to a between lo and hi. If lo is above hi
// it returns hi.
func (a Num) Clamp(lo, hi Num) Num { return min(max(a, lo), hi) }

// Lerp returns a + (b-a)·t, rounded once: a at t = 0, b at t = One, and beyond
// them outside of these.
func Lerp(a, b, t Num) Num {
	// The product is below 2^63: |b-a| < 2^32 and |t| <= 2^31.
	return saturate(int64(a) + dropFraction((int64(b)-int64(a))*int64(t)))
}

// Sqrt returns the greatest Num whose square is not above a: the square root
// rounded down. A negative a gives 0.
func (a Num) Sqrt() Num {
	if a <= 0 {
		return 0
	}
	return Num(floorSqrt(uint64(a) << fracBits))
}

// Hypot returns the length of the hypotenuse over x and y, rounded down and
// saturated. Nothing overflows on the way.
func Hypot(x, y Num) Num { return Vec{x, y}.Len() }

// String returns a in decimal, rounded to five places without trailing zeros:
// "-0.75". Different Nums have different strings.
func (a Num) String() string {
	m := magnitude(int64(a))
	whole, fraction := m>>fracBits, m&(1<<fracBits-1)
	text := strconv.FormatUint(whole, 10)
	if a < 0 {
		text = "-" + text
	}
	if fraction == 0 {
		return text
	}
	// At most 99998, so no carry. The 1 in front keeps the leading zeros.
	places := 100_000 + (fraction*100_000+1<<(fracBits-1))>>fracBits
	return text + "." + strings.TrimRight(strconv.FormatUint(places, 10)[1:], "0")
}

// saturate returns the Num nearest to n steps.
func saturate(n int64) Num { return Num(min(max(n, int64(Min)), int64(Max))) }

// magnitude returns |n|, also for the lowest int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// dropFraction returns n/65536, rounded to nearest, halves away from zero.
// n must be at least half a unit away from the top of int64.
func dropFraction(n int64) int64 { return shiftRound(n, fracBits) }

// shiftRound returns n/2^places, rounded to nearest, halves away from zero.
func shiftRound(n int64, places uint) int64 {
	// n>>63 is -1 for negative n: it moves their halves down instead of up.
	return (n + 1<<(places-1) + n>>63) >> places
}

// quotient returns n/d, rounded to nearest, halves away from zero. d is not 0
// and |n|+|d|/2 fits an int64.
func quotient(n, d int64) int64 {
	if d < 0 {
		n, d = -n, -d
	}
	if n < 0 {
		return (n - d/2) / d
	}
	return (n + d/2) / d
}

// floorSqrt returns the square root of n, rounded down, by Newton's method
// from a start that is not below it: the steps then fall until they are there.
func floorSqrt(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	root := uint64(1) << ((bits.Len64(n) + 1) / 2)
	for {
		next := (root + n/root) / 2
		if next >= root {
			return root
		}
		root = next
	}
}
