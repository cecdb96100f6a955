package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/nat/turn"
)

// wiring lets the player say how friends find their lobby. What is typed is
// kept when the screen is left.
type wiring struct {
	form   ui.Form
	tick   int
	server string // rendezvous, relay, TURN and passing on as they were
	relay  int
	turn   string
	passOn bool
}

func newWiring(a *App) *wiring {
	s := &a.settings
	w := &wiring{server: s.Rendezvous, relay: s.Relay, turn: s.TURN, passOn: s.PassOn}
	f := &w.form
	f.TextSize = s.textSize()
	f.Column(image.Rect(90, 52, 550, 344))
	f.Add(&ui.Toggle{Text: "Show my lobby on the local network", Value: &s.ShowLAN})
	f.Add(&ui.TextField{Text: "Title of my lobby", Hint: "none", Value: &s.Title, Max: maxTitleRunes, Clipboard: a.clip})
	f.Add(&ui.TextField{Text: "Secret to get in", Hint: "none: everybody may", Value: &s.Secret, Max: maxSecretRunes, Clipboard: a.clip})
	f.Space(10)
	f.Add(&ui.Label{Lines: 4*s.textSize() - 1, Text: "With a rendezvous server friends anywhere join by a short code, through most home routers. " +
		"It brings you together; the game then goes straight from one to the other where there is a way. Both sides enter the same server."})
	f.Add(&ui.TextField{Text: "Rendezvous server", Hint: "none: no codes", Value: &s.Rendezvous, Max: maxServerRunes, Clipboard: a.clip})
	f.Add(&ui.Choice{Text: "Relay when there is no way", Names: relayNames, Value: &s.Relay})
	f.Add(&ui.TextField{Text: "TURN server", Hint: "none, or turn:USER:PASSWORD@HOST:PORT", Value: &s.TURN, Max: maxTURNRunes, Clipboard: a.clip})
	f.Add(&ui.Toggle{Text: "Pass on other players' packets", Value: &s.PassOn})
	f.Space(10)
	f.Add(&ui.Button{Text: "Back", Press: a.pop})
	return w
}

func (w *wiring) leave(a *App) {
	a.settings.sane()
	if a.settings.Rendezvous != w.server || a.settings.Relay != w.relay || a.settings.TURN != w.turn || a.settings.PassOn != w.passOn {
		a.unplug()
	}
	for _, server := range a.turn() {
		if _, err := turn.Parse(server); err != nil {
			a.say(sentence(err.Error()))
		}
	}
	a.save()
}

func (w *wiring) update(a *App, in ui.Input) {
	w.tick++
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(w.form.Update(in))
}

func (w *wiring) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, w.tick)
	p.Shaded("Network", image.Rect(0, 14, Width, 42), 2, ui.Bright)
	w.form.Draw(p)
}
