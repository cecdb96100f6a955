package ui

import (
	"image"
	"image/color"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// The colours of the menus: a pond at dusk. Focus shows by a light frame and
// not by colour alone. Words have a contrast of at least 4.5 (WCAG 2.2, 1.4.3)
// with every plate that they are written on.
var (
	Ink     = color.NRGBA{240, 244, 226, 255} // words
	Faint   = color.NRGBA{160, 182, 176, 255} // words that matter less, or do nothing now
	Bright  = color.NRGBA{255, 226, 110, 255} // words that matter more
	Alarm   = color.NRGBA{255, 150, 96, 255}  // something is wrong
	Good    = color.NRGBA{120, 220, 150, 255} // something is right
	edge    = color.NRGBA{66, 128, 116, 255}
	rowBack = color.NRGBA{42, 94, 86, 255} // behind the chosen row of a list
	Night   = color.NRGBA{8, 18, 26, 255}  // behind the Lab
	dark    = color.NRGBA{8, 20, 26, 255}
	inkUp   = color.NRGBA{255, 255, 240, 255}
)

// Painter draws the parts of widgets on a picture.
type Painter struct {
	Dst      *ebiten.Image
	TextSize int // 1 or 2; what widgets write with

	pressed bool // the pointer is down on the widget with the focus
	lit     int  // ticks for which that has had it
}

// NewPainter returns a painter that writes with text size 1 or 2.
func NewPainter(dst *ebiten.Image, textSize int) *Painter {
	return &Painter{Dst: dst, TextSize: max(textSize, 1)}
}

// Fill paints a rectangle over what is there.
func (p *Painter) Fill(r image.Rectangle, c color.NRGBA) { art.Fill(p.Dst, r, c) }

// Text writes one line with its top left corner at x, y.
func (p *Painter) Text(text string, x, y, size int, c color.NRGBA) {
	writeText(p.Dst, text, x, y, size, c)
}

// Centred writes one line in the middle of r's width, at r's top.
func (p *Painter) Centred(text string, r image.Rectangle, size int, c color.NRGBA) {
	p.Text(text, r.Min.X+(r.Dx()-p.Width(text, size))/2, r.Min.Y, size, c)
}

// Shaded is Centred with a dark rim, for words over the pond.
func (p *Painter) Shaded(text string, r image.Rectangle, size int, c color.NRGBA) {
	art.DrawShaded(p.Dst, text, r.Min.X+(r.Dx()-p.Width(text, size))/2, r.Min.Y+capTop*size, size, c)
}

// ShadedAt is Text with a dark rim.
func (p *Painter) ShadedAt(text string, x, y, size int, c color.NRGBA) {
	art.DrawShaded(p.Dst, text, x, y+capTop*size, size, c)
}

// Width returns how wide a line is, in pixels.
func (p *Painter) Width(text string, size int) int { return textWidth(text) * size }

// LineHeight returns the distance of two lines, in pixels.
func (p *Painter) LineHeight(size int) int { return lineHeight * size }

// Fit shortens a line to a width; what is left out shows as dots.
func (p *Painter) Fit(text string, width, size int) string {
	return art.Small.Fit(text, width/max(size, 1))
}

// Wrap breaks text between words into at most lines lines of a width; a word that
// is longer than a line, such as an address, goes on in the next one.
func (p *Painter) Wrap(text string, width, size, lines int) []string {
	var out []string
	line := ""
	for i, words := 0, p.words(text, width, size); i < len(words); i++ {
		longer := strings.TrimPrefix(line+" "+words[i], " ")
		if line != "" && p.Width(longer, size) > width {
			if len(out) == lines-1 {
				return append(out, p.Fit(line+" "+strings.Join(words[i:], " "), width, size))
			}
			out = append(out, line)
			longer = words[i]
		}
		line = longer
	}
	return append(out, line)
}

// words takes text apart into words none of which is wider than a line.
func (p *Painter) words(text string, width, size int) (out []string) {
	for word := range strings.FieldsSeq(text) {
		for p.Width(word, size) > width {
			runes := []rune(word)
			n := 1
			for n < len(runes) && p.Width(string(runes[:n+1]), size) <= width {
				n++
			}
			if n == len(runes) {
				break // a single letter
			}
			out, word = append(out, string(runes[:n])), string(runes[n:])
		}
		out = append(out, word)
	}
	return out
}

// Lines breaks text into lines for a box: at a text size if all of it has room
// then, else at the next smaller one. Only at size 1 something may be left out.
func (p *Painter) Lines(text string, box image.Rectangle, size int) (lines []string, fits int) {
	for size = max(size, 1); ; size-- {
		most := max(box.Dy()/p.LineHeight(size), 1)
		if lines = p.Wrap(text, box.Dx(), size, most+1); len(lines) <= most {
			return lines, size
		}
		if size == 1 {
			return p.Wrap(text, box.Dx(), 1, most), 1
		}
	}
}

// Paragraph writes text into a box, as large as Lines says.
func (p *Painter) Paragraph(text string, box image.Rectangle, size int, c color.NRGBA) {
	lines, size := p.Lines(text, box, size)
	for i, line := range lines {
		p.Text(line, box.Min.X, box.Min.Y+i*p.LineHeight(size), size, c)
	}
}

// Squeeze writes words in the middle of the height of r, from its left or in the middle of its
// width, in letters as large as all of them have room: a second line and smaller letters are
// better than words that are cut.
func (p *Painter) Squeeze(text string, r image.Rectangle, centred bool, c color.NRGBA) {
	if wide := p.Width(text, p.TextSize); wide <= r.Dx() { // the rule, which allocates nothing
		if centred {
			r.Min.X += (r.Dx() - wide) / 2
		}
		p.Text(text, r.Min.X, textTop(r, p.TextSize), p.TextSize, c)
		return
	}
	lines, size := p.Lines(text, r, p.TextSize)
	y := r.Min.Y + (r.Dy()-len(lines)*p.LineHeight(size)+1)/2
	for i, line := range lines {
		x := r.Min.X
		if centred {
			x += (r.Dx() - p.Width(line, size)) / 2
		}
		p.Text(line, x, y+i*p.LineHeight(size), size, c)
	}
}

// inkOn returns the colour of words on a frame.
func (p *Painter) inkOn(focused bool) color.NRGBA {
	if focused {
		return inkUp
	}
	return Ink
}

// Frame draws the plate of a widget.
func (p *Painter) Frame(r image.Rectangle, focused, disabled bool) {
	kind := art.PanelButton
	switch {
	case disabled:
		kind = art.PanelOff
	case focused:
		kind = art.PanelFocus
	}
	art.Panel(p.Dst, kind, r)
	if focused && disabled {
		p.rim(r, Bright)
	}
}

// Primary draws the plate of the widget that goes on to what the screen is for.
func (p *Painter) Primary(r image.Rectangle, focused bool) {
	kind := art.PanelPrimary
	if focused {
		kind = art.PanelPrimaryFocus
	}
	art.Panel(p.Dst, kind, r)
}

// Button draws a small button with nothing on it yet; pointed, if the pointer is on it.
func (p *Painter) Button(r image.Rectangle, pointed bool) {
	kind := art.PanelButton
	if pointed {
		kind = art.PanelFocus
	}
	art.Panel(p.Dst, kind, r)
}

// Panel draws a plate to put things on; the pond shines through a little.
func (p *Painter) Panel(r image.Rectangle) { art.Panel(p.Dst, art.PanelPlain, r, 0.12) }

// Banner draws the plate of words over a game.
func (p *Painter) Banner(r image.Rectangle) { art.Panel(p.Dst, art.PanelPlain, r, 0.06) }

// Well draws a hollow, for text to be typed into.
func (p *Painter) Well(r image.Rectangle) {
	p.Fill(r, dark)
	p.rim(r, edge)
}

// Rim draws the line around what has the focus.
func (p *Painter) Rim(r image.Rectangle) { p.rim(r, Bright) }

// rim draws a line of one pixel around r, inside it.
func (p *Painter) rim(r image.Rectangle, c color.NRGBA) {
	p.Fill(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+1), c)
	p.Fill(image.Rect(r.Min.X, r.Max.Y-1, r.Max.X, r.Max.Y), c)
	p.Fill(image.Rect(r.Min.X, r.Min.Y+1, r.Min.X+1, r.Max.Y-1), c)
	p.Fill(image.Rect(r.Max.X-1, r.Min.Y+1, r.Max.X, r.Max.Y-1), c)
}

