package screens

import "github.com/visavis-netcode/visavis/game/lilypad/ui"

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
