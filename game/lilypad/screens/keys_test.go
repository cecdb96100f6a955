package screens

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
)

// Every usual key and button has a name that is found again, and no two actions share one.
func TestDefaultKeysAreSane(t *testing.T) {
	isKey := func(name string) bool { _, ok := keyOf(name); return ok }
	isButton := func(name string) bool { _, ok := padButtonOf(name); return ok }
	for i, m := range defaultKeys {
		if got := m.sane(keyMap{}, isKey); got != m {
			t.Errorf("%s: %v becomes %v", keyboardNames[i], m, got)
		}
	}
	if got := defaultPad.sane(keyMap{}, isButton); got != defaultPad {
		t.Errorf("the pad: %v becomes %v", defaultPad, got)
	}
	for _, left := range defaultKeys[leftKeys] {
		for _, right := range defaultKeys[rightKeys] {
			for _, name := range left {
				for _, other := range right {
					if name != "" && name == other {
						t.Errorf("both halves have %q", name)
					}
				}
			}
		}
	}
}

// A key that is given to an action is taken from the one that had it, which is never left
// with nothing, whatever is bound in whatever order.
func TestBind(t *testing.T) {
	names := []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"}
	for seed := range 500 {
		m := defaultKeys[seed%keyboards]
		for n := range 40 {
			x := (seed*2654435761 + n*40503) >> 3
			action, slot, name := x%len(actions), x/7%keySlots, names[x/31%len(names)]
			loser := m.bind(action, slot, name)
			if m[action][slot] != name || loser == action {
				t.Fatalf("%q is not bound: %v", name, m)
			}
			seen := map[string]int{}
			for i := range m {
				if m[i] == [keySlots]string{} {
					t.Fatalf("%s is left with nothing: %v", actions[i].name, m)
				}
				for _, k := range m[i] {
					if k != "" {
						seen[k]++
					}
				}
			}
			if seen[name] != 1 {
				t.Fatalf("%q is bound %d times: %v", name, seen[name], m)
			}
		}
	}
	m := defaultKeys[leftKeys]
	if loser := m.bind(4, 0, "F"); loser != 5 || m[5][0] != "Space" {
		t.Errorf("hop took F from %d, and the tongue is on %v", loser, m[5])
	}
	if m.clear(4, 0) {
		t.Error("the only key for hop could be taken away")
	}
}

// What the player has chosen is what the game reads, and it is kept.
func TestKeysAreInForce(t *testing.T) {
	a := newTestApp(t, "Ana")
	k := newKeyMenu(a, wholeKeys)
	a.push(k)
	k.wait(4, 0)
	pressed := pressedKeys("H")
	k.capture = &pressed
	step(a, accept)
	h := &hands{keys: map[ebiten.Key]int{ebiten.KeyH: 1}}
	a.sampler.Devices = fingers{h}
	var held [1]game.Buttons
	a.sampler.Sample(held[:])
	if held[0] != controls.Hop {
		t.Errorf("H is %b, want hop", held[0])
	}
	h.keys = map[ebiten.Key]int{ebiten.KeySpace: 1}
	if a.sampler.Sample(held[:]); held[0] != 0 {
		t.Errorf("Space is still %b", held[0])
	}
	data, err := json.Marshal(a.settings)
	if err != nil {
		t.Fatal(err)
	}
	kept := defaultSettings()
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.sane(); !reflect.DeepEqual(kept.Keys, a.settings.Keys) {
		t.Errorf("kept are %v", kept.Keys[wholeKeys])
	}
	if caps := a.capsOf(0, 1); caps[1] != "H" {
		t.Errorf("the caps say %q", caps)
	}
}

// Keys from a file that somebody has edited: what makes no sense is the usual.
func TestKeysFromAnEditedFile(t *testing.T) {
	for _, file := range []string{
		`{"keys":[[["Nonsense"]]],"pad":[["A"],["A"]]}`, `{"keys":[]}`, `{"keys":[[["W","W","W"],["W"],["W"],["W"],["W"],["W"],["W"]]]}`,
	} {
		s := defaultSettings()
		if err := json.Unmarshal([]byte(file), &s); err != nil {
			t.Fatal(err)
		}
		s.sane()
		for i := range s.Keys {
			for action := range actions {
				if s.Keys[i].firstOf(action) == "" {
					t.Errorf("%s: %s has no key: %v", file, actions[action].name, s.Keys[i])
				}
			}
		}
	}
}

// A player who has put T or a digit to use does not talk with them.
func TestBoundKeysDoNotTalk(t *testing.T) {
	s := defaultSettings()
	if s.bound("T") || s.boundDigit() || !s.bound("Space") {
		t.Error("the usual keys")
	}
	s.Keys[wholeKeys].bind(4, 1, "Digit3")
	s.Keys[wholeKeys].bind(5, 1, "T")
	if !s.bound("T") || !s.boundDigit() {
		t.Error("they are not seen to be in use")
	}
	if s.PlayersHere = 1; s.bound("T") || s.boundDigit() {
		t.Error("those of another keyboard count")
	}
}
