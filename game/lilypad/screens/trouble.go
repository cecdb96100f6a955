package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// trouble says what went wrong and what to do.
type trouble struct {
	form  ui.Form
	tick  int
	title string
	text  string
}

func newTrouble(a *App, title, text string) *trouble {
	t := &trouble{title: title, text: text}
	t.form.TextSize = a.settings.textSize()
	t.form.Column(image.Rect(240, 250, 400, 330))
	t.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	return t
}

func (t *trouble) update(a *App, in ui.Input) {
	t.tick++
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(t.form.Update(in))
}

func (t *trouble) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, t.tick)
	r := image.Rect(80, 90, Width-80, 236)
	p.Panel(r)
	size := a.settings.textSize()
	p.Centred(p.Fit(t.title, r.Dx()-16, 2), image.Rect(r.Min.X, r.Min.Y+12, r.Max.X, r.Max.Y), 2, ui.Alarm)
	for i, line := range p.Wrap(t.text, r.Dx()-32, size, 9/size) {
		p.Text(line, r.Min.X+16, r.Min.Y+44+i*p.LineHeight(size), size, ui.Ink)
	}
	t.form.Draw(p)
}
