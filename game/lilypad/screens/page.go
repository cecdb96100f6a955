package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// page is what the screens are that have a form and no life of their own: Back leads to what
// is below.
type page struct {
	form ui.Form
	tick int
}

func (g *page) update(a *App, in ui.Input) {
	g.tick++
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(g.form.Update(in))
}

// drawNotice draws a page that has a title and some words above its form.
func (g *page) drawNotice(a *App, p *ui.Painter, title, text string, r image.Rectangle) {
	a.pond.backdrop(p, g.tick)
	p.Panel(r)
	p.Centred(p.Fit(title, r.Dx()-16, 2), image.Rect(r.Min.X, r.Min.Y+12, r.Max.X, r.Max.Y), 2, ui.Bright)
	p.Paragraph(text, image.Rect(r.Min.X+16, r.Min.Y+48, r.Max.X-16, r.Max.Y-8), a.settings.textSize(), ui.Ink)
	g.form.Draw(p)
}
