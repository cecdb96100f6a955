package screens

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// watchedTogether has Cleo watch a match of a house, and show it to Dan.
func watchedTogether(t *testing.T, large bool) (o *house, cleo, dan *App, until func(what string, done func() bool)) {
	o = newHouse(t, 0)
	cleo, dan = newTestApp(t, "Cleo"), newTestApp(t, "Dan")
	keepReplays(t, cleo)
	for _, a := range []*App{cleo, dan} {
		a.settings.LargeText = large
		a.online = &online{node: o.network.NewNode(a.settings.Name)}
	}
	cleo.listen = func(config netcode.NodeConfig) (*netcode.Node, error) {
		if config.Key == nil {
			t.Error("the player's identity has two sockets")
		}
		return o.network.NewNode(config.Name), nil
	}
	tick := func() {
		o.tick()
		for _, a := range []*App{cleo, dan} {
			a.tick++
			a.beat(ui.Input{})
		}
		cleo.saving.catchUp()
	}
	until = func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
	o.start()
	until("some play", func() bool { return top[*match](t, o.ana).contest.world().Tick > 300 })
	cleo.push(newJoining(cleo, destination{address: o.invitation, watch: true}))
	until("watching", func() bool { return shows[*watching](cleo) && cleo.online.watching.World() != nil })
	for range 120 {
		tick()
	}
	cleo.Draw(picture)
	top[*watching](t, cleo).watchTogether(cleo)
	until("Cleo's hall", func() bool { return looksTogether(cleo) })
	dan.push(newJoining(dan, destination{address: cleo.online.invitation()}))
	until("Dan's hall", func() bool { return looksTogether(dan) })
	return o, cleo, dan, until
}

func looksTogether(a *App) bool {
	b, ok := a.stack[len(a.stack)-1].(*playback)
	return ok && b.hall != nil
}

// Who watches a match shows it to a friend: both see the same frame, some seconds after the players,
// go back in it and to its newest again, and see its end; with the lobby it is watched no more.
func TestMatchTogether(t *testing.T) {
	o, cleo, dan, until := watchedTogether(t, false)
	a, b := top[*playback](t, cleo), top[*playback](t, dan)
	near := func(is func(f rollback.Frame) bool) bool {
		x, y := a.r().Frame(), b.r().Frame()
		return x-y <= 2 && y-x <= 2 && is(x)
	}
	players := func() rollback.Frame { return rollback.Frame(top[*match](t, o.ana).contest.world().Tick) }
	live := func(f rollback.Frame) bool { return players()-f < 360 }
	until("both live", func() bool { return near(live) && a.growing() && b.growing() })
	if words := a.hall.liveWords(); words != " Live." {
		t.Errorf("Cleo reads %q", words)
	}
	until("Cleo knows that Dan has it", func() bool { return a.hall.present(cleo) == "Cleo, Dan" })
	before := a.r().Frame()
	until("it goes on", func() bool { return near(func(f rollback.Frame) bool { return f > before+200 && live(f) }) })
	a.seek(cleo, before-100)
	until("both are back", func() bool { return near(func(f rollback.Frame) bool { return f < before+60 }) })
	for range 60 * 5 {
		until("it plays", func() bool { return true })
	}
	until("the words", func() bool { return strings.HasSuffix(b.hall.liveWords(), "behind.") })
	b.seek(dan, 0)
	if dan.toast.text != "Cleo has the controls: under Together you see who is here." {
		t.Errorf("Dan reads %q", dan.toast.text)
	}
	cleo.push(newCompany(cleo, a))
	top[*company](t, cleo).handOver(cleo, 1)
	until("Dan has the controls", func() bool { return b.hall.of.Mine() })
	b.hall.want(dan, b.hall.of.Live())
	until("both live again", func() bool { return near(live) })
	cleo.Draw(picture)
	dan.Draw(picture)
	until("the end", func() bool {
		return !a.growing() && !b.growing() && a.r().Frame() == a.r().End() && b.r().Frame() == b.r().End()
	})
	want, _ := o.ana.online.match.Result()
	if x, y := a.r().World(), b.r().World(); !x.Over() || *x != *y || a.r().End() != want.Frame {
		t.Errorf("it ends at %d, over: %v; the players' at %d", a.r().End(), x.Over(), want.Frame)
	}
	if words := a.hall.liveWords(); words != "" {
		t.Errorf("after the end Cleo reads %q", words)
	}
	o.ready()
	o.start()
	until("the next match", func() bool {
		return looksTogether(cleo) && looksTogether(dan) && top[*playback](t, dan) != b && top[*playback](t, dan).growing()
	})
	if n := o.ana.online.lobby.Watching(); n != 1 {
		t.Errorf("%d watch", n)
	}
	until("more of it", func() bool { return top[*playback](t, cleo).r().End() > leastKept+60 })
	cleo.home()
	until("nobody watches", func() bool { return o.ana.online.lobby.Watching() == 0 })
	until("Dan has it alone", func() bool { return dan.online.lobby.Hosting() && !top[*playback](t, dan).growing() })
	until("the end of the files", func() bool { return len(cleo.saving.takes) == 0 })
	files, _, err := cleo.saving.folder.List()
	if err != nil || len(files) != 2 {
		t.Fatalf("Cleo keeps %d replays of two matches: %v", len(files), err)
	}
	for i, over := range []bool{false, true} { // the newest first
		if saw := verified(t, files[i].Path); saw.Err != nil || saw.Frames <= leastKept || saw.Last.Over() != over {
			t.Errorf("%d frames, over: %v, %v", saw.Frames, saw.Last.Over(), saw.Err)
		}
	}
	if !cleo.online.passing {
		t.Error("the next lobby has the identity of this one")
	}
}

// What there is to read has room, in both sizes of letters; who lacks something of it is said.
func TestMatchTogetherCanBeRead(t *testing.T) {
	for _, large := range []bool{false, true} {
		_, cleo, dan, until := watchedTogether(t, large)
		a := top[*playback](t, cleo)
		until("live", func() bool { return a.hall.liveWords() == " Live." && a.hall.present(cleo) == "Cleo, Dan" })
		h := newHands(t, cleo, ui.Keys)
		for _, s := range []screen{a, newCompany(cleo, a), newFetching(cleo, a.hall.lobby)} {
			if s != screen(a) {
				cleo.push(s)
			}
			if f, ok := s.(*fetching); ok {
				f.tick = progressTicks
			}
			a.awake = awakeTicks
			h.look()
		}
		dan.home()
	}
}
