package screens

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// house are a host and a guest in a lobby that others may watch, on a network of memory.
type house struct {
	t          *testing.T
	network    *netcode.MemoryNetwork
	ana, ben   *App
	invitation string
}

func newHouse(t *testing.T, delay int) *house {
	t.Helper()
	network := netcode.NewMemoryNetwork(51)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	o := &house{t: t, network: network, ana: newTestApp(t, "Maximiliana"), ben: newTestApp(t, "Ben")}
	for _, a := range []*App{o.ana, o.ben} {
		a.online = &online{node: network.NewNode(a.settings.Name)}
		a.settings.Length, a.settings.WatchDelay = 0, delay
	}
	o.ana.openLobby()
	o.invitation = o.ana.online.invitation()
	o.ben.push(newJoining(o.ben, destination{address: o.invitation}))
	o.until("meeting", func() bool { return shows[*lobby](o.ben) })
	o.ready()
	return o
}

// ready lets Ben want the next match, and waits until it can begin.
func (o *house) ready() {
	o.t.Helper()
	o.ben.online.lobby.SetReady(true)
	o.until("getting ready", func() bool { return o.ana.online.lobby.Blocker() == "" })
}

func (o *house) start() {
	o.t.Helper()
	if err := o.ana.online.lobby.Start(5, 0); err != nil {
		o.t.Fatal(err)
	}
	o.until("the start", func() bool { return shows[*match](o.ana) && shows[*match](o.ben) })
}

// tick lets both go on; a bot plays for them.
func (o *house) tick() {
	for _, a := range []*App{o.ana, o.ben} {
		a.tick++
		a.beat(ui.Input{})
	}
	o.network.Advance(time.Second / 60)
}

func (o *house) until(what string, done func() bool) {
	o.t.Helper()
	o.untilAll(what, done, o.tick)
}

func (o *house) untilAll(what string, done func() bool, tick func()) {
	o.t.Helper()
	for range 6000 {
		if done() {
			return
		}
		tick()
	}
	o.t.Fatalf("%s did not happen; Maximiliana sees %T, Ben %T", what, o.ana.stack[len(o.ana.stack)-1], o.ben.stack[len(o.ben.stack)-1])
}

// listed is what the list shows of the lobby.
func (o *house) listed(playing bool) netcode.Nearby {
	return netcode.Nearby{Address: o.invitation, Name: "Maximiliana", Title: "after work, whoever likes", Seats: 2, MaxSeats: 8, Playing: playing, Watch: true}
}

// Every hand alone finds a running match on the list, watches it, follows a frog and goes
// back to the whole pond, sees how it ends and what comes next, and goes back to the list.
// The players read who watches.
func TestEveryHandWatches(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		o := newHouse(t, 1)
		a := h.app
		a.online = &online{node: o.network.NewNode("Ana")}
		withBoard(a).lobbies = []netcode.Nearby{o.listed(true)}
		h.also = o.tick
		h.every = 8
		until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, h.tick) }
		o.start()
		h.tap("Join a match")
		h.wait(20)
		if h.device == ui.Mouse || h.device == ui.Finger {
			h.press(h.form().At(h.widget("list")).Min.Add(image.Pt(30, 10)))
		} else {
			h.tap("list")
		}
		on[*doorway](h)
		h.wait(10)
		h.tap("Watch")
		until("coming in", func() bool { return shows[*watching](a) })
		v := on[*watching](h)
		until("seeing something", func() bool { return v.watcher.World() != nil && v.status.Verified > 0 })
		until("words about that", func() bool {
			words := v.liveWords()
			return strings.HasPrefix(words, "live, 1.") && strings.HasSuffix(words, "nobody else watches")
		})
		if names := v.view.Names; names[0] != "Maximiliana" || names[1] != "Ben" || names[2] != botNames[2] {
			t.Errorf("the frogs are called %q", names)
		}
		for _, m := range []*match{top[*match](t, o.ana), top[*match](t, o.ben)} {
			if m.news != "Ana watches." {
				t.Errorf("a player reads %q", m.news)
			}
		}
		h.followFrog(v)
		h.wait(awakeTicks + 20)
		if !v.asleep() || v.look != 1 {
			t.Fatalf("unused, the controls are hidden: %v; the picture follows %d", v.asleep(), v.look)
		}
		h.wholePond(v)
		h.every = 60
		until("the end", func() bool { return v.status.Over })
		h.every = 8
		o.until("the results", func() bool { return shows[*results](o.ben) })
		h.wait(2 * overTicks)
		want, _ := o.ana.online.match.Result()
		if got, ok := v.watcher.Result(); !ok || got.Hash != want.Hash || v.status.Differs != rollback.NoFrame {
			t.Errorf("it was %+v, and is seen as %+v, %+v", want, got, v.status)
		}
		if words := v.nextWords(); words != "Maximiliana's next match waits until Ben is ready." {
			t.Errorf("after it one reads %q", words)
		}
		o.ready()
		h.wait(90)
		if words := v.nextWords(); words != "All are ready: Maximiliana may start the next match." {
			t.Errorf("then one reads %q", words)
		}
		o.start()
		until("the next", func() bool { return !v.status.Over && v.last > 60 })
		h.back("Back")
		on[*join](h)
		if a.online.watching != nil {
			t.Error("it is still watched")
		}
	})
}

