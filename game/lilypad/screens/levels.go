package screens

import (
	"slices"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// noteWin remembers the first round that somebody at this machine has won
// against bots. Until then they are those of the first pond, which were not
// made to be feared: from then on calm ones are, unless others were chosen.
func (a *App) noteWin(c contest) {
	w, s := c.world(), &a.settings
	bots := slices.ContainsFunc(w.Levels[:min(int(w.Seats), rules.MaxSeats)], func(level uint8) bool { return level > 0 })
	if s.Won || !bots || !slices.Contains(c.localSeats(), w.Winner()) {
		return
	}
	s.Won = true
	if s.Bots == 0 {
		s.Bots = int(rules.Calm - rules.FirstPond)
		a.say("Your first win! The next bots are calm ones: each hoards a corner of the pond. Options has others.")
	}
	a.save()
}
