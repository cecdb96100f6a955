package screens

import (
	"path/filepath"
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// TestFirstWin: the bots are those of the first pond until somebody here has won,
// also after the game was started anew, and a choice of others stays.
func TestFirstWin(t *testing.T) {
	for _, c := range []struct {
		name         string
		bots, winner int
		level        uint8
		want         int
		won          bool
	}{
		{"a first win", 0, 0, rules.FirstPond, 1, true},
		{"a bot wins", 0, 1, rules.FirstPond, 0, false},
		{"no bots", 0, 0, 0, 0, false},
		{"others were chosen", 3, 0, rules.Fierce, 3, true},
	} {
		config := Config{Mute: true, Name: "Ana", Store: game.Store{Path: filepath.Join(t.TempDir(), "s.json"), Version: SettingsVersion}}
		a := New(config)
		if a.settings.Bots != 0 || a.settings.Won {
			t.Fatalf("at first the bots are %s", botChoices[a.settings.Bots])
		}
		a.settings.Bots = c.bots
		round, err := newSolo(a)
		if err != nil {
			t.Fatal(err)
		}
		w := round.session.World()
		w.Phase, w.Champion = rules.Over, int8(c.winner)
		for seat := 1; seat < int(w.Seats); seat++ {
			w.Levels[seat] = c.level
		}
		a.noteWin(round)
		a.save()
		a.Close()
		again := New(config)
		if again.settings.Bots != c.want || again.settings.Won != c.won {
			t.Errorf("%s: then the bots are %s, won %v", c.name, botChoices[again.settings.Bots], again.settings.Won)
		}
		again.Close()
	}
}