// followFrog lets the picture follow the first frog.
func (h *hands) followFrog(v *watching) {
	h.t.Helper()
	switch h.device {
	case ui.Keys, ui.Gamepad:
		h.reach("See")
		h.step(image.Pt(1, 0))
	default:
		h.press(frogOnScreen(v, 0))
	}
	h.wait(60)
	if v.look != 1 {
		h.t.Fatalf("the picture follows %d", v.look)
	}
	if at := frogOnScreen(v, 0); at.X < 0 || at.X > Width || at.Y < 0 || at.Y > Height {
		h.t.Errorf("the frog is at %v", at)
	}
}

// wholePond shows all of the pond again.
func (h *hands) wholePond(v *watching) {
	h.t.Helper()
	switch h.device {
	case ui.Keys:
		h.key(ebiten.KeyDigit0, '0')
	case ui.Gamepad:
		h.step(image.Pt(-1, 0))
	default:
		h.press(image.Pt(Width/2, Height-4)) // wakes the controls
		at := h.form().At(h.widget("See"))
		h.press(image.Pt(at.Min.X+at.Dx()*6/10, (at.Min.Y+at.Max.Y)/2))
	}
	h.wait(60)
	if v.look != 0 {
		h.t.Errorf("the picture follows %d", v.look)
	}
}

// frogOnScreen is where a frog is seen.
func frogOnScreen(v *watching, seat int) image.Point {
	for y := 30; y < Height; y += 3 {
		for x := 0; x < Width; x += 3 {
			if found, ok := v.scene.FrogAt(v.watcher.World(), image.Pt(x, y)); ok && found == seat {
				return image.Pt(x+9, y+12)
			}
		}
	}
	return image.Pt(-1, -1)
}

