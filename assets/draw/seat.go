package draw

import (
	"image/color"
	"math"
)

// marks are the small signs of the seats: 9 by 9, white, tinted when drawn.
var marks = [Seats][]string{
	{"..#####..", ".#######.", "#########", "#########", "#########", "#########", "#########", ".#######.", "..#####.."},
	{"....#....", "....#....", "...###...", "...###...", "..#####..", "..#####..", ".#######.", ".#######.", "#########"},
	{".........", ".#######.", ".#######.", ".#######.", ".#######.", ".#######.", ".#######.", ".#######.", "........."},
	{"....#....", "...###...", "..#####..", ".#######.", "#########", ".#######.", "..#####..", "...###...", "....#...."},
	{"....#....", "....#....", "...###...", "#########", ".#######.", "..#####..", "..#####..", ".###.###.", ".#.....#."},
	{"...###...", "...###...", "...###...", "#########", "#########", "#########", "...###...", "...###...", "...###..."},
	{".........", ".##...##.", "####.####", "#########", "#########", ".#######.", "..#####..", "...###...", "....#...."},
	{"..####...", ".###.....", "###......", "###......", "###......", "###.....#", "####...##", ".#######.", "..#####.."},
}

// smallMarks are the same signs, 5 by 5.
var smallMarks = [Seats][]string{
	{".###.", "#####", "#####", "#####", ".###."},
	{"..#..", "..#..", ".###.", ".###.", "#####"},
	{"#####", "#####", "#####", "#####", "#####"},
	{"..#..", ".###.", "#####", ".###.", "..#.."},
	{"..#..", "#####", ".###.", "##.##", "#...#"},
	{"..#..", "..#..", "#####", "..#..", "..#.."},
	{"##.##", "#####", "#####", ".###.", "..#.."},
	{".##..", "##...", "##...", "###.#", ".###."},
}

// mark draws the sign of a seat.
func mark(rows []string) *Canvas {
	c := fromRows(rows, map[rune]color.NRGBA{'#': rgb(0xffffff)})
	return c.Rimmed(rgb(0x2a1e36), false)
}

// halo draws the ring below a seat's frog. Each seat's line has its own
// pattern.
func halo(seat int) *Canvas {
	const rx, ry = 17.0, 11.0
	c := NewCanvas(39, 27)
	for y := range 27 {
		for x := range 39 {
			dx, dy := (float64(x)-19)/rx, (float64(y)-13)/ry
			if haloAt(seat, dx, dy) {
				c.Dot(x, y, rgb(0xffffff))
			}
		}
	}
	return c
}

// haloAt reports whether the ring of a seat covers a point, given in radii.
func haloAt(seat int, dx, dy float64) bool {
	d := math.Sqrt(mul(dx, dx) + mul(dy, dy))
	ax, ay := math.Abs(dx), math.Abs(dy)
	line := func(at, thick float64) bool { return math.Abs(d-at) < thick }
	switch seat {
	case 0: // a plain ring
		return line(0.94, 0.075)
	case 1: // a triangle
		return dy < 0.66 && mul(ax, 1.75)+mul(-dy, 1)-0.98 > -0.26 && mul(ax, 1.75)-dy-0.98 < 0.02 && dy > -1.05 ||
			dy >= 0.52 && dy < 0.68 && ax < 0.95
	case 2: // a square
		m := math.Max(ax, ay)
		return m > 0.76 && m < 0.90
	case 3: // a diamond
		m := ax + ay
		return m > 1.0 && m < 1.17
	case 4: // a ring of dots
		return line(0.94, 0.10) && math.Mod(math.Atan2(dy, dx)/math.Pi*8+16.25, 1) < 0.55
	case 5: // a ring with four gaps, where a cross would be
		return line(0.94, 0.09) && math.Min(ax, ay) > 0.26
	case 6: // two thin rings
		return line(1.0, 0.05) || line(0.78, 0.05)
	}
	return line(0.94, 0.13) && dx < 0.45-mul(0.2, ay) // a crescent
}
