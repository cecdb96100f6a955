package screens

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// cinemaGoers are players who look at a replay together, over a network of memory. The first of
// them is Ana, whom a test's hands may be.
type cinemaGoers struct {
	t       *testing.T
	network *netcode.MemoryNetwork
	apps    []*App
	step    func() // lets a tick pass; h.tick if there are hands
}

// together has Ana show her guests a replay.
func together(t *testing.T, a *App, h *hands, replay opened, guests ...string) *cinemaGoers {
	t.Helper()
	c := &cinemaGoers{t: t, network: netcode.NewMemoryNetwork(31), apps: []*App{a}}
	c.network.SetConditions(netcode.Conditions{DelayMs: 25, JitterMs: 5})
	others := func() {
		for _, g := range c.apps {
			if g != a {
				g.tick++
				g.beat(ui.Input{})
			}
		}
		c.network.Advance(time.Second / 60)
	}
	c.step = func() { a.tick++; a.beat(ui.Input{}); others() }
	a.online = &online{node: c.network.NewNode(a.settings.Name)}
	a.push(newPlayback(a, replay))
	if h != nil {
		c.step, h.also = h.tick, others
		h.wait(5)
		h.tap("Together")
	} else {
		top[*playback](t, a).watchTogether(a)
	}
	c.until("Ana's hall", func() bool { return c.looks(0) })
	for _, name := range guests {
		c.come(name)
	}
	c.until("all look", func() bool {
		for i := range c.apps {
			if !c.looks(i) {
				return false
			}
		}
		return true
	})
	return c
}

// come has one more player come by the lobby's link.
func (c *cinemaGoers) come(name string) *App {
	g := newTestApp(c.t, name)
	g.online = &online{node: c.network.NewNode(name)}
	c.apps = append(c.apps, g)
	g.push(newJoining(g, destination{address: c.apps[0].online.invitation()}))
	return g
}

// looks reports whether a player looks at the replay with the others.
func (c *cinemaGoers) looks(i int) bool {
	b, ok := c.apps[i].stack[len(c.apps[i].stack)-1].(*playback)
	return ok && b.hall != nil
}

func (c *cinemaGoers) player(i int) *playback {
	c.t.Helper()
	b := top[*playback](c.t, c.apps[i])
	if b.hall == nil {
		c.t.Fatalf("%d looks alone", i)
	}
	return b
}

func (c *cinemaGoers) until(what string, done func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			for i, a := range c.apps {
				c.t.Logf("%d sees %T, reads %q", i, a.stack[len(a.stack)-1], a.toast.text)
			}
			c.t.Fatalf("%s does not happen", what)
		}
		c.step()
		runtime.Gosched() // what is read is read elsewhere
	}
}

// near reports whether all see the same frame, within two, and that one is such.
func (c *cinemaGoers) near(is func(rollback.Frame) bool) bool {
	low, high := c.player(0).r().Frame(), rollback.Frame(0)
	for i := range c.apps {
		f := c.player(i).r().Frame()
		low, high = min(low, f), max(high, f)
	}
	return high-low <= 2 && is(low)
}

// Every hand alone shows a replay to friends: plays and goes elsewhere, gives the controls to
// another and takes them back, says something, and plays on with them from where all are.
func TestEveryHandLooksTogether(t *testing.T) {
	replay := recorded(t, 1300)
	everyHand(t, func(t *testing.T, h *hands) {
		h.every = 8
		c := together(t, h.app, h, replay, "Ben", "Maximilian I")
		b := c.player(0)
		tap := func(name string) { // however long it was waited for others until here
			b.awake = awakeTicks
			h.tap(name)
		}
		tap("Play or pause")
		c.until("all play", func() bool { return c.near(func(f rollback.Frame) bool { return f > 40 }) })
		tap("Faster")
		if tap("A frame on"); b.stands() != true {
			t.Error("it plays still")
		}
		c.until("all stand", func() bool { return c.near(func(rollback.Frame) bool { return c.player(1).stands() }) })
		b.awake = awakeTicks
		h.sayHere("5 Well played!")
		c.until("Ben reads it", func() bool { return len(c.player(1).hall.chat) > 0 })
		if said := c.player(1).hall.chat[0].text; said != "Ana: Well played!" {
			t.Errorf("Ben reads %q", said)
		}
		tap("Together...")
		on[*company](h)
		h.wait(10)
		h.tap("Controls to Ben")
		c.until("Ben has the controls", func() bool { return c.player(1).hall.of.Mine() && b.hall.holder() == "Ben" })
		tap("A frame back")
		if h.app.toast.text != "Ben has the controls: under Together you see who is here." {
			t.Errorf("who has not the controls reads %q", h.app.toast.text)
		}
		c.player(1).seek(c.apps[1], 700)
		c.until("all are where Ben goes", func() bool { return c.near(func(f rollback.Frame) bool { return f == 700 }) })
		tap("Together...")
		h.tap("Take the controls")
		c.until("Ana has them", func() bool { return b.hall.of.Mine() })
		for _, g := range c.apps[1:] {
			g.online.lobby.SetReady(true)
		}
		h.wait(40)
		tap("Together...")
		h.tap("Play on from here")
		c.until("all play", func() bool { return shows[*match](c.apps[0]) && shows[*match](c.apps[1]) && shows[*match](c.apps[2]) })
		m := on[*match](h)
		if w := m.contest.world(); w.Tick < 700 || w.Tick > 760 || len(m.contest.names()) < 3 || len(m.seats) != 1 {
			t.Errorf("the match is at tick %d, of %v, with %v here", w.Tick, m.contest.names(), m.seats)
		}
		h.pause()
		h.tap("All back to the lobby")
		c.until("all look again", func() bool { return c.looks(0) && c.looks(1) && c.looks(2) })
		b.awake = awakeTicks
		h.back("Back")
		on[*lobby](h)
		h.tap("To the replay")
		on[*playback](h)
	})
}