// Who finds no place watches until one is free, and comes in then by himself; who may watch
// nothing reads why.
func TestWatchUntilAPlaceIsFree(t *testing.T) {
	o := newHouse(t, 0)
	cleo := newTestApp(t, "Cleo")
	cleo.online = &online{node: o.network.NewNode("Cleo")}
	tick := func() { o.tick(); cleo.tick++; cleo.beat(ui.Input{}) }
	until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
	if err := o.ana.online.lobby.SetMaxSeats(2); err != nil {
		t.Fatal(err)
	}
	for range 90 { // until Ben knows that nobody watches
		tick()
	}
	cleo.push(newJoining(cleo, destination{address: o.invitation, keep: true}))
	until("the refusal", func() bool { return shows[*doorway](cleo) })
	step(cleo, accept)
	until("watching", func() bool { return shows[*watching](cleo) })
	v := top[*watching](t, cleo)
	until("news of who is there", func() bool { return len(v.foyer.Players) == 2 })
	if v.take.Text != "Do not wait" || v.nextWords() != "All are ready: Maximiliana may start the next match." {
		t.Errorf("Cleo reads %q and %q", v.take.Text, v.nextWords())
	}
	until("Ben's news", func() bool { return top[*lobby](t, o.ben).watched == "Cleo watches" })
	if lines := top[*lobby](t, o.ben).lines; lines[len(lines)-1].Text != "Cleo watches" {
		t.Errorf("Ben reads %v", lines)
	}
	v.takePlace(cleo)
	for range 30 {
		tick()
	}
	if v.take.Text != "Wait for a place" {
		t.Errorf("then she may press %q", v.take.Text)
	}
	v.takePlace(cleo)
	o.ben.online.lobby.Leave()
	until("coming in", func() bool { return shows[*lobby](cleo) })
	until("Maximiliana's list", func() bool { return len(top[*lobby](t, o.ana).members) == 2 })
	if n := o.ana.online.lobby.Watching(); n != 0 {
		t.Errorf("%d watch still", n)
	}

	o.ana.settings.Spectators = 0
	o.ana.pop()
	o.ana.openLobby()
	cleo.home()
	cleo.push(newJoining(cleo, destination{address: o.ana.online.invitation(), watch: true}))
	until("the refusal", func() bool { return shows[*trouble](cleo) })
	if text := top[*trouble](t, cleo).text; !strings.Contains(text, "lets nobody watch") {
		t.Errorf("Cleo reads %q", text)
	}
}

// What one watches is saved as a replay, from where one came in: to the match's end, or to
// where one leaves; a glance is not.
func TestWatchedMatchIsSaved(t *testing.T) {
	o := newHouse(t, 0)
	cleo := newTestApp(t, "Cleo")
	keepReplays(t, cleo)
	cleo.online = &online{node: o.network.NewNode("Cleo")}
	tick := func() { o.tick(); cleo.tick++; cleo.beat(ui.Input{}); cleo.saving.catchUp() }
	until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
	watch := func() *watching {
		t.Helper()
		cleo.push(newJoining(cleo, destination{address: o.invitation, watch: true}))
		until("watching", func() bool { return shows[*watching](cleo) })
		v := top[*watching](t, cleo)
		until("seeing something", func() bool { return v.watcher.World() != nil && v.last > int32(v.first) })
		return v
	}
	o.start()
	until("some play", func() bool { return top[*match](t, o.ana).contest.world().Tick > 700 })
	v := watch()
	if v.first == 0 {
		t.Error("it is watched from its start")
	}
	cleo.pop()
	until("the end of the file", func() bool { return len(cleo.saving.takes) == 0 })
	v = watch()
	until("the end", func() bool { return v.status.Over })
	until("the end of the file", func() bool { return len(cleo.saving.takes) == 0 })
	saw := verified(t, only(t, cleo.saving.folder.Path))
	if saw.Err != nil || saw.Cut != "" || saw.Frames < 1000 || !saw.Last.Over() || saw.Last.Winner() != v.watcher.World().Winner() {
		t.Errorf("%v, %q, %d frames, over %v", saw.Err, saw.Cut, saw.Frames, saw.Last.Over())
	}
	for _, player := range saw.Players {
		if player.Here {
			t.Errorf("%s has played at Cleo's computer", player.Name)
		}
	}
}

