package screens

import (
	"fmt"
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// The blocks of the podium, for the first, second and third.
var blocks = [3]image.Rectangle{
	image.Rect(236, 170, 404, 240),
	image.Rect(64, 184, 232, 240),
	image.Rect(408, 192, 576, 240),
}

// Where those are who have no block, side by side.
var alsoAt = image.Rect(6, 255, Width-6, 303)

// drawPodium shows the best three on blocks, the winner large, and the others below.
func (r *results) drawPodium(a *App, p *ui.Painter) {
	for place := min(len(r.rows), len(blocks)) - 1; place >= 0; place-- {
		r.drawBlock(a, p, place)
	}
	others := r.rows[min(len(r.rows), len(blocks)):]
	wide := alsoAt.Dx() / max(len(others), 3)
	left := (Width - wide*len(others)) / 2
	for i, line := range others {
		x := left + i*wide
		r.drawOther(a, p, line, i+len(blocks)+1, image.Rect(x, alsoAt.Min.Y, x+wide, alsoAt.Max.Y))
	}
}

// drawBlock draws one of the best three: the frog on its block, and what it did.
func (r *results) drawBlock(a *App, p *ui.Painter, place int) {
	line, at, size := r.rows[place], blocks[place], a.settings.textSize()
	if size > 1 {
		at.Max.Y += 14
		at.Min.Y += [...]int{8, -4, -6}[place] // room for three lines, and for the winner's hands
	}
	p.Panel(at)
	scale := 2
	if place == 0 && r.why == "" {
		scale = 3
	}
	frog := art.Frog{Style: r.styles[line.seat], Facing: 2, Scale: float64(scale), Pose: art.Blink, Mine: line.here}
	x, y := (at.Min.X+at.Max.X)/2, at.Min.Y-6*scale // its hands are in front of its feet
	if place == 0 {
		y -= 8 * (size - 1)
	}
	switch beat := (r.tick + place*40) % 120; {
	case place == 0 && beat < 30 && !a.settings.ReduceFlash: // a leap of joy
		y -= beat * (30 - beat) / 36 // and not into the title
		frog.Pose, frog.Stretch = art.Leap, 0.08
	case place == 0 && beat > 60:
		frog.Pose = art.Croak
	case beat > 6:
		frog.Pose = art.Idle
	}
	frog.Draw(p.Dst, float64(x), float64(y))
	if place == 0 {
		art.Crown.Paint(p.Dst, float64(x)-13, float64(y-scale*31-14), art.Paint{Scale: 2})
	}
	top := at.Min.Y + 10 - 6*(size-1)
	row := func(text string, size int, bright bool) {
		c := ui.Ink
		if bright {
			c = ui.Bright
		}
		p.Centred(p.Fit(text, at.Dx()-12, size), image.Rect(at.Min.X, top, at.Max.X, at.Max.Y), size, c)
		top += p.LineHeight(size)
	}
	row(fmt.Sprintf("%d. %s", place+1, line.name), size, line.here)
	if r.wants[line.seat] {
		drawAgain(p, image.Pt(at.Max.X-8, at.Min.Y-12))
	}
	row(line.counted(), fitting(p, line.counted(), at.Dx()-12, size), false)
	if place > 0 {
		size = 1 // a low block has no room for three large lines
	}
	row(line.moment, fitting(p, line.moment, at.Dx()-12, size), false)
}

// fitting is a text size at which a line has room, the wished one if it can be.
func fitting(p *ui.Painter, text string, width, size int) int {
	if p.Width(text, size) > width {
		return 1
	}
	return size
}

// drawAgain marks somebody who wants a rematch, with its right end at a place.
func drawAgain(p *ui.Painter, at image.Point) {
	const words = "again!"
	left := at.X - p.Width(words, 1)
	art.Ready.Draw(p.Dst, left-14, at.Y)
	p.ShadedAt(words, left, at.Y-1, 1, ui.Good)
}

// drawOther draws one of those without a block.
func (r *results) drawOther(a *App, p *ui.Painter, line resultRow, place int, at image.Rectangle) {
	size := a.settings.textSize()
	a.pond.portrait(p, r.styles[line.seat], at.Min.X+18, at.Min.Y+32, r.tick)
	c, x, y := ui.Ink, at.Min.X+38, at.Min.Y+2
	if line.here {
		c = ui.Bright
	}
	if r.wants[line.seat] {
		drawAgain(p, image.Pt(at.Max.X-2, at.Min.Y+2+p.LineHeight(1)*3))
	}
	room := at.Max.X - x - 2
	for _, words := range []string{fmt.Sprintf("%d. %s", place, line.name), line.counted()} {
		fits := fitting(p, words, room, size)
		p.ShadedAt(p.Fit(words, room, fits), x, y, fits, c)
		y += p.LineHeight(fits)
	}
	if size > 1 {
		return // there is no room for more
	}
	for _, words := range p.Wrap(line.moment, room, 1, 2) {
		p.ShadedAt(words, x, y, 1, ui.Ink)
		y += p.LineHeight(1)
	}
}
