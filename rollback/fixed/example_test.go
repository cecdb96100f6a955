package fixed_test

import (
	"fmt"

	"github.com/visavis-netcode/visavis/rollback/fixed"
)

// A ball falls, loses a quarter of its speed at every bounce, and is at the
// same place on every machine.
func Example() {
	const (
		gravity = fixed.One / 40
		bounce  = 3 * fixed.One / 4
	)
	at := fixed.Vec{Y: fixed.FromInt(10)}
	speed := fixed.Vec{X: fixed.FromRatio(1, 3)}
	for frame := range 61 {
		if frame%20 == 0 {
			fmt.Println(frame, at.X, at.Y)
		}
		speed.Y -= gravity
		at = at.Add(speed)
		if at.Y < 0 {
			at.Y, speed.Y = 0, -speed.Y.Mul(bounce)
		}
	}
	// Output:
	// 0 0 10
	// 20 6.66656 4.75128
	// 40 13.33313 4.34894
	// 60 19.99969 3.59912
}

func ExampleNum_Mul() {
	half := fixed.One / 2
	fmt.Println(fixed.FromInt(7).Mul(half), fixed.FromInt(-7).Mul(half), fixed.Max.Mul(fixed.Max))
	// Output: 3.5 -3.5 32767.99998
}

func ExampleNum_Int() {
	a := fixed.FromRatio(-5, 2)
	fmt.Println(a, a.Int(), a.Round())
	// Output: -2.5 -3 -3
}

func ExampleAtan2() {
	me, ball := fixed.Vec{X: fixed.FromInt(2)}, fixed.Vec{X: fixed.FromInt(5), Y: fixed.FromInt(-3)}
	heading := fixed.Degrees(90)
	to := ball.Sub(me)
	toBall := fixed.Atan2(to.Y, to.X)
	turn := int16(toBall - heading) // the shorter way round
	fmt.Println(toBall == fixed.Degrees(315), int(turn)*360/65536)
	// Output: true -135
}

func ExampleVec_Rotate() {
	arrow := fixed.Vec{X: fixed.FromInt(100)}
	fmt.Println(arrow.Rotate(fixed.QuarterTurn), arrow.Rotate(fixed.Degrees(45)))
	// Output: {0 100} {70.71068 70.71068}
}

func ExampleVec_Normalize() {
	v := fixed.Vec{X: fixed.FromInt(3), Y: fixed.FromInt(4)}
	fmt.Println(v.Len(), v.Normalize(), v.Normalize().Scale(fixed.FromInt(10)))
	// Output: 5 {0.60001 0.8} {6.00006 8.00003}
}
