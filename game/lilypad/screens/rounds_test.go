package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// TestMatchOfSettings: what the settings say of a match is what is played.
func TestMatchOfSettings(t *testing.T) {
	s := defaultSettings()
	s.Frogs, s.Pond, s.Rounds, s.Teams = 1, int(rules.GreatLily), 2, true // three frogs, best of 5
	setup := s.setup(3, 1)
	got, err := rules.DecodeSetup(3, 1, setup.AppendOptions(nil))
	if err != nil || got.Pond != rules.GreatLily || got.Rounds != 5 || !got.Teams || got.Seats != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	if words := matchWords(got); words != "Best of 5, teams of two, pond: great lily" {
		t.Errorf("%q", words)
	}
	plain := defaultSettings()
	if words := matchWords(plain.setup(3, 1)); words != "" {
		t.Errorf("a plain match is told as %q", words)
	}
	if len(pondChoices) != int(rules.MaxPond)+1 {
		t.Errorf("%d choices for %d ponds", len(pondChoices), rules.MaxPond)
	}
	s = Settings{Pond: 99, Rounds: -4}
	s.sane()
	if s.Pond != len(pondChoices)-1 || s.Rounds != 0 {
		t.Errorf("%+v is not sane", s)
	}
}
