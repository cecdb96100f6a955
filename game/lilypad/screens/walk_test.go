package screens

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

var devices = map[string]ui.Hand{"keyboard": ui.Keys, "gamepad": ui.Gamepad, "mouse": ui.Mouse, "touch": ui.Finger}

// everyHand runs a test with every device alone, in both sizes of letters.
func everyHand(t *testing.T, walk func(t *testing.T, h *hands)) {
	for name, device := range devices {
		for _, large := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, large text %v", name, large), func(t *testing.T) {
				a := newTestApp(t, "Ana")
				a.settings.LargeText = large
				h := newHands(t, a, device)
				h.wait(2) // the title is built anew
				walk(t, h)
			})
		}
	}
}

// on fails unless the screen is of a kind.
func on[S screen](h *hands) S {
	h.t.Helper()
	return top[S](h.t, h.app)
}

// Every hand alone gets through all screens that need nobody else, and everything on
// them can be read.
func TestEveryHandAlone(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		h.wait(40)
		h.tap("How to play")
		on[*howto](h)
		h.wait(30)
		h.tap("Back")
		h.tap("Options")
		o := on[*options](h)
		for i, group := range groupNames {
			if h.device == ui.Mouse || h.device == ui.Finger {
				name := group
				if o.group == i {
					name += " →"
				}
				h.tap(name)
			} else {
				h.toTab(o, i)
			}
			if o.group != i {
				t.Fatalf("%q is not shown", group)
			}
			for n := range o.form.Len() {
				if w := o.form.Widget(n); n > groupCount && w.Focusable() {
					h.reach(textOf(w))
					h.tick()
				}
			}
			switch group {
			case "Play":
				h.tap("The match...")
				on[*roundOptions](h)
				h.tap("Back")
			case "Controls":
				h.rebind()
			}
			if h.device == ui.Keys || h.device == ui.Gamepad {
				h.back("") // to the groups
			}
		}
		h.back("Back")
		on[*title](h)
		h.tap("Join a match")
		on[*join](h)
		h.wait(10)
		h.tap("Back")
		h.tap("The Lab")
		on[*laboratory](h)
		h.guidedMinute()
		h.leaveLab()
		on[*title](h)
		h.tap("Quit")
		if !h.app.quit {
			t.Error("Quit does not quit")
		}
	})
}

// toTab goes to a group of the options by keys.
func (h *hands) toTab(o *options, group int) {
	for range 12 {
		if o.group == group && o.onTabs() {
			h.step(image.Pt(1, 0))
			return
		}
		d := image.Pt(0, 1)
		if o.group > group {
			d.Y = -1
		}
		h.step(d)
	}
}

// rebind changes a key, or a button.
func (h *hands) rebind() {
	h.t.Helper()
	if h.device == ui.Gamepad {
		h.tap("Gamepad...")
	} else {
		h.tap("Keys: one player...")
	}
	k := on[*keyMenu](h)
	pressed := pressedKeys("H")
	k.capture = &pressed
	if h.device == ui.Gamepad {
		pressed = "L1"
		h.tap("A")
	} else {
		h.tap("Space")
	}
	h.wait(2)
	m := k.keys(h.app)
	if m[4][0] != string(pressed) || k.waiting {
		h.t.Errorf("hop is on %q, waiting %v", m[4], k.waiting)
	}
	k.capture = new(pressedKeys)
	h.tap("As it was at first")
	h.tap("Back")
	on[*options](h)
}

// pressedKeys is a capture of one key.
type pressedKeys string

func (p *pressedKeys) key() string       { return string(*p) }
func (p *pressedKeys) padButton() string { return string(*p) }

// guidedMinute goes through the steps of the Lab, and on to the free mode.
func (h *hands) guidedMinute() {
	h.t.Helper()
	for range 6 {
		h.wait(10)
		h.tap(textOf(h.form().Focused()))
		for range 400 {
			if name := textOf(h.form().Focused()); name == "Next" || name == "Try it yourself" {
				break
			}
			h.tick()
		}
		if textOf(h.form().Focused()) == "Try it yourself" {
			break
		}
		h.tap("Next")
	}
	h.tap("Try it yourself")
	h.wait(30)
	h.widget("Guide")
}

// leaveLab gets out of the Lab.
func (h *hands) leaveLab() {
	h.t.Helper()
	switch h.device {
	case ui.Keys, ui.Gamepad:
		for range 3 {
			if _, in := h.app.stack[len(h.app.stack)-1].(*laboratory); in {
				h.back("Leave")
			}
		}
	default:
		h.tap("Leave")
	}
}

