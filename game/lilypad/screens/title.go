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
	f := &t.form
	f.TextSize = a.settings.textSize()
	columns := []image.Rectangle{image.Rect(220, 148, 420, 330)}
	if f.TextSize > 1 { // all of them in one column would not fit
		columns = []image.Rectangle{image.Rect(110, 152, 316, 300), image.Rect(324, 152, 530, 300)}
	}
	buttons := []*ui.Button{
		{Text: "Play now", Primary: true, Press: func() { a.teach(a.playNow) }},
		{Text: "The Lab", Press: a.openLab},
		{Text: "Host a match", Press: a.openLobby},
		{Text: "Join a match", Press: func() { a.push(newJoin(a)) }},
		{Text: "Replays", Press: func() { a.push(newShelf(a)) }},
		{Text: "How to play", Press: a.openHowto},
		{Text: "Options", Press: func() { a.push(newOptions(a)) }},
		{Text: "Quit", Press: func() { a.quit = true }},
	}
	each := (len(buttons) + len(columns) - 1) / len(columns)
	for i, b := range buttons {
		if i%each == 0 {
			f.Column(columns[i/each])
		}
		f.Add(b)
	}
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
	a.pond.show.update(a.newShowSeed)
	a.sound.menu(t.form.Update(in))
}

func (t *title) draw(a *App, p *ui.Painter) {
	a.pond.show.draw(p, &a.settings)
	a.drawLogo(p, t.tick)
	t.form.Draw(p)
	if hint := a.nearby.hint(); hint != "" {
		size := a.settings.textSize()
		p.Shaded(p.Fit(hint, Width-12, size), image.Rect(0, Height-4-24*size, Width, Height), size, ui.Bright)
	}
	size := a.settings.textSize()
	p.Shaded(p.Fit(a.controlsLine(), Width-12, size), image.Rect(0, Height-2-12*size, Width, Height), size, ui.Ink)
}

// controlsLine says how to play with what the player has in hand.
func (a *App) controlsLine() string {
	c := a.capsOf(0, 1)
	return c[0] + " walks   " + c[1] + " hops   " + c[2] + " tongue"
}

func (a *App) drawLogo(p *ui.Painter, tick int) {
	art.Logo(p.Dst, Width/2-97, 18)
	size := a.settings.textSize()
	p.Shaded("frogs, hats and flies", image.Rect(0, 122, Width, 146), size, ui.Ink)
}
