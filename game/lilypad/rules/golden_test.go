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

// The hashes are those of Version 6 of the rules, of 5, in which seat 0 alone could end a match,
// of 4, in which no seat waited for anybody,
// and of 3, which knew no Stop. No copy of the game plays an older one any more, and nothing
// that was recorded with it exists. A change of the rules changes these numbers: raise
// Version with them.

// TestGoldenHash plays one round of 8 seats, some with bots, some with a
// script, and compares it with what every machine must get.
func TestGoldenHash(t *testing.T) {
	golden := map[int32]uint64{
		0:    0xf261e9c70c9c2d47,
		90:   0xa0ba15f9646b56a2,
		600:  0xff02d64ad784f56,
		2000: 0x62e47cc8f581f264,
		4000: 0xe8cc19f4a8e5ccfb,
		5000: 0x81f9b54f4d0e2648,
		6000: 0x96fba9a4ca826da6,
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
	const want uint64 = 0xa3ceba41a423eb35
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
	want := [MaxPond + 1]uint64{Puddle: 0x1171349ad51aabc1, MillPond: 0x53a0ae15661c8716, GreatLily: 0x2a14f6e9a4b0b8b1}
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
