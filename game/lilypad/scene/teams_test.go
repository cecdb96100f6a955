package scene

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// Before a round it is said who plays with whom, and at the end who has won, a round
// or the match, alone or together.
func TestTeamWords(t *testing.T) {
	w := rules.New(rules.Setup{Seats: 4, Teams: true, Rounds: 3})
	v := View{Names: [rules.MaxSeats]string{"Ana", "Dot", "Ben"}, Mine: [rules.MaxSeats]bool{0: true}}
	if got := readyWords(&w, &v); got != "Round 1 of 3   You play with Dot" {
		t.Errorf("%q", got)
	}
	w.Champion, w.Phase, w.Wins[0], w.Wins[1] = 1, rules.Rest, 1, 1
	w.Frogs[0].Score, w.Frogs[1].Score, w.Frogs[0].Knocks = 4, 3, 2
	if title, below := ResultWords(&w, &v); title != "Ana and Dot win round 1" || below != "7 flies, 2 knocked in; 1 of 3 rounds" {
		t.Errorf("%q, %q", title, below)
	}
	w.Phase, w.Round, w.Wins[0], w.Wins[1] = rules.Over, 2, 2, 2
	if title, below := ResultWords(&w, &v); title != "Ana and Dot win the match!" || below != "2 of 2 rounds won" {
		t.Errorf("%q, %q", title, below)
	}
	alone := rules.New(rules.Setup{Seats: 2})
	alone.Champion, alone.Phase = 0, rules.Over
	if title, _ := ResultWords(&alone, &v); title != "Ana wins!" {
		t.Errorf("%q", title)
	}
	if got := readyWords(&alone, &v); got != "" {
		t.Errorf("%q", got)
	}
}
