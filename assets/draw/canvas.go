package draw

import (
	"image"
	"image/color"
)

// Canvas is a small picture with straight (not premultiplied) colours.
type Canvas struct{ *image.NRGBA }

// NewCanvas returns an empty canvas of w by h pixels.
func NewCanvas(w, h int) *Canvas { return &Canvas{image.NewNRGBA(image.Rect(0, 0, w, h))} }

// Dot colours one pixel; outside the canvas it does nothing.
func (c *Canvas) Dot(x, y int, col color.NRGBA) {
	if image.Pt(x, y).In(c.Rect) {
		c.SetNRGBA(x, y, col)
	}
}

// Box fills a rectangle.
func (c *Canvas) Box(x, y, w, h int, col color.NRGBA) {
	for j := y; j < y+h; j++ {
		for i := x; i < x+w; i++ {
			c.Dot(i, j, col)
		}
	}
}

// Rows paints a picture given as text rows: each letter is looked up in ink,
// letters that are not there stay empty.
func (c *Canvas) Rows(x, y int, rows []string, ink map[rune]color.NRGBA) {
	for j, row := range rows {
		for i, letter := range []rune(row) {
			if col, ok := ink[letter]; ok {
				c.Dot(x+i, y+j, col)
			}
		}
	}
}

// fromRows returns a canvas just large enough for rows.
func fromRows(rows []string, ink map[rune]color.NRGBA) *Canvas {
	w := 0
	for _, row := range rows {
		w = max(w, len([]rune(row)))
	}
	c := NewCanvas(w, len(rows))
	c.Rows(0, 0, rows, ink)
	return c
}

// Over draws src on top of c with its corner at x, y. Pixels of src that are
// not opaque are blended.
func (c *Canvas) Over(x, y int, src *Canvas) {
	for j := range src.Rect.Dy() {
		for i := range src.Rect.Dx() {
			s := src.NRGBAAt(i, j)
			switch {
			case s.A == 0:
			case s.A == 255:
				c.Dot(x+i, y+j, s)
			default:
				c.Dot(x+i, y+j, blend(c.NRGBAAt(x+i, y+j), s))
			}
		}
	}
}

// Rimmed returns a copy, one pixel larger on every side, with a line of col
// around everything that is drawn. With corners, diagonal neighbours count.
func (c *Canvas) Rimmed(col color.NRGBA, corners bool) *Canvas {
	w, h := c.Rect.Dx(), c.Rect.Dy()
	out := NewCanvas(w+2, h+2)
	for y := range h + 2 {
		for x := range w + 2 {
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if !corners && dx != 0 && dy != 0 {
						continue
					}
					if c.NRGBAAt(x-1+dx, y-1+dy).A > 128 {
						out.Dot(x, y, col)
					}
				}
			}
		}
	}
	out.Over(1, 1, c)
	return out
}

// blend lays s over d, in integers.
func blend(d, s color.NRGBA) color.NRGBA {
	a, b := int(s.A)*255, int(d.A)*(255-int(s.A))
	sum := a + b
	if sum == 0 {
		return color.NRGBA{}
	}
	mix := func(s, d uint8) uint8 { return uint8((int(s)*a + int(d)*b + sum/2) / sum) }
	return color.NRGBA{mix(s.R, d.R), mix(s.G, d.G), mix(s.B, d.B), uint8((sum + 127) / 255)}
}

// rgb returns the opaque colour 0xRRGGBB.
func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

// alpha returns col with the given opacity.
func alpha(col color.NRGBA, a uint8) color.NRGBA {
	col.A = a
	return col
}

// noise returns a number that looks random and depends on its arguments only.
func noise(x, y, salt int) uint32 {
	h := uint32(x)*0x9E3779B1 ^ uint32(y)*0x85EBCA6B ^ uint32(salt)*0xC2B2AE35
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 12
	h *= 0x297A2D39
	return h ^ h>>15
}
