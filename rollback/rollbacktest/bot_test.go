package rollbacktest

import (
	"errors"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// bot plays by the world, as a bot does.
func (w *world) bot(seat int) pad { return pad{Fire: w.Turn%3 == 0, Aim: uint16(w.Score[seat])} }

func botConfig(seats int, absence rollback.Absence) rollback.Config[world, pad] {
	c := config(seats)
	c.Lineups, c.Absent, c.Bot = true, absence, (*world).bot
	step := c.Step
	c.Step = func(w *world, in rollback.Inputs[pad]) {
		step(w, in)
		for seat := range in.Len() {
			if !in.Present(seat) {
				w.Score[seat]++
			}
		}
	}
	return c
}

// TestSeatsComeAndGo: a sound game passes whatever absent seats do, saved sparsely and
// begun anywhere, and seats really come and go.
func TestSeatsComeAndGo(t *testing.T) {
	for _, absence := range []rollback.Absence{rollback.AbsentIdle, rollback.AbsentFrozen, rollback.AbsentBot} {
		for _, origin := range []rollback.Frame{0, 1001} {
			for _, saveEvery := range []int{1, 5} {
				c := botConfig(4, absence)
				if absence != rollback.AbsentBot {
					c.Bot = nil
				}
				c.SaveEvery, c.Origin.Frame = saveEvery, origin
				report := SyncTest(t, c, Options[pad]{Seed: uint64(origin) + uint64(absence)})
				if report.Absent < 100 || report.Paused < 10 || report.Changed != DefaultFrames-report.Paused || report.Corrected < 100 {
					t.Errorf("absence %d from frame %d: %+v", absence, origin, report)
				}
			}
		}
	}
	c := botConfig(2, rollback.AbsentFrozen)
	c.Lineups = false // Options.Lineup tells
	called := 0
	report := SyncTest(t, c, Options[pad]{Lineup: func(f rollback.Frame) rollback.Lineup {
		if int(f) != called {
			t.Fatalf("asked for frame %d after %d", f, called-1)
		}
		called++
		return rollback.Lineup{Absent: uint16(f) & 1}
	}})
	if report.Absent != DefaultFrames/2 || report.Paused != 0 {
		t.Errorf("%+v", report)
	}
}

// TestFaultyBots: one that changes the world, and one that depends on more than that.
func TestFaultyBots(t *testing.T) {
	c := botConfig(3, rollback.AbsentBot)
	c.Bot = func(w *world, seat int) pad { w.Score[seat] = 7; return pad{} }
	var fault *BotError
	if _, err := Run(c, Options[pad]{}); !errors.As(err, &fault) || !strings.HasPrefix(fault.Difference.Field, "Score[") {
		t.Errorf("a bot that writes: %v", err)
	} else if !strings.Contains(err.Error(), "Config.Bot has changed the world") {
		t.Error(err)
	}
	asked := uint16(0)
	c.Lineups, c.Absent = false, rollback.AbsentIdle // Bot tells that seats come and go
	c.Bot = func(*world, int) pad { asked++; return pad{Fire: true, Aim: asked} }
	var mismatch *Mismatch
	if _, err := Run(c, Options[pad]{}); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "Config.Bot") {
		t.Errorf("a bot that counts: %v", err)
	}
}
