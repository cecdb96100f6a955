package fixed

import (
	"hash/fnv"
	"testing"
)

// TestGoldenArithmetic puts a walk through every function into one number that
// must be the same on every architecture, forever: old replays depend on it.
func TestGoldenArithmetic(t *testing.T) {
	const want uint64 = 0xb03e0979165821bc
	hash := fnv.New64a()
	put := func(values ...Num) {
		for _, n := range values {
			hash.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
		}
	}
	state := uint32(1)
	draw := func() Num { // xorshift32, its top bits dropped in turn
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		return Num(state) >> (state & 15)
	}
	for range 100_000 {
		a, b, c := draw(), draw(), draw()
		angle := Angle(c)
		v, w := Vec{a, b}, Vec{c, a}
		put(a.Add(b), a.Sub(b), a.Mul(b), a.Div(b), a.Abs(), a.Sqrt(), a.Clamp(b, c), Lerp(a, b, c))
		put(FromInt(int(a)), FromRatio(int(a), int(b)), Num(a.Int()), Num(a.Round()), Hypot(a, b))
		put(Sin(angle), Cos(angle), Num(Atan2(a, b)), Num(Degrees(int(a))))
		for _, u := range []Vec{v.Add(w), v.Sub(w), v.Scale(c), v.Normalize(), v.Rotate(angle), Polar(a, angle)} {
			put(u.X, u.Y)
		}
		put(v.Dot(w), v.Len(), Num(v.Angle()))
	}
	if got := hash.Sum64(); got != want {
		t.Errorf("the walk hashes to %#x, want %#x: results of this package changed", got, want)
	}
}
