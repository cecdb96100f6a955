package assets

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
)

func TestContrast(t *testing.T) {
	grey := color.NRGBA{118, 118, 118, 255} // the darkest grey that white paper bears at 4.5
	for _, test := range []struct {
		a, b color.Color
		want float64
	}{{color.White, color.Black, 21}, {color.Black, color.White, 21}, {grey, grey, 1}, {grey, color.White, 4.54}} {
		if got := Contrast(test.a, test.b); math.Abs(got-test.want) > 0.01 {
			t.Errorf("%v and %v: %.3f, want %.2f", test.a, test.b, got, test.want)
		}
	}
}

// sights are ways to see: all colours, or without red, green or blue, by the
// matrices of Machado, Oliveira and Fernandes, 2009, for linear light.
var sights = map[string][9]float64{
	"usual":        {1, 0, 0, 0, 1, 0, 0, 0, 1},
	"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
}

// seen returns a colour as somebody sees it.
func seen(c color.Color, m [9]float64) color.Color {
	r, g, b, _ := c.RGBA()
	light := [3]float64{linear(r), linear(g), linear(b)}
	channel := func(i int) uint8 {
		v := min(max(m[3*i]*light[0]+m[3*i+1]*light[1]+m[3*i+2]*light[2], 0), 1)
		if v <= 0.0031308 {
			return uint8(255*12.92*v + 0.5)
		}
		return uint8(255*(1.055*math.Pow(v, 1/2.4)-0.055) + 0.5)
	}
	return color.NRGBA{channel(0), channel(1), channel(2), 255}
}

// common returns the colours that cover at least a share of the opaque part of a
// sprite.
func common(sheet image.Image, r image.Rectangle, share float64) (colours []color.NRGBA) {
	count, all := map[color.NRGBA]int{}, 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if c := color.NRGBAModel.Convert(sheet.At(x, y)).(color.NRGBA); c.A == 255 {
				count[c]++
				all++
			}
		}
	}
	for c, n := range count {
		if float64(n) >= share*float64(all) {
			colours = append(colours, c)
		}
	}
	return colours
}

// Every seat's frog and hat part from lilies and water, by their colour or by the
// line around them, whoever looks.
func TestBodiesPartFromTheGround(t *testing.T) {
	sheet, err := Sheet()
	if err != nil {
		t.Fatal(err)
	}
	sprites, err := Sprites()
	if err != nil {
		t.Fatal(err)
	}
	var ground, rims []color.NRGBA
	rimmed := 0
	for name, s := range sprites {
		switch {
		case name == "water", name == "lily/big", strings.HasPrefix(name, "lily/"):
			ground = append(ground, common(sheet, s.Rect, 0.06)...)
		case strings.HasSuffix(name, "/rim"), strings.HasPrefix(name, "hatrim/"):
			rims = append(rims, common(sheet, s.Rect, 0)...)
			rimmed++
		}
	}
	if len(ground) < 6 || rimmed < 7*5+len(Looks)*5 {
		t.Fatalf("%d colours of the ground and %d lines around bodies", len(ground), rimmed)
	}
	for sight, matrix := range sights {
		for seat, look := range Looks {
			for _, below := range ground {
				best := Contrast(seen(look.Colour, matrix), seen(below, matrix))
				for _, rim := range rims {
					best = max(best, Contrast(seen(rim, matrix), seen(below, matrix)))
				}
				if best < 3 {
					t.Errorf("%s: seat %d (%s) has a contrast of %.2f against %v", sight, seat, look.Name, best, below)
				}
			}
		}
	}
}
