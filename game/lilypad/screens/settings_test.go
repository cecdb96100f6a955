package screens

import (
	"encoding/json"
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

func TestCleanName(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Ana", "Ana"},
		{"  Ana  ", "Ana"},
		{"", ""},
		{"\x00\x1b[31m", "[31m"},
		{"\n\t", ""},
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
	s.Frogs, s.Bots = 2, 3 // four frogs, the fiercest bots
	w := rules.New(s.setup(1, 2))
	if w.Seats != 4 || w.Levels[1] != 0 || w.Levels[2] != rules.Fierce || w.Levels[3] != rules.Fierce {
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

// The first start asks for a name before anything else: nothing of the computer's
// owner is proposed, and what is taken is kept.
func TestFirstStartAsksForAName(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("USER", "jane.doe")
	store := game.Store{Path: filepath.Join(t.TempDir(), "lilypad.json"), Version: SettingsVersion}
	first := func() *App {
		a := New(Config{Mute: true, Store: store, Seed: 11, Host: true, Addr: "127.0.0.1:0", Interfaces: []string{"lo"}})
		t.Cleanup(a.Close)
		return a
	}
	a := first()
	n := top[*naming](t, a)
	proposed := n.name()
	if a.online != nil || !slices.Contains(frogNames[:], proposed) {
		t.Fatalf("%q is proposed; network open: %v", proposed, a.online != nil)
	}
	step(a, down)
	for range 20 {
		before := n.name()
		if step(a, accept); n.name() == before || n.typed != "" {
			t.Fatalf("another name than %q is %q", before, n.name())
		}
	}
	step(a, ui.Input{Chars: []rune(" ")})
	if n.typed != "" {
		t.Errorf("the space that presses a button was typed")
	}
	step(a, ui.Input{Chars: []rune("Zo\u00eb")})
	if n.name() != "Zo\u00eb" || n.accept.Text != "Play as Zo\u00eb" {
		t.Errorf("typed, the name is %q, and the button reads %q", n.name(), n.accept.Text)
	}
	step(a, ui.Input{Enter: true})
	if top[*lobby](t, a); a.online.node.Name() != "Zo\u00eb" {
		t.Errorf("the lobby was opened by %q", a.online.node.Name())
	}
	a.Close()
	if again := first(); again.settings.Name != "Zo\u00eb" || shows[*naming](again) {
		t.Errorf("the second start: %q, asked again: %v", again.settings.Name, shows[*naming](again))
	}
}

// Who does not care presses one key, on whatever device.
func TestAnyKeyTakesTheProposedName(t *testing.T) {
	for what, in := range map[string]ui.Input{"Enter": accept, "Esc": back, "a touch": {Pointer: image.Pt(Width/2, 247), Pressed: true, Held: true}} {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir())
		a := New(Config{Mute: true, Seed: 11})
		n := top[*naming](t, a)
		want := n.name()
		step(a, in)
		step(a, ui.Input{Pointer: in.Pointer, Released: in.Held})
		if top[*title](t, a); a.settings.Name != want {
			t.Errorf("%s: the name is %q, want %q", what, a.settings.Name, want)
		}
		a.Close()
	}
}

// An emptied field changes no name.
func TestNoNameIsNotKept(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.push(newOptions(a))
	top[*options](t, a).name = "  "
	step(a, back)
	if a.settings.Name != "Ana" {
		t.Errorf("the name is %q", a.settings.Name)
	}
}
