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

// TestSize: a world is small enough to copy it for every frame.
func TestSize(t *testing.T) {
	size := binary.Size(World{})
	t.Logf("%d bytes", size)
	if size > 2560 {
		t.Errorf("a world has %d bytes", size)
	}
}

// The hashes are those of Version 2 of the rules. No copy of the game plays an
// older one any more, and nothing that was recorded with it exists. A change of
// the rules changes these numbers: raise Version with them.

// TestGoldenHash plays one round of 8 seats, some with bots, some with a
// script, and compares it with what every machine must get.
func TestGoldenHash(t *testing.T) {
	golden := map[int32]uint64{
		0:    0x9bf99def2c59724c,
		90:   0x6b40482ff6f13691,
		600:  0x782c16364e63b5b1,
		2000: 0x306ba7d0a1850daf,
		4000: 0x54ceb445aca55c2c,
		5000: 0x2b2064ec82171883,
		6000: 0x6996fa83db928359,
	}
	w := New(Setup{Seed: 20260901, Seats: 8, Levels: [MaxSeats]uint8{1, 2, 4, 0, 0, 3, 0, 4}})
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
	const want uint64 = 0x3539419f7c3f8882
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
		t.Errorf("tick %d: digest %#x, want %#x", w.Tick, got, want)
	}
}

// TestGoldenPonds does the same on each pond, with bots of every level.
func TestGoldenPonds(t *testing.T) {
	want := [MaxPond + 1]uint64{Puddle: 0x156396dc38d043fb, MillPond: 0x63d866599cc09bf5, GreatLily: 0x508be2d668cab7bd}
	for pond := Puddle; pond <= MaxPond; pond++ {
		w := New(Setup{Seed: 12, Seats: 4, Levels: [MaxSeats]uint8{1, 2, 3, 4}, Pond: pond, DurationFrames: 2400})
		for !w.Over() {
			w.Step(idle)
		}
		if got := digest(t, &w); got != want[pond] {
			t.Errorf("pond %d, tick %d: digest %#x, want %#x", pond, w.Tick, got, want[pond])
		}
	}
}
