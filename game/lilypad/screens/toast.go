package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// toast is a line that is told for some seconds.
type toast struct {
	text  string
	until int // tick
}

// say shows a line at the top for four seconds.
func (a *App) say(text string) { a.toast = toast{text: text, until: a.tick + 240} }

// drawToast draws it over whatever is there.
func (a *App) drawToast(p *ui.Painter) {
	r, lines, size := a.toastAt(p)
	p.Banner(r)
	y := (r.Min.Y+r.Max.Y-len(lines)*p.LineHeight(size))/2 + 1
	for i, line := range lines {
		p.Centred(line, image.Rect(0, y+i*p.LineHeight(size), Width, Height), size, ui.Ink)
	}
}

// toastAt is where the toast lies, with the lines that it has: where it covers nothing that is
// typed or pressed.
func (a *App) toastAt(p *ui.Painter) (r image.Rectangle, lines []string, size int) {
	top := a.stack[len(a.stack)-1]
	size = a.settings.textSize()
	_, below := top.(*results) // the winner's name is above
	below = below && size == 1 // where there is room for a line
	lines, size = p.Lines(a.toast.text, image.Rect(0, 0, Width-40, 5*p.LineHeight(1)), size)
	if n := len(lines); n > 1 { // of about the same length
		if even := p.Wrap(a.toast.text, p.Width(a.toast.text, size)/n+40*size, size, n+1); len(even) == n {
			lines = even
		}
	}
	wide, tall := 0, len(lines)*p.LineHeight(size)+6
	for _, line := range lines {
		wide = max(wide, p.Width(line, size))
	}
	switch top.(type) {
	case *match, *playback, *watching:
		return image.Rect((Width-wide)/2-6, 30, (Width+wide)/2+6, 30+tall), lines, size
	}
	if below {
		return image.Rect((Width-wide)/2-6, Height-tall-2, (Width+wide)/2+6, Height-2), lines, size
	}
	return image.Rect(0, 0, Width, max(tall, 28)), lines, size
}
