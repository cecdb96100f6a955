package screens

import (
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// Everything on the title is seen at once, in large letters too.
func TestTitleHasRoom(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		if v := newTitle(a); !v.form.Fits() {
			t.Errorf("large text %v: the buttons of the title do not fit", large)
		}
	}
}

// Those who have a mouse only get out of a match.
func TestPauseWithTheMouse(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.playNow()
	m := top[*match](t, a)
	on := pauseAt.Min.Add(image.Pt(3, 3))
	step(a, ui.Input{Pointer: on, Moved: true, Pressed: true, Held: true})
	step(a, ui.Input{Pointer: on, Released: true})
	if !m.asking {
		t.Error("the button on the screen does not pause")
	}
}

// A lobby with more players than frogs were asked for shows how many there will be.
func TestFrogChoicesForManyPlayers(t *testing.T) {
	for _, test := range []struct {
		humans int
		want   string
	}{{1, "2 3 4 5 6 7 8"}, {2, "2 3 4 5 6 7 8"}, {7, "7: all players 7: all players 7: all players 7: all players 7: all players 7 8"}} {
		if got := strings.Join(frogChoicesFor(test.humans), " "); got != test.want {
			t.Errorf("%d players: %s", test.humans, got)
		}
	}
}

func TestListOf(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "Ben": {"Ben"}, "Ben and Cleo": {"Ben", "Cleo"}, "Ben, Cleo and Dan": {"Ben", "Cleo", "Dan"}} {
		if got := listOf(names); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}

// While a player waits to get in, the address is named once, and a failure is no
// progress.
func TestJoiningWords(t *testing.T) {
	network := netcode.NewMemoryNetwork(4)
	a := newTestApp(t, "Ben")
	a.online = &online{node: network.NewNode("Ben")}
	a.push(newJoining(a, destination{address: "10.9.9.9:7777"}))
	step(a, ui.Input{})
	if words := a.online.lobby.Progress(); !strings.Contains(words, bareAddress("10.9.9.9:7777#ABCD")) {
		t.Errorf("%q does not name the address, and the screen would leave it out", words)
	}
	for words, want := range map[string]bool{
		"nobody hosts with this code just now: compare it with the host's, and ask whether the game is still open":   true,
		"the rendezvous server at 192.0.2.1:3478 does not answer: it may be down, or UDP is blocked here; trying on": true,
		"asking the rendezvous server at 192.0.2.1:3478":                                                             false, "the host was found: waiting for its answer": false, "connecting to 10.9.9.9:7777": false,
	} {
		if isTrouble(words) != want {
			t.Errorf("%q is taken for trouble: %v", words, !want)
		}
	}
}

// A host reads all that there is to know of who gets in and what is played, down to the port
// of the router.
func TestLobbyNewsHasRoom(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.online = &online{node: netcode.NewMemoryNetwork(6).NewNode("Ana")}
	s := &a.settings
	s.Frogs, s.Length, s.Rounds, s.Pond, s.Teams, s.Secret = 6, 3, 2, 3, true, "pond"
	h := newHands(t, a, ui.Keys)
	a.openLobby()
	h.wait(4)
	var all []string
	for _, stroke := range h.strokes() {
		all = append(all, stroke.Text)
	}
	words := strings.Join(all, " ")
	for _, want := range []string{"Friends type this", "All need your secret", "8 frogs, first pond bots, 3 min, best of 5, teams of two, pond: great lily.", "forward UDP port"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not among %q", want, words)
		}
	}
}

// In both sizes of letters the line of the netgraph is seen whole, whatever it says, and
// what is said stands above it.
func TestNetgraphHasRoom(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		h := newHands(t, a, ui.Keys)
		a.playNow()
		m := top[*match](t, a)
		a.graph.Mode = game.GraphSmall
		peers := []game.GraphPeer{{Name: "Ben", PingMs: 1234, LossPercent: 12}}
		for range 60 {
			a.graph.Observe(game.GraphSample{Frame: 123456, Confirmed: 123456, AgreedFrame: 123400, DelayFrames: 8, RolledBack: 10, Peers: peers})
		}
		m.chat = []spoken{{"Ben: Hello!", 100}, {"Ben: Ready?", 100}}
		for _, fault := range faultsOf(h.strokes()) {
			t.Errorf("large text %v: %s", large, fault)
		}
	}
}

// In both sizes of letters no banner of the round lies under the full netgraph.
func TestBannersLeaveTheNetgraphAlone(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText, a.settings.Length = large, 0
		a.playNow()
		m := top[*match](t, a)
		a.cycleGraph()
		a.cycleGraph()
		shown := map[string]bool{}
		for range int(rules.ReadyFrames + lengthFrames[0] + 120) {
			if step(a, ui.Input{}); m.contest.world().Phase < rules.Final || a.tick%20 > 0 {
				continue
			}
			graph := a.graph.Draw(picture, ui.GraphFont{Size: a.settings.textSize()}, graphLeft, 30)
			for _, s := range strokesOf(func() { a.pond.draw(ui.NewPainter(picture, 1), m.contest.world()) }) {
				if s.Kind == art.PlateStroke && s.Plate == art.Ribbon {
					if shown[fmt.Sprint(m.contest.world().Phase)] = true; s.At.Overlaps(graph) {
						t.Fatalf("large text %v: the netgraph at %v lies over a banner at %v", large, graph, s.At)
					}
				}
			}
		}
		if len(shown) < 2 {
			t.Errorf("large text %v: banners were seen in the phases %v", large, shown)
		}
	}
}

