package game

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
)

// Canvas shows a picture of a fixed small size in a window of any size: as large
// as it fits, in the middle, with black bars at two sides if the shapes differ.
// Its pixels stay sharp: they are squares whose edges alone are mixed where they
// fall between two pixels of the window. Embed it in an ebiten.Game: it brings
// Layout and DrawFinalScreen.
//
// Cursor and touch positions that Ebitengine reports assume that the picture
// fills the window to the last pixel; pass them through Point.
type Canvas struct {
	Width, Height int // logical size in pixels

	// WholePixels allows whole multiples only, so that every pixel of the picture
	// is equally large and nothing is mixed; the bars around it may then be wide. A
	// window smaller than the picture shows it smaller all the same.
	WholePixels bool

	outside [2]float64              // window size in device pixels, as of the last Layout
	options ebiten.DrawImageOptions // used again by every picture
}

// Layout is part of ebiten.Game.
func (c *Canvas) Layout(outsideWidth, outsideHeight int) (int, int) {
	factor := 1.0
	if m := ebiten.Monitor(); m != nil {
		factor = m.DeviceScaleFactor()
	}
	c.outside = [2]float64{float64(outsideWidth) * factor, float64(outsideHeight) * factor}
	return c.Width, c.Height
}

// DrawFinalScreen is part of ebiten.FinalScreenDrawer.
func (c *Canvas) DrawFinalScreen(screen ebiten.FinalScreen, offscreen *ebiten.Image, _ ebiten.GeoM) {
	b := screen.Bounds()
	scale, x, y := c.fit(float64(b.Dx()), float64(b.Dy()))
	// Nothing is below it to shine through. Without a graphics card not to look is a fifth of
	// the work of a picture.
	c.options = ebiten.DrawImageOptions{Filter: filterAt(scale), Blend: ebiten.BlendCopy}
	c.options.GeoM.Scale(scale, scale)
	c.options.GeoM.Translate(x, y)
	screen.DrawImage(offscreen, &c.options)
}

// filterAt is how a picture is drawn at a scale. FilterPixelated is what comes of
// drawing it larger, by the next whole multiple, and then smaller by mixing.
func filterAt(scale float64) ebiten.Filter {
	switch {
	case scale < 1:
		return ebiten.FilterLinear
	case scale == math.Floor(scale):
		return ebiten.FilterNearest
	}
	return ebiten.FilterPixelated
}

// wholeEnough is the share of the window's width or height from which on a whole
// multiple is preferred to a picture that fills all of it.
const wholeEnough = 0.97

// fit returns the scale of the picture and where its corner lies in a window
// of w x h device pixels.
func (c *Canvas) fit(w, h float64) (scale, x, y float64) {
	scale = min(w/float64(c.Width), h/float64(c.Height))
	if whole := math.Floor(scale); whole >= 1 && (c.WholePixels || whole >= wholeEnough*scale) {
		scale = whole
	}
	return scale, math.Floor((w - scale*float64(c.Width)) / 2), math.Floor((h - scale*float64(c.Height)) / 2)
}

// Point converts a position reported by Ebitengine into pixels of the
// picture. Positions on the bars lie outside 0..Width, 0..Height.
func (c *Canvas) Point(x, y float64) (int, int) {
	w, h := c.outside[0], c.outside[1]
	if w <= 0 || h <= 0 || c.Width <= 0 || c.Height <= 0 {
		return int(math.Floor(x)), int(math.Floor(y))
	}
	// Back to device pixels: Ebitengine's own placement is the exact fit.
	exact := min(w/float64(c.Width), h/float64(c.Height))
	dx := x*exact + (w-exact*float64(c.Width))/2
	dy := y*exact + (h-exact*float64(c.Height))/2
	scale, left, top := c.fit(w, h)
	return int(math.Floor((dx - left) / scale)), int(math.Floor((dy - top) / scale))
}