// Every hand alone plays against bots: it walks, hops and puts out its tongue, stops the
// match, looks at the options and leaves.
func TestEveryHandPlays(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		h.app.settings.Hinted = false
		h.tap("Play now")
		m := on[*match](h)
		h.wait(int(rules.ReadyFrames) + 20)
		if hint, seen := h.app.pond.view.Hints[m.seats[0]][2], h.device != ui.Finger; (hint.Left > 0) != seen {
			t.Errorf("the hint over the frog is %+v; the buttons of fingers say what they are for themselves", hint)
		}
		var all rules.Pad
		h.act(func() { all |= m.pads[0] })
		if want := rules.Hop | rules.Tongue; all&want != want || all&(rules.Left|rules.Right|rules.Up|rules.Down) == 0 {
			t.Errorf("the frog was told %b", all)
		}
		switch h.device {
		case ui.Keys:
			h.key(ebiten.KeyEscape)
		case ui.Gamepad:
			h.button(ebiten.StandardGamepadButtonCenterRight)
		default:
			h.press(pauseAt.Min.Add(image.Pt(8, 8)))
		}
		if !m.asking {
			t.Fatal("the match does not stop")
		}
		h.wait(10)
		h.tap("Options")
		o := on[*options](h)
		if h.device == ui.Keys || h.device == ui.Gamepad {
			o.form.Focus(o.tabs[0])
		}
		h.back("Back")
		h.tap("Play on")
		if m.asking {
			t.Error("it does not go on")
		}
		h.app.settings.Length = 0
		h.leaveMatch(m)
		on[*title](h)
	})
}

// act does what a frog can do.
func (h *hands) act(each func()) {
	hold := func(ticks int) {
		for range ticks {
			h.tick()
			each()
		}
	}
	switch h.device {
	case ui.Keys:
		for _, key := range []ebiten.Key{ebiten.KeyArrowRight, ebiten.KeySpace, ebiten.KeyX} {
			h.keys[key] = 1
			hold(10)
			delete(h.keys, key)
			hold(5)
		}
	case ui.Gamepad:
		for _, b := range []ebiten.StandardGamepadButton{ebiten.StandardGamepadButtonLeftRight, ebiten.StandardGamepadButtonRightBottom, ebiten.StandardGamepadButtonRightLeft} {
			h.pad.Held[b] = true
			hold(10)
			h.pad.Held[b] = false
			hold(5)
		}
	case ui.Mouse:
		for _, at := range []image.Point{{300, 200}, {500, 100}} {
			h.at, h.left = at, true
			hold(5)
			h.left, h.right = false, true
			hold(5)
			h.right = false
			hold(5)
		}
	case ui.Finger:
		for _, way := range [][]image.Point{{{100, 200}, {140, 200}}, {touchHop, touchHop}, {touchTongue, touchTongue}} {
			for _, at := range way {
				h.touches = []image.Point{at}
				hold(5)
			}
			h.touches = nil
			hold(5)
		}
	}
}

// leaveMatch stops the match and leaves it.
func (h *hands) leaveMatch(m *match) {
	h.t.Helper()
	h.pause()
	if !m.asking {
		h.t.Fatal("there is no way out of the match")
	}
	h.tap("Leave")
}

// pause opens the menu over a match.
func (h *hands) pause() {
	switch h.device {
	case ui.Keys, ui.Gamepad:
		h.back("")
	default:
		h.press(pauseAt.Min.Add(image.Pt(8, 8)))
	}
}

// meet lets Ben come to the lobby that the hands' player has opened, over a network of
// memory, and returns Ben's game.
func (h *hands) meet(others int) (guests []*App) {
	h.t.Helper()
	network := netcode.NewMemoryNetwork(21)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	a := h.app
	a.online = &online{node: network.NewNode("Ana")}
	h.also = func() {
		for _, g := range guests {
			g.tick++
			g.beat(ui.Input{})
		}
		network.Advance(time.Second / 60)
	}
	h.tap("Host a match")
	on[*lobby](h)
	for i := range others {
		g := newTestApp(h.t, [...]string{"Ben", "Cleo", "Maximilian I", "Dot", "Eve", "Fay", "Gus"}[i])
		g.online = &online{node: network.NewNode(g.settings.Name)}
		g.settings.Looks[0] = LookSet{Colour: 2, Hat: 1 + i}
		g.push(newJoining(g, destination{address: a.online.invitation()}))
		guests = append(guests, g)
	}
	until := func(done func() bool) {
		for range 600 {
			if done() {
				return
			}
			h.tick()
		}
		h.t.Fatalf("%d guests do not all come", others)
	}
	until(func() bool { return len(a.online.lobby.AppendMembers(nil)) == others+1 })
	for _, g := range guests {
		until(func() bool { return shows[*lobby](g) })
		g.online.lobby.SetReady(true)
	}
	until(func() bool { return a.online.lobby.Blocker() == "" })
	h.wait(10)
	return guests
}

