package fixed

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// vecs calls check with every pair of edges as a Vec beside a random one, and
// many random ones.
func vecs(check func(v, w Vec)) {
	rng := rand.New(rand.NewPCG(11, 12))
	pairs(func(a, b Num) {
		check(Vec{a, b}, Vec{random(rng), random(rng)})
	})
	ends := []Num{Min, Min + 1, -1, 0, 1, Max}
	for i := range len(ends) * len(ends) {
		for j := range len(ends) * len(ends) {
			check(Vec{ends[i/len(ends)], ends[i%len(ends)]}, Vec{ends[j/len(ends)], ends[j%len(ends)]})
		}
	}
}

func TestVec(t *testing.T) {
	vecs(func(v, w Vec) {
		if got, want := v.Add(w), (Vec{v.X.Add(w.X), v.Y.Add(w.Y)}); got != want {
			t.Fatalf("%v.Add(%v) = %v, want %v", v, w, got, want)
		}
		if got, want := v.Sub(w), (Vec{v.X.Sub(w.X), v.Y.Sub(w.Y)}); got != want {
			t.Fatalf("%v.Sub(%v) = %v, want %v", v, w, got, want)
		}
		if got, want := v.Scale(w.X), (Vec{v.X.Mul(w.X), v.Y.Mul(w.X)}); got != want {
			t.Fatalf("%v.Scale(%v) = %v, want %v", v, w.X, got, want)
		}
		x := new(big.Int).Mul(big.NewInt(int64(v.X)), big.NewInt(int64(w.X)))
		y := new(big.Int).Mul(big.NewInt(int64(v.Y)), big.NewInt(int64(w.Y)))
		sum := new(big.Rat).SetFrac(x.Add(x, y), big.NewInt(1<<16))
		if got, want := v.Dot(w), steps(sum); got != want {
			t.Fatalf("%v.Dot(%v) = %v, want %v", v, w, got, want)
		}
	})
}

// squareLen is the exact square of v's length, in steps squared.
func squareLen(v Vec) *big.Int {
	x := new(big.Int).Mul(big.NewInt(int64(v.X)), big.NewInt(int64(v.X)))
	y := new(big.Int).Mul(big.NewInt(int64(v.Y)), big.NewInt(int64(v.Y)))
	return x.Add(x, y)
}

func TestLen(t *testing.T) {
	vecs(func(v, _ Vec) {
		want := steps(new(big.Rat).SetInt(new(big.Int).Sqrt(squareLen(v))))
		if got := v.Len(); got != want {
			t.Fatalf("%v.Len() = %v, want %v", v, got, want)
		}
		if got := Hypot(v.X, v.Y); got != want {
			t.Fatalf("Hypot(%v, %v) = %v, want %v", v.X, v.Y, got, want)
		}
	})
}

// apart is how many steps got is from the true value, itself in steps.
func apart(got Num, want *big.Float) float64 {
	off, _ := new(big.Float).Sub(want, exact(int64(got))).Float64()
	return max(off, -off)
}

func TestNormalize(t *testing.T) {
	if got := (Vec{}).Normalize(); got != (Vec{}) {
		t.Errorf("the zero Vec normalizes to %v", got)
	}
	vecs(func(v, _ Vec) {
		if v == (Vec{}) {
			return
		}
		length := blank().Sqrt(blank().SetInt(squareLen(v)))
		got := v.Normalize()
		x := blank().Quo(exact(int64(v.X)<<16), length)
		y := blank().Quo(exact(int64(v.Y)<<16), length)
		if apart(got.X, x) >= 0.51 || apart(got.Y, y) >= 0.51 {
			t.Fatalf("%v.Normalize() = %v, want %v, %v steps", v, got, x, y)
		}
	})
}

func TestRotate(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	sineOf := func(a Angle) *big.Float {
		arc := int64(a % QuarterTurn)
		if a&QuarterTurn != 0 {
			arc = 1<<14 - arc
		}
		s := sineReal(arc)
		if a >= HalfTurn {
			return blank().Neg(s)
		}
		return s
	}
	check := func(v Vec, a Angle) {
		sin, cos := sineOf(a), sineOf(a+QuarterTurn)
		vx, vy := exact(int64(v.X)), exact(int64(v.Y))
		x := blank().Sub(blank().Mul(vx, cos), blank().Mul(vy, sin))
		y := blank().Add(blank().Mul(vx, sin), blank().Mul(vy, cos))
		bound := 1.0
		if v.Len() >= 16384*One {
			bound = 2
		}
		clip := func(n *big.Float) *big.Float {
			if n.Cmp(exact(int64(Max))) > 0 {
				return exact(int64(Max))
			}
			if n.Cmp(exact(int64(Min))) < 0 {
				return exact(int64(Min))
			}
			return n
		}
		got := v.Rotate(a)
		if apart(got.X, clip(x)) >= bound || apart(got.Y, clip(y)) >= bound {
			t.Fatalf("%v.Rotate(%d) = %v, want %v, %v steps", v, a, got, x, y)
		}
	}
	for range 10_000 {
		v, a := Vec{random(rng), random(rng)}, Angle(rng.Uint32())
		check(v, a)
		check(Vec{v.X, 0}, a)
		if got := Polar(v.X, a); got != (Vec{v.X, 0}).Rotate(a) {
			t.Fatalf("Polar(%v, %d) = %v", v.X, a, got)
		}
	}
	for _, v := range []Vec{{Min, Min}, {Min, Max}, {Max, Min}, {Max, Max}, {1, 1}, {}} {
		for a := range 256 {
			check(v, Angle(a<<8+a))
		}
	}
}

// TestQuarterTurns wants the exact answer where there is one.
func TestQuarterTurns(t *testing.T) {
	vecs(func(v, _ Vec) {
		x, y := v.X, v.Y
		var zero Num
		for turns, want := range []Vec{v, {zero.Sub(y), x}, {zero.Sub(x), zero.Sub(y)}, {y, zero.Sub(x)}} {
			if got := v.Rotate(QuarterTurn * Angle(turns)); got != want {
				t.Fatalf("%v turned by %d quarters = %v, want %v", v, turns, got, want)
			}
		}
	})
}