// Who wants large text has it in the options as well: rows and what is said about them.
func TestOptionsInLargeLetters(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.settings.LargeText = true
	h := newHands(t, a, ui.Keys)
	look := func(f *ui.Form) {
		for i := range f.Len() {
			f.Focus(f.Widget(i))
			for _, s := range h.strokes() {
				if s.Kind == art.TextStroke && s.At.Dy() < 2*art.CapHeight {
					t.Errorf("with the focus on %q: %q is small", textOf(f.Focused()), s.Text)
				}
			}
		}
	}
	for i := range groupNames {
		o := newOptions(a)
		o.choose(a, i)
		a.push(o)
		look(&o.form)
	}
	m := newRoundOptions(a)
	a.push(m)
	look(&m.form)
	for _, menu := range []int{wholeKeys, padMenu} {
		k := newKeyMenu(a, menu)
		a.push(k)
		look(&k.form)
	}
}

// A screen comes up out of the dark within 0.3 s.
func TestTransition(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.noteScreen()
	a.push(newOptions(a))
	last := a.dusk()
	for tick := range 18 {
		a.noteScreen()
		if now := a.dusk(); tick == 0 && now < 100 || tick > 0 && now > last {
			t.Errorf("tick %d: from %d to %d", tick, last, now)
		} else {
			last = now
		}
		a.tick++
	}
	if last != 0 {
		t.Errorf("after 0.3 s it is still dark: %d", last)
	}
}

// On every screen, in both sizes of letters, every widget lies in the picture and no two
// lie on each other, however far the form is scrolled, and all words on them have room.
func TestNothingOverlaps(t *testing.T) {
	told := map[string]bool{}
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		a.online = &online{node: netcode.NewMemoryNetwork(6).NewNode("Ana")}
		a.openLobby()
		c, err := newSolo(a)
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string]*ui.Form{
			"title": &newTitle(a).form, "mutes": &newMutes(a).form, "keys": &newKeyMenu(a, wholeKeys).form, "gamepad": &newKeyMenu(a, padMenu).form,
			"join": &newJoin(a).form, "lobby": &top[*lobby](t, a).form, "inviting": &newInviting(a).form,
			"naming": &newNaming(a, func() {}).form, "trouble": &newTrouble(a, "Trouble", "Why.").form,
			"question": &newQuestion(a, "Sure?", "It matters.", "Stay", "Leave", func() {}).form,
			"match":    &newMatch(a, c).form, "results": &newResults(a, c, "", &moments{}).form, "rounds": &newRoundOptions(a).form,
			"shelf": &newShelf(a).form,
		}
		forms["doorway"] = &newDoorway(a, netcode.Nearby{Name: "Ben", Playing: true, MaxSeats: 8, Watch: true}, destination{}).form
		b := newPlayback(a, recorded(t, 40))
		forms["playback"], forms["filming"], forms["seats"] = &b.form, &newFilming(a, b).form, &newSeatChoice(a, b).form
		for name, card := range cards(a) {
			forms["card, "+name] = &card.form
		}
		for i, group := range groupNames {
			o := newOptions(a)
			o.choose(a, i)
			forms["options, "+group] = &o.form
		}
		for name, form := range forms {
			for range 24 {
				places := form.Places()
				for i, r := range places {
					if !r.In(image.Rect(0, 0, Width, Height)) {
						t.Errorf("%s, large %v: a widget lies at %v", name, large, r)
					}
					for _, other := range places[:i] {
						if r.Overlaps(other) {
							t.Errorf("%s, large %v: widgets at %v and %v", name, large, r, other)
						}
					}
				}
				for _, fault := range cutWords(strokesOf(func() { form.Draw(ui.NewPainter(picture, form.TextSize)) }), []string{a.settings.Name}) {
					if fault = fmt.Sprintf("%s, large %v: %s", name, large, fault); !told[fault] {
						told[fault] = true
						t.Error(fault)
					}
				}
				form.Update(ui.Input{Next: true})
			}
		}
	}
}

// What is told for some seconds covers nothing that is typed or pressed, in both sizes of
// letters, but frogs.
func TestToastsCoverNothingThatIsTyped(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		a.online = &online{node: netcode.NewMemoryNetwork(6).NewNode("Ana")}
		h := newHands(t, a, ui.Keys)
		a.openLobby()
		h.wait(2)
		p := ui.NewPainter(picture, a.settings.textSize())
		for _, text := range []string{"Copied.", "Copied: lilypad:K7QF-3MX9-TD4W@rendezvous.example.org:3478 Send it to your friends: they paste it under Join a match.", longest} {
			for _, s := range []screen{newTitle(a), newJoin(a), newNaming(a, func() {}), newInviting(a), newOptions(a), newKeyMenu(a, wholeKeys), newShelf(a),
				newRoundOptions(a), newMutes(a), newTrouble(a, "Trouble", "Why."), a.stack[len(a.stack)-1]} {
				a.push(s)
				a.toast.text = text
				at, lines, size := a.toastAt(p)
				if !at.In(image.Rect(0, 0, Width, Height)) || strings.Join(lines, " ") != text {
					t.Errorf("large text %v, %T: at %v it says %q in size %d", large, s, at, lines, size)
				}
				f := h.form()
				for i := range f.Len() {
					w := f.Widget(i)
					if _, frog := w.(*ui.Spot); !frog && f.At(w).Overlaps(at) {
						t.Errorf("large text %v, %T: %q at %v covers %q", large, s, text, at, textOf(w))
					}
				}
				a.stack = a.stack[:len(a.stack)-1]
			}
		}
	}
}
