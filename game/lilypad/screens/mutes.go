package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// mutes lets the player choose who is heard, in a match too.
type mutes struct {
	page
	off []bool // by row
}

func newMutes(a *App) *mutes {
	m := &mutes{}
	f := &m.form
	f.TextSize = a.settings.textSize()
	f.Column(image.Rect(150, 50, 490, 344))
	members := a.online.lobby.AppendMembers(nil)
	m.off = make([]bool, len(members))
	for i, member := range members {
		if member.You {
			continue
		}
		m.off[i] = a.online.muted[member.Machine]
		f.Add(&ui.Toggle{Text: "Mute " + member.Name, Value: &m.off[i], Change: func() { a.online.mute(member.Machine, m.off[i]) }})
	}
	f.Space(6)
	f.Add(&ui.Button{Text: "Back", Primary: true, Press: a.pop})
	return m
}

func (m *mutes) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, m.tick)
	p.Shaded("Who is heard", image.Rect(0, 16, Width, 44), 2, ui.Bright)
	m.form.Draw(p)
}
