package screens

import (
	"fmt"
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// person is what there is to know of another member of the lobby, and to do.
type person struct {
	page
	member netcode.Member
	style  art.Style
	muted  bool
}

func newPerson(a *App, m netcode.Member, style art.Style) *person {
	r := &person{member: m, style: style, muted: a.online.muted[m.Machine]}
	f := &r.form
	f.TextSize = a.settings.textSize()
	f.Column(image.Rect(190, 208, 450, 356))
	f.Add(&ui.Button{Text: "Back", Primary: true, Press: a.pop})
	f.Add(&ui.Toggle{Text: "Mute what is said", Value: &r.muted, Change: func() { a.online.mute(m.Machine, r.muted) }})
	if a.online.lobby.Hosting() {
		f.Add(&ui.Button{Text: "Send away", Press: func() {
			a.replace(newQuestion(a, "Send "+m.Name+" away?", "This computer is not let in again, until you open a new lobby.", "Back", "Send away", func() {
				a.pop()
				if err := a.online.lobby.Kick(m.Machine); err != nil {
					a.say(sentence(err.Error()))
				}
			}))
		}})
	}
	return r
}

func (r *person) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, r.tick)
	box := image.Rect(100, 40, Width-100, 202)
	p.Panel(box)
	art.Frog{Style: r.style, Facing: 2, Scale: 2}.Draw(p.Dst, Width/2, float64(box.Min.Y+92))
	size := a.settings.textSize()
	row := func(text string, y, size int) {
		p.Centred(p.Fit(text, box.Dx()-16, size), image.Rect(box.Min.X, y, box.Max.X, box.Max.Y), size, ui.Ink)
	}
	p.Centred(r.member.Name, image.Rect(box.Min.X, box.Min.Y+108, box.Max.X, box.Max.Y), 2, ui.Bright)
	row(fmt.Sprintf("%d ms away", r.member.PingMs), box.Max.Y-30-6*(size-1), size)
	if size == 1 {
		row("Fingerprint "+r.member.Fingerprint, box.Max.Y-17, 1)
	}
	r.form.Draw(p)
}
