package rules

// directions are unit vectors times 256, clockwise from the right.
var directions = [8][2]int32{
	{256, 0}, {181, 181}, {0, 256}, {-181, 181},
	{-256, 0}, {-181, -181}, {0, -256}, {181, -181},
}

// Direction returns the unit vector times 256 of a facing, 0 to 7.
func Direction(facing uint8) (x, y int32) {
	d := directions[facing&7]
	return d[0], d[1]
}

// noFacing is what steering returns when no direction, or two opposite ones,
// are held.
const noFacing = 8

// facingOf turns (sign of y + 1)*3 + (sign of x + 1) into a facing.
var facingOf = [9]uint8{5, 6, 7, 4, noFacing, 0, 3, 2, 1}

// padToward has the buttons that steer to each facing.
var padToward = [8]Pad{Right, Right | Down, Down, Down | Left, Left, Left | Up, Up, Up | Right}

// steering returns the facing that the direction buttons ask for.
func (p Pad) steering() uint8 {
	i := 4
	if p&Left != 0 {
		i--
	}
	if p&Right != 0 {
		i++
	}
	if p&Up != 0 {
		i -= 3
	}
	if p&Down != 0 {
		i += 3
	}
	return facingOf[i]
}

// facingToward returns the facing nearest to a direction. Between two
// neighbours the border is at a slope of 5 to 12, close to 22.5 degrees.
func facingToward(dx, dy int32) uint8 {
	sx, sy := 1, 1
	if dx < 0 {
		sx, dx = 0, -dx
	}
	if dy < 0 {
		sy, dy = 0, -dy
	}
	switch {
	case int64(dy)*12 < int64(dx)*5:
		return facingOf[3+sx*2]
	case int64(dx)*12 < int64(dy)*5:
		return facingOf[1+sy*6]
	}
	return facingOf[sy*6+sx*2]
}

// root returns the integer square root of n, rounded down: the schoolbook
// method, one bit of the result at a time.
func root(n uint64) uint32 {
	bit := uint64(1) << 62
	for bit > n {
		bit >>= 2
	}
	var result uint64
	for ; bit > 0; bit >>= 2 {
		if sum := result + bit; n >= sum {
			n -= sum
			result = result>>1 + bit
		} else {
			result >>= 1
		}
	}
	return uint32(result)
}

// square returns the squared length of a vector.
func square(dx, dy int32) int64 { return int64(dx)*int64(dx) + int64(dy)*int64(dy) }

// unit returns a vector of length 256 (rounded) with the direction of dx, dy,
// and the length of dx, dy. The zero vector gives zeros.
func unit(dx, dy int32) (x, y, length int32) {
	length = int32(root(uint64(square(dx, dy))))
	if length == 0 {
		return 0, 0, 0
	}
	whole := length
	if length < Px { // the part of it that root cuts off counts
		dx, dy = dx*Px, dy*Px
		whole = int32(root(uint64(square(dx, dy))))
	}
	return dx * 256 / whole, dy * 256 / whole, length
}

// near reports whether two points are at most reach apart.
func near(ax, ay, bx, by, reach int32) bool {
	dx, dy := ax-bx, ay-by
	if dx > reach || dx < -reach || dy > reach || dy < -reach {
		return false
	}
	return square(dx, dy) <= int64(reach)*int64(reach)
}
