package screens

import (
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// spell types with the keyboard on the screen.
func (h *hands) spell(text string) {
	h.t.Helper()
	for _, r := range text {
		l := on[*letters](h)
		name := string(r)
		if r == ' ' {
			name = "Space"
		}
		for range letterPages {
			if strings.ContainsRune(strings.Join(letterPages[l.page][:], ""), r) || r == ' ' {
				break
			}
			h.tap(pageNames[(l.page+1)%len(letterPages)])
		}
		h.tap(name)
	}
}

// openLetters opens the keyboard on the screen over a field.
func (h *hands) openLetters(name string) {
	h.t.Helper()
	if h.device != ui.Mouse {
		h.tap(name)
		return
	}
	f, field := h.form(), h.reach(name).(*ui.TextField)
	h.press(f.At(field).Min.Add(image.Pt(4, 4)))
	if shows[*letters](h.app) {
		h.t.Fatalf("a press on %q opens the letters over a real keyboard", name)
	}
	at := field.LettersAt(f.At(field), f.TextSize)
	h.press(at.Min.Add(at.Max).Div(2))
	h.wait(4)
}

// A gamepad alone, a finger alone and a mouse alone type a name, a code, a secret and a
// line of chat.
func TestTypingWithoutAKeyboard(t *testing.T) {
	for name, device := range map[string]ui.Hand{"gamepad": ui.Gamepad, "touch": ui.Finger, "mouse": ui.Mouse} {
		for _, large := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, large text %v", name, large), func(t *testing.T) {
				a := newTestApp(t, "Ana")
				a.settings.LargeText = large
				a.config.Rendezvous = "192.0.2.1:3478"
				h := newHands(t, a, device)
				h.wait(2)
				h.every = 20
				a.push(newNaming(a, func() {}))
				h.wait(4)
				h.openLetters("Your name")
				h.spell("Zoé 7")
				h.look()
				h.tap("Done")
				if on[*title](h); a.settings.Name != "Zoé 7" {
					t.Errorf("the name is %q", a.settings.Name)
				}

				h.tap("Join a match")
				h.wait(10)
				j := on[*join](h)
				h.openLetters(j.address.Text)
				h.spell("k7qX")
				h.tap("Erase")
				h.spell("f3mx")
				h.back("Back")
				if on[*join](h); j.typed != "k7qf3mx" {
					t.Errorf("the code is %q", j.typed)
				}
				h.openLetters("Secret")
				h.spell("toad")
				h.back("Back")
				if j.word != "toad" {
					t.Errorf("the secret is %q", j.word)
				}
				h.back("Back")

				a.config.Rendezvous = "" // the network of memory has none
				guests := h.meet(1)
				h.openLetters("Say")
				h.spell("Hi")
				h.tap("Done")
				h.wait(30)
				if l := on[*lobby](h); l.line != "" || !strings.Contains(fmt.Sprint(top[*lobby](t, guests[0]).lines), "Hi") {
					t.Errorf("%q is still in the field; Ben has heard %v", l.line, top[*lobby](t, guests[0]).lines)
				}
			})
		}
	}
}

// A real keyboard types into the one on the screen; a match that begins takes it away.
func TestKeyboardOverLetters(t *testing.T) {
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Gamepad)
	guests := h.meet(1)
	h.tap("Say")
	l := on[*letters](h)
	h.key(ebiten.KeySpace, ' ')
	h.key(ebiten.KeyO, 'o')
	h.key(ebiten.KeyK, 'k')
	h.key(ebiten.KeyBackspace)
	h.key(ebiten.KeyH, 'h')
	if got := *l.into.Value; got != " oh" {
		t.Errorf("typed %q", got)
	}
	h.key(ebiten.KeyEnter)
	h.wait(30)
	if on[*lobby](h); !strings.Contains(fmt.Sprint(top[*lobby](t, guests[0]).lines), "oh") {
		t.Error("Enter does not say it")
	}
	h.tap("Say")
	if err := a.online.lobby.Start(3, 0); err != nil {
		t.Fatal(err)
	}
	h.wait(60)
	on[*match](h)
}
