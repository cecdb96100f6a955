package screens

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// newTestApp is the game without a window, sound or files.
func newTestApp(t *testing.T, name string) *App {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	a := New(Config{Name: name, Mute: true, Seed: 11})
	a.sampler.Devices = &Script{}
	a.settings.Taught, a.settings.Hinted = true, true // the tests of that say so
	t.Cleanup(a.Close)
	return a
}

// step runs one tick, and now and then a picture: without a window pictures
// are only queued, and cost memory.
func step(a *App, in ui.Input) {
	a.tick++
	a.beat(in)
	a.saving.catchUp()
	if a.tick%40 == 1 {
		a.Draw(picture)
	}
}

// catchUp waits for the disk: a test plays faster than that.
func (s *saving) catchUp() {
	for _, t := range s.takes {
		for t.log.(interface{ Pending() int }).Pending() > 0 {
			runtime.Gosched()
		}
	}
}

var picture = ebiten.NewImage(Width, Height)

func top[T screen](t *testing.T, a *App) T {
	t.Helper()
	s, ok := a.stack[len(a.stack)-1].(T)
	if !ok {
		t.Fatalf("the screen is %T, want %T%s", a.stack[len(a.stack)-1], s, wordsOf(a.stack[len(a.stack)-1]))
	}
	return s
}

// wordsOf is what is to be read on a screen that comes unasked.
func wordsOf(s screen) string {
	switch s := s.(type) {
	case *question:
		return fmt.Sprintf(": %q, %q", s.title, s.text)
	case *trouble:
		return fmt.Sprintf(": %q, %q", s.title, s.text)
	}
	return ""
}

var (
	accept = ui.Input{Accept: true, Enter: true}
	back   = ui.Input{Back: true}
	down   = ui.Input{Down: true}
)

func TestPlayNowToResultsAndRematch(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.settings.Length = 0
	step(a, accept)
	m := top[*match](t, a)
	for range 100 {
		step(a, ui.Input{})
	}
	frame := m.contest.world().Tick
	if frame != 100 {
		t.Errorf("%d frames after 100 ticks", frame)
	}
	step(a, back)
	for range 10 {
		step(a, ui.Input{})
	}
	if now := m.contest.world().Tick; now > frame+1 {
		t.Errorf("paused, %d frames ran", now-frame)
	}
	step(a, back)
	for range int(rules.ReadyFrames + lengthFrames[0] + rules.SuddenFrames + overTicks) {
		if _, playing := a.stack[len(a.stack)-1].(*match); playing {
			step(a, ui.Input{})
		}
	}
	r := top[*results](t, a)
	if len(r.rows) != 4 || r.why != "" {
		t.Errorf("%d rows, why %q", len(r.rows), r.why)
	}
	for range 30 {
		step(a, ui.Input{})
	}
	step(a, accept)
	step(a, ui.Input{})
	if next := top[*match](t, a); next == m || next.contest.world().Tick > 2 {
		t.Error("the rematch is not a new round")
	}
	step(a, back)
	step(a, ui.Input{Up: true})
	step(a, accept)
	top[*title](t, a)
}

// From Enter on the title to Go it takes less than three seconds.
func TestEnterToGo(t *testing.T) {
	a := newTestApp(t, "Ana")
	step(a, accept)
	m, ticks := top[*match](t, a), 1
	for m.contest.world().Phase == rules.Ready {
		if ticks++; ticks >= 3*60 {
			t.Fatalf("after 3 s there are %d ticks of the round, and no Go", m.contest.world().Tick)
		}
		step(a, ui.Input{})
	}
	if ticks < 60 {
		t.Errorf("Go after %d ticks: nobody can find his frog", ticks)
	}
}

