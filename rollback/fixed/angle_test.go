package fixed

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSinIsNearest compares all 65536 sines and cosines with the true ones.
func TestSinIsNearest(t *testing.T) {
	var want [1<<14 + 1]Num // one quarter; the others mirror it
	for i := range want {
		want[i] = Num(nearest(sineReal(int64(i)), 16))
	}
	sinOf := func(i int) Num {
		i &= 1<<16 - 1
		switch {
		case i <= 1<<14:
			return want[i]
		case i <= 2<<14:
			return want[2<<14-i]
		case i <= 3<<14:
			return -want[i-2<<14]
		}
		return -want[4<<14-i]
	}
	for i := range 1 << 16 {
		if got := Sin(Angle(i)); got != sinOf(i) {
			t.Errorf("Sin(%d) = %d steps, want %d", i, got, sinOf(i))
		}
		if got := Cos(Angle(i)); got != sinOf(i+1<<14) {
			t.Errorf("Cos(%d) = %d steps, want %d", i, got, sinOf(i+1<<14))
		}
	}
}

// TestSineBits measures the inner sine, on which Rotate's promise rests.
func TestSineBits(t *testing.T) {
	for i := range int64(1<<14 + 1) {
		off := sine(Angle(i)) - int64(nearest(sineReal(i), sineBits))
		if max(off, -off) > 4 {
			t.Errorf("sine(%d) is %d off", i, off)
		}
	}
}

func TestAtan2UndoesSinAndCos(t *testing.T) {
	for i := range 1 << 16 {
		a := Angle(i)
		if got := Atan2(Sin(a), Cos(a)); got != a {
			t.Errorf("Atan2(Sin, Cos) of %d = %d", a, got)
		}
	}
}

func TestAtan2Landmarks(t *testing.T) {
	for _, size := range []Num{1, 2, One, Max} {
		for eighth, p := range []Vec{
			{size, 0}, {size, size}, {0, size}, {-size, size},
			{-size, 0}, {-size, -size}, {0, -size}, {size, -size},
		} {
			if got, want := p.Angle(), EighthTurn*Angle(eighth); got != want {
				t.Errorf("direction of %v = %d, want %d", p, got, want)
			}
		}
	}
	if got := Atan2(Min, Min); got != HalfTurn+EighthTurn {
		t.Errorf("Atan2(Min, Min) = %d", got)
	}
	if got := Atan2(0, 0); got != 0 {
		t.Errorf("Atan2(0, 0) = %d", got)
	}
}

// TestAtan2Bound uses the floating point of the test's machine as the truth:
// its error is a millionth of the margin between 0.52 and what is seen.
func TestAtan2Bound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	worst := 0.0
	check := func(y, x Num) {
		turns := math.Atan2(float64(y), float64(x)) / (2 * math.Pi)
		off := math.Remainder(float64(Atan2(y, x))-turns*(1<<16), 1<<16)
		if worst = max(worst, math.Abs(off)); math.Abs(off) >= 0.52 {
			t.Fatalf("Atan2(%d, %d steps) is %.4f steps off", y, x, off)
		}
	}
	for _, y := range edges {
		for _, x := range edges {
			if x != 0 || y != 0 {
				check(y, x)
			}
		}
	}
	for y := Num(-200); y <= 200; y++ {
		for x := Num(1); x <= 200; x++ {
			check(y, x)
		}
	}
	for range 400_000 {
		check(random(rng), random(rng)|1)
	}
	t.Logf("worst: %.4f steps", worst)
}

func TestDegrees(t *testing.T) {
	for _, c := range []struct {
		degrees int
		want    Angle
	}{
		{0, 0}, {45, EighthTurn}, {90, QuarterTurn}, {180, HalfTurn}, {360, 0}, {450, QuarterTurn},
		{-90, 3 * QuarterTurn}, {-360, 0}, {1, 182}, {-1, 65354}, {359, 65354},
		{math.MaxInt32, Degrees(math.MaxInt32 % 360)}, {math.MinInt32, Degrees(math.MinInt32 % 360)},
	} {
		if got := Degrees(c.degrees); got != c.want {
			t.Errorf("Degrees(%d) = %d, want %d", c.degrees, got, c.want)
		}
	}
}
