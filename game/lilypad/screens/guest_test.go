package screens

import (
	"image"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// Every hand alone finds a lobby on the list, comes in, gets ready, plays, reads what
// leaving means, leaves and comes back into the match; and who hosts is asked before the
// lobby is closed on its guests.
func TestEveryHandJoins(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		network := netcode.NewMemoryNetwork(31)
		network.SetConditions(netcode.Conditions{DelayMs: 20})
		a, host := h.app, newTestApp(t, "Maximiliana")
		a.online, host.online = &online{node: network.NewNode("Ana")}, &online{node: network.NewNode("Maximiliana")}
		host.openLobby()
		b := withBoard(a)
		b.lobbies = []netcode.Nearby{{Address: host.online.invitation(), Name: "Maximiliana", Title: "after work, whoever likes", Seats: 1, MaxSeats: 8}}
		h.also = func() {
			host.tick++
			host.beat(ui.Input{})
			network.Advance(time.Second / 60)
		}
		until := func(what string, done func() bool) {
			t.Helper()
			for range 900 {
				if done() {
					return
				}
				h.tick()
			}
			t.Fatalf("%s did not happen on %T", what, a.stack[len(a.stack)-1])
		}
		h.tap("Join a match")
		h.wait(20)
		if h.device == ui.Mouse || h.device == ui.Finger {
			at := h.form().At(h.widget("list"))
			h.press(at.Min.Add(image.Pt(30, 10)))
		} else {
			h.tap("list")
		}
		until("coming in", func() bool { return shows[*lobby](a) })
		h.wait(30)
		h.tap("I am ready")
		until("getting ready", func() bool { return host.online.lobby.Blocker() == "" })
		if err := host.online.lobby.Start(5, 0); err != nil {
			t.Fatal(err)
		}
		until("the start", func() bool { return shows[*match](a) })
		h.wait(200)
		m := on[*match](h)
		switch h.device {
		case ui.Keys, ui.Gamepad:
			h.back("")
		default:
			h.press(pauseAt.Min.Add(image.Pt(8, 8)))
		}
		h.wait(10)
		if words := m.contest.leaving(); !strings.Contains(words, "you can come back") {
			t.Errorf("leaving is said to mean %q", words)
		}
		h.tap("Mute...")
		h.tap("Mute Maximiliana")
		h.tap("Back")
		h.tap("Leave")
		on[*question](h)
		h.tap("Come back")
		until("the way back", func() bool { return shows[*match](a) })
		until("the frog", func() bool { return shows[*match](a) && len(on[*match](h).pads) == 1 })
		h.leaveMatch(on[*match](h))
		h.tap("Not now")
		for range 30 {
			if len(a.stack) == 1 {
				break
			}
			h.back("Back") // to the list that the way in has led over
		}
		on[*title](h)
	})
}

// Esc in a lobby that has guests asks, with every hand.
func TestEveryHandIsAsked(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		h.meet(1)
		h.back("Leave")
		q := on[*question](h)
		if !strings.Contains(q.text, "Ben") {
			t.Errorf("it asks %q", q.text)
		}
		h.wait(10)
		h.tap("Stay")
		on[*lobby](h)
		h.back("Leave")
		h.tap("Leave it")
		on[*title](h)
	})
}

// A second player at this machine comes and goes in the lobby, with a frog; where there is
// no room for one more it is said.
func TestSecondPlayerInTheLobby(t *testing.T) {
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Keys)
	guests := h.meet(2)
	frogs := func(want int) {
		t.Helper()
		h.wait(120)
		n := 0
		for _, row := range on[*lobby](h).rows {
			if row.you {
				n++
			}
		}
		if n != want {
			t.Errorf("%d frogs are Ana's, want %d; it says %q", n, want, a.toast.text)
		}
	}
	frogs(1)
	a.settings.PlayersHere = 1
	frogs(2)
	if l := on[*lobby](h); textOf(l.form.Widget(len(l.spots)+3)) != "Hat of the second" {
		t.Errorf("the second player has no hat to choose: %q", textOf(l.form.Widget(len(l.spots)+3)))
	}
	guests[0].settings.PlayersHere = 1
	h.wait(120)
	if n := len(on[*lobby](h).members[1].Players) + len(on[*lobby](h).members[2].Players); n != 3 {
		t.Errorf("the guests have %d players, want 3", n)
	}
	a.settings.PlayersHere = 0
	frogs(1)
}

// A host sends a guest away, who reads so; the others stay.
func TestSendAway(t *testing.T) {
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Keys)
	guests := h.meet(2)
	l := on[*lobby](h)
	l.pressFrog(a, 1)
	r := on[*person](h)
	h.wait(5)
	h.tap("Send away")
	if q := on[*question](h); !strings.Contains(q.title, r.member.Name) {
		t.Errorf("it asks %q", q.title)
	}
	h.tap("Send away")
	h.wait(120)
	if on[*lobby](h); len(l.members) != 2 {
		t.Errorf("%d members are left", len(l.members))
	}
	gone := 0
	for _, g := range guests {
		if shows[*trouble](g) {
			gone++
			if words := top[*trouble](t, g).text; words == "" || !strings.HasSuffix(words, ".") {
				t.Errorf("who was sent away reads %q", words)
			}
		}
	}
	if gone != 1 {
		t.Errorf("%d are gone", gone)
	}
}

// Whatever covers a match with others or a lobby, it goes on behind; what happens there
// comes to the front.
func TestCoveredMatchGoesOn(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.settings.Length = 0
	h := newHands(t, a, ui.Keys)
	guests := h.meet(1)
	h.tap("Options")
	on[*options](h).name = "Anabel"
	h.key(ebiten.KeyEscape)
	h.wait(90)
	if name := top[*lobby](t, guests[0]).rows[0].name; name != "Anabel" {
		t.Errorf("Ben reads %q", name)
	}
	h.tap("Options")
	h.wait(30)
	if err := a.online.lobby.Start(3, 0); err != nil {
		t.Fatal(err)
	}
	h.wait(120)
	m := on[*match](h) // over the options, which are closed
	h.key(ebiten.KeyEscape)
	h.tap("Options")
	before := m.contest.world().Tick
	h.wait(120)
	if ran := m.contest.world().Tick - before; ran < 100 || m.pads[0] != 0 {
		t.Errorf("%d frames ran behind the options, and the frog was told %b", ran, m.pads[0])
	}
	guests[0].online.lobby.Leave()
	h.wait(60)
	if on[*options](h); !strings.HasPrefix(m.news, "Ben left: the bot") {
		t.Errorf("behind the options it is told %q", m.news)
	}
	h.every = 40
	for range int(rules.ReadyFrames+lengthFrames[0]+rules.SuddenFrames) + 600 {
		if shows[*results](a) {
			break
		}
		h.tick()
	}
	if r := on[*results](h); r.why != "" || r.rows[0].name == "Ben" || r.rows[1].name == "Ben" {
		t.Errorf("it is over because %q, and the frogs are %v", r.why, r.rows)
	}
}