func TestTitleReachesEveryScreen(t *testing.T) {
	a := newTestApp(t, "Ana")
	for range 6 {
		step(a, down)
	}
	step(a, accept)
	o := top[*options](t, a)
	step(a, ui.Input{Right: true})
	step(a, ui.Input{Chars: []rune("bel")})
	for range 6 { // the letters' own
		step(a, ui.Input{Left: true})
	}
	o.form.Focus(o.tabs[0])
	for _, in := range []ui.Input{down, {Right: true}, accept} { // large text is the first of Picture
		step(a, in)
	}
	if large, ok := o.form.Focused().(*ui.Toggle); !a.settings.LargeText || !ok || large.Text != "Large text" {
		t.Errorf("large text was not switched on, or lost the focus to %+v", o.form.Focused())
	}
	a.settings.LargeText = false // the title has other columns then
	step(a, back)                // to the groups
	step(a, back)
	if a.settings.Name != "Anabel" {
		t.Errorf("the name is %q", a.settings.Name)
	}
	step(a, ui.Input{})
	step(a, ui.Input{Up: true})
	step(a, accept)
	top[*howto](t, a)
	step(a, back)
	step(a, ui.Input{Up: true})
	step(a, accept)
	top[*shelf](t, a)
	step(a, back)
	step(a, ui.Input{Up: true})
	step(a, accept)
	j := top[*join](t, a)
	j.typed = "not an address"
	step(a, ui.Input{Enter: true})
	for range 3 {
		step(a, ui.Input{})
	}
	if trouble := top[*trouble](t, a); !strings.Contains(trouble.text, "192.168.1.5:7777") {
		t.Errorf("the error %q does not say what an address looks like", trouble.text)
	}
	step(a, accept)
	step(a, back)
	step(a, ui.Input{Up: true})
	step(a, ui.Input{Up: true})
	step(a, accept)
	l := top[*laboratory](t, a)
	step(a, back)
	if _, still := a.stack[len(a.stack)-1].(*laboratory); still {
		t.Errorf("Esc does not leave the Lab %p", l)
	}
	for range 6 {
		step(a, down)
	}
	step(a, accept)
	if !a.quit {
		t.Errorf("Quit does not quit; the focus is on %+v", top[*title](t, a).form.Focused())
	}
}

// Two whole games meet, chat, play a round to its end and another one, and one
// leaves: over a network of memory, so that nothing waits.
func TestHostAndJoin(t *testing.T) {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 40, JitterMs: 5, LossPercent: 2})
	ana, ben := newTestApp(t, "Ana"), newTestApp(t, "Ben")
	ana.online = &online{node: network.NewNode("Ana")}
	ben.online = &online{node: network.NewNode("Ben")}
	ana.settings.Length = 0
	until := func(what string, ticks int, done func() bool) {
		t.Helper()
		for range ticks {
			if done() {
				return
			}
			step(ana, ui.Input{})
			step(ben, ui.Input{})
			network.Advance(time.Second / 60)
		}
		t.Fatalf("%s did not happen; Ana sees %T, Ben sees %T", what, ana.stack[len(ana.stack)-1], ben.stack[len(ben.stack)-1])
	}
	ana.openLobby()
	hosting, room := top[*lobby](t, ana), ana.online.lobby
	ben.push(newJoining(ben, destination{address: ana.online.invitation()}))
	until("meeting", 300, func() bool { return shows[*lobby](ben) && len(hosting.members) == 2 })
	guest := top[*lobby](t, ben)
	if why := room.Blocker(); !strings.Contains(why, "Ben") {
		t.Errorf("Start is blocked because of %q, want Ben, who is not ready", why)
	}
	step(ana, accept)
	top[*lobby](t, ana)
	step(ben, accept) // "I am ready" has the focus
	step(ben, ui.Input{Chars: []rune("hi")})
	step(ben, ui.Input{Enter: true})
	if guest.line != "" {
		t.Errorf("%q was typed and not said", guest.line)
	}
	until("getting ready", 300, func() bool { return room.Blocker() == "" })
	if text := fmt.Sprint(hosting.lines); !strings.Contains(text, "hi") {
		t.Errorf("the chat reads %s", text)
	}
	step(ana, accept)
	until("the start", 120, func() bool { return shows[*match](ana) && shows[*match](ben) })
	theirs := top[*match](t, ben)
	if names := theirs.contest.names(); names[0] != "Ana" || names[1] != "Ben" || len(names) != 4 {
		t.Errorf("the seats are %q", names)
	}
	round := int(rules.ReadyFrames+lengthFrames[0]+rules.SuddenFrames) + 600
	until("the end", round, func() bool { return shows[*results](ana) && shows[*results](ben) })
	r, q := top[*results](t, ana), top[*results](t, ben)
	if r.why != "" || r.title == "" || r.title != q.title || r.rows[0].flies != q.rows[0].flies {
		t.Errorf("Ana's winner is %+v, Ben's %+v; %s", r.rows[0], q.rows[0], r.why)
	}
	until("a pause for thumbs", 60, func() bool { return r.tick > 30 && q.tick > 30 })
	step(ana, accept) // the host may ask before the guest is ready
	step(ben, accept)
	until("the rematch", 300, func() bool { return shows[*match](ana) && shows[*match](ben) })
	until("some play", 300, func() bool { return top[*match](t, ana).contest.world().Tick > 60 })
	if len(top[*match](t, ana).contest.(*duel).peers) != 1 {
		t.Error("the netgraph knows no peer")
	}
	step(ben, back)
	if words := top[*match](t, ben).contest.leaving(); !strings.Contains(words, "A bot takes over") || !strings.Contains(words, "come back") {
		t.Errorf("leaving is said to mean %q", words)
	}
	step(ben, ui.Input{Up: true})
	step(ben, accept)
	stays := top[*match](t, ana)
	until("Ana's news", 300, func() bool { return strings.HasPrefix(stays.news, "Ben left: the bot Dot took over.") })
	until("the bot", 30, func() bool {
		return stays.contest.names()[1] == "Dot" && stays.contest.signals()[1] == scene.SignalAway
	})
	top[*question](t, ben)
	step(ben, down)
	step(ben, accept)
	until("Ben's way back", 300, func() bool {
		if stays.newsLeft > 0 && !strings.HasPrefix(stays.news, "Ben left: the bot") {
			t.Fatalf("Ana reads %q meanwhile", stays.news)
		}
		return shows[*match](ben)
	})
	until("Ben's frog", 300, func() bool { return len(top[*match](t, ben).pads) == 1 && ben.pond.view.Mine[1] })
	until("Ana's news of that", 60, func() bool { return stays.news == "Ben is back." && stays.contest.names()[1] == "Ben" })
	until("Ben's own news", 60, func() bool { return strings.HasPrefix(top[*match](t, ben).news, "You play now") })
	if stays.contest.signals()[1] == scene.SignalAway {
		t.Error("Ben's frog has a bot's sign")
	}
	until("the end", round, func() bool { return shows[*results](ana) && shows[*results](ben) })
	r, q = top[*results](t, ana), top[*results](t, ben)
	if r.why != "" || q.why != "" || r.title != q.title {
		t.Errorf("Ana reads %q (%s), Ben %q (%s)", r.title, r.why, q.title, q.why)
	}
}

