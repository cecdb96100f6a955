package draw

import (
	"image/color"
	"math"
)

// Colours of the pond.
var (
	deepWater  = rgb(0x164550)
	water      = rgb(0x1a4c58)
	lightWater = rgb(0x1e535f)
	glimmer    = rgb(0x6cc0b8)
	foam       = rgb(0xe8fbf4)
	padInk     = rgb(0x16402e)
	padShade   = rgb(0x1f4e2c)
	padDark    = rgb(0x2d6634)
	padMid     = rgb(0x38763a)
	padLight   = rgb(0x488840)
	padRim     = rgb(0x86bc50)
	padEdge    = rgb(0x8a5a4a)
)

// TileSide is the side of the water tiles, in pixels.
const TileSide = 128

// waterTile draws the bed of the pond: soft patches of three tones that meet
// themselves at the edges.
func waterTile() *Canvas {
	c := NewCanvas(TileSide, TileSide)
	for y := range TileSide {
		for x := range TileSide {
			level := 2*patches(x, y, 32, 1) + patches(x, y, 16, 2) // 0 to 765
			level += int(bayer[y%4][x%4])*10 - 80
			switch {
			case level < 300:
				c.Dot(x, y, deepWater)
			case level > 510:
				c.Dot(x, y, lightWater)
			default:
				c.Dot(x, y, water)
			}
		}
	}
	return c
}

// glimmerTile draws the light that drifts over the water: short strokes, spread
// so evenly that nobody sees the tile repeat.
func glimmerTile() *Canvas {
	const cell = 16
	c := NewCanvas(TileSide, TileSide)
	for gy := range TileSide / cell {
		for gx := range TileSide / cell {
			chance := noise(gx, gy, 3)
			if chance%8 < 3 {
				continue
			}
			x := gx*cell + int(chance>>4%9)
			y := gy*cell + int(chance>>9%13)
			long := 3 + int(chance>>14%7)
			strength := alpha(glimmer, uint8(50+chance>>18%70))
			for i := range long {
				c.Dot((x+i)%TileSide, y, strength)
			}
			if chance>>25%3 == 0 { // a wave: its ends bend down
				c.Dot((x+TileSide-1)%TileSide, (y+1)%TileSide, strength)
				c.Dot((x+long)%TileSide, (y+1)%TileSide, strength)
			}
		}
	}
	return c
}

var bayer = [4][4]uint8{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}

// patches is smooth noise from 0 to 255 that repeats every TileSide pixels;
// cell is the size of its patches.
func patches(x, y, cell, salt int) int {
	n := TileSide / cell
	gx, gy := x/cell, y/cell
	corner := func(i, j int) int { return int(noise(i%n, j%n, salt) & 255) }
	ease := func(v int) int { t := v * 256 / cell; return t * t / 256 * (768 - 2*t) / 256 }
	fx, fy := ease(x%cell), ease(y%cell)
	top := corner(gx, gy)*(256-fx) + corner(gx+1, gy)*fx
	bottom := corner(gx, gy+1)*(256-fx) + corner(gx+1, gy+1)*fx
	return (top/256*(256-fy) + bottom/256*fy) / 256
}

// rib directions of a lily: twelve of them, sine and cosine times 1000.
var ribs = [...][2]float64{
	{0.259, 0.966}, {0.707, 0.707}, {0.966, 0.259}, {0.966, -0.259}, {0.707, -0.707}, {0.259, -0.966},
	{-0.259, -0.966}, {-0.707, -0.707}, {-0.966, -0.259}, {-0.966, 0.259}, {-0.707, 0.707}, {-0.259, 0.966},
}

// notchHalf is half of the opening of a lily's notch, as a slope.
const notchHalf = 0.24

