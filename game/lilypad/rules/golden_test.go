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

// TestGoldenHash plays one round of 8 seats, some with bots, some with a
// script, and compares it with what every machine must get. A change of the
// rules changes these numbers: raise Version with them.
func TestGoldenHash(t *testing.T) {
	golden := map[int32]uint64{
		0:    0x3461f2e5145dfa66,
		90:   0xa3211bd00d8333bd,
		600:  0x91b7d92377330d0f,
		2000: 0xb50445311e69512b,
		4000: 0xc98e7ed21479d09a,
		5000: 0x36057c641587f50f,
		6000: 0x380a27db811499c0,
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
	const want uint64 = 0xd73cc5695ec1a6f2
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