// Every hand alone hosts: chooses a hat, says a phrase, mutes somebody, starts, talks in
// the match, and wants a rematch, which all read.
func TestEveryHandHosts(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		h.app.settings.Length, h.app.settings.Frogs = 0, 2
		guests := h.meet(2)
		l := on[*lobby](h)
		if len(l.members) != 3 {
			t.Fatalf("%d members", len(l.members))
		}
		h.tap("Hat")
		h.tap("Colour")
		h.wait(90)
		if shown := top[*lobby](t, guests[0]).styles[0]; shown.Hat != l.styles[0].Hat || h.app.settings.Looks[0].Hat == 0 {
			t.Errorf("Ben sees %v, Ana %v", shown, l.styles[0])
		}
		if l.styles[1].Colour == l.styles[2].Colour {
			t.Error("two guests have the same colour")
		}
		h.phrase("4 Good luck!")
		h.tap("The match...")
		h.tap("Back")
		h.tap("Options")
		o := on[*options](h)
		o.form.Focus(o.tabs[0])
		h.back("Back")
		h.mute(l)
		h.wait(30)
		if lines := fmt.Sprint(top[*lobby](t, guests[0]).lines); !containsAny([]string{lines}, "Good luck!") {
			t.Errorf("Ben has heard %s", lines)
		}
		seen := l.styles
		h.tap("Start")
		h.wait(150)
		m := on[*match](h)
		if h.app.pond.scene.Styles != seen {
			t.Errorf("in the lobby the frogs looked like %v, in the match like %v", seen, h.app.pond.scene.Styles)
		}
		if h.app.pond.scene.Styles != guests[0].pond.scene.Styles {
			t.Error("the frogs look different on two machines")
		}
		h.phrase("6 Ha!")
		h.wait(30)
		if len(m.chat) == 0 {
			t.Error("what was said in the match is not shown")
		}
		round := int(rules.ReadyFrames+lengthFrames[0]+rules.SuddenFrames) + 600
		h.every = 40
		for range round {
			if shows[*results](h.app) {
				break
			}
			h.tick()
		}
		h.every = 3
		r := on[*results](h)
		h.wait(40)
		h.tap("Rematch")
		h.wait(80)
		if !r.wants[0] || r.wants[1] {
			t.Errorf("here they want a rematch: %v", r.wants)
		}
		if theirs := top[*results](t, guests[1]); !theirs.wants[0] {
			t.Errorf("at Cleo's they want one: %v", theirs.wants)
		}
		for _, g := range guests {
			g.beat(accept)
		}
		h.wait(200)
		h.leaveMatch(on[*match](h))
		on[*question](h) // the guests play on, and one of them hosts
		h.tap("Not now")
		on[*title](h)
	})
}

// Every hand alone ends a match that it hosts, for all at one frame; all are in the lobby
// then, and the next one starts there. Guests have no such button.
func TestEveryHandStopsTheMatch(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		guests := h.meet(2)
		h.tap("Start")
		h.wait(150)
		m := on[*match](h)
		if theirs := top[*match](t, guests[0]); theirs.contest.stops() {
			t.Error("a guest may end it, too")
		}
		h.pause()
		if !m.asking {
			t.Fatal("nothing is asked")
		}
		h.tap("All back to the lobby")
		h.wait(60)
		on[*lobby](h)
		mine, over := h.app.online.match.Result()
		if !over || mine.Err != nil || !mine.Agreed || len(mine.ConfirmedBy) != 2 {
			t.Errorf("here it ended with %+v", mine)
		}
		for _, g := range guests {
			top[*lobby](t, g)
			if theirs, _ := g.online.match.Result(); theirs.Frame != mine.Frame || theirs.Hash != mine.Hash || !theirs.Agreed {
				t.Errorf("there it ended with %+v, here with %+v", theirs, mine)
			}
			if g.toast.text != "Ana has ended the match for all." {
				t.Errorf("a guest reads %q", g.toast.text)
			}
			g.online.lobby.SetReady(true)
		}
		h.wait(30)
		h.tap("Start")
		h.wait(100)
		on[*match](h)
	})
}