// lily draws a pad of the given radius, centred in a canvas with a margin of
// two pixels and four more below for its thickness. Pattern 0 has fine ribs,
// pattern 1 has rings.
func lily(radius, pattern int) *Canvas {
	side := 2*radius + 5
	c := NewCanvas(side, side+3)
	middle := float64(radius) + 2
	r := float64(radius) + 0.5
	inside := func(dx, dy float64) bool {
		d := math.Sqrt(mul(dx, dx) + mul(dy, dy))
		if d > r {
			return false
		}
		// The notch opens to the upper right.
		along, across := mul(dx-dy, half), mul(dx+dy, half)
		return !(along > 3 && math.Abs(across) < mul(along-3, notchHalf)+0.6)
	}
	for y := range side + 3 {
		for x := range side {
			dx, dy := float64(x)-middle, float64(y)-middle
			switch {
			case inside(dx, dy):
				c.Dot(x, y, lilySkin(dx, dy, r, pattern))
			case inside(dx, dy-1), inside(dx, dy-2):
				c.Dot(x, y, padShade)
			case inside(dx, dy-3):
				c.Dot(x, y, padInk)
			}
		}
	}
	for y := range side + 3 {
		for x := range side {
			if c.NRGBAAt(x, y).A == 0 && (c.NRGBAAt(x, y+1).A == 255 && c.NRGBAAt(x, y+1) != padInk ||
				c.NRGBAAt(x+1, y).A == 255 && c.NRGBAAt(x+1, y) != padInk && c.NRGBAAt(x+1, y) != padShade ||
				c.NRGBAAt(x-1, y).A == 255 && c.NRGBAAt(x-1, y) != padInk && c.NRGBAAt(x-1, y) != padShade) {
				defer c.Dot(x, y, padInk)
			}
		}
	}
	return c
}

// lilySkin is the colour of a lily at a point inside it.
func lilySkin(dx, dy, r float64, pattern int) color.NRGBA {
	d := math.Sqrt(mul(dx, dx) + mul(dy, dy))
	lit := -dy/r*0.6 - dx/r*0.15 // from above, a little from the left
	switch {
	case d > r-1.1:
		if lit < -0.25 {
			return padDark
		}
		return padRim
	case d < 2.2:
		return padRim
	}
	if pattern == 1 && math.Abs(d-mul(r, 0.66)) < 0.6 {
		return padLight
	}
	for i, rib := range ribs {
		along := mul(dx, rib[0]) + mul(dy, rib[1])
		across := mul(dx, rib[1]) - mul(dy, rib[0])
		if along > 2 && math.Abs(across) < 0.5 && (pattern == 0 || i%2 == 0) {
			return padLight
		}
	}
	shade := mul(lit, 10) + float64(bayer[(int(dy)+200)%4][(int(dx)+200)%4])/4 - 2
	switch {
	case shade > 3.2:
		return padLight
	case shade < -3.4:
		return padDark
	}
	return padMid
}

// bigLilyRadius is the radius of the giant lily, of which the sheet holds a
// quarter: the upper left one.
const bigLilyRadius = 96

// bigLily draws the upper left quarter of the giant lily: a raised rim and
// ribs that fork.
func bigLily() *Canvas {
	const side = bigLilyRadius + 2
	c := NewCanvas(side, side)
	const r = bigLilyRadius + 0.5
	for y := range side {
		for x := range side {
			dx, dy := float64(side-x)-0.5, float64(side-y)-0.5
			d := math.Sqrt(mul(dx, dx) + mul(dy, dy))
			level := int(bayer[y%4][x%4])
			switch {
			case d > r+1:
			case d > r:
				c.Dot(x, y, padInk)
			case d > r-2:
				c.Dot(x, y, padRim)
			case d > r-5:
				c.Dot(x, y, padEdge)
			case d > r-6:
				c.Dot(x, y, padInk)
			case bigRib(dx, dy, d):
				c.Dot(x, y, padLight)
			case math.Abs(d-64) < 0.7 || math.Abs(d-34) < 0.7:
				c.Dot(x, y, padDark)
			case d < 5:
				c.Dot(x, y, padRim)
			case int(d)*16/96 > 9+level/4:
				c.Dot(x, y, padDark)
			default:
				c.Dot(x, y, padMid)
			}
		}
	}
	return c
}

