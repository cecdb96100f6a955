package screens

import (
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// The screens that the walks do not come to can be read, too, with as much to say as there
// can be.
func TestOtherScreensCanBeRead(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		h := newHands(t, a, ui.Keys)
		h.wait(2)
		h.every = 1000
		h.meet(2)
		c, err := newSolo(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []screen{
			newTrouble(a, "Could not join", longest), newQuestion(a, "Leave your lobby?", longest, "Stay", "Leave it", func() {}),
			newNaming(a, func() {}), newMutes(a), newResults(a, c, longest, &moments{}), newResults(a, c, "", &moments{}),
			newKeyMenu(a, padMenu), newPerson(a, netcode.Member{Name: "WWWWWWWWWWWWWWWW", PingMs: 999, Fingerprint: "abcdefghijklmnopqrstuvwxyz"}, a.pond.scene.Styles[7]),
		} {
			a.push(s)
			h.tick()
			h.look()
			a.pop()
		}
		b := newPlayback(a, recorded(t, 900))
		b.r().Pause()
		others := []screen{newShelf(a), b, newFilming(a, b), newSeatChoice(a, b)}
		for _, card := range cards(a) {
			others = append(others, card)
		}
		for _, s := range others {
			a.push(s)
			h.wait(3)
			h.look()
			a.pop()
		}
		a.openInvite()
		for range 12 {
			h.wait(10)
			h.look()
		}
		a.pop()
	}
}

// The Lab can be read with two, three and four computers.
func TestLabCanBeRead(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		h := newHands(t, a, ui.Keys)
		h.wait(2)
		h.tap("The Lab")
		h.tap("Free mode")
		h.every = 5
		for range 3 {
			h.key(ebiten.KeyTab)
			h.reach("Computers")
			h.wait(10)
			h.reach("Leave")
			h.reach("Computers")
			h.step(image.Pt(1, 0))
			h.wait(2)
			if got := textOf(h.form().Focused()); got != "Computers" {
				t.Errorf("large text %v: with another computer the focus is on %q", large, got)
			}
			h.key(ebiten.KeyTab)
			h.wait(120)
		}
		on[*laboratory](h)
	}
}