// The match goes on behind whatever covers it, and with another host. Who watches reads that the
// last one has gone, and may try again.
func TestWatchedHostGoes(t *testing.T) {
	o := newHouse(t, 0)
	cleo := newTestApp(t, "Cleo")
	cleo.online = &online{node: o.network.NewNode("Cleo")}
	tick := func() { o.tick(); cleo.tick++; cleo.beat(ui.Input{}) }
	until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
	o.start()
	cleo.push(newJoin(cleo))
	cleo.push(newJoining(cleo, destination{address: o.invitation, watch: true}))
	until("watching", func() bool { return shows[*watching](cleo) })
	v := top[*watching](t, cleo)
	until("seeing something", func() bool { return v.last > 100 })
	cleo.push(newOptions(cleo))
	until("more", func() bool { return v.last > 200 })
	top[*options](t, cleo)
	o.ana.online.lobby.Leave()
	until("the next host", func() bool { return v.watcher.Foyer().Host == o.ben.online.node.Name() })
	seen := v.last
	until("still more", func() bool { return v.last > seen+100 })
	top[*options](t, cleo)
	o.ben.online.lobby.Leave()
	until("news of it", func() bool { return shows[*question](cleo) })
	if q := top[*question](t, cleo); q.text != "The host has closed the lobby." {
		t.Errorf("Cleo reads %q", q.text)
	}
	step(cleo, accept)
	top[*join](t, cleo)
}

// What one reads while watching is how it stands.
func TestWatchedWords(t *testing.T) {
	v := &watching{foyer: netcode.Foyer{Host: "Ana", Watching: 12}}
	for _, test := range []struct {
		status      netcode.WatchStatus
		live, proof string
	}{
		{netcode.WatchStatus{BehindMs: 3120, Verified: 4, Differs: rollback.NoFrame}, "live, 3.1 s behind, 12 watch", "verified live"},
		{netcode.WatchStatus{Waiting: true, Seeking: true, Verified: 1, Differs: rollback.NoFrame}, "looking for the next host, 12 watch", "verified live"},
		{netcode.WatchStatus{BehindMs: 3000, Seeking: true, Left: 100, Verified: 1, Differs: rollback.NoFrame}, "live, 3.0 s behind, 12 watch", "verified live"},
		{netcode.WatchStatus{BehindMs: 12_400, CatchingUp: true, Differs: rollback.NoFrame}, "catching up, 12.4 s behind, 12 watch", ""},
		{netcode.WatchStatus{Waiting: true, Verified: 1, Skipped: 61, Differs: rollback.NoFrame}, "waiting for what comes next, 12 watch", "verified live, 2 seconds left out"},
		{netcode.WatchStatus{BehindMs: 3120, Verified: 4, Frame: 900, Signed: 575, Differs: rollback.NoFrame}, "live, 3.1 s behind, 12 watch", "verified live, signed by all"},
		{netcode.WatchStatus{BehindMs: 3120, Verified: 4, Frame: 1900, Signed: 575, Differs: rollback.NoFrame}, "live, 3.1 s behind, 12 watch", "verified live"},
		{netcode.WatchStatus{BehindMs: 3120, Verified: 4, Forged: &matchlog.ForgedError{Name: "Ola", From: 288, Through: 575}, Differs: rollback.NoFrame}, "live, 3.1 s behind, 12 watch", "not what Ola has signed before 0:09"},
		{netcode.WatchStatus{BehindMs: 90, Verified: 4, Differs: 4321}, "live, 0.1 s behind, 12 watch", "differs since 1:12"},
		{netcode.WatchStatus{Over: true, Verified: 4, Differs: rollback.NoFrame}, "the match is over, 12 watch", "verified live"},
	} {
		v.status = test.status
		proof, bad := v.verifiedWords()
		if v.liveWords() != test.live || proof != test.proof || bad != (test.status.Forged != nil || test.status.Differs != rollback.NoFrame) {
			t.Errorf("%+v: %q, %q, %v", test.status, v.liveWords(), proof, bad)
		}
	}
	for _, test := range []struct {
		names []string
		count int
		want  string
	}{{nil, 0, ""}, {[]string{"Ola"}, 1, "Ola watches"}, {[]string{"Ola", "Pia"}, 2, "Ola and Pia watch"}, {[]string{"a", "b", "c", "d"}, 4, "4 watch"}, {[]string{"a"}, 200, "200 watch"}} {
		if got := watchWords(test.names, test.count); got != test.want {
			t.Errorf("%v of %d: %q, want %q", test.names, test.count, got, test.want)
		}
	}
}

