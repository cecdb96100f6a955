package game

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
)

// Canvas shows a picture of a fixed small size in a window of any size: in
// whole multiples, in the middle, with black bars around it. Embed it in an
// ebiten.Game: it brings Layout and DrawFinalScreen.
//
// Cursor and touch positions that Ebitengine reports assume that the picture
// fills the window; pass them through Point.
type Canvas struct {
	Width, Height int // logical size in pixels

	outside [2]float64 // window size in device pixels, as of the last Layout
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
	op := &ebiten.DrawImageOptions{}
	op.GeoM.Scale(scale, scale)
	op.GeoM.Translate(x, y)
	if scale < 1 {
		op.Filter = ebiten.FilterLinear
	}
	screen.DrawImage(offscreen, op)
}

// fit returns the scale of the picture and where its corner lies in a window
// of w x h device pixels: the largest whole multiple, or the exact fraction
// if not even one fits.
func (c *Canvas) fit(w, h float64) (scale, x, y float64) {
	scale = min(w/float64(c.Width), h/float64(c.Height))
	if scale >= 1 {
		scale = math.Floor(scale)
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
