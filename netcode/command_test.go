//go:build !race

package netcode

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// commandedGame is a game of attendance in which commands push as well.
func commandedGame(heard *[]string) Config[attendance, uint32] {
	game := lateGame(AbsentIdle, LateAnybody)
	game.Step = func(w *attendance, in rollback.Inputs[uint32]) {
		for seat, command := range in.Commands() {
			w.Pushed[seat] = w.Pushed[seat]*31 + uint64(len(command))
			if heard != nil {
				*heard = append(*heard, command)
			}
		}
		w.Step(in)
	}
	return game
}

// TestCommands: players say what they like, short and long, on a bad network and through a
// pause. All who play, who come late and who watch hear the same in the same frames, each
// command once, and so does who plays a recording of it.
func TestCommands(t *testing.T) {
	g := newGalleryOf(t, 3, commandedGame(nil), Conditions{DelayMs: 40, JitterMs: 10, LossPercent: 5}, 300)
	watcher := g.watch()
	g.until(300, func() bool { return watcher.State() == Gathering })
	g.start(1500, 1)
	var tape, shown tapeFile
	played, err := g.lobbies[0].Match().Record(&tape)
	if err != nil {
		t.Fatal(err)
	}
	g.until(120, func() bool { return watcher.State() == Playing })
	watched, err := watcher.Record(&shown)
	if err != nil {
		t.Fatal(err)
	}
	g.records = []record{played, watched}
	random, said := rand.New(rand.NewPCG(1, 2)), 0
	talk := func(ticks int, who ...int) {
		for range ticks {
			g.tick()
			i := who[random.IntN(len(who))]
			words := strings.Repeat("x", []int{0, 1, 40, 64, 500, rollback.MaxCommandBytes}[random.IntN(6)])
			if random.IntN(4) > 0 || g.lobbies[i].Match().play.over() {
				continue
			}
			var notSaid *NotSaidError
			if err := g.lobbies[i].Match().Command(0, words); err == nil {
				said++
			} else if !errors.As(err, &notSaid) || notSaid.Code != ReasonTooFast {
				t.Fatal(err)
			}
		}
	}
	talk(300, 0, 1, 2)
	g.lobbies[1].Match().VotePause(true)
	g.lobbies[2].Match().VotePause(true)
	talk(120, 0, 1, 2)
	g.lobbies[1].Match().VotePause(false)
	talk(120, 0, 1, 2)
	g.lobbies[1].Leave()
	g.gone[1] = true
	late := g.enter(commandedGame(nil), 3)
	talk(120, 0, 2)
	g.until(300, g.plays(late))
	g.until(120, func() bool { return len(g.lobbies[late].Match().LocalSeats()) > 0 })
	talk(400, 0, 2, late)
	g.end(2000)
	g.until(600, func() bool { return watcher.Status().Over })
	<-played.Done()
	<-watched.Done()
	g.seen(watcher)
	if said < 60 {
		t.Errorf("only %d commands were said", said)
	}
	for name, file := range map[string]*tapeFile{"a player": &tape, "who watches": &shown} {
		var heard []string
		final := playedAgain(t, commandedGame(&heard), file.open(t))
		if want, _ := g.lobbies[0].Match().FinalWorld(); final != *want {
			t.Errorf("what %s has recorded comes to %+v, want %+v", name, final, *want)
		}
		if len(heard) > said || len(heard) < said-20 && file == &tape { // who left has not said all
			t.Errorf("%s has recorded %d commands of %d", name, len(heard), said)
		}
	}
}

// playedAgain steps a log from its first snapshot to its end.
func playedAgain(t *testing.T, game Config[attendance, uint32], l *matchlog.Log) attendance {
	t.Helper()
	var session *rollback.Session[attendance, uint32]
	for i := range l.Starts() {
		s, err := l.Stretch(i)
		if err != nil {
			t.Fatal(err)
		}
		if session == nil {
			config := game.Replay(attendance{}, l.Header, s.Snapshot.Origin())
			config.Origin.World = s.World
			if session, err = rollback.New(config); err != nil {
				t.Fatal(err)
			}
		}
		for f := s.Snapshot.Frame; f < s.End(); f++ {
			span, at, _ := s.At(f)
			if err := span.Confirm(session, l.Header, f, at, s.Commands.At(f)); err != nil {
				t.Fatal(err)
			}
			session.Tick()
		}
	}
	return *session.World()
}

// TestCommandNotSaid: what cannot be said is refused in words, and nothing is said.
func TestCommandNotSaid(t *testing.T) {
	p := newParty(t, 2, commandedGame(nil), Conditions{})
	p.start(300, 30)
	m := p.lobbies[1].Match()
	refused := func(want Reason, player int, command string) {
		t.Helper()
		if err := m.Command(player, command); ReasonOf(err) != want {
			t.Errorf("%v is the reason for %v, want %v", ReasonOf(err), err, want)
		}
	}
	refused(ReasonTooLong, 0, strings.Repeat("x", rollback.MaxCommandBytes+1))
	refused(ReasonEnded, 1, "x")
	refused(ReasonEnded, -1, "x")
	for range 2 {
		if err := m.Command(0, strings.Repeat("x", rollback.MaxCommandBytes)); err != nil {
			t.Error(err)
		}
	}
	refused(ReasonTooFast, 0, strings.Repeat("x", rollback.MaxCommandBytes))
	p.end(600)
	refused(ReasonEnded, 0, "x")
}
