package screens

import (
	"fmt"
	"image"
	"image/color"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// The blocks of the podium, for the first, second and third.
var blocks = [3]image.Rectangle{
	image.Rect(236, 170, 404, 240),
	image.Rect(64, 184, 232, 240),
	image.Rect(408, 192, 576, 240),
}

// largeBlocks are those for large letters: as wide as what they say, and lower if nobody
// stands below them.
func largeBlocks(frogs int) [3]image.Rectangle {
	if frogs <= len(blocks) {
		return [3]image.Rectangle{image.Rect(215, 178, 425, 296), image.Rect(3, 194, 213, 296), image.Rect(427, 206, 637, 296)}
	}
	return [3]image.Rectangle{image.Rect(215, 178, 425, 255), image.Rect(3, 181, 213, 255), image.Rect(427, 184, 637, 255)}
}

// Where those are who have no block, side by side.
var alsoAt = image.Rect(6, 255, Width-6, 303)

// drawPodium shows the best three on blocks, the winner large, and the others below.
func (r *results) drawPodium(a *App, p *ui.Painter) {
	at, size := blocks, a.settings.textSize()
	if size > 1 {
		at = largeBlocks(len(r.rows))
	}
	for place := min(len(r.rows), len(at)) - 1; place >= 0; place-- {
		r.drawWinner(a, p, place, at[place])
		if size > 1 {
			r.drawLargeWords(p, place, at[place])
		} else {
			r.drawWords(p, place, at[place])
		}
	}
	others := r.rows[min(len(r.rows), len(at)):]
	if size > 1 {
		r.drawLargeOthers(p, others)
		return
	}
	wide := alsoAt.Dx() / max(len(others), 3)
	left := (Width - wide*len(others)) / 2
	for i, line := range others {
		x := left + i*wide
		r.drawOther(a, p, line, i+len(at), image.Rect(x, alsoAt.Min.Y, x+wide, alsoAt.Max.Y))
	}
}

// drawWinner draws one of the best three on its block.
func (r *results) drawWinner(a *App, p *ui.Painter, place int, at image.Rectangle) {
	line := r.rows[place]
	p.Panel(at)
	scale := 2
	if place == 0 && r.why == "" {
		scale = 3
	}
	frog := art.Frog{Style: r.styles[line.seat], Facing: 2, Scale: float64(scale), Pose: art.Blink, Mine: line.here}
	x, y := (at.Min.X+at.Max.X)/2, at.Min.Y-6*scale // its hands are in front of its feet
	y -= 8 * (a.settings.textSize() - 1)
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
}

// drawWords says on a block who that is, and what it did.
func (r *results) drawWords(p *ui.Painter, place int, at image.Rectangle) {
	line := r.rows[place]
	top := at.Min.Y + 10
	for i, words := range []string{placed(place, line), line.counted(), line.moment} {
		c := ui.Ink
		if i == 0 && line.here {
			c = ui.Bright
		}
		p.Centred(p.Fit(words, at.Dx()-12, 1), image.Rect(at.Min.X, top, at.Max.X, at.Max.Y), 1, c)
		top += p.LineHeight(1)
	}
	if r.wants[line.seat] {
		right := at.Max.X - 8
		if place == 0 { // who is larger
			right += 30
		}
		drawAgain(p, image.Pt(right, at.Min.Y-12))
	}
}

// drawLargeWords is drawWords in large letters. Who wants a rematch says that in place of
// what it did.
func (r *results) drawLargeWords(p *ui.Painter, place int, at image.Rectangle) {
	line, last, c := r.rows[place], r.rows[place].moment, ui.Ink
	if r.wants[line.seat] {
		last, c = againWord, ui.Good
	}
	first := ui.Ink
	if line.here {
		first = ui.Bright
	}
	top := at.Min.Y + (at.Dy()-3*p.LineHeight(2))/2 - 1
	row := func(words string, c color.NRGBA) {
		p.Centred(p.Fit(words, at.Dx()-4, 2), image.Rect(at.Min.X, top, at.Max.X, at.Max.Y), 2, c)
		top += p.LineHeight(2)
	}
	row(placed(place, line), first)
	row(line.counted(), ui.Ink)
	row(last, c)
}

// placed is a name with its place, counted from 0.
func placed(place int, line resultRow) string { return fmt.Sprintf("%d. %s", place+1, line.name) }

// againWord marks somebody who wants a rematch.
const againWord = "again!"

// drawAgain writes it, with its right end at a place.
func drawAgain(p *ui.Painter, at image.Point) {
	left := at.X - p.Width(againWord, 1)
	art.Ready.Draw(p.Dst, left-14, at.Y)
	p.ShadedAt(againWord, left, at.Y-1, 1, ui.Good)
}

// drawOther draws one of those without a block; places are counted from 0.
func (r *results) drawOther(a *App, p *ui.Painter, line resultRow, place int, at image.Rectangle) {
	a.pond.portrait(p, r.styles[line.seat], at.Min.X+18, at.Min.Y+32, r.tick)
	c, x, y := ui.Ink, at.Min.X+38, at.Min.Y+2
	if line.here {
		c = ui.Bright
	}
	if r.wants[line.seat] {
		drawAgain(p, image.Pt(at.Max.X-2, at.Min.Y+2+p.LineHeight(1)*3))
	}
	room := at.Max.X - x - 2
	for _, words := range append([]string{placed(place, line), line.counted()}, p.Wrap(line.moment, room, 1, 2)...) {
		p.ShadedAt(p.Fit(words, room, 1), x, y, 1, c)
		c, y = ui.Ink, y+p.LineHeight(1)
	}
}

// drawLargeOthers lists those without a block in large letters, on two lines.
func (r *results) drawLargeOthers(p *ui.Painter, others []resultRow) {
	if len(others) == 0 {
		return
	}
	columns := max((len(others)+1)/2, min(len(others), 2))
	wide := min(alsoAt.Dx()/columns, alsoAt.Dx()/2)
	left := (Width - wide*columns) / 2
	for i, line := range others {
		x, y := left+i%columns*wide, alsoAt.Min.Y+i/columns*p.LineHeight(2)
		art.Mark(p.Dst, int(r.styles[line.seat].Colour), float64(x+8), float64(y+13), art.Paint{})
		words, right := line.counted(), x+wide-10
		if p.Width(words, 2) > wide/2-40 { // the name comes first
			words = fmt.Sprint(line.flies)
		}
		right -= p.Width(words, 2)
		p.ShadedAt(words, right, y, 2, ui.Ink)
		right -= 8
		if r.wants[line.seat] {
			right -= 14
			art.Ready.Draw(p.Dst, right, y+8)
		}
		c := ui.Ink
		if line.here {
			c = ui.Bright
		}
		p.ShadedAt(fmt.Sprintf("%d.", i+len(blocks)+1), x+20, y, 2, c)
		p.ShadedAt(p.Fit(line.name, right-x-48, 2), x+46, y, 2, c)
	}
}
