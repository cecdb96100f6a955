package fixed

import "testing"

// operands are varied, so that no branch is guessed for free.
var operands = func() (list [256]Num) {
	state := uint32(7)
	for i := range list {
		state = state*1664525 + 1013904223
		list[i] = Num(state) >> (state >> 28)
	}
	return
}()

var sink Num

func benchmark(b *testing.B, f func(x, y Num) Num) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		sink += f(operands[i&255], operands[(i+1)&255])
		i++
	}
}

func BenchmarkMul(b *testing.B) { benchmark(b, Num.Mul) }
func BenchmarkDiv(b *testing.B) { benchmark(b, Num.Div) }
func BenchmarkSqrt(b *testing.B) {
	benchmark(b, func(x, _ Num) Num { return x.Abs().Sqrt() })
}
func BenchmarkSin(b *testing.B) {
	benchmark(b, func(x, _ Num) Num { return Sin(Angle(x)) })
}
func BenchmarkAtan2(b *testing.B) {
	benchmark(b, func(x, y Num) Num { return Num(Atan2(y, x)) })
}
func BenchmarkHypot(b *testing.B) { benchmark(b, Hypot) }
func BenchmarkNormalize(b *testing.B) {
	benchmark(b, func(x, y Num) Num { return Vec{x, y}.Normalize().X })
}
func BenchmarkRotate(b *testing.B) {
	benchmark(b, func(x, y Num) Num { return Vec{x, y}.Rotate(Angle(y)).X })
}

// TestNoAllocations runs everything that a simulation calls.
func TestNoAllocations(t *testing.T) {
	i := 0
	allocations := testing.AllocsPerRun(1000, func() {
		a, b, c := operands[i&255], operands[(i+1)&255], operands[(i+2)&255]
		i++
		v := Vec{a, b}.Add(Vec{b, c}).Sub(Polar(a, Angle(b))).Scale(c).Rotate(Angle(a)).Normalize()
		sink += v.Dot(Vec{a, b}) + v.Len() + Num(v.Angle()) + Lerp(a, b, c) + a.Sqrt() + Hypot(a, b)
		sink += a.Mul(b).Div(c).Add(a).Sub(b).Abs().Clamp(b, c) + Sin(Angle(a)) + Cos(Angle(b))
		sink += FromInt(a.Int()) + FromInt(a.Round()*a.Sign()) + FromRatio(int(a), int(b)) + Num(Degrees(int(c)))
	})
	if allocations != 0 {
		t.Errorf("%v allocations a run, want none", allocations)
	}
}
