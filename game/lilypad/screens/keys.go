package screens

import (
	"encoding"
	"slices"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
)

// The keyboards that can be arranged: of one player, and the two halves that two share.
const (
	wholeKeys = iota
	leftKeys
	rightKeys
	keyboards
)

var keyboardNames = []string{"one player", "left of two", "right of two"}

// keySlots is how many keys, or buttons of a pad, an action can have.
const keySlots = 3

// actions are what can be done, with the bits that they set.
var actions = [...]struct {
	name string
	bits game.Buttons
}{
	{"up", game.Up}, {"down", game.Down}, {"left", game.Left}, {"right", game.Right},
	{"hop", game.ButtonA}, {"tongue", game.ButtonB}, {"croak", game.ButtonC},
}

// keyMap are the keys, or a pad's buttons, of every action, by name; "" is none.
type keyMap [len(actions)][keySlots]string

// defaultKeys are those of the three keyboards.
var defaultKeys = [keyboards]keyMap{
	{
		{"ArrowUp", "W"}, {"ArrowDown", "S"}, {"ArrowLeft", "A"}, {"ArrowRight", "D"},
		{"Space", "Z", "L"}, {"X", "F", "K"}, {"C", "G", "J"},
	},
	{{"W"}, {"S"}, {"A"}, {"D"}, {"Space"}, {"F"}, {"G"}},
	{{"ArrowUp"}, {"ArrowDown"}, {"ArrowLeft"}, {"ArrowRight"}, {"L", "Numpad0"}, {"K", "NumpadDecimal"}, {"J"}},
}

// padNames are the buttons of a pad with a standard layout, as they are called where
// most pads are sold.
var padNames = [...]struct {
	name   string
	button ebiten.StandardGamepadButton
}{
	{"A", ebiten.StandardGamepadButtonRightBottom}, {"B", ebiten.StandardGamepadButtonRightRight},
	{"X", ebiten.StandardGamepadButtonRightLeft}, {"Y", ebiten.StandardGamepadButtonRightTop},
	{"L1", ebiten.StandardGamepadButtonFrontTopLeft}, {"R1", ebiten.StandardGamepadButtonFrontTopRight},
	{"L2", ebiten.StandardGamepadButtonFrontBottomLeft}, {"R2", ebiten.StandardGamepadButtonFrontBottomRight},
	{"L3", ebiten.StandardGamepadButtonLeftStick}, {"R3", ebiten.StandardGamepadButtonRightStick},
	{"pad up", ebiten.StandardGamepadButtonLeftTop}, {"pad down", ebiten.StandardGamepadButtonLeftBottom},
	{"pad left", ebiten.StandardGamepadButtonLeftLeft}, {"pad right", ebiten.StandardGamepadButtonLeftRight},
}

// defaultPad is that of a gamepad; its stick always steers.
var defaultPad = keyMap{
	{"pad up"}, {"pad down"}, {"pad left"}, {"pad right"}, {"A", "R2"}, {"X", "R1"}, {"Y"},
}

// keyOf finds a key by its name.
func keyOf(name string) (key ebiten.Key, ok bool) {
	return key, name != "" && encoding.TextUnmarshaler(&key).UnmarshalText([]byte(name)) == nil
}

// padButtonOf finds a button by its name.
func padButtonOf(name string) (button ebiten.StandardGamepadButton, ok bool) {
	for _, p := range padNames {
		if p.name == name {
			return p.button, true
		}
	}
	return 0, false
}

// bindings are what a game.Sampler reads.
func (m *keyMap) bindings() (all []game.Binding) {
	for i, names := range m {
		for _, name := range names {
			if key, ok := keyOf(name); ok {
				all = append(all, game.Binding{Key: key, Bits: actions[i].bits})
			}
		}
	}
	return all
}

// padBindings are what game.Live reads.
func (m *keyMap) padBindings() (all []game.PadBinding) {
	for i, names := range m {
		for _, name := range names {
			if button, ok := padButtonOf(name); ok {
				all = append(all, game.PadBinding{Button: button, Bits: actions[i].bits})
			}
		}
	}
	return all
}

