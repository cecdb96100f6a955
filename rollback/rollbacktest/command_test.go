package rollbacktest

import (
	"errors"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestCommandsComeLate: a sound game passes with commands, with seats that come and go and
// without, and one that remembers them outside the world is found.
func TestCommandsComeLate(t *testing.T) {
	commands := func(f rollback.Frame) []rollback.Command {
		if f%5 != 0 {
			return nil
		}
		return []rollback.Command{{Seat: int(f) % 2, Bytes: "aim higher"}, {Seat: 0, Bytes: "now"}}
	}
	outside := uint64(0)
	sound := func(w *world, seat int, bytes string) { w.Score[seat] += uint64(len(bytes)) }
	for _, c := range []struct {
		lineups bool
		hear    func(w *world, seat int, bytes string)
		fails   bool
	}{
		{false, sound, false},
		{true, sound, false},
		{true, func(w *world, seat int, bytes string) { outside += uint64(len(bytes)); w.Score[seat] += outside }, true},
	} {
		config := config(2)
		config.Lineups = c.lineups
		step := config.Step
		config.Step = func(w *world, in rollback.Inputs[pad]) {
			for seat, bytes := range in.Commands() {
				c.hear(w, seat, bytes)
			}
			step(w, in)
		}
		report, err := Run(config, Options[pad]{Commands: commands})
		var differs *Mismatch
		if errors.As(err, &differs) != c.fails || err != nil && differs == nil {
			t.Errorf("lineups %v, fails %v: %v", c.lineups, c.fails, err)
		}
		if err == nil && (report.Commanded < 100 || c.lineups != (report.Absent > 0)) {
			t.Errorf("lineups %v: %+v", c.lineups, report)
		}
	}
}
