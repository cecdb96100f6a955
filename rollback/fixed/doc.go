// Package fixed is arithmetic for game simulations that must give the same
// bits on every machine: fixed-point numbers, angles and plane vectors, all of
// them plain integers that a snapshot copies. There is no floating point in
// it, so no compiler, processor or operating system can round differently.
//
//	const (
//		gravity = fixed.One / 40     // constants are written with One
//		bounce  = 3 * fixed.One / 4  // 0.75
//	)
//
//	func (b *Ball) step() {
//		b.Speed.Y -= gravity
//		b.At = b.At.Add(b.Speed)
//		if b.At.Y < 0 {
//			b.At.Y, b.Speed.Y = 0, -b.Speed.Y.Mul(bounce)
//		}
//	}
//
//	toBall := fixed.Atan2(ball.Y-me.Y, ball.X-me.X)
//	turn := int16(toBall - me.Heading) // the shorter way round, signed
//
// Two rules hold for every function and method unless its comment says
// otherwise:
//
//   - Results are rounded to the nearest Num, halves away from zero. Mirrored
//     operands therefore give mirrored results: a world has no favourite side.
//   - Results saturate: what lies above Max becomes Max, what lies below Min
//     becomes Min. Nothing panics, also not a division by zero.
//
// Go's own operators keep their meaning: a+b, a-b, -a and a*3 work on a Num
// and wrap around like those of int32; use Add and Sub where the edge can be
// reached. For the product and the quotient of two Nums write Mul and Div: a*b
// and a/b would be off by a factor of 65536.
package fixed
