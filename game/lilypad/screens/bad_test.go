package screens

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// Settings that a later version has written are kept aside, and the player is told.
func TestSettingsOfALaterVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lilypad.json")
	later := game.Store{Path: path, Version: SettingsVersion + 1}
	if err := later.Save(map[string]string{"name": "Zoë"}); err != nil {
		t.Fatal(err)
	}
	a := New(Config{Name: "Ana", Mute: true, Store: game.Store{Path: path, Version: SettingsVersion}})
	defer a.Close()
	if !strings.Contains(a.toast.text, "later version") || !strings.Contains(a.toast.text, path+".bad") {
		t.Errorf("it says %q", a.toast.text)
	}
	if kept, err := os.ReadFile(path + ".bad"); err != nil || !strings.Contains(string(kept), "Zoë") {
		t.Errorf("kept is %q, %v", kept, err)
	}
}

// A disk that takes nothing is a sentence, and the game goes on.
func TestDiskThatTakesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(Config{Name: "Ana", Mute: true, Store: game.Store{Path: filepath.Join(file, "lilypad.json"), Version: SettingsVersion}})
	defer a.Close()
	a.toast.text = ""
	a.push(newOptions(a))
	step(a, back)
	top[*title](t, a)
	if !strings.Contains(a.toast.text, "not saved") {
		t.Errorf("it says %q", a.toast.text)
	}
}

// A picture that cannot be written is a sentence, and the pictures that are there stay.
func TestPictureThatCannotBeSaved(t *testing.T) {
	dir, picture := t.TempDir(), image.NewRGBA(image.Rect(0, 0, 8, 8))
	first, err := savePicture(dir, "", picture)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := savePicture(dir, "", picture); err != nil || second == first {
		t.Errorf("two pictures are saved as %q and %q, %v", first, second, err)
	}
	a := newTestApp(t, "Ana")
	path, err := savePicture(first, "", picture) // a file is no folder
	if err == nil || path != "" {
		t.Fatalf("saved in a file: %q", path)
	}
	a.shots.ready <- shot{err: err}
	if _, why := a.shots.done(); why == nil || !strings.Contains(why.Error(), "the picture was not saved") {
		t.Errorf("it says %v", why)
	}
}