// bigRib reports whether a point of the giant lily is on one of its ribs.
func bigRib(dx, dy, d float64) bool {
	for i, slope := range [...][2]float64{{1, 0}, {0.924, 0.383}, {0.707, 0.707}, {0.383, 0.924}, {0, 1}, {0.981, 0.195}, {0.831, 0.556}, {0.556, 0.831}, {0.195, 0.981}} {
		across := mul(dx, slope[1]) - mul(dy, slope[0])
		if math.Abs(across) < 0.75 && (i < 5 || d > 34) {
			return true
		}
	}
	return false
}

// ring draws an ellipse's line, half as high as wide.
func ring(radius int, col color.NRGBA, thick int) *Canvas {
	w, h := 2*radius+1, radius+1
	c := NewCanvas(w, h)
	for y := range h {
		for x := range w {
			dx, dy := x-radius, 2*y-radius
			if d := dx*dx + dy*dy; d <= radius*radius && d > (radius-thick)*(radius-thick) {
				c.Dot(x, y, col)
			}
		}
	}
	return c
}

// disc draws a filled circle of diameter w.
func disc(w int, col color.NRGBA) *Canvas {
	c := NewCanvas(w, w)
	for y := range w {
		for x := range w {
			if dx, dy := 2*x+1-w, 2*y+1-w; dx*dx+dy*dy <= w*w-w/2 {
				c.Dot(x, y, col)
			}
		}
	}
	return c
}

// shadow draws the flat dark spot below something in the air.
func shadow(w int) *Canvas {
	h := w/2 + 1
	c := NewCanvas(w, h)
	for y := range h {
		for x := range w {
			dx, dy := (2*x+1-w)*h, (2*y+1-h)*w
			if dx*dx+dy*dy <= w*w*h*h {
				c.Dot(x, y, color.NRGBA{8, 24, 40, 110})
			}
		}
	}
	return c
}

// bubble draws a bubble of radius 8 whose shape wobbles with phase 0 to 2. A
// fast one has a warm rim and a tail-less double line.
func bubble(phase int, fast bool) *Canvas {
	c := NewCanvas(21, 21)
	rim, rim2, fill := rgb(0xbdf2ff), rgb(0x74c8e8), color.NRGBA{160, 230, 255, 70}
	if fast {
		rim, rim2, fill = rgb(0xfff2a8), rgb(0xff9a3c), color.NRGBA{255, 190, 90, 110}
	}
	rx, ry := [...]int{17, 18, 16}[phase], [...]int{17, 16, 18}[phase]
	for y := range 21 {
		for x := range 21 {
			dx, dy := 2*(x-10), 2*(y-10)
			d := dx*dx*ry*ry + dy*dy*rx*rx
			outer, inner := rx*rx*ry*ry, (rx-2)*(rx-2)*(ry-2)*(ry-2)
			switch {
			case d > outer:
			case dx*dx*(ry-3)*(ry-3)+dy*dy*(rx-3)*(rx-3) > (rx-3)*(rx-3)*(ry-3)*(ry-3):
				col := rim
				if dx+dy > 8 {
					col = rim2
				}
				c.Dot(x, y, col)
			case fast && d > inner*2/3:
				c.Dot(x, y, alpha(rim2, 190))
			default:
				c.Dot(x, y, fill)
			}
		}
	}
	c.Box(5, 5, 3, 2, rgb(0xffffff))
	c.Dot(5, 7, rgb(0xffffff))
	c.Dot(14, 14, alpha(rgb(0xffffff), 180))
	return c
}

// pop draws the rays of something that bursts, in three steps.
func pop(step int, col color.NRGBA) *Canvas {
	c := NewCanvas(27, 27)
	for _, rib := range ribs {
		from, to := 5+3*step, 9+2*step
		for k := from; k <= to; k++ {
			x := int(math.Round(mul(rib[0], float64(k)))) + 13
			y := int(math.Round(mul(rib[1], float64(k)))) + 13
			c.Dot(x, y, col)
		}
	}
	return c
}
