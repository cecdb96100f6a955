package rollback

import (
	"fmt"
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

// inputAt is the script of a test: a new value now and then, else the last one.
func inputAt(seat int, f Frame) uint16 {
	r := NewRand(uint64(seat)<<32 | uint64(f/5))
	return uint16(r.Below(32))
}

// TestLateInputsReachTheSameWorlds feeds one session late and out of step, so
// that it predicts and rolls back all the time, and another only with what is
// confirmed. Every frame's checksum must agree.
func TestLateInputsReachTheSameWorlds(t *testing.T) {
	for _, saveEvery := range []int{1, 3, 7} {
		for _, seats := range []int{2, 3, 8, 16} {
			config := ledgerConfig(seats, 0)
			config.SaveEvery, config.ChecksumFrames = saveEvery, 1
			late := mustNew(t, config)
			config.Local, config.Lockstep, config.SaveEvery = nil, true, 1
			truth := mustNew(t, config)
			var got, want []Checksum
			lag := NewRand(99)
			for late.Current() < 2000 {
				late.Tick(inputAt(0, late.Current()))
				for seat := 1; seat < seats; seat++ {
					for f := late.Held(seat) + 1; f < late.Current()-Frame(lag.Below(8)); f++ {
						if err := late.Confirm(seat, f, inputAt(seat, f)); err != nil {
							t.Fatal(err)
						}
					}
				}
				got = late.AppendChecksums(got)
			}
			for f := Frame(0); f < 2000; f++ {
				for seat := range seats {
					if err := truth.Confirm(seat, f, inputAt(seat, f)); err != nil {
						t.Fatal(err)
					}
				}
				truth.Follow(1)
				want = truth.AppendChecksums(want)
			}
			if len(got) < 1900 || late.Stats().Rollbacks < 300 {
				t.Fatalf("%d checksums and %d rollbacks: the test shows nothing", len(got), late.Stats().Rollbacks)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("seats %d, saving every %d: checksum %+v, want %+v", seats, saveEvery, got[i], want[i])
				}
			}
		}
	}
}

func BenchmarkRollback7(b *testing.B) {
	for _, seats := range []int{2, 8} {
		b.Run(fmt.Sprint(seats), func(b *testing.B) {
			type none struct{}
			s := mustNew(b, Config[none, uint32]{Step: func(*none, Inputs[uint32]) {}, Seats: seats, Local: []int{0}})
			for range 20 {
				s.Tick(0)
			}
			v := uint32(0)
			b.ReportAllocs()
			for b.Loop() {
				v++
				for seat := 1; seat < seats; seat++ {
					s.Confirm(seat, s.Held(seat)+1, v)
				}
				s.Tick(0)
			}
			st := s.Stats()
			b.ReportMetric(float64(st.Resteps)/float64(st.Rollbacks), "resteps/rollback")
		})
	}
}
