package rules

import "testing"

func TestRoot(t *testing.T) {
	for _, n := range []uint64{0, 1, 2, 3, 4, 15, 16, 17, 99, 1 << 32, 1<<62 - 1, 1<<64 - 1} {
		r := uint64(root(n))
		if r*r > n || r < 1<<32-1 && (r+1)*(r+1) <= n {
			t.Errorf("root of %d is %d", n, r)
		}
	}
}

func TestUnit(t *testing.T) {
	for _, v := range [][2]int32{{5, 0}, {0, -7 * Px}, {300, 400}, {-ArenaWidth * Px, ArenaHeight * Px}, {1, 1}, {-1, 5}} {
		x, y, length := unit(v[0], v[1])
		if length <= 0 || v[0]*x < 0 || v[1]*y < 0 {
			t.Errorf("%v: %d, %d, length %d", v, x, y, length)
		}
		if !near(x, y, 0, 0, 257) || near(x, y, 0, 0, 253) {
			t.Errorf("%v: %d, %d is no unit vector", v, x, y)
		}
	}
	if x, y, length := unit(0, 0); x != 0 || y != 0 || length != 0 {
		t.Errorf("nothing became %d, %d, %d", x, y, length)
	}
}

// TestFacing: buttons, facings and directions fit together.
func TestFacing(t *testing.T) {
	for facing := range uint8(8) {
		dx, dy := Direction(facing)
		if got := facingToward(dx, dy); got != facing {
			t.Errorf("facing %d points to %d", facing, got)
		}
		if got := facingToward(dx*100+17, dy*100-23); got != facing {
			t.Errorf("near facing %d: %d", facing, got)
		}
		if got := padToward[facing].steering(); got != facing {
			t.Errorf("the buttons of facing %d steer to %d", facing, got)
		}
	}
	for _, pad := range []Pad{0, Left | Right, Up | Down, Left | Right | Up | Down, Hop | Tongue} {
		if got := pad.steering(); got != noFacing {
			t.Errorf("buttons %b steer to %d", pad, got)
		}
	}
	if got := (Left | Right | Up).steering(); got != 6 {
		t.Errorf("up between left and right steers to %d", got)
	}
}
