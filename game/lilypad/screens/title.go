package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// title is the first screen.
type title struct {
	form ui.Form
	tick int
}

func newTitle(a *App) *title {
	t := &title{}
	t.form.TextSize = a.settings.textSize()
	t.form.Column(image.Rect(220, 148, 420, 330))
	t.form.Add(&ui.Button{Text: "Play now", Press: a.playNow})
	t.form.Add(&ui.Button{Text: "The Lab", Press: a.openLab})
	t.form.Add(&ui.Button{Text: "Host a match", Press: a.openLobby})
	t.form.Add(&ui.Button{Text: "Join a match", Press: func() { a.push(newJoin(a)) }})
	t.form.Add(&ui.Button{Text: "Options", Press: func() { a.push(newOptions(a)) }})
	t.form.Add(&ui.Button{Text: "Quit", Press: func() { a.quit = true }})
	return t
}

// playNow starts a round against bots.
func (a *App) playNow() {
	c, err := newSolo(a)
	if err != nil {
		a.push(newTrouble(a, "The game could not start", err.Error()))
		return
	}
	a.push(newMatch(a, c))
}

func (t *title) update(a *App, in ui.Input) {
	t.tick++
	if size := a.settings.textSize(); size != max(t.form.TextSize, 1) {
		fresh := newTitle(a)
		fresh.form.FocusLike(&t.form)
		t.form = fresh.form
	}
	if a.settings.Met {
		// A newcomer's first minute opens no socket: systems that ask before a
		// program may use the network would ask before there is a reason.
		a.nearby.watch(a)
	}
	a.sound.menu(t.form.Update(in))
}

func (t *title) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, t.tick)
	a.drawLogo(p, t.tick)
	t.form.Draw(p)
	if hint := a.nearby.hint(); hint != "" {
		p.Shaded(p.Fit(hint, Width-20, 1), image.Rect(0, Height-34, Width, Height-20), 1, ui.Bright)
	}
	p.Shaded("Arrows or WASD move    Space hops    X or F tongue    C croaks    F1 netgraph", image.Rect(0, Height-14, Width, Height), 1, ui.Ink)
}

func (a *App) drawLogo(p *ui.Painter, tick int) {
	art.Logo(p.Dst, Width/2-97, 18)
	p.Shaded("frogs, hats, flies and no server", image.Rect(0, 124, Width, 140), 1, ui.Ink)
}
