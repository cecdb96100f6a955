package rollbacktest

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

type aim struct {
	Seat  uint8
	Angle float64
	Fire  bool
}

func legalAim(in aim) aim {
	in.Seat = min(in.Seat, 3)
	if math.IsNaN(in.Angle) || math.IsInf(in.Angle, 0) {
		in.Angle = 0
	}
	return in
}

type aims struct{ Sum [4]uint64 }

func (w *aims) Step(in rollback.Inputs[aim]) {
	for seat, v := range in.All() {
		w.Sum[v.Seat] = w.Sum[v.Seat]*31 + uint64(seat)
		if v.Fire && !math.IsNaN(v.Angle) {
			w.Sum[seat]++
		}
	}
}

// TestCleanErrors: a Clean that breaks a rule is named, with the input and the rule;
// one that keeps them lets a Step be played that bears legal inputs only.
func TestCleanErrors(t *testing.T) {
	calls := uint8(0)
	var kept []*aim
	for _, c := range []struct {
		want  string // "": nothing is wrong
		clean func(aim) aim
	}{
		{"", legalAim},
		{"panics: runtime error: index out of range", func(in aim) aim { _ = [4]int{}[in.Seat]; return legalAim(in) }},
		{"panics: infinite", func(in aim) aim {
			if math.IsInf(in.Angle, -1) || math.IsNaN(in.Angle) {
				panic("infinite")
			}
			return legalAim(in)
		}},
		{"a legal input must stay as it is", func(in aim) aim { in = legalAim(in); in.Seat = (in.Seat + 1) % 4; return in }},
		{"a legal input must stay as it is", func(in aim) aim { in = legalAim(in); in.Angle /= 2; return in }},
		{"depend on nothing but its argument", func(in aim) aim { calls++; in = legalAim(in); in.Seat = calls % 4; return in }},
		{"allocates 1 times", func(in aim) aim { kept = append(kept[:0], &in); return legalAim(*kept[0]) }},
	} {
		_, err := Run(rollback.Config[aims, aim]{Step: (*aims).Step, Seats: 4, Clean: c.clean}, Options[aim]{Seed: 1, Frames: 200})
		if bad := new(CleanError); c.want != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "Seat:")) || c.want == "" && err != nil {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}

// TestCleanIsTriedWithAllSmallInputs: one value of 65,536 is found.
func TestCleanIsTriedWithAllSmallInputs(t *testing.T) {
	type world struct{ Sum uint32 }
	_, err := Run(rollback.Config[world, uint16]{
		Seats: 1, Step: func(w *world, in rollback.Inputs[uint16]) { w.Sum = w.Sum*3 + uint32(in.At(0)) },
		Clean: func(in uint16) uint16 {
			if in == 54_321 {
				panic("not this one")
			}
			return in
		},
	}, Options[uint16]{})
	if err == nil || !strings.Contains(err.Error(), "Config.Clean(54321) panics: not this one") {
		t.Fatal(err)
	}
}
