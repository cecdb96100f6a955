package rollback

import (
	"slices"
	"strings"
	"testing"
)

// heardCommands notes the commands that Step is given, frame by frame, the last time.
func heardCommands(config *Config[ledger, uint16]) map[Frame][]Command {
	heard, step := map[Frame][]Command{}, config.Step
	config.Step = func(w *ledger, in Inputs[uint16]) {
		delete(heard, in.Frame())
		for seat, bytes := range in.Commands() {
			heard[in.Frame()] = append(heard[in.Frame()], Command{seat, bytes})
			w.Sum[seat] += uint64(len(bytes))
		}
		step(w, in)
	}
	return heard
}

// TestCommandRollsBack: a command comes into effect in its own frame, once, whether that has
// been stepped or not, and the worlds and the digests are the same.
func TestCommandRollsBack(t *testing.T) {
	said := []Command{{1, "paint it"}, {0, "black"}}
	play := func(early bool, said ...Command) (*Session[ledger, uint16], map[Frame][]Command) {
		config := castConfig(2, AbsentIdle, 0)
		heard := heardCommands(&config)
		s := mustNew(t, config)
		if early {
			confirmThrough(t, s, 3, said...)
		}
		for range 6 {
			s.Tick(0)
		}
		if !early {
			confirmThrough(t, s, 3, said...)
		}
		s.Tick(0)
		return s, heard
	}
	before, heardBefore := play(true, said...)
	after, heardAfter := play(false, said...)
	for _, heard := range []map[Frame][]Command{heardBefore, heardAfter} {
		if len(heard) != 1 || !slices.Equal(heard[2], said) {
			t.Errorf("Step has heard %v", heard)
		}
	}
	if before.Stats().Rollbacks != 0 || after.Stats().Rollbacks != 1 || after.Stats().Resteps != 4 {
		t.Errorf("rollbacks: %+v and %+v", before.Stats(), after.Stats())
	}
	if *before.World() != *after.World() || !slices.Equal(before.CommandsAt(2), said) || before.CommandsAt(1) != nil {
		t.Errorf("the worlds differ: %+v, %+v", *before.World(), *after.World())
	}
	without, _ := play(true)
	other, _ := play(true, Command{1, "paint it"}, Command{1, "black"})
	sums := map[uint64]bool{}
	for _, s := range []*Session[ledger, uint16]{before, without, other} {
		sum, _ := s.digest.before(3)
		sums[sum] = true
	}
	if late, _ := after.digest.before(3); len(sums) != 3 || !sums[late] {
		t.Errorf("the digests of inputs do not tell commands apart: %v", sums)
	}
}

// confirmThrough confirms frames 0 to last of seat 1, with commands in frame 2.
func confirmThrough(t *testing.T, s *Session[ledger, uint16], last Frame, said ...Command) {
	t.Helper()
	for f := range last + 1 {
		mustConfirm(t, s, 1, f, 0)
		var commands []Command
		if f == 2 {
			commands = said
		}
		if err := s.ConfirmLineup(f, Lineup{}, commands...); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCommandErrors: what is no command changes nothing.
func TestCommandErrors(t *testing.T) {
	s := mustNew(t, castConfig(2, AbsentIdle, 0))
	for name, c := range map[string]Command{
		"of seat 2": {2, ""}, "of seat -1": {-1, ""}, "too long": {0, strings.Repeat("x", MaxCommandBytes+1)},
	} {
		if err := s.ConfirmLineup(0, Lineup{}, c); err != ErrCommand {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.ConfirmLineup(0, Lineup{Paused: true}, Command{}); err != ErrCommand {
		t.Errorf("in a pause: %v", err)
	}
	if s.LineupsThrough() != NoFrame || s.core.cast.commands != nil {
		t.Error("something was taken")
	}
}

// TestCommandsAreForgotten: they are kept for as long as their frame may be stepped again.
func TestCommandsAreForgotten(t *testing.T) {
	s := mustNew(t, castConfig(1, AbsentIdle, 0))
	const frames = 3 * logFrames
	for f := range Frame(frames) {
		s.Tick(0)
		if err := s.ConfirmLineup(f, Lineup{}, Command{Bytes: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.core.cast.commands); n > logFrames+1 {
		t.Errorf("the commands of %d frames are kept", n)
	}
	if s.CommandsAt(frames-keptFrames) == nil || s.CommandsAt(0) != nil {
		t.Error("the wrong ones are kept")
	}
}
