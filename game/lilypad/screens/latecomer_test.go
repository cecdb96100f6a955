package screens

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// Whoever comes to a match that runs has the name of his own over the frog that a bot had: for
// those who play, for those who watch, and in the replays of both, from when he plays on.
func TestLateComerIsCalledByName(t *testing.T) {
	o := newHouse(t, 1)
	o.ana.settings.Frogs = 2 // two frogs are bots'
	keepReplays(t, o.ana)
	cleo, dan := newTestApp(t, "Cleo"), newTestApp(t, "Dan")
	keepReplays(t, cleo)
	tick := func() {
		for _, a := range []*App{cleo, dan} {
			a.tick++
			a.beat(ui.Input{})
		}
		o.tick()
	}
	until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
	for _, a := range []*App{cleo, dan} {
		a.online = &online{node: o.network.NewNode(a.settings.Name)}
	}
	o.until("the lobby", func() bool { return top[*lobby](t, o.ben).setup.Seats == 4 })
	o.start()
	cleo.push(newJoining(cleo, destination{address: o.invitation, watch: true}))
	until("watching", func() bool { return shows[*watching](cleo) })
	v := top[*watching](t, cleo)
	until("a pond", func() bool { return v.watcher.World() != nil && v.last > castFrames })
	if v.view.Names[2] != botNames[2] {
		t.Errorf("before anybody comes the frogs are called %q", v.view.Names)
	}
	dan.push(newJoining(dan, destination{address: o.invitation}))
	until("playing", func() bool { return shows[*match](dan) && len(top[*match](t, dan).seats) == 1 })
	seat := top[*match](t, dan).seats[0]
	came := top[*match](t, dan).contest.world().Tick
	until("being seen", func() bool { return v.view.Names[seat] == "Dan" })
	if late := v.last - came; late > 120 || v.view.Names[5-seat] != botNames[5-seat] || v.views[seat+1] != "Dan" {
		t.Errorf("%d frames later the frogs are called %q, and the views %q", late, v.view.Names, v.views)
	}
	if name := o.ana.pond.view.Names[seat]; name != "Dan" {
		t.Errorf("Ana sees %q", name)
	}
	until("the end", func() bool { return v.status.Over && shows[*results](o.ana) })
	for who, a := range map[string]*App{"a player": o.ana, "who watches": cleo} {
		until("the recordings", func() bool { return len(a.saving.takes) == 0 })
		checkLateComer(t, who, only(t, a.saving.folder.Path), seat, came)
	}
}

// checkLateComer fails unless a replay knows who Dan is from when he plays on, however one
// comes there.
func checkLateComer(t *testing.T, who, path string, seat int, came int32) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := replays.Open(context.Background(), b, nil)
	if err != nil {
		t.Fatalf("%s: %v", who, err)
	}
	about := replays.Of(context.Background(), b)
	if words := replayWho(about); words != "Maximiliana, Ben, Dan and 1 bot" || about.AtEnd[seat] != "Dan" {
		t.Errorf("%s: the match was %q, at its end %q", who, words, about.AtEnd)
	}
	if about.Last.Champion = int8(seat); !strings.HasPrefix(replayResult(about), "Dan") {
		t.Errorf("%s: if Dan has won it reads %q", who, replayResult(about))
	}
	f := newFilm(r, &Settings{})
	for _, at := range []struct {
		frame int32
		name  string
	}{{came + 700, "Dan"}, {came - 60, botNames[seat]}, {came + 60, "Dan"}, {int32(r.End()), "Dan"}} {
		if err := f.seek(rollback.Frame(at.frame)); err != nil || f.view.Names[seat] != at.name || f.view.Names[1] != "Ben" {
			t.Errorf("%s: at frame %d of %d the frogs are called %q: %v", who, at.frame, came, f.view.Names, err)
		}
	}
	marks, err := replays.Marks(context.Background(), r, nil)
	for _, m := range marks {
		if m.Kind == replays.Came && m.Seat == seat && m.Who == "Dan" && markWords(m, f.view.Names[:]) == "Dan has come, and plays for a bot" {
			return
		}
	}
	t.Errorf("%s: Dan's coming is not marked: %d marks, %v", who, len(marks), err)
}
