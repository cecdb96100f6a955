package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// Where the trouble is shown, and its words.
var (
	troubleAt      = image.Rect(80, 90, Width-80, 236)
	troubleWordsAt = image.Rect(96, 134, Width-96, 230)
)

// trouble says what went wrong and what to do.
type trouble struct {
	page
	title string
	text  string
}

func newTrouble(a *App, title, text string) *trouble {
	t := &trouble{title: title, text: text}
	t.form.TextSize = a.settings.textSize()
	t.form.Column(image.Rect(240, 250, 400, 330))
	t.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	t.form.Add(&ui.Button{Text: "Copy", Press: func() { a.copyText(title+": "+text, "Copied.") }}) // for whoever is asked for help
	return t
}

func (t *trouble) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, t.tick)
	r := troubleAt
	p.Panel(r)
	p.Centred(p.Fit(t.title, r.Dx()-16, 2), image.Rect(r.Min.X, r.Min.Y+12, r.Max.X, r.Max.Y), 2, ui.Alarm)
	p.Paragraph(t.text, troubleWordsAt, a.settings.textSize(), ui.Ink)
	t.form.Draw(p)
}