// When the host has left in a match, the next one may end it for all; a guest
// may not, whatever his program does.
func TestNextHostStopsTheMatch(t *testing.T) {
	h := newHands(t, newTestApp(t, "Ana"), ui.Keys)
	h.wait(2)
	guests := h.meet(2)
	h.tap("Start")
	h.wait(150)
	h.leaveMatch(on[*match](h))
	h.wait(120)
	ben, cleo := top[*match](t, guests[0]), top[*match](t, guests[1])
	if !ben.contest.stops() || cleo.contest.stops() {
		t.Fatalf("Ben may end it: %v, Cleo: %v", ben.contest.stops(), cleo.contest.stops())
	}
	cleo.stops = true // a program that takes what it may not have
	h.wait(60)
	if over, _ := ben.contest.ended(); over {
		t.Fatal("a guest has ended it")
	}
	cleo.stops = false
	ben.stops = true
	h.wait(60)
	for _, g := range guests {
		top[*lobby](t, g)
	}
	if words := guests[1].toast.text; words != "Ben has ended the match for all." {
		t.Errorf("Cleo reads %q", words)
	}
}

// Every hand alone asks for a pause; once most want it the match stands for all, and goes on
// when they want that.
func TestEveryHandPauses(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		guests := h.meet(1)
		h.tap("Start")
		h.wait(150)
		m, theirs := on[*match](h), top[*match](t, guests[0])
		h.pause()
		h.tap("Pause")
		h.wait(60)
		if m.contest.stands() || len(theirs.chat) == 0 || !strings.Contains(theirs.chat[0].text, "A pause, please!") {
			t.Fatalf("one of two wants a pause: it stands %v, and Ben reads %v", m.contest.stands(), theirs.chat)
		}
		theirs.contest.votePause(true)
		h.wait(60)
		frame := m.contest.world().Tick
		h.wait(60)
		if !m.contest.stands() || !theirs.contest.stands() || m.contest.world().Tick != frame {
			t.Fatalf("both want a pause: it stands %v, %v, and %d ticks were played", m.contest.stands(), theirs.contest.stands(), m.contest.world().Tick-frame)
		}
		h.pause()
		h.tap("Pause is over")
		h.wait(90)
		if m.contest.stands() || m.contest.world().Tick <= frame {
			t.Errorf("it stands %v at tick %d", m.contest.stands(), m.contest.world().Tick)
		}
	})
}

// Eight players with long names have room in a lobby, in the match and on the podium, in
// both sizes of letters, and so have two at the host's machine.
func TestCrowdedLobby(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText, a.settings.Length = large, 0
		h := newHands(t, a, ui.Keys)
		h.wait(2)
		h.every = 20
		h.meet(7)
		l := on[*lobby](h)
		if len(l.rows) != 8 {
			t.Fatalf("%d frogs", len(l.rows))
		}
		for range 20 {
			h.key(ebiten.KeyTab)
			h.look()
		}
		h.key(ebiten.KeyDigit1, '1')
		h.wait(60)
		l.form.Focus(h.widget("Start"))
		h.accept()
		h.wait(200)
		m := on[*match](h)
		for range 3000 {
			if !shows[*match](a) {
				break
			}
			h.tick()
		}
		h.wait(40)
		if on[*results](h); len(m.pads) != 1 {
			t.Error("more than one player here")
		}
	}
}

// phrase says one of the ready-made phrases.
func (h *hands) phrase(text string) {
	h.t.Helper()
	inMatch := shows[*match](h.app)
	switch h.device {
	case ui.Keys:
		h.key(ebiten.KeyDigit1, rune(text[0]))
		return
	case ui.Gamepad:
		h.button(ebiten.StandardGamepadButtonCenterLeft)
	default:
		if inMatch {
			h.press(sayAt.Min.Add(image.Pt(8, 8)))
		} else {
			h.tap("Phrases")
		}
	}
	h.wait(3)
	h.tap(text)
}

// mute goes to the second player's frog, and mutes her.
func (h *hands) mute(l *lobby) {
	h.t.Helper()
	spot := l.spots[1]
	switch h.device {
	case ui.Mouse, ui.Finger:
		at := l.form.At(spot)
		h.press(at.Min.Add(at.Max).Div(2))
	default:
		for range 30 {
			if l.form.Focused() == ui.Widget(spot) {
				break
			}
			at, to := l.form.At(l.form.Focused()), l.form.At(spot)
			switch {
			case at.Min.X >= lobbyColumnAt.Min.X && l.form.Focused() != ui.Widget(nil) && at.Min.Y < 300 && textOf(l.form.Focused()) != "Start":
				h.step(image.Pt(0, -1))
			case to.Max.X <= at.Min.X:
				h.step(image.Pt(-1, 0))
			case to.Min.X >= at.Max.X:
				h.step(image.Pt(1, 0))
			case to.Min.Y > at.Min.Y:
				h.step(image.Pt(0, 1))
			default:
				h.step(image.Pt(0, -1))
			}
		}
		h.accept()
	}
	h.wait(3)
	r := on[*person](h)
	h.tap("Mute what is said")
	if !r.muted || !h.app.online.muted[r.member.Machine] {
		h.t.Error("nobody is muted")
	}
	h.tap("Back")
	on[*lobby](h)
}