func shows[T screen](a *App) bool {
	_, ok := a.stack[len(a.stack)-1].(T)
	return ok
}

// A guest whose host is gone is told so and hosts: the same match, in the same lobby.
func TestHostGoes(t *testing.T) {
	network := netcode.NewMemoryNetwork(2)
	ana, ben := newTestApp(t, "Ana"), newTestApp(t, "Ben")
	ana.online = &online{node: network.NewNode("Ana")}
	ben.online = &online{node: network.NewNode("Ben")}
	ana.settings.Length, ana.settings.Rounds, ana.settings.Frogs, ana.settings.Bots = 3, 1, 2, 2
	ben.settings.Length, ben.settings.Rounds, ben.settings.Frogs = 0, 0, 0
	ana.openLobby()
	ben.push(newJoining(ben, destination{address: ana.online.invitation()}))
	for range 120 {
		step(ana, ui.Input{})
		step(ben, ui.Input{})
		network.Advance(time.Second / 60)
	}
	if top[*lobby](t, ben).host {
		t.Error("Ben's screen is a host's")
	}
	step(ana, back) // asks first
	if q := top[*question](t, ana); !strings.Contains(q.text, "Ben") {
		t.Errorf("leaving the lobby is said to mean %q", q.text)
	}
	step(ana, accept)
	top[*lobby](t, ana)
	step(ana, back)
	step(ana, down)
	step(ana, accept)
	top[*title](t, ana)
	for range 60 {
		step(ben, ui.Input{})
		network.Advance(time.Second / 60)
	}
	room, s := top[*lobby](t, ben), &ben.settings
	if text := fmt.Sprint(room.lines); !room.host || !strings.Contains(text, "Ana left") || !strings.Contains(text, "Ben hosts now") {
		t.Errorf("Ben hosts on the screen: %v, and reads %q", room.host, text)
	}
	if s.Length != 3 || s.Rounds != 1 || s.Frogs != 2 || s.Bots != 2 || len(room.rows) != 4 {
		t.Errorf("the match is another one: %+v, %d rows", s, len(room.rows))
	}
	step(ben, back) // nobody is there to be asked about
	top[*title](t, ben)
}