// Who was shown another match than the host sees is told, each time; and nobody else is blamed
// for what this computer computes.
func TestDeceivedWatcherIsTold(t *testing.T) {
	a, v := newTestApp(t, "Ola"), &watching{}
	says := func(differs rollback.Frame, deceived int) string {
		a.toast.text = ""
		v.status = netcode.WatchStatus{Differs: differs, Deceived: deceived}
		v.heed(a)
		return a.toast.text
	}
	for i, test := range []struct {
		differs  rollback.Frame
		deceived int
		want     string
	}{
		{rollback.NoFrame, 0, ""}, {rollback.NoFrame, 1, deceivedWords}, {rollback.NoFrame, 1, ""}, {rollback.NoFrame, 2, deceivedWords},
		{rollback.NoFrame, 0, ""}, {rollback.NoFrame, 1, deceivedWords}, // of another match
		{120, 2, differsWords(120)}, {120, 3, ""},
	} {
		if got := says(test.differs, test.deceived); got != test.want {
			t.Errorf("case %d: it says %q, want %q", i, got, test.want)
		}
	}
}

// What the host says of who may watch follows from the settings.
func TestWhoMayWatch(t *testing.T) {
	s := defaultSettings()
	const none, open, code = netcode.SpectatorsNone, netcode.SpectatorsOpen, netcode.SpectatorsCode
	for _, test := range []struct {
		who, delay, wantMs int
		coded              bool
		want               netcode.Spectators
	}{
		{1, 3, 3000, true, open}, {1, 0, -1, false, open}, {1, 60, 60_000, false, open}, {1, 99, 60_000, false, open}, {0, 3, 0, true, none},
		{2, 3, 3000, true, code}, {2, 3, 3000, false, open},
	} {
		s.Spectators, s.WatchDelay = test.who, test.delay
		s.sane()
		config := netcode.LobbyConfig{Code: test.coded}
		s.letWatch(&config)
		if config.WatchDelayMs != test.wantMs || config.Spectators != test.want {
			t.Errorf("%+v: %+v", test, config)
		}
	}
}

// The Watch button goes to where one was last: the row of the list, or the address.
func TestWatchButton(t *testing.T) {
	o := newHouse(t, 0)
	cleo := newTestApp(t, "Cleo")
	cleo.online = &online{node: o.network.NewNode("Cleo")}
	b := withBoard(cleo)
	b.lobbies = []netcode.Nearby{o.listed(false), {Address: "10.0.0.9:7777#x", Name: "Dan", Seats: 1, MaxSeats: 8}}
	cleo.push(newJoin(cleo))
	steps(cleo, nearbyTicks+2)
	j := top[*join](t, cleo)
	j.watch(cleo)
	if to := top[*joining](t, cleo).to; to.address != o.invitation || !to.watch {
		t.Errorf("from the list it goes to %+v", to)
	}
	step(cleo, back)
	step(cleo, down)
	step(cleo, ui.Input{Next: true}) // over the address
	j.form.Focus(j.looking)
	if words, _ := j.statusLine(cleo); words != "Shows the match of Dan's lobby." {
		t.Errorf("on the button it says %q", words)
	}
	j.watch(cleo)
	if top[*join](t, cleo); j.said != "Dan lets nobody watch." {
		t.Errorf("it says %q", j.said)
	}
	step(cleo, ui.Input{Chars: []rune("10.0.0.7")})
	j.watch(cleo)
	if to := top[*joining](t, cleo).to; to.address != "10.0.0.7" || !to.watch || !to.keep {
		t.Errorf("from the address it goes to %+v", to)
	}
}

