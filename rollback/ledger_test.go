package rollback

import (
	"slices"
	"testing"
)

// ledger is a world in which everything that was ever fed leaves a trace.
type ledger struct {
	Sum   [MaxSeats]uint64
	Frame int32
	Odd   bool
	Rand  Rand
}

func (w *ledger) Step(in Inputs[uint16]) {
	w.Frame++
	w.Odd = !w.Odd
	noise := uint64(w.Rand.Uint32())
	for seat, v := range in.All() {
		w.Sum[seat] = (w.Sum[seat]^uint64(v))*0x9E3779B97F4A7C15 + noise
		if !in.Present(seat) {
			w.Sum[seat] = ^w.Sum[seat]
		}
		if v%7 == 3 {
			in.Emit(1, uint32(seat), int64(v))
		}
	}
}

func ledgerConfig(seats int, local ...int) Config[ledger, uint16] {
	return Config[ledger, uint16]{
		Start: ledger{Rand: NewRand(7)}, Step: (*ledger).Step, Seats: seats, Local: local,
	}
}

func mustNew[S, I any](t testing.TB, c Config[S, I]) *Session[S, I] {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustConfirm[S, I any](t interface {
	Helper()
	Fatalf(string, ...any)
}, s *Session[S, I], seat int, f Frame, input I) {
	t.Helper()
	if err := s.Confirm(seat, f, input); err != nil {
		t.Fatalf("confirm seat %d frame %d: %v", seat, f, err)
	}
}

// inputAt is the script of a test: a new value now and then, else the last one.
func inputAt(seat int, f Frame) uint16 {
	r := NewRand(uint64(seat)<<32 | uint64(f/5))
	return uint16(r.Below(32))
}

// straight is the oracle of most tests: the world after the first frames
// frames of known inputs, stepped once each with no session at all. input may
// be nil for inputAt.
func straight(seats int, frames Frame, input func(seat int, f Frame) uint16) ledger {
	if input == nil {
		input = inputAt
	}
	w := ledger{Rand: NewRand(7)}
	row := make([]uint16, seats)
	for f := range frames {
		for seat := range row {
			row[seat] = input(seat, f)
		}
		w.Step(InputsOf(row...))
	}
	return w
}

// tickInputs gives inputAt's samples for the local seats.
func tickInputs(f Frame, local []int) []uint16 {
	row := make([]uint16, 0, MaxSeats)
	for _, seat := range local {
		row = append(row, inputAt(seat, f))
	}
	return row
}

// play runs a session through frames frames, local inputs from inputAt at no
// delay, remote ones late by 0 to lag frames, each seat by its own.
func play(t testing.TB, s *Session[ledger, uint16], frames Frame, lag int32, seed uint64, each func(Status)) {
	t.Helper()
	r := NewRand(seed)
	for ticks := Frame(0); s.Current() < frames; ticks++ {
		if ticks > 20*frames {
			t.Fatalf("stuck at frame %d", s.Current())
		}
		st := s.Tick(tickInputs(s.Current(), s.config.Local)...)
		for seat := range s.config.Seats {
			if slices.Contains(s.config.Local, seat) {
				continue
			}
			for f := s.Held(seat) + 1; f < s.Current()-Frame(r.Below(lag+1)); f++ {
				mustConfirm(t, s, seat, f, inputAt(seat, f))
			}
		}
		if each != nil {
			each(st)
		}
	}
}
