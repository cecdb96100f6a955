package screens

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// Every match is recorded by itself, alone and over a network, also one that somebody leaves,
// and this copy of the game makes the same of it again.
func TestMatchesAreSaved(t *testing.T) {
	network := netcode.NewMemoryNetwork(3)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	ana, ben := newTestApp(t, "Ana"), newTestApp(t, "Ben")
	for _, a := range []*App{ana, ben} {
		keepReplays(t, a)
		a.online = &online{node: network.NewNode(a.settings.Name)}
	}
	ana.settings.Length = 0
	until := func(what string, done func() bool) {
		t.Helper()
		for range 4000 {
			if done() {
				return
			}
			step(ana, ui.Input{})
			step(ben, ui.Input{})
			network.Advance(time.Second / 60)
		}
		t.Fatalf("%s did not happen; Ana sees %T, Ben %T", what, ana.stack[len(ana.stack)-1], ben.stack[len(ben.stack)-1])
	}
	ana.openLobby()
	ben.push(newJoining(ben, destination{address: ana.online.invitation()}))
	until("meeting", func() bool { return shows[*lobby](ben) })
	ben.online.lobby.SetReady(true)
	until("getting ready", func() bool { return ana.online.lobby.Blocker() == "" })
	top[*lobby](t, ana).start(ana)
	until("the match", func() bool { return shows[*match](ana) && shows[*match](ben) })
	m := top[*match](t, ana)
	until("some play", func() bool { return m.contest.world().Tick > 600 })
	ben.leaveMatch(top[*match](t, ben).contest)
	until("the results", func() bool { return shows[*results](ana) })
	r := top[*results](t, ana)
	until("the replay", func() bool { return r.contest.recorded().watchable() && len(ben.saving.takes) == 0 })
	mine, theirs := verified(t, only(t, ana.saving.folder.Path)), verified(t, only(t, ben.saving.folder.Path))
	if mine.Err != nil || !mine.Last.Over() || mine.Last.Winner() != m.contest.world().Winner() || mine.Players[1].Name != "Ben" || !mine.Players[0].Here || mine.Cut != "" {
		t.Errorf("Ana's: %v, %+v, over %v, %q", mine.Err, mine.Players, mine.Last.Over(), mine.Cut)
	}
	if theirs.Err != nil || theirs.Frames < 500 || theirs.Frames > 700 || !theirs.Players[1].Here || replayResult(theirs) != "not finished" {
		t.Errorf("Ben's: %v, %d frames, %s", theirs.Err, theirs.Frames, replayResult(theirs))
	}
	r.watch(ana, newExcerpt)
	until("the last seconds", func() bool { return shows[*playback](ana) })
	b := top[*playback](t, ana)
	if at := b.r().Frame(); !b.excerpt || !b.asleep() || at < b.line.end-excerptFrames || at > b.line.end-excerptFrames+60 {
		t.Errorf("the instant replay begins at %d of %d", at, b.line.end)
	}
	until("the way back", func() bool { return shows[*results](ana) })
	r.watch(ana, newPlayback)
	until("the whole replay", func() bool { return shows[*playback](ana) })
	if top[*playback](t, ana).excerpt || top[*playback](t, ana).r().Frame() > 60 {
		t.Error("the whole replay does not begin at its beginning")
	}
	until("what happened", func() bool { return top[*playback](t, ana).marking == nil })
	if top[*playback](t, ana).takeOver(ana); !shows[*playback](ana) {
		t.Error("out of a lobby a replay is taken over, and nobody looks after the lobby")
	}
	left := 0
	for _, mark := range top[*playback](t, ana).line.marks {
		if mark.Kind == replays.Left && mark.Seat == 1 {
			left++
		}
	}
	if left != 1 {
		t.Errorf("Ben has left %d times", left)
	}
}

// A disk that takes nothing is a sentence, and the match goes on; a match of which nothing was
// played is not kept.
func TestDiskThatTakesNoReplay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := newTestApp(t, "Ana")
	a.saving.folder.Path = filepath.Join(file, "replays")
	told := 0
	for range 2 {
		a.playNow()
		m := top[*match](t, a)
		a.toast.text = ""
		for range 200 {
			step(a, ui.Input{})
		}
		for ; len(a.saving.takes) > 0; runtime.Gosched() {
			step(a, ui.Input{})
		}
		if strings.HasPrefix(a.toast.text, "The match is not saved as a replay: ") {
			told++
		}
		if m.contest.world().Tick < 200 {
			t.Errorf("the match is at %d", m.contest.world().Tick)
		}
		a.leaveMatch(m.contest)
	}
	if told != 1 {
		t.Errorf("it was said %d times", told)
	}
	keepReplays(t, a)
	a.playNow()
	for range rules.ReadyFrames - 5 {
		step(a, ui.Input{})
	}
	a.leaveMatch(top[*match](t, a).contest)
	for ; len(a.saving.takes) > 0; runtime.Gosched() {
		step(a, ui.Input{})
	}
	if left, _ := os.ReadDir(a.saving.folder.Path); len(left) > 0 {
		t.Errorf("of a match without play there is %v", left)
	}
	if got := replayFolder("/home/ana/lilypad.json"); filepath.Base(got.Path) != "replays" || filepath.Dir(got.Path) != filepath.Dir("/home/ana/lilypad.json") {
		t.Errorf("replays are kept in %s", got.Path)
	}
}

// Closing the game in the middle of a match leaves what was played.
func TestClosedInAMatch(t *testing.T) {
	a := newTestApp(t, "Ana")
	keepReplays(t, a)
	a.playNow()
	for range 500 {
		step(a, ui.Input{})
	}
	a.Close()
	if about := verified(t, only(t, a.saving.folder.Path)); about.Err != nil || about.Frames != 500 {
		t.Errorf("%d frames, %v", about.Frames, about.Err)
	}
}
