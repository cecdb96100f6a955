package screens

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// newTestApp is the game without a window, sound or files.
func newTestApp(t *testing.T, name string) *App {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	a := New(Config{Name: name, Mute: true, Addr: "127.0.0.1:0"})
	a.sampler.Devices = &Script{}
	t.Cleanup(a.Close)
	return a
}

// step runs one tick and one picture.
func step(a *App, in ui.Input) {
	a.tick++
	a.stack[len(a.stack)-1].update(a, in)
	a.Draw(picture)
}

var picture = ebiten.NewImage(Width, Height)

func top[T screen](t *testing.T, a *App) T {
	t.Helper()
	s, ok := a.stack[len(a.stack)-1].(T)
	if !ok {
		t.Fatalf("the screen is %T, want %T", a.stack[len(a.stack)-1], s)
	}
	return s
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
	step(a, down)
	step(a, accept)
	top[*title](t, a)
}

func TestTitleReachesEveryScreen(t *testing.T) {
	a := newTestApp(t, "Ana")
	for range 4 {
		step(a, down)
	}
	step(a, accept)
	o := top[*options](t, a)
	step(a, ui.Input{Chars: []rune("bel")})
	for range 5 {
		step(a, down)
	}
	step(a, accept)
	if !a.settings.LargeText || o.form.Focused() != o.large {
		t.Error("large text was not switched on, or lost the focus")
	}
	step(a, back)
	if a.settings.Name != "Anabel" {
		t.Errorf("the name is %q", a.settings.Name)
	}
	step(a, ui.Input{})
	step(a, ui.Input{Up: true})
	step(a, accept)
	j := top[*join](t, a)
	j.address = "not an address"
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
	for range 4 {
		step(a, down)
	}
	step(a, accept)
	if !a.quit {
		t.Errorf("Quit does not quit; the focus is on %+v", top[*title](t, a).form.Focused())
	}
}

// Two whole games meet over UDP on this machine, play, and one leaves.
func TestHostAndJoin(t *testing.T) {
	ana, ben := newTestApp(t, "Ana"), newTestApp(t, "Ben")
	clock := time.NewTicker(time.Second / 60) // the match keeps real time
	defer clock.Stop()
	deadline := time.After(20 * time.Second)
	tick := func() {
		select {
		case <-clock.C:
		case <-deadline:
			t.Fatalf("too slow; Ana sees %T, Ben sees %T", ana.stack[len(ana.stack)-1], ben.stack[len(ben.stack)-1])
		}
		step(ana, ui.Input{})
		step(ben, ui.Input{})
	}
	ana.openLobby()
	hosting := top[*lobby](t, ana)
	o := ana.online
	ben.push(newJoining(ben, fmt.Sprintf("127.0.0.1:%d#%s", o.node.Addr().Port(), o.node.Fingerprint())))
	for {
		tick()
		if _, in := ben.stack[len(ben.stack)-1].(*lobby); in && len(hosting.members) == 2 {
			break
		}
	}
	guest := top[*lobby](t, ben)
	if why := o.lobby.Blocker(); !strings.Contains(why, "Ben") {
		t.Errorf("Start is blocked because of %q, want Ben, who is not ready", why)
	}
	step(ana, accept)
	top[*lobby](t, ana)
	step(ben, ui.Input{Chars: []rune("hi")}) // typing goes to the chat
	step(ben, ui.Input{Enter: true})
	if guest.line != "" {
		t.Errorf("%q was typed and not said", guest.line)
	}
	ben.online.lobby.SetReady(true)
	for o.lobby.Blocker() != "" {
		tick()
	}
	if text := fmt.Sprint(hosting.lines); !strings.Contains(text, "hi") {
		t.Errorf("the chat reads %s", text)
	}
	hosting.start(ana)
	for range 90 {
		tick()
	}
	mine, theirs := top[*match](t, ana), top[*match](t, ben)
	if names := theirs.contest.names(); names[0] != "Ana" || names[1] != "Ben" || len(names) != 4 {
		t.Errorf("the seats are %q", names)
	}
	if mine.contest.world().Tick < 40 || theirs.contest.world().Tick < 40 {
		t.Errorf("after 90 ticks the frames are %d and %d", mine.contest.world().Tick, theirs.contest.world().Tick)
	}
	if ana.graph.Mode = game.GraphFull; len(mine.contest.sample().Peers) != 1 {
		t.Error("the netgraph knows no peer")
	}
	ben.leaveMatch(theirs.contest)
	for {
		tick()
		if _, playing := ana.stack[len(ana.stack)-1].(*match); !playing {
			break
		}
	}
	if r := top[*results](t, ana); !strings.Contains(r.why, "Ben left") {
		t.Errorf("the round ended because %q", r.why)
	}
	top[*title](t, ben)
}