// Check draws a box with or without a tick.
func (p *Painter) Check(r image.Rectangle, on, focused bool) {
	p.Well(r)
	if !on {
		return
	}
	c := Good
	if focused {
		c = Bright
	}
	p.Fill(r.Inset(max(2, r.Dx()/4)), c)
}

// Track draws a slider's track with its knob at value of most.
func (p *Painter) Track(r image.Rectangle, value, most int, focused bool) {
	y := (r.Min.Y + r.Max.Y) / 2
	p.Fill(image.Rect(r.Min.X, y-1, r.Max.X, y+1), dark)
	x := r.Min.X + r.Dx()*value/max(most, 1)
	c := Good
	if focused {
		c = Bright
	}
	p.Fill(image.Rect(r.Min.X, y-1, x, y+1), c)
	p.Fill(image.Rect(x-2, r.Min.Y, x+2, r.Max.Y), c)
}

// Arrow draws a small triangle that points up (-1) or down (1).
func (p *Painter) Arrow(at image.Point, dir int) {
	for i := range 4 {
		row := i
		if dir > 0 {
			row = 3 - i
		}
		p.Fill(image.Rect(at.X-row, at.Y+i, at.X+row+1, at.Y+i+1), Bright)
	}
}

// parts fills parts of a small picture, with its corner at a place.
func (p *Painter) parts(at image.Point, size int) func(x0, y0, x1, y1 int, c color.NRGBA) {
	return func(x0, y0, x1, y1 int, c color.NRGBA) {
		p.Fill(image.Rect(at.X+x0*size, at.Y+y0*size, at.X+x1*size, at.Y+y1*size), c)
	}
}

// Lock draws a padlock, 7 by 9 pixels times size, with its corner at a place.
func (p *Painter) Lock(at image.Point, size int) {
	part := p.parts(at, size)
	part(2, 0, 5, 1, Ink)
	part(1, 1, 2, 4, Ink)
	part(5, 1, 6, 4, Ink)
	part(0, 4, 7, 9, Bright)
	part(3, 6, 4, 8, dark)
}

// Eye draws an eye, 9 by 6 pixels times size, with its corner at a place.
func (p *Painter) Eye(at image.Point, size int) {
	part := p.parts(at, size)
	part(2, 0, 7, 1, Ink)
	part(1, 1, 8, 2, Ink)
	part(0, 2, 9, 4, Ink)
	part(1, 4, 8, 5, Ink)
	part(2, 5, 7, 6, Ink)
	part(3, 1, 6, 5, dark)
	part(4, 2, 5, 3, Bright)
}

// Muted draws the small sign that there is no sound.
func (p *Painter) Muted(at image.Point) { art.Mute.Draw(p.Dst, at.X, at.Y) }