// bind gives a key to an action, in a slot. Whoever had it loses it, and gets another one
// of that action's if it would be left with nothing: an action that cannot be done is no
// use. It returns which action lost the key, -1 if none did.
func (m *keyMap) bind(action, slot int, name string) (loser int) {
	loser = -1
	old := m[action][slot]
	for i := range m {
		for k := range m[i] {
			if m[i][k] != name || i == action && k == slot {
				continue
			}
			m[i][k] = ""
			if i != action {
				loser = i
			}
			if m[i] == [keySlots]string{} && i != action {
				m[i][k], old = m.spare(action, slot, old), ""
			}
		}
	}
	m[action][slot] = name
	return loser
}

// spare is what an action can do without: what was in the slot that gets another key, or
// one of its other keys, of which it has one then.
func (m *keyMap) spare(action, slot int, old string) (name string) {
	if old != "" {
		return old
	}
	for k := range m[action] {
		if k != slot && m[action][k] != "" {
			name, m[action][k] = m[action][k], ""
			return name
		}
	}
	return ""
}

// clear takes the key out of a slot, unless it is the last one of its action.
func (m *keyMap) clear(action, slot int) bool {
	names := m[action]
	names[slot] = ""
	if names == [keySlots]string{} {
		return false
	}
	m[action] = names
	return true
}

// sane returns m without names that nothing is called, and the default for actions that
// are left with nothing, or with a key that another has too.
func (m keyMap) sane(standard keyMap, known func(name string) bool) keyMap {
	seen := map[string]bool{}
	for i := range m {
		for k, name := range m[i] {
			if name == "" {
				continue
			}
			if !known(name) || seen[name] {
				m[i][k] = ""
			}
			seen[name] = true
		}
	}
	for i := range m {
		if m[i] == [keySlots]string{} {
			return standard // half of it would be a riddle
		}
	}
	return m
}

// capName is what a key cap says: short, and in the words of a keyboard.
func capName(name string) string {
	if short, ok := capNames[name]; ok {
		return short
	}
	if digit, ok := strings.CutPrefix(name, "Digit"); ok {
		return digit
	}
	return strings.Replace(name, "Numpad", "Num ", 1)
}

var capNames = map[string]string{
	"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→",
	"ShiftLeft": "L shift", "ShiftRight": "R shift", "ControlLeft": "L ctrl", "ControlRight": "R ctrl",
	"AltLeft": "L alt", "AltRight": "R alt", "Backquote": "`", "Minus": "-", "Equal": "=", "Comma": ",", "Period": ".", "Slash": "/",
	"Semicolon": ";", "Quote": "'", "BracketLeft": "[", "BracketRight": "]", "Backslash": "\\", "NumpadDecimal": "Num .",
}

// firstOf is the first key that an action has.
func (m *keyMap) firstOf(action int) string {
	for _, name := range m[action] {
		if name != "" {
			return capName(name)
		}
	}
	return ""
}

// keyCaps are what the keys of a keyboard say.
func (s *Settings) keyCaps(keyboard int) caps {
	m := &s.Keys[keyboard]
	walk := []string{m.firstOf(2), m.firstOf(0), m.firstOf(1), m.firstOf(3)}
	if slices.Equal(walk, []string{"A", "W", "S", "D"}) {
		walk = []string{"W", "A", "S", "D"}
	}
	return caps{strings.Join(walk, " "), m.firstOf(4), m.firstOf(5)}
}

// padCap is what the pad's button for some bits says.
func (s *Settings) padCap(bits game.Buttons) string {
	for i, a := range actions {
		if a.bits == bits {
			return s.Pad.firstOf(i)
		}
	}
	return ""
}

// bound reports whether a key is one of those that a player here has in use.
func (s *Settings) bound(name string) bool {
	maps := s.Keys[wholeKeys : wholeKeys+1]
	if s.PlayersHere > 0 {
		maps = s.Keys[leftKeys:]
	}
	for i := range maps {
		for _, names := range maps[i] {
			if slices.Contains(names[:], name) {
				return true
			}
		}
	}
	return false
}

// boundDigit reports whether one of the digits that say a phrase is.
func (s *Settings) boundDigit() bool {
	return slices.ContainsFunc([]rune("12345678"), func(r rune) bool { return s.bound("Digit" + string(r)) })
}

// arrange lets the devices read what the player has chosen.
func (a *App) arrange() {
	s := &a.settings
	for i := range s.Keys {
		a.sampler.Keys[i] = s.Keys[i].bindings()
	}
	a.live.Pads = s.Pad.padBindings()
}
