package replay

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// alone plays some frames of a match of two on one machine, from a world and frame on, and
// returns its log.
func alone(t *testing.T, world pond, first rollback.Frame, frames int, reason string) []byte {
	t.Helper()
	session, err := rollback.New(rollback.Config[pond, uint16]{
		Start: world, Step: (*pond).Step, Seats: 2, Local: []int{0, 1}, Origin: rollback.Origin{Frame: first}, Lineups: true, Absent: rollback.AbsentFrozen,
	})
	if err != nil {
		t.Fatal(err)
	}
	setup := netcode.Setup{Seed: 4, Seats: 2, Roster: []netcode.Seated{{Player: netcode.Player{Name: "Ana"}}, {Player: netcode.Player{Name: "Ben", Own: []byte("hat")}}}}
	file := &memory{}
	r, err := NewRecorder(pondGame(), setup, session, 1234, file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		if err := session.ConfirmLineup(session.Current(), rollback.Lineup{Paused: i%100 > 90}); err != nil {
			t.Fatal(err)
		}
		session.Tick(uint16(i/7), uint16(i/11)^16)
		r.Tick()
		for r.Pending() > 0 {
			runtime.Gosched() // the match is faster than a disk here
		}
	}
	r.Finish(reason)
	<-r.Done()
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return file.b
}

// TestRecorder: a match without a lobby is recorded from its beginning, or from where one
// took over, and verified like any other; so is one that was over at once.
func TestRecorder(t *testing.T) {
	start := pondGame().Start(netcode.Setup{Seed: 4})
	for _, test := range []struct {
		first  rollback.Frame
		frames int
		reason string
	}{{0, 1500, ""}, {777, 700, "it was left"}, {0, 1, ""}, {0, 0, "it was left"}} {
		b := alone(t, start, test.first, test.frames, test.reason)
		r, err := Open(pondGame(), bytes.NewReader(b), int64(len(b)), nil)
		if err != nil {
			t.Fatal(err)
		}
		end := test.first + rollback.Frame(test.frames)
		result, h := r.Log().Result, r.Log().Header
		if r.First() != test.first || r.End() != end || r.Log().Cut != nil || result == nil || result.Frame != end || result.Reason != test.reason {
			t.Errorf("%+v: %d to %d, %+v", test, r.First(), r.End(), result)
		}
		if h.Began != 1234 || len(h.Players) != 2 || h.Players[1].Name != "Ben" || string(h.Players[1].Own) != "hat" {
			t.Errorf("%+v", h)
		}
		v, err := Verify(context.Background(), pondGame(), r.Log(), VerifyConfig{})
		if err != nil || v.First != nil || v.Frames != test.frames || v.Compared < test.frames {
			t.Errorf("%+v: %+v, %v", test, v, err)
		}
	}
}

// TestRecorderTooMuch: what a log has no room for is refused in words before anything is written.
func TestRecorderTooMuch(t *testing.T) {
	type row [64]uint8
	game := netcode.Config[pond, row]{
		Game: "rows", MinSeats: 1, MaxSeats: 16, Absent: netcode.AbsentFrozen,
		Start: func(netcode.Setup) pond { return pond{} }, Step: func(w *pond, _ rollback.Inputs[row]) { w.Frame++ },
	}
	session, err := rollback.New(rollback.Config[pond, row]{Seats: 16, Step: game.Step, Lineups: true})
	if err != nil {
		t.Fatal(err)
	}
	setup := netcode.Setup{Roster: make([]netcode.Seated, 16)}
	if _, err := NewRecorder(game, setup, session, 1, &memory{}); err == nil || !strings.Contains(err.Error(), "1024 bytes a frame, and a log takes 768") {
		t.Errorf("%v", err)
	}
	setup.Roster = setup.Roster[:2]
	setup.Roster[1].Name = strings.Repeat("n", matchlog.MaxTextBytes+1)
	if _, err := NewRecorder(game, setup, session, 1, &memory{}); err == nil || !strings.Contains(err.Error(), "longer names") {
		t.Errorf("%v", err)
	}
}
