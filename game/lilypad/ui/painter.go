package ui

import (
	"image"
	"image/color"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
)

// The colours of the menus: a pond at dusk. Focus shows by a light frame and
// not by colour alone.
var (
	Ink     = color.RGBA{240, 244, 226, 255} // words
	Faint   = color.RGBA{142, 164, 158, 255} // words that matter less, or do nothing now
	Bright  = color.RGBA{255, 226, 110, 255} // words that matter more
	Alarm   = color.RGBA{255, 150, 96, 255}  // something is wrong
	Good    = color.RGBA{120, 220, 150, 255} // something is right
	Deep    = color.RGBA{10, 26, 34, 255}    // the darkest water
	Water   = color.RGBA{18, 48, 58, 255}    // behind the menus
	plate   = color.RGBA{30, 74, 78, 255}
	plateUp = color.RGBA{46, 108, 100, 255}
	edge    = color.RGBA{66, 128, 116, 255}
	dark    = color.RGBA{8, 20, 26, 255}
	inkUp   = color.RGBA{255, 255, 240, 255}
)

// lineHeight is the distance of two lines at text size 1, in pixels.
const lineHeight = 10

// Painter draws the parts of widgets on a picture.
type Painter struct {
	Dst      *ebiten.Image
	TextSize int // 1 or 2; what widgets write with
}

// NewPainter returns a painter that writes with text size 1 or 2.
func NewPainter(dst *ebiten.Image, textSize int) *Painter {
	return &Painter{Dst: dst, TextSize: max(textSize, 1)}
}

// Fill paints a rectangle over what is there.
func (p *Painter) Fill(r image.Rectangle, c color.Color) { game.Fill(p.Dst, r, c) }

// Text writes one line with its top left corner at x, y.
func (p *Painter) Text(text string, x, y, size int, c color.Color) {
	writeText(p.Dst, text, x, y, size, c)
}

// Centred writes one line in the middle of r's width, at r's top.
func (p *Painter) Centred(text string, r image.Rectangle, size int, c color.Color) {
	p.Text(text, r.Min.X+(r.Dx()-p.Width(text, size))/2, r.Min.Y, size, c)
}

// Width returns how wide a line is, in pixels.
func (p *Painter) Width(text string, size int) int { return textWidth(text) * size }

// LineHeight returns the distance of two lines, in pixels.
func (p *Painter) LineHeight(size int) int { return lineHeight * size }

// Fit shortens a line to a width; what is left out shows as two dots.
func (p *Painter) Fit(text string, width, size int) string {
	if p.Width(text, size) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && p.Width(string(runes)+"..", size) > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + ".."
}

// Wrap breaks text between words into at most lines lines of a width.
func (p *Painter) Wrap(text string, width, size, lines int) []string {
	var out []string
	line := ""
	for i, words := 0, strings.Fields(text); i < len(words); i++ {
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
	return append(out, p.Fit(line, width, size))
}

// inkOn returns the colour of words on a frame.
func (p *Painter) inkOn(focused bool) color.Color {
	if focused {
		return inkUp
	}
	return Ink
}

// Frame draws the plate of a widget.
func (p *Painter) Frame(r image.Rectangle, focused, disabled bool) {
	switch {
	case focused && disabled:
		p.box(r, Bright, Water)
	case focused:
		p.box(r, Bright, plateUp)
	case disabled:
		p.box(r, plate, Water)
	default:
		p.box(r, edge, plate)
	}
}

// Panel draws a plate to put things on.
func (p *Painter) Panel(r image.Rectangle) { p.box(r, edge, color.RGBA{14, 38, 46, 235}) }

// Banner draws the plate of words over a game.
func (p *Painter) Banner(r image.Rectangle) { p.box(r, Bright, color.RGBA{8, 20, 26, 216}) }

// Well draws a hollow, for text to be typed into.
func (p *Painter) Well(r image.Rectangle) { p.box(r, plate, dark) }

// box draws a plate with round corners of one pixel and an edge.
func (p *Painter) box(r image.Rectangle, line, fill color.Color) {
	p.Fill(image.Rect(r.Min.X+1, r.Min.Y, r.Max.X-1, r.Min.Y+1), line)
	p.Fill(image.Rect(r.Min.X+1, r.Max.Y-1, r.Max.X-1, r.Max.Y), line)
	p.Fill(image.Rect(r.Min.X, r.Min.Y+1, r.Min.X+1, r.Max.Y-1), line)
	p.Fill(image.Rect(r.Max.X-1, r.Min.Y+1, r.Max.X, r.Max.Y-1), line)
	p.Fill(r.Inset(1), fill)
}

// Check draws a box with or without a tick.
func (p *Painter) Check(r image.Rectangle, on, focused bool) {
	p.Well(r)
	if !on {
		return
	}
	c := color.Color(Good)
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
	c := color.Color(Good)
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

// Muted draws the small sign that there is no sound.
func (p *Painter) Muted(at image.Point) {
	p.Fill(image.Rect(at.X, at.Y+2, at.X+3, at.Y+6), Faint)
	p.Fill(image.Rect(at.X+3, at.Y, at.X+5, at.Y+8), Faint)
	for i := range 4 {
		p.Fill(image.Rect(at.X+6+i, at.Y+2+i, at.X+7+i, at.Y+3+i), Alarm)
		p.Fill(image.Rect(at.X+9-i, at.Y+2+i, at.X+10-i, at.Y+3+i), Alarm)
	}
}
