package screens

import (
	"image"
	"image/color"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// wedge draws a triangle that points right (1) or left (-1), with its middle at a place.
func wedge(p *ui.Painter, at image.Point, dir, size int, c color.NRGBA) {
	for i := range 4 * size {
		x := at.X + dir*(2*size-i-1)
		p.Fill(image.Rect(x, at.Y-i-1, x+1, at.Y+i+1), c)
	}
}

func centre(r image.Rectangle) image.Point { return r.Min.Add(r.Max).Div(2) }

func drawBack(p *ui.Painter, r image.Rectangle, c color.NRGBA) {
	at := centre(r)
	wedge(p, at, -1, p.TextSize, c)
	p.Fill(image.Rect(at.X-4*p.TextSize, at.Y-4*p.TextSize, at.X-3*p.TextSize, at.Y+4*p.TextSize), c)
}

func drawOn(p *ui.Painter, r image.Rectangle, c color.NRGBA) {
	at := centre(r)
	wedge(p, at, 1, p.TextSize, c)
	p.Fill(image.Rect(at.X+3*p.TextSize, at.Y-4*p.TextSize, at.X+4*p.TextSize, at.Y+4*p.TextSize), c)
}

func drawSlower(p *ui.Painter, r image.Rectangle, c color.NRGBA) {
	at := centre(r)
	wedge(p, at.Sub(image.Pt(2*p.TextSize, 0)), -1, p.TextSize, c)
	wedge(p, at.Add(image.Pt(3*p.TextSize, 0)), -1, p.TextSize, c)
}

func drawFaster(p *ui.Painter, r image.Rectangle, c color.NRGBA) {
	at := centre(r)
	wedge(p, at.Sub(image.Pt(3*p.TextSize, 0)), 1, p.TextSize, c)
	wedge(p, at.Add(image.Pt(2*p.TextSize, 0)), 1, p.TextSize, c)
}

// speedSign shows how fast it plays. It is a widget that is only looked at.
type speedSign struct{ *playback }

// Height is part of ui.Widget.
func (speedSign) Height(int) int { return 0 }

// Focusable is part of ui.Widget.
func (speedSign) Focusable() bool { return false }

// Handle is part of ui.Widget.
func (speedSign) Handle(*ui.Input, image.Rectangle) bool { return false }

// Draw is part of ui.Widget.
func (s speedSign) Draw(p *ui.Painter, r image.Rectangle, _ bool) {
	r.Min.Y += (r.Dy() - p.LineHeight(p.TextSize) + 1) / 2
	p.Centred(speedNames[s.speed], r, p.TextSize, ui.Ink)
}

func (b *playback) drawPlay(p *ui.Painter, r image.Rectangle, c color.NRGBA) {
	at, n := centre(r), p.TextSize
	if b.stands() {
		wedge(p, at, 1, n, c)
		return
	}
	p.Fill(image.Rect(at.X-3*n, at.Y-4*n, at.X-n, at.Y+4*n), c)
	p.Fill(image.Rect(at.X+n, at.Y-4*n, at.X+3*n, at.Y+4*n), c)
}
