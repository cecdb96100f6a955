package rules

import (
	"encoding/binary"
	"hash/fnv"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// digest hashes the fields of a world in their order, little-endian and
// without padding, so that it is the same on every machine.
func digest(t testing.TB, w *World) uint64 {
	t.Helper()
	h := fnv.New64a()
	if err := binary.Write(h, binary.LittleEndian, w); err != nil {
		t.Fatal(err)
	}
	return h.Sum64()
}

// TestGoldenHash plays one round of 8 seats, some with bots, some with a
// script, and compares it with what every machine must get. A change of the
// rules changes these numbers: raise Version with them.
func TestGoldenHash(t *testing.T) {
	golden := map[int32]uint64{
		0: 0, 90: 0, 600: 0, 2000: 0, 4000: 0, 5000: 0, 6000: 0,
	}
	w := New(Setup{Seed: 20260901, Seats: 8, Levels: [MaxSeats]uint8{1, 2, 3, 0, 0, 3, 0, 1}})
	wild := wildPads{rand: rollback.NewRand(77)}
	for {
		if want, ok := golden[w.Tick]; ok {
			if got := digest(t, &w); got != want {
				t.Errorf("tick %d: digest %#x, want %#x", w.Tick, got, want)
			}
		}
		if w.Tick == 6000 {
			break
		}
		w.Step(wild.next(MaxSeats))
	}
}

// TestGoldenSudden does the same for a tie, which players who do nothing
// always have.
func TestGoldenSudden(t *testing.T) {
	const want = 0
	w := New(Setup{Seed: 3, Seats: 5, DurationFrames: MinRoundFrames})
	wild := wildPads{rand: rollback.NewRand(8)}
	for !w.Over() {
		if w.Phase == Sudden {
			w.Step(wild.next(5))
		} else {
			w.Step(idle)
		}
	}
	if got := digest(t, &w); got != want {
		t.Errorf("tick %d: digest %#x, want %#x", w.Tick, got, uint64(want))
	}
}
