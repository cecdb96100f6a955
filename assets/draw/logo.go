package draw

import (
	"image/color"
	"math"
)

// stroke is a line through points, drawn with a round brush.
type stroke [][2]float64

// letterform is a letter of the title: its strokes over a base line at y 0
// and how far the next letter is.
type letterform struct {
	strokes []stroke
	advance float64
}

// bow is a part of a circle from one angle to another, in degrees, clockwise
// from the right.
func bow(x, y, r, from, to float64) stroke {
	const steps = 14
	var s stroke
	for i := range steps + 1 {
		a := (from + mul(to-from, float64(i)/steps)) * math.Pi / 180
		s = append(s, [2]float64{x + mul(r, math.Cos(a)), y + mul(r, math.Sin(a))})
	}
	return s
}

var letterforms = map[rune]letterform{
	'L': {[]stroke{{{0, -34}, {0, 0}, {16, 0}}}, 16},
	'i': {[]stroke{{{0, -19}, {0, 0}}}, 0},
	'l': {[]stroke{{{0, -34}, {0, 0}}}, 0},
	'y': {[]stroke{{{0, -19}, {8, -2}}, {{16, -19}, {5, 10}}}, 16},
	'p': {[]stroke{{{0, -19}, {0, 11}}, bow(9, -9.5, 9, 0, 360)}, 18},
	'a': {[]stroke{bow(9, -9.5, 9, 0, 360), {{18, -19}, {18, 0}}}, 18},
	'd': {[]stroke{bow(9, -9.5, 9, 0, 360), {{18, -34}, {18, 0}}}, 18},
	'S': {[]stroke{bow(10, -25.5, 8.5, -25, -270), bow(10, -8.5, 8.5, -90, 155)}, 19},
	'c': {[]stroke{bow(9, -9.5, 9, 50, 310)}, 14},
	'r': {[]stroke{{{0, -19}, {0, 0}}, bow(8, -10.5, 8, 180, 290)}, 11},
	'u': {[]stroke{{{0, -19}, {0, -8}}, bow(8, -8, 8, 180, 0), {{16, -19}, {16, 0}}}, 16},
	'm': {[]stroke{{{0, -19}, {0, 0}}, bow(6.5, -12, 6.5, 180, 360), {{13, -12}, {13, 0}}, bow(19.5, -12, 6.5, 180, 360), {{26, -12}, {26, 0}}}, 26},
}

// Brush of the title, in pixels.
const (
	brush       = 4.4
	brushLine   = 2.2 // the dark line around it
	letterSpace = 12.5
)

// logo draws the title of the game.
func logo() *Canvas {
	c := NewCanvas(204, 106)
	leaf := [3]color.NRGBA{rgb(0x3f9a3a), rgb(0x78cc48), rgb(0xc8f478)}
	sun := [3]color.NRGBA{rgb(0xe08a24), rgb(0xffc83c), rgb(0xfff0a0)}
	c.write("Lilypad", 10, 42, leaf)
	c.Over(32, 1, flySprite())
	c.write("Scrum", 22, 94, sun)
	c.Over(166, 50, titleFrog())
	return c
}

// write draws a word in the letterforms of the title with its base line at y.
func (c *Canvas) write(word string, x, y float64, tones [3]color.NRGBA) {
	var strokes []stroke
	for i, r := range []rune(word) {
		form := letterforms[r]
		lift := float64(i%2*3) - 1
		for _, s := range form.strokes {
			moved := make(stroke, len(s))
			for k, p := range s {
				moved[k] = [2]float64{p[0] + x, p[1] + y + lift}
			}
			strokes = append(strokes, moved)
		}
		x += form.advance + letterSpace
	}
	w, h := c.Rect.Dx(), c.Rect.Dy()
	dark, side := rgb(0x1d2436), rgb(0x12303a)
	for py := range h {
		for px := range w {
			d, lit := nearest(strokes, float64(px)+0.5, float64(py)+0.5)
			above, _ := nearest(strokes, float64(px)+0.5, float64(py)-2.5)
			switch {
			case d < brush && lit > 1.6:
				c.Dot(px, py, tones[2])
			case d < brush && lit < -2.2:
				c.Dot(px, py, tones[0])
			case d < brush:
				c.Dot(px, py, tones[1])
			case d < brush+brushLine:
				c.Dot(px, py, dark)
			case above < brush+brushLine:
				c.Dot(px, py, side)
			}
		}
	}
}

// nearest returns how far a point is from the strokes and how much the brush
// faces the light there.
func nearest(strokes []stroke, x, y float64) (distance, lit float64) {
	distance = math.Inf(1)
	for _, s := range strokes {
		for i := range len(s) - 1 {
			ax, ay := s[i][0], s[i][1]
			bx, by := s[i+1][0]-ax, s[i+1][1]-ay
			t := (mul(x-ax, bx) + mul(y-ay, by)) / (mul(bx, bx) + mul(by, by))
			t = min(max(t, 0), 1)
			dx, dy := x-ax-mul(t, bx), y-ay-mul(t, by)
			if d := math.Sqrt(mul(dx, dx) + mul(dy, dy)); d < distance {
				distance, lit = d, mul(-dy, 0.8)-mul(dx, 0.4)
			}
		}
	}
	return distance, lit
}

// flySprite is the golden fly that serves as the dot of an i.
func flySprite() *Canvas {
	_, c := render(flyParts(true, true), south, 20, 18, 10, 13)
	return c
}

// titleFrog is the frog that sits beside the title.
func titleFrog() *Canvas {
	tinted, detail := render(frogParts(idle, southEast), southEast, 40, 50, 20, 44)
	c := NewCanvas(40, 50)
	c.Over(0, 0, tinted.multiplied(rgb(0x8ad04a)))
	c.Over(0, 0, detail)
	_, hat := render(hatParts(0), southEast, 32, 32, 16, 26)
	x, y := hatSpot(idle, southEast)
	c.Over(20+x-16, 44+y-26, hat)
	return c
}

// multiplied returns a copy whose colours are multiplied by col.
func (c *Canvas) multiplied(col color.NRGBA) *Canvas {
	out := NewCanvas(c.Rect.Dx(), c.Rect.Dy())
	times := func(a, b uint8) uint8 { return uint8((int(a)*int(b) + 127) / 255) }
	for y := range c.Rect.Dy() {
		for x := range c.Rect.Dx() {
			p := c.NRGBAAt(x, y)
			out.Dot(x, y, color.NRGBA{times(p.R, col.R), times(p.G, col.G), times(p.B, col.B), p.A})
		}
	}
	return out
}
