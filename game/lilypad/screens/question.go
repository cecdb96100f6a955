package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// question asks before something is done that others would feel. The lobby goes on
// behind it.
type question struct {
	page
	title string
	text  string
}

// newQuestion asks; stay goes back, and leave is done.
func newQuestion(a *App, title, text, stay, leave string, do func()) *question {
	q := &question{title: title, text: text}
	q.form.TextSize = a.settings.textSize()
	q.form.Column(image.Rect(200, 240, 440, 340))
	q.form.Add(&ui.Button{Text: stay, Primary: true, Press: a.pop})
	q.form.Add(&ui.Button{Text: leave, Press: do})
	return q
}

func (q *question) draw(a *App, p *ui.Painter) {
	q.drawNotice(a, p, q.title, q.text, image.Rect(100, 90, Width-100, 226))
}
