package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// hosting lets the player change how friends find their lobby. What is typed is
// kept when the screen is left.
type hosting struct {
	form ui.Form
	tick int
}

func newHosting(a *App) *hosting {
	h := &hosting{}
	s := &a.settings
	f := &h.form
	f.TextSize = s.textSize()
	f.Column(image.Rect(90, 60, 550, 344))
	f.Add(&ui.Toggle{Text: "Show my lobby on the local network", Value: &s.ShowLAN})
	f.Add(&ui.TextField{Text: "Title of my lobby", Hint: "none", Value: &s.Title, Max: maxTitleRunes, Clipboard: a.clip})
	f.Add(&ui.TextField{Text: "Secret to get in", Hint: "none: everybody may", Value: &s.Secret, Max: maxSecretRunes, Clipboard: a.clip})
	f.Space(6)
	f.Add(&ui.Button{Text: "Back", Press: a.pop})
	return h
}

func (h *hosting) leave(a *App) {
	a.settings.sane()
	a.save()
}

func (h *hosting) update(a *App, in ui.Input) {
	h.tick++
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(h.form.Update(in))
}

func (h *hosting) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, h.tick)
	p.Shaded("My lobby", image.Rect(0, 22, Width, 50), 2, ui.Bright)
	h.form.Draw(p)
}