// Everything that a watcher may read has room, in both sizes of letters: a full lobby of
// long names between matches, and all that can be said of a match.
func TestWatchingCanBeRead(t *testing.T) {
	for _, large := range []bool{false, true} {
		o := newHouse(t, 0)
		a := newTestApp(t, "Cleo")
		a.settings.LargeText = large
		h := newHands(t, a, ui.Keys)
		h.wait(2)
		a.online = &online{node: o.network.NewNode("Cleo")}
		h.also = o.tick
		h.every = 1000
		a.push(newJoining(a, destination{address: o.invitation, watch: true}))
		o.untilAll("watching", func() bool { return shows[*watching](a) }, h.tick)
		v := on[*watching](h)
		full := netcode.Foyer{Host: "WWWWWWWWWWWWWWWW", Watching: 3, Watchers: []string{"MMMMMMMMMMMMMMMM", "WWWWWWWWWWWWWWWW", "WMWMWMWMWMWMWMWM"}, MaxSeats: 8}
		for i := range rules.MaxSeats {
			full.Players = append(full.Players, netcode.FoyerPlayer{Name: "WWWWWWWWWWWWWWWW", Ready: i%2 == 0})
		}
		look := func() {
			v.foyer, v.awake = full, awakeTicks
			h.look()
			v.awake = 0
			h.look()
		}
		look()
		o.start()
		o.untilAll("seeing something", func() bool { return v.last > 30 }, h.tick)
		for _, s := range []netcode.WatchStatus{
			{BehindMs: 59_900, Verified: 9, Differs: rollback.NoFrame}, {BehindMs: 59_900, CatchingUp: true, Left: 900, Verified: 9, Skipped: 9999, Differs: rollback.NoFrame},
			{Over: true, Differs: 99_999}, {Waiting: true, Verified: 1, Differs: rollback.NoFrame},
		} {
			v.status, v.behindF, v.over = s, 0, 0
			if v.began = now(); s.CatchingUp {
				v.behindF = 3000
			}
			if s.Over {
				v.over = overTicks
			}
			v.to.waits = s.CatchingUp
			for a.graph.Mode = range game.GraphFull + 1 {
				look()
			}
		}
		for _, s := range []screen{
			newDoorway(a, o.listed(true), destination{}), newFullDoorway(a, destination{}, longest),
		} {
			a.push(s)
			h.tick()
			h.look()
			a.pop()
		}
		if fmt.Sprint(v.form.Places()) == "[]" {
			t.Error("there are no controls")
		}
	}
}

// A host that closes his lobby right after a match takes nothing of it from those who watch: they see it
// to its end, live as before, who has won, and only then that there is no more.
func TestWatchedEndIsSeen(t *testing.T) {
	o := newHouse(t, 2)
	cleo := newTestApp(t, "Cleo")
	cleo.online = &online{node: o.network.NewNode("Cleo")}
	tick := func() { o.tick(); cleo.tick++; cleo.beat(ui.Input{}) }
	until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
	o.start()
	cleo.push(newJoin(cleo))
	cleo.push(newJoining(cleo, destination{address: o.invitation, watch: true}))
	until("watching", func() bool { return shows[*watching](cleo) })
	v := top[*watching](t, cleo)
	until("the players' end", func() bool { return shows[*results](o.ben) && o.ana.online.lobby.ShownAll() })
	o.ben.online.lobby.Leave()
	o.ana.online.lobby.Leave()
	seeking, seen := 0, 0
	for range 1200 {
		if tick(); !shows[*watching](cleo) {
			break
		}
		if strings.HasPrefix(v.liveWords(), "looking") {
			seeking++
		}
		if v.over >= overTicks {
			seen++
		}
	}
	if seeking > 0 || seen < overTicks-10 {
		t.Errorf("it reads for %d ticks that a host is looked for, and for %d who has won", seeking, seen)
	}
	if shows[*watching](cleo) {
		t.Error("nobody says that there is no more to see")
	}
}