// A guest who is refused reads why; one who calls nobody can cancel.
func TestJoinNobody(t *testing.T) {
	network := netcode.NewMemoryNetwork(3)
	ben := newTestApp(t, "Ben")
	ben.online = &online{node: network.NewNode("Ben")}
	ben.push(newJoining(ben, destination{address: "10.9.9.9:7777"}))
	for range 30 {
		step(ben, ui.Input{})
		network.Advance(time.Second / 60)
	}
	if shows[*joining](ben) {
		step(ben, accept)
	} else if text := top[*trouble](t, ben).text; !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		t.Errorf("%q is no sentence", text)
	} else {
		step(ben, accept)
	}
	top[*title](t, ben)
	if ben.online.lobby != nil {
		t.Error("the lobby that was never reached is still open")
	}
}

// Who comes to a lobby in which a match runs watches it, and has the frog of the first who
// leaves; a guest plays on without the host.
func TestWatchAndTakeOver(t *testing.T) {
	network := netcode.NewMemoryNetwork(8)
	apps := map[string]*App{}
	for _, name := range []string{"Ana", "Ben", "Cleo"} {
		apps[name] = newTestApp(t, name)
		apps[name].online = &online{node: network.NewNode(name)}
	}
	ana, ben, cleo := apps["Ana"], apps["Ben"], apps["Cleo"]
	ana.settings.Frogs = 0 // no bot has a frog that Cleo could have
	keepReplays(t, cleo)
	until := func(what string, done func() bool) {
		t.Helper()
		for range 900 {
			if done() {
				return
			}
			for _, a := range []*App{ana, ben, cleo} {
				step(a, ui.Input{})
			}
			network.Advance(time.Second / 60)
		}
		t.Fatalf("%s did not happen; Cleo sees %T", what, cleo.stack[len(cleo.stack)-1])
	}
	ana.openLobby()
	to := destination{address: ana.online.invitation()}
	ben.push(newJoining(ben, to))
	until("meeting", func() bool { return shows[*lobby](ben) })
	ben.online.lobby.SetReady(true)
	until("getting ready", func() bool { return ana.online.lobby.Blocker() == "" })
	top[*lobby](t, ana).start(ana)
	until("the start", func() bool { return shows[*match](ana) && shows[*match](ben) })
	cleo.rejoin(to)
	until("the way in", func() bool {
		if shows[*lobby](cleo) {
			t.Fatal("the lobby is shown on the way into a match")
		}
		return shows[*match](cleo)
	})
	watching := top[*match](t, cleo)
	for range 120 {
		step(cleo, ui.Input{})
		step(ana, ui.Input{})
		step(ben, ui.Input{})
		network.Advance(time.Second / 60)
	}
	if words := watching.contest.bench(); len(watching.seats) != 0 || !strings.Contains(words, "You watch") {
		t.Errorf("Cleo has seats %v and reads %q", watching.seats, words)
	}
	if words := watching.contest.leaving(); !strings.Contains(words, "You only watch") {
		t.Errorf("leaving is said to mean %q to a watcher", words)
	}
	ben.leaveMatch(top[*match](t, ben).contest)
	until("a frog for Cleo", func() bool { return len(watching.seats) == 1 && watching.contest.names()[1] == "Cleo" })
	until("Ana's news", func() bool { return top[*match](t, ana).news == "Cleo plays now." })
	ana.leaveMatch(top[*match](t, ana).contest)
	until("Cleo's news", func() bool {
		return watching.news == "Ana left: the bot Bill took over." || watching.news == "Cleo hosts now"
	})
	tick := watching.contest.world().Tick
	until("the match going on", func() bool { return watching.contest.world().Tick > tick+120 })
	watching.contest.recorded().stop()
	until("the recording", watching.contest.recorded().saved)
	if about := verified(t, only(t, cleo.saving.folder.Path)); about.Err != nil || about.Frames < 120 || about.Last.Tick <= tick {
		t.Errorf("who came late has recorded %d frames up to %d, %v", about.Frames, about.Last.Tick, about.Err)
	}
	if words := watching.contest.leaving(); !strings.Contains(words, "nobody else plays") {
		t.Errorf("leaving is said to mean %q", words)
	}
}
