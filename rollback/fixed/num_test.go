package fixed

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

// edges are the Nums where a mistake would show: both ends, the rounding
// halves, the powers of two and their neighbours.
var edges = func() []Num {
	list := []Num{Min, Min + 1, Max, Max - 1, 0, 46340, 46341, 3 * One / 4, 7 * One, 10 * One}
	for shift := range 31 {
		for near := Num(-1); near <= 1; near++ {
			list = append(list, 1<<shift+near, -(1<<shift)+near)
		}
	}
	return list
}()

// random draws a Num whose number of bits is drawn first, so that small ones
// and long ones come equally often.
func random(rng *rand.Rand) Num { return Num(rng.Uint32()) >> rng.IntN(32) }

// pairs calls check with every pair of edges and many random pairs.
func pairs(check func(a, b Num)) {
	for _, a := range edges {
		for _, b := range edges {
			check(a, b)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		check(random(rng), random(rng))
	}
}

func ratio(num, den int64) *big.Rat { return big.NewRat(num, den) }

// round is the rule of the package in exact arithmetic: x in steps to the
// nearest whole number, halves away from zero.
func round(x *big.Rat) *big.Int {
	doubled := new(big.Int).Lsh(new(big.Int).Abs(x.Num()), 1)
	doubled.Add(doubled, x.Denom())
	n := doubled.Quo(doubled, new(big.Int).Lsh(x.Denom(), 1))
	if x.Sign() < 0 {
		n.Neg(n)
	}
	return n
}

// steps is the Num that the package promises for a result of x steps.
func steps(x *big.Rat) Num {
	n := round(x)
	if !n.IsInt64() || n.Int64() > int64(Max) || n.Int64() < int64(Min) {
		if x.Sign() < 0 {
			return Min
		}
		return Max
	}
	return Num(n.Int64())
}

// signLimit is what a division of n by zero gives.
func signLimit(n int64) Num {
	switch {
	case n > 0:
		return Max
	case n < 0:
		return Min
	}
	return 0
}

func TestTwoOperands(t *testing.T) {
	pairs(func(a, b Num) {
		expect := func(name string, got, want Num) {
			t.Helper()
			if got != want {
				t.Fatalf("%s of %d and %d steps = %d, want %d", name, a, b, got, want)
			}
		}
		x, y := int64(a), int64(b)
		expect("Add", a.Add(b), steps(ratio(x+y, 1)))
		expect("Sub", a.Sub(b), steps(ratio(x-y, 1)))
		expect("Mul", a.Mul(b), steps(ratio(x*y, 1<<16)))
		if b == 0 {
			expect("Div", a.Div(b), signLimit(x))
			expect("FromRatio", FromRatio(int(a), int(b)), signLimit(x))
		} else {
			expect("Div", a.Div(b), steps(ratio(x<<16, y)))
			expect("FromRatio", FromRatio(int(a), int(b)), steps(ratio(x<<16, y)))
		}
	})
}

func TestFromRatioOfLargeInts(t *testing.T) {
	sizes := []int{math.MinInt, math.MinInt + 1, math.MinInt32, -1 << 16, -3, -1, 0, 1, 2, 1 << 15, 1 << 16, math.MaxInt32, math.MaxInt - 1, math.MaxInt}
	for _, num := range sizes {
		for _, den := range sizes {
			want := signLimit(int64(num))
			if den != 0 {
				x := ratio(int64(num), int64(den))
				want = steps(x.Mul(x, ratio(1<<16, 1)))
			}
			if got := FromRatio(num, den); got != want {
				t.Errorf("FromRatio(%d, %d) = %d steps, want %d", num, den, got, want)
			}
		}
	}
}

func TestFromInt(t *testing.T) {
	for i := -32768; i <= 32767; i++ {
		if got := FromInt(i); int64(got) != int64(i)<<16 || got.Int() != i || got.Round() != i {
			t.Fatalf("FromInt(%d) = %d steps", i, got)
		}
	}
	for _, i := range []int{32768, math.MaxInt32, math.MaxInt} {
		if got := FromInt(i); got != Max {
			t.Errorf("FromInt(%d) = %d steps, want Max", i, got)
		}
	}
	for _, i := range []int{-32769, math.MinInt32, math.MinInt} {
		if got := FromInt(i); got != Min {
			t.Errorf("FromInt(%d) = %d steps, want Min", i, got)
		}
	}
}

func TestOneOperand(t *testing.T) {
	pairs(func(a, _ Num) {
		x := int64(a)
		floor := new(big.Int).Div(big.NewInt(x-x&0xffff), big.NewInt(1<<16))
		if got := a.Int(); int64(got) != floor.Int64() {
			t.Fatalf("Int of %d steps = %d, want %d", a, got, floor)
		}
		if got, want := a.Round(), round(ratio(x, 1<<16)); int64(got) != want.Int64() {
			t.Fatalf("Round of %d steps = %d, want %d", a, got, want)
		}
		if got, want := a.Abs(), steps(new(big.Rat).Abs(ratio(x, 1))); got != want {
			t.Fatalf("Abs of %d steps = %d, want %d", a, got, want)
		}
		if got, want := a.Sign(), big.NewInt(x).Sign(); got != want {
			t.Fatalf("Sign of %d steps = %d, want %d", a, got, want)
		}
		want := new(big.Int).Sqrt(big.NewInt(max(x, 0) << 16))
		if got := a.Sqrt(); int64(got) != want.Int64() {
			t.Fatalf("Sqrt of %d steps = %d, want %d", a, got, want)
		}
	})
}

func TestLerp(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	check := func(a, b, along Num) {
		x := ratio(int64(b)-int64(a), 1<<16)
		x.Mul(x, ratio(int64(along), 1)) // rounded before a is added: a is whole steps
		want := new(big.Int).Add(round(x), big.NewInt(int64(a)))
		if got := Lerp(a, b, along); got != steps(new(big.Rat).SetInt(want)) {
			t.Fatalf("Lerp(%d, %d, %d steps) = %d, want %d", a, b, along, got, want)
		}
	}
	pairs(func(a, b Num) {
		check(a, b, random(rng))
		if Lerp(a, b, 0) != a || Lerp(a, b, One) != b {
			t.Fatalf("Lerp(%d, %d) misses an end", a, b)
		}
	})
	for _, along := range edges {
		for _, a := range []Num{Min, -1, 0, 1, Max} {
			for _, b := range []Num{Min, -1, 0, 1, Max} {
				check(a, b, along)
			}
		}
	}
}

func TestClamp(t *testing.T) {
	for _, c := range []struct{ a, lo, hi, want Num }{
		{0, 1, 3, 1}, {1, 1, 3, 1}, {2, 1, 3, 2}, {3, 1, 3, 3}, {4, 1, 3, 3},
		{Min, Min, Max, Min}, {Max, Min, Max, Max}, {2, 3, 1, 1}, {0, 3, 1, 1}, {9, 3, 1, 1},
	} {
		if got := c.a.Clamp(c.lo, c.hi); got != c.want {
			t.Errorf("%d.Clamp(%d, %d) = %d, want %d", c.a, c.lo, c.hi, got, c.want)
		}
	}
}

// TestFloorSqrt compares all of 64 bits: every power of two, every edge of a
// square, and random numbers.
func TestFloorSqrt(t *testing.T) {
	check := func(n uint64) {
		want := new(big.Int).Sqrt(new(big.Int).SetUint64(n))
		if got := floorSqrt(n); got != want.Uint64() {
			t.Fatalf("floorSqrt(%d) = %d, want %d", n, got, want)
		}
	}
	for n := range uint64(1 << 12) {
		check(n)
	}
	check(math.MaxUint64)
	rng := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		root := uint64(rng.Uint32()) >> rng.IntN(32)
		check(root * root)
		check(root*root + 2*root)
		check(root*root - min(root, 1))
		check(rng.Uint64() >> rng.IntN(64))
	}
}

func TestString(t *testing.T) {
	for want, a := range map[string]Num{
		"0": 0, "1": One, "-1": -One, "0.5": One / 2, "-0.75": -3 * One / 4, "100": 100 * One,
		"0.00002": 1, "-0.00002": -1, "32767.99998": Max, "-32768": Min, "-32767.99998": Min + 1, "0.09999": One / 10,
	} {
		if got := a.String(); got != want {
			t.Errorf("%d steps print as %q, want %q", a, got, want)
		}
	}
}

// TestStringNamesOne reads every string back and finds the same number: all
// fractions once, with random whole parts and signs.
func TestStringNamesOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for fraction := range 1 << 16 {
		a := Num(rng.Uint32())&^0xffff | Num(fraction)
		value, err := strconv.ParseFloat(a.String(), 64)
		if err != nil || Num(math.Round(value*65536)) != a {
			t.Fatalf("%d steps print as %q", a, a.String())
		}
	}
}
