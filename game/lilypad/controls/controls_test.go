package controls

import (
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

func TestPad(t *testing.T) {
	tests := []struct {
		held game.Buttons
		want rules.Pad
	}{
		{0, 0},
		{game.Up | game.Left, rules.Up | rules.Left},
		{game.Down | game.Right | Hop, rules.Down | rules.Right | rules.Hop},
		{Tongue | Croak, rules.Tongue | rules.Croak},
		{game.ButtonD, 0},
	}
	for _, test := range tests {
		if got := Pad(test.held); got != test.want {
			t.Errorf("%08b gives %08b, want %08b", test.held, got, test.want)
		}
	}
	if Pad(0xff)&rules.Auto != 0 {
		t.Error("a thumb can reach Auto, which is for the game alone")
	}
}
