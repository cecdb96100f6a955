//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// hall is a big world: its cells lie across the borders of parts.
type hall struct {
	Frame int32
	Odd   [3]uint8
	Cells [hallCells]uint32
}

const hallCells = 20 << 10

// longHall has its cells behind a slice. As an array of 16 MiB they would lie in frames of
// the stack, of each of whose words the compiler notes at each call whether it is a pointer:
// 100 MB of a test's program, and half a minute to compile it.
type longHall struct {
	Frame int32
	Odd   [3]uint8
	Cells []uint32
}

func long(cells int) longHall { return longHall{Cells: make([]uint32, cells)} }

// desyncOfTwo plays until a world that differs was found out, and returns both findings.
func desyncOfTwo[S any](t *testing.T, step func(*S), start S, c Conditions, change func(*S)) (all [2]*DesyncError) {
	t.Helper()
	game := Config[S, uint32]{Game: "hall", Start: func(Setup) S { return start }, Step: func(w *S, _ rollback.Inputs[uint32]) { step(w) }, ChecksumFrames: 20}
	network := NewMemoryNetwork(1)
	network.SetConditions(c)
	ms := twoInMatch(t, network, game)
	for changed := false; ; {
		network.Advance(testTick)
		over := 0
		for i, m := range ms {
			if m.Tick(1); m.play.over() {
				r, _ := m.Result()
				if !errors.As(r.Err, &all[i]) {
					t.Fatalf("%+v", r)
				}
				over++
			}
		}
		if over == 2 {
			break
		}
		if !changed && ms[1].session.Current() == 75 {
			changed = true
			ms[1].Disturb(change)
		}
		if ms[0].session.Current() > 400 {
			t.Fatal("nobody has found anything out")
		}
	}
	for i, m := range ms {
		if m.room.State() != Gathering || len(m.room.AppendMembers(nil)) != 2 {
			t.Fatalf("peer %d: the link did not survive: %v, %v, %q", i, m.room.State(), m.room.Err(), heard(m.room.AppendEvents(nil)))
		}
	}
	return all
}

// cellsOf are the tests for one size of world, one cell after the other.
func cellsOf[S any](t *testing.T, start S, step func(*S), change func(w *S, at int), cells ...int) {
	for _, at := range cells {
		for _, c := range []Conditions{{}, {DelayMs: 120, JitterMs: 20, LossPercent: 5}} {
			found := desyncOfTwo(t, step, start, c, func(w *S) { change(w, at) })
			for i, d := range found {
				here, there := "0", "305419896"
				if i == 1 {
					here, there = there, here
				}
				if d.Field != fmt.Sprintf("Cells[%d]", at) || d.Here != here || d.There != there || d.Frame < 70 || d.Frame > 80 {
					t.Errorf("cell %d, %+v, peer %d: %+v", at, c, i, d)
				}
				if d.Frame == 80 && !strings.Contains(d.Text, "agreed at frame 60 and no longer at frame") {
					t.Errorf("it is not the first frame: %s", d.Text)
				}
			}
			if testing.Short() {
				return
			}
		}
	}
}

// TestDesyncOfBigWorlds: the field is named, with the right values, in worlds far too
// big to be sent, wherever it lies and on slow paths.
func TestDesyncOfBigWorlds(t *testing.T) {
	const small, big = 150 << 10, 3 << 20 // of four bytes
	step := func(w *longHall) { w.Frame++ }
	change := func(w *longHall, at int) { w.Cells[at] = 0x12345678 }
	cellsOf(t, hall{}, func(w *hall) { w.Frame++ }, func(w *hall, at int) { w.Cells[at] = 0x12345678 }, 0, hallCells-1)
	cellsOf(t, long(small), step, change, 0, 8189, small-1) // 8189 lies in the first two parts
	if !testing.Short() {
		cellsOf(t, long(big), step, change, big-1)
	}
}

// TestDesyncOfAWorldTooBigToCompare: beyond 16 MiB the frame is all that is said.
func TestDesyncOfAWorldTooBigToCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for i, d := range desyncOfTwo(t, func(w *longHall) { w.Frame++ }, long(4<<20), Conditions{}, func(w *longHall) { w.Cells[9]++ }) {
		if d.Field != "" || d.Frame < 70 || d.Frame > 80 {
			t.Errorf("peer %d: %+v", i, d)
		}
	}
}

// TestDesyncOfSlices: of a big world with slices a value that differs is named; where it
// is longer on one side, only a world that is small enough to be sent.
func TestDesyncOfSlices(t *testing.T) {
	type world = longHall
	for _, test := range []struct {
		cells  int
		change func(w *world)
		want   string
	}{
		{400 << 10, func(w *world) { w.Cells[300_000]++ }, "Cells[300000]"},
		{400 << 10, func(w *world) { w.Cells = append(w.Cells, 7) }, ""},
		{10_000, func(w *world) { w.Cells = append(w.Cells, 7) }, "Cells"},
	} {
		found := desyncOfTwo(t, func(w *world) { w.Frame++ }, world{Cells: make([]uint32, test.cells)}, Conditions{DelayMs: 20}, test.change)
		for i, d := range found {
			if d.Field != test.want {
				t.Errorf("%d cells, peer %d: %+v, want %q", test.cells, i, d, test.want)
			}
		}
	}
}

// TestPartsAreSentOnce: a peer that asks for parts, whatever it asks for, is answered
// once, and only with what it has been told of.
func TestPartsAreSentOnce(t *testing.T) {
	tb, l, m := duel(t, 1)
	for range 40 {
		l.SendDatagram(m.datagram(l))
		tb.tick()
	}
	l.say(&wire.DesyncAsk{Match: 1, Frame: 0, First: 0, Count: 1}) // nobody has told it of that
	l.say(&wire.Checksum{Match: 1, Frame: 0, World: 1}, &wire.DesyncHashes{Match: 1, First: 0, Hashes: []uint64{1}})
	for range 10 {
		tb.tick()
	}
	for range 20 {
		l.say(&wire.DesyncAsk{Match: 1, Frame: 0, First: 0, Count: wire.MaxAskedParts})
		l.say(&wire.DesyncAsk{Match: 1, Frame: 5, First: 0, Count: 1})
	}
	for range int(6 * time.Second / testTick) {
		l.SendDatagram(m.datagram(l))
		tb.tick()
	}
	parts := 0
	for _, got := range l.messages {
		if _, ok := got.(*wire.DesyncPart); ok {
			parts++
		}
	}
	if parts != 1 {
		t.Errorf("%d parts were sent", parts)
	}
	if r, over := tb.lobbies[0].Match().Result(); !over || r.Agreed {
		t.Errorf("%+v, over %v", r, over)
	}
}