// sayHere says a phrase where a replay is looked at.
func (h *hands) sayHere(text string) {
	h.t.Helper()
	switch h.device {
	case ui.Keys:
		h.key(ebiten.KeyDigit1, rune(text[0]))
		return
	case ui.Gamepad:
		h.button(ebiten.StandardGamepadButtonCenterLeft)
	default:
		h.tap("Say...")
	}
	h.wait(3)
	h.tap(text)
}

// Who has a keyboard types; the next host goes on with what was looked at; a replay that one has
// is not sent again, and who comes reads how far it is.
func TestLookingTogether(t *testing.T) {
	replay := recorded(t, 900)
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Keys)
	h.every = 1000
	c := together(t, a, h, replay, "Ben", "Cleo")
	for _, r := range "hi, Ben. 5" {
		h.key(ebiten.KeyH, r)
	}
	h.accept()
	c.until("Ben reads it", func() bool { return len(c.player(1).hall.chat) > 0 })
	if said := c.player(1).hall.chat[0].text; said != "Ana: hi, Ben. 5" || c.player(0).hall.line != "" {
		t.Errorf("Ben reads %q", said)
	}
	keepReplays(t, a)
	dan := newTestApp(t, "Dan")
	keepReplays(t, dan)
	if err := os.MkdirAll(dan.saving.folder.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dan.saving.folder.Path, "own"+replays.Ending), replay.bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	dan.online = &online{node: c.network.NewNode("Dan")}
	c.apps = append(c.apps, dan)
	dan.push(newJoining(dan, destination{address: a.online.invitation()}))
	c.until("Dan looks, too", func() bool { return c.looks(3) })
	if words := dan.online.lobby.Screening().Progress(); words != "" {
		t.Errorf("Dan is sent what he has: %q", words)
	}
	if c.player(0).hall.lent || c.player(3).hall.lent || !c.player(1).hall.lent {
		t.Error("somebody's replay is not said to be whose it is")
	}
	ben := c.apps[1]
	keepReplays(t, ben)
	b := c.player(1)
	ben.push(newCompany(ben, b))
	top[*company](t, ben).keep(ben)
	files, _, err := ben.saving.folder.List()
	if err != nil || len(files) != 1 || b.hall.lent {
		t.Fatalf("Ben keeps %v, %v", files, err)
	}
	if kept, err := replays.Load(files[0].Path); err != nil || !bytes.Equal(kept, replay.bytes) {
		t.Errorf("Ben keeps something else: %v", err)
	}
	top[*playback](t, a).toggle(a)
	c.until("all play", func() bool { return c.near(func(f rollback.Frame) bool { return f > 100 }) })
	a.home()
	c.apps = c.apps[1:]
	c.until("Ben hosts, and has the controls", func() bool { return c.player(0).hall.of.Mine() && c.player(1).hall.holder() == "Ben" })
	c.until("it goes on", func() bool { return c.near(func(f rollback.Frame) bool { return f > 200 }) })
	c.player(0).toggle(c.apps[0])
	c.until("it stands", func() bool { return c.player(2).stands() && c.near(func(rollback.Frame) bool { return true }) })
}

// What there is to read has room, in both sizes of letters.
func TestTogetherCanBeRead(t *testing.T) {
	replay := recorded(t, 600)
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		h := newHands(t, a, ui.Keys)
		h.wait(2)
		h.every = 1000
		c := together(t, a, h, replay, "Ben", "Maximilian I", "WWWWWWWWWWWW", "Dot", "Eve", "Fay", "Gus")
		b := c.player(0)
		for _, g := range c.apps[1:] {
			if err := g.online.lobby.Say(strings.Repeat("wide words, ", 8)); err != nil {
				t.Fatal(err)
			}
		}
		c.until("they are heard", func() bool { return len(b.hall.chat) == hallLines })
		h.key(ebiten.KeyTab)
		for b.setSpeed(a, 0); b.speed != 0; {
			h.tick()
		}
		h.look()
		b.hall.of.HandOver(3)
		h.wait(30)
		h.key(ebiten.KeyTab)
		h.look()
		b.hall.talk.open(a)
		h.tick()
		h.look()
		b.hall.talk.form = nil
		a.push(newCompany(a, b))
		for range 10 {
			h.key(ebiten.KeyTab)
			h.look()
		}
		a.pop()
		f := newFetching(a, b.hall.lobby)
		f.tick = progressTicks
		a.push(f)
		h.look()
	}
}
