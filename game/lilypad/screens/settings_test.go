package screens

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

func TestCleanName(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Ana", "Ana"},
		{"  Ana  ", "Ana"},
		{"", "Frog"},
		{"\x00\x1b[31m", "[31m"},
		{"\n\t", "Frog"},
		{strings.Repeat("é", 40), strings.Repeat("é", maxNameRunes)},
	}
	for _, test := range tests {
		if got := cleanName(test.in); got != test.want {
			t.Errorf("%q became %q, want %q", test.in, got, test.want)
		}
	}
}

func TestSettingsFromAnEditedFile(t *testing.T) {
	s := defaultSettings()
	file := `{"name":"` + strings.Repeat("x", 99) + `","volume":-5,"frogs":99,"bots":-1,"length":7,"graph":12,"players_here":3,"last_host":"` + strings.Repeat("y", 999) + `"}`
	if err := json.Unmarshal([]byte(file), &s); err != nil {
		t.Fatal(err)
	}
	s.sane()
	if len(s.Name) != maxNameRunes || s.Volume != 0 || s.Frogs != len(frogChoices)-1 || s.Bots != 0 ||
		s.Length != len(lengthChoices)-1 || s.Graph != 2 || s.PlayersHere != 1 || s.LastHost != "" {
		t.Errorf("%+v is not sane", s)
	}
}

func TestSetupFillsUpWithBots(t *testing.T) {
	s := defaultSettings()
	s.Frogs, s.Bots = 2, 2 // four frogs, the fiercest bots
	w := rules.New(s.setup(1, 2))
	if w.Seats != 4 || w.Levels[1] != 0 || w.Levels[2] != 3 || w.Levels[3] != 3 {
		t.Errorf("%d seats with levels %v, want 4 of which the last two are bots", w.Seats, w.Levels)
	}
	s.Frogs = 0 // two frogs, but five people came
	if w = rules.New(s.setup(1, 5)); w.Seats != 5 || w.Levels[4] != 0 {
		t.Errorf("%d seats with levels %v, want five players", w.Seats, w.Levels)
	}
	if len(lengthChoices) != len(lengthFrames) {
		t.Error("every length needs its frames")
	}
	for _, frames := range lengthFrames {
		if frames < rules.MinRoundFrames || frames > rules.MaxRoundFrames {
			t.Errorf("a round of %d frames cannot be played", frames)
		}
	}
	if len(botChoices) != rules.MaxLevel {
		t.Errorf("%d choices for %d levels", len(botChoices), rules.MaxLevel)
	}
}

func TestNameOfTheRunIsNotKept(t *testing.T) {
	store := game.Store{Path: filepath.Join(t.TempDir(), "lilypad.json"), Version: SettingsVersion}
	keep := defaultSettings()
	keep.Name = "Ana"
	if err := store.Save(keep); err != nil {
		t.Fatal(err)
	}
	a := New(Config{Name: "Guest", Mute: true, Store: store})
	defer a.Close()
	if a.settings.Name != "Guest" {
		t.Errorf("the name is %q, want that of the command line", a.settings.Name)
	}
	a.settings.Volume = 10
	a.save()
	var kept Settings
	if err := store.Load(&kept); err != nil || kept.Name != "Ana" || kept.Volume != 10 {
		t.Errorf("kept %q at volume %d, %v; want Ana at 10", kept.Name, kept.Volume, err)
	}
}
