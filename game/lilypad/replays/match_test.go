//go:build !race

package replays

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// memory is a file in memory.
type memory struct{ bytes.Buffer }

func (m *memory) Close() error { return nil }

var began = time.Date(2026, 11, 29, 16, 2, 33, 0, time.Local)

// played is the recording of so many frames of a match of two people, who play as bots do,
// and two bots. In the frames of away the second one is not there. change, if not nil,
// spoils the game, or the world that it begins with.
func played(t testing.TB, frames int, away [2]int, change func(c *netcode.Config[rules.World, rules.Pad], w *rules.World, s *netcode.Setup)) []byte {
	t.Helper()
	config := netplay.Config()
	setup := netcode.Setup{Seed: 7, Seats: 2, Options: rules.Setup{Seats: 2, DurationFrames: 1800, Levels: [rules.MaxSeats]uint8{2: 2, 3: 3}}.AppendOptions(nil)}
	setup.Roster = []netcode.Seated{{Player: netcode.Player{Name: "Ana"}}, {Player: netcode.Player{Name: " \x00Ben the very very long"}, Machine: 1}}
	world := netplay.Start(setup)
	if change != nil {
		change(&config, &world, &setup)
	}
	session, err := rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: world, Step: config.Step, Seats: 2, Local: []int{0, 1}, Lineups: true, Absent: rollback.AbsentBot, Bot: config.Bot,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := &memory{}
	r, err := replay.NewRecorder(config, setup, session, began.UnixMilli(), file)
	if err != nil {
		t.Fatal(err)
	}
	for f := range frames {
		lineup := rollback.Lineup{}
		if f >= away[0] && f < away[1] {
			lineup.Absent = 1 << 1
		}
		if err := session.ConfirmLineup(session.Current(), lineup); err != nil {
			t.Fatal(err)
		}
		session.Tick(rules.Auto, rules.Auto)
		r.Tick()
		for r.Pending() > 0 {
			runtime.Gosched() // the match is faster than a disk here
		}
	}
	r.Finish("")
	<-r.Done()
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return file.Bytes()
}

var nobody = [2]int{}

// What a recording says of its match is true.
func TestAbout(t *testing.T) {
	about := Of(context.Background(), played(t, 1200, nobody, nil))
	if about.Err != nil || about.Frames != 1200 || about.Last.Tick != 1200 || about.Cut != "" || !about.Began.Equal(began) {
		t.Errorf("%v, %d frames, tick %d, %q", about.Err, about.Frames, about.Last.Tick, about.Cut)
	}
	if p := about.Players; len(p) != 2 || p[0].Name != "Ana" || !p[0].Here || p[1].Name != "Ben the very" || p[1].Here || about.Last.Seats != 4 {
		t.Errorf("%+v, %d seats", p, about.Last.Seats)
	}
}

// Every splash, every golden fly, and who leaves and comes back is marked, in order.
func TestMarks(t *testing.T) {
	r, err := Open(context.Background(), played(t, 2600, [2]int{100, 130}, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := int64(0)
	marks, err := Marks(context.Background(), r, func(done, total int64) { told = done })
	if err != nil || told == 0 || r.Frame() != r.End() {
		t.Fatalf("%v; told of %d frames", err, told)
	}
	var count [MarkKinds]int
	last := rollback.Frame(0)
	for _, m := range marks {
		count[m.Kind]++
		if m.Frame < last || m.Frame > r.End() {
			t.Errorf("%+v behind frame %d", m, last)
		}
		last = m.Frame
		if m.Kind == Left && (m.Frame != 100 || m.Seat != 1) || m.Kind == Came && (m.Frame != 130 || m.Seat != 1) {
			t.Errorf("%+v", m)
		}
	}
	splashes, knocked := 0, 0
	for _, f := range r.World().Frogs {
		splashes += int(f.Splashes)
	}
	for _, m := range marks {
		if m.Kind == Splash && m.Other >= 0 {
			knocked++
		}
	}
	if count[Splash] != splashes || splashes < 3 || count[Left] != 1 || count[Came] != 1 || count[Gold] == 0 || count[Knock] == 0 || knocked == 0 {
		t.Errorf("%d splashes in the world; marks by kind %v, %d knocked in", splashes, count, knocked)
	}
	over, stop := context.WithCancel(context.Background())
	stop()
	if some, err := Marks(over, r, nil); err == nil || len(some) >= len(marks) {
		t.Errorf("nobody wants them any more: %d marks, %v", len(some), err)
	}
}
