package assets

import (
	"image/color"
	"math"
)

// Contrast returns how well two opaque colours part for the eye: from 1, not at all,
// to 21, black and white. It is the contrast ratio of WCAG 2.2, which asks for 4.5
// between words and what is behind them, and for 3 between other things.
func Contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is the relative luminance of a colour in sRGB, 0 to 1.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// linear takes the curve of sRGB off a channel of 16 bits.
func linear(v uint32) float64 {
	share := float64(v) / 0xffff
	if share <= 0.04045 {
		return share / 12.92
	}
	return math.Pow((share+0.055)/1.055, 2.4)
}
