package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// takeOver lets the player play on from here: in his own seat of then, or in the one that he
// chooses.
func (b *playback) takeOver(a *App) {
	b.r().Pause()
	switch {
	case b.r().World().Over():
		a.say("The match is over here: go back a little.")
		return
	case a.online != nil && a.online.open():
		a.say("You are in a lobby: leave it first, and find this match among the replays.")
		return
	}
	if players := b.film.about.Players; len(players) > 1 {
		a.push(newSeatChoice(a, b))
		return
	}
	b.playOn(a, 0)
}

// playOn begins the match that goes on from here.
func (b *playback) playOn(a *App, seat int) {
	c, err := newTakeOver(a, b.r(), seat)
	if err != nil {
		a.push(newTrouble(a, "The match could not start", sentence(err.Error())))
		return
	}
	a.push(newMatch(a, c))
}

// seatChoice asks whose frog is to be played on with.
type seatChoice struct {
	page
	from *playback
}

func newSeatChoice(a *App, b *playback) *seatChoice {
	s := &seatChoice{from: b}
	s.form = ui.Form{TextSize: a.settings.textSize(), Gap: 2}
	s.form.Column(image.Rect(190, 92, 450, 350))
	for seat, player := range b.film.about.Players {
		s.form.Add(&ui.Button{Text: player.Name, Press: func() {
			a.pop()
			b.playOn(a, seat)
		}})
	}
	s.form.Space(6)
	s.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	return s
}

func (s *seatChoice) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, s.tick)
	p.Shaded("Whose frog do you play?", image.Rect(0, 16, Width, 44), 2, ui.Bright)
	p.Shaded("The match goes on from "+s.from.clock+"; bots play the others.", image.Rect(0, 56, Width, 80), a.settings.textSize(), ui.Ink)
	s.form.Draw(p)
}
