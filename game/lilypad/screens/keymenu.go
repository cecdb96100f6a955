package screens

import (
	"fmt"
	"image"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// padMenu is the gamepad's place after the keyboards.
const padMenu = keyboards

// keyMenu lets the player say which key, or which button of a pad, does what.
type keyMenu struct {
	form    ui.Form
	tick    int
	which   int // keyboard, or padMenu
	waiting bool
	action  int // for which it waits
	slot    int
	said    string
	capture capture
}

// capture tells which key or button went down in this tick, "" for none. Live ones ask
// Ebitengine; tests bring their own.
type capture interface {
	key() string
	padButton() string
}

func newKeyMenu(a *App, which int) *keyMenu {
	k := &keyMenu{which: which, capture: liveCapture{}}
	k.build(a)
	return k
}

func (k *keyMenu) keys(a *App) *keyMap {
	if k.which == padMenu {
		return &a.settings.Pad
	}
	return &a.settings.Keys[k.which]
}

// Where the table of keys lies.
var keyTableAt = image.Rect(24, 44, 606, 292)

func (k *keyMenu) build(a *App) {
	k.form = ui.Form{TextSize: a.settings.textSize(), Gap: 2}
	f := &k.form
	row := 8*f.TextSize + 12
	name := 70 + 40*(f.TextSize-1)
	slot := (keyTableAt.Dx() - name) / keySlots
	for i := range actions {
		y := keyTableAt.Min.Y + i*(row+2)
		f.Place(&ui.Label{Text: sentenceStart(actions[i].name)}, image.Rect(keyTableAt.Min.X, y+2, keyTableAt.Min.X+name, y+row))
		for s := range keySlots {
			x := keyTableAt.Min.X + name + s*slot
			text := capName(k.keys(a)[i][s])
			if text == "" {
				text = "-"
			}
			f.Place(&ui.Button{Text: text, Press: func() { k.wait(i, s) },
				Help: "Press it, and then the new one for " + actions[i].name + ". Delete takes it away."}, image.Rect(x, y, x+slot-4, y+row))
		}
	}
	y := keyTableAt.Min.Y + len(actions)*(row+2) + 4
	half := (keyTableAt.Dx() - 4) / 2
	back := &ui.Button{Text: "Back", Press: a.pop}
	f.Place(back, image.Rect(keyTableAt.Min.X, y, keyTableAt.Min.X+half, y+row))
	f.Place(&ui.Button{Text: "As it was at first", Press: func() { k.reset(a) }, Help: "All of these keys become the usual ones again."},
		image.Rect(keyTableAt.Min.X+half+4, y, keyTableAt.Max.X, y+row))
}

func (k *keyMenu) reset(a *App) {
	*k.keys(a) = defaultPad
	if k.which != padMenu {
		*k.keys(a) = defaultKeys[k.which]
	}
	k.said = ""
	k.rebuild(a)
}

func (k *keyMenu) rebuild(a *App) {
	old := k.form
	k.build(a)
	k.form.FocusLike(&old)
}

// wait waits for the key that an action shall have.
func (k *keyMenu) wait(action, slot int) {
	k.waiting, k.action, k.slot, k.said = true, action, slot, ""
}

func (k *keyMenu) leave(a *App) {
	a.arrange()
	a.save()
}

func (k *keyMenu) update(a *App, in ui.Input) {
	k.tick++
	if !k.waiting {
		if in.Back {
			a.pop()
			return
		}
		if in.Delete || in.Erase {
			k.erase(a)
			return
		}
		a.sound.menu(k.form.Update(in))
		return
	}
	name := k.capture.key()
	if k.which == padMenu {
		name = k.capture.padButton()
	}
	switch {
	case in.Back && name != "B" || in.Pressed:
		k.waiting = false // as it was
	case name == "":
	case reserved(name):
		k.said = capName(name) + " is the game's own: take another."
	default:
		k.take(a, name)
	}
}

// reserved reports whether a key always means the same: to leave, and the F keys.
func reserved(name string) bool {
	return name == "Escape" || len(name) >= 2 && len(name) <= 3 && name[0] == 'F' && name[1] >= '1' && name[1] <= '9'
}

// take gives a key to the action that waits for one, and says who has lost it.
func (k *keyMenu) take(a *App, name string) {
	k.waiting = false
	m := k.keys(a)
	k.said = fmt.Sprintf("%s: %s.", sentenceStart(actions[k.action].name), capName(name))
	if loser := m.bind(k.action, k.slot, name); loser >= 0 {
		k.said = fmt.Sprintf("%s was for %s. Now it is for %s, and %s has %s.",
			capName(name), actions[loser].name, actions[k.action].name, actions[loser].name, m.firstOf(loser))
	}
	a.arrange()
	k.rebuild(a)
}

// erase takes away the key that has the focus.
func (k *keyMenu) erase(a *App) {
	m := k.keys(a)
	for i := range actions {
		for s := range keySlots {
			if k.form.Focused() != k.slotButton(i, s) {
				continue
			}
			if m.clear(i, s) {
				k.said = ""
			} else {
				k.said = sentenceStart(actions[i].name) + " needs a key: press it to choose another."
			}
			a.arrange()
			k.rebuild(a)
			return
		}
	}
}

// slotButton is the button of a slot of an action.
func (k *keyMenu) slotButton(action, slot int) ui.Widget {
	return k.form.Widget(action*(keySlots+1) + 1 + slot)
}

func (k *keyMenu) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, k.tick)
	title := "Gamepad"
	if k.which != padMenu {
		title = "Keys: " + keyboardNames[k.which]
	}
	p.Shaded(title, image.Rect(0, 12, Width, 40), 2, ui.Bright)
	bottom := 0
	for _, r := range k.form.Places() {
		bottom = max(bottom, r.Max.Y)
	}
	p.Panel(image.Rect(keyTableAt.Min.X-8, keyTableAt.Min.Y-6, keyTableAt.Max.X+8, bottom+6))
	k.form.Draw(p)
	switch {
	case k.waiting && k.said != "":
		drawHelp(a, p, k.said)
	case k.waiting:
		what := "key"
		if k.which == padMenu {
			what = "button"
		}
		drawHelp(a, p, fmt.Sprintf("Press the %s for %s now. Esc or a click leaves it as it is.", what, actions[k.action].name))
	case k.said != "":
		drawHelp(a, p, k.said)
	default:
		drawHelp(a, p, k.form.Help())
	}
}

// liveCapture asks Ebitengine.
type liveCapture struct{}

func (liveCapture) key() string {
	for _, key := range inpututil.AppendJustPressedKeys(nil) {
		switch key {
		case ebiten.KeyAlt, ebiten.KeyControl, ebiten.KeyShift, ebiten.KeyMeta: // both sides at once have names, too
		default:
			return key.String()
		}
	}
	return ""
}

func (liveCapture) padButton() string {
	for _, id := range ebiten.AppendGamepadIDs(nil) {
		for _, p := range padNames {
			if inpututil.IsStandardGamepadButtonJustPressed(id, p.button) {
				return p.name
			}
		}
	}
	return ""
}