// On a full disk nothing is left of a picture but a sentence.
func TestPictureOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if _, err := os.Stat("/dev/full"); err != nil || os.Symlink("/dev/full", filepath.Join(dir, "mine.png")) != nil {
		t.Skip("no disk that is always full")
	}
	_, err := savePicture(dir, "mine.png", image.NewRGBA(image.Rect(0, 0, 8, 8)))
	if err == nil || err.Error() != "the picture was not saved: the disk is full" {
		t.Errorf("it says %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Names of any letters have room and are no trouble to draw, typed or told by others.
func TestStrangeNames(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("W", 10_000), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "مرحبا بالعالم", "\u202eevil", "\x00\x07", strings.Repeat("\u0301", 500), "日本語の名前です",
	} {
		a := newTestApp(t, "Ana")
		h := newHands(t, a, ui.Keys)
		a.push(newNaming(a, func() {}))
		h.chars = []rune(name)
		h.wait(9)
		h.key(ebiten.KeyEnter)
		if got := []rune(a.settings.Name); len(got) == 0 || len(got) > maxNameRunes {
			t.Errorf("%.20q becomes %q", name, a.settings.Name)
		}
		h.every = 10
		h.meet(0)
		l := on[*lobby](h)
		l.line = firstRunes(name, maxChatRunes)
		l.say(a)
		h.wait(20)
		if len(l.lines) == 0 {
			t.Errorf("%.20q was not said", name)
		}
		h.look()
	}
}

// When the window loses the focus in the middle of a press, on whatever screen, nothing is
// pressed and nothing goes away; the frog of a match rests, and the match goes on.
func TestFocusIsLost(t *testing.T) {
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Mouse)
	h.wait(2)
	guests := h.meet(1)
	lose := func() {
		t.Helper()
		was := a.stack[len(a.stack)-1]
		for i := range h.form().Len() {
			w := h.form().Widget(i)
			r := h.form().At(w)
			if _, is := w.(*ui.Button); !is || r.Empty() {
				continue
			}
			h.at, h.away = r.Min.Add(r.Max).Div(2), false
			h.tick()
			h.left = true
			h.tick()
			h.left, h.away = false, true // Ebitengine lets go of everything
			h.wait(3)
			if now := a.stack[len(a.stack)-1]; now != was || a.quit {
				t.Fatalf("%q on %T was pressed: now there is %T", textOf(w), was, now)
			}
		}
		h.away = false
	}
	lobby := on[*lobby](h)
	lose()
	solo, err := newSolo(a)
	if err != nil {
		t.Fatal(err)
	}
	b := newPlayback(a, recorded(t, 40))
	for _, s := range []screen{
		newTitle(a), newOptions(a), newRoundOptions(a), newKeyMenu(a, wholeKeys), newJoin(a), newInviting(a), newHowto(a, "Back", a.pop),
		newQuestion(a, "?", "?", "Stay", "Go", a.pop), newTrouble(a, "?", "?"), newNaming(a, a.pop), newMutes(a), newPerson(a, netcode.Member{Name: "Ben"}, a.pond.scene.Styles[1]),
		newResults(a, solo, "", &moments{}), newShelf(a), b, newFilming(a, b), newSeatChoice(a, b),
	} {
		a.push(s)
		h.tick()
		lose()
		a.pop()
	}
	a.openLab()
	h.wait(2)
	lose()
	a.pop()
	lobby.start(a)
	h.wait(150)
	m := on[*match](h)
	h.keys[ebiten.KeyArrowRight] = 1
	if h.tick(); m.pads[0] == 0 {
		t.Error("the key is not read")
	}
	h.keys, h.away = map[ebiten.Key]int{}, true
	frame := m.contest.world().Tick
	h.wait(60)
	if m.pads[0] != 0 || m.asking || m.contest.world().Tick < frame+55 || !shows[*match](guests[0]) {
		t.Errorf("without the focus the frog is told %b, and %d ticks were played", m.pads[0], m.contest.world().Tick-frame)
	}
	h.away = false
	h.pause()
	h.wait(3)
	lose()
}

// Two keys for one thing are that thing; a pad that is pulled out in the middle of a press
// holds nothing any more; a window without a size points nowhere.
func TestOddHands(t *testing.T) {
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Gamepad)
	h.pad.Held[ebiten.StandardGamepadButtonLeftBottom] = true
	h.keys[ebiten.KeyArrowDown], h.keys[ebiten.KeyS] = 1, 1
	h.tick()
	v := top[*title](t, a)
	if got := textOf(v.form.Focused()); got != "The Lab" {
		t.Errorf("three times down at once goes to %q", got)
	}
	h.device, h.keys = ui.Keys, map[ebiten.Key]int{} // pulled out
	h.wait(60)
	if got := textOf(v.form.Focused()); got != "The Lab" {
		t.Errorf("without a pad the focus runs on to %q", got)
	}
	a.playNow()
	m := top[*match](t, a)
	h.device = ui.Gamepad
	h.pad = ui.PadState{}
	h.pad.Held[ebiten.StandardGamepadButtonRightBottom] = true
	h.tick()
	if m.pads[0] == 0 {
		t.Error("the pad is not read")
	}
	h.device = ui.Keys
	if h.tick(); m.pads[0] != 0 {
		t.Errorf("a pad that is gone still holds %b", m.pads[0])
	}
	for _, size := range []image.Point{{1, 1}, {4000, 100}, {0, 0}} {
		a.Canvas.Layout(size.X, size.Y)
		a.reader.Canvas = &a.Canvas
		h.at = image.Pt(size.X/2, size.Y/2)
		h.wait(3)
	}
}
