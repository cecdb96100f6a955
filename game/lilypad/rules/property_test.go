package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

// wildPads presses buttons by chance. A hand keeps them for a while.
type wildPads struct {
	rand rollback.Rand
	pads [MaxSeats]Pad
}

func (p *wildPads) next(seats int) rollback.Inputs[Pad] {
	for seat := range p.pads {
		if p.rand.OneIn(6) {
			p.pads[seat] = Pad(p.rand.Below(256)) &^ Auto
		}
	}
	return rollback.InputsOf(p.pads[:seats]...)
}

// TestInvariants plays rounds with wild players, bots and both, and checks
// the world after every frame. Every round must end when it should.
func TestInvariants(t *testing.T) {
	for seed := range uint64(48) {
		seats := 1 + int(seed)%MaxSeats
		s := Setup{Seed: seed, Seats: seats, DurationFrames: 1500}
		if seed%3 > 0 {
			for seat := range seats {
				s.Levels[seat] = uint8(int(seed)*seat) % 4
			}
		}
		w := New(s)
		wild := wildPads{rand: rollback.NewRand(seed)}
		generations := w
		for frame := int32(0); !w.Over(); frame++ {
			if err := w.Check(); err != nil {
				t.Fatalf("seed %d, frame %d: %v", seed, frame, err)
			}
			if frame > ReadyFrames+s.DurationFrames+SuddenFrames {
				t.Fatalf("seed %d: the round has not ended by frame %d", seed, frame)
			}
			if frame == ReadyFrames+s.DurationFrames && w.Phase != Sudden {
				t.Fatalf("seed %d: playing time is over, but the phase is %d", seed, w.Phase)
			}
			w.Step(wild.next(seats))
			checkGenerations(t, &generations, &w)
			generations = w
		}
		if err := w.Check(); err != nil {
			t.Fatalf("seed %d, at the end: %v", seed, err)
		}
		if w.Winner() < 0 || w.AppendRanking(nil)[0] != w.Winner() || len(w.AppendRanking(nil)) != seats {
			t.Fatalf("seed %d: winner %d, ranking %v", seed, w.Winner(), w.AppendRanking(nil))
		}
	}
}

// checkGenerations checks that a slot gets a new generation whenever it gets
// a new fly or bubble, and only then.
func checkGenerations(t *testing.T, before, after *World) {
	t.Helper()
	for i := range after.Flies {
		a, b := &before.Flies[i], &after.Flies[i]
		if a.Kind == FlyNone && b.Kind != FlyNone && b.Generation == a.Generation || a.Kind != FlyNone && b.Kind == FlyNone && b.Generation != a.Generation {
			t.Fatalf("frame %d: fly %d went from %+v to %+v", after.Tick, i, *a, *b)
		}
	}
	for i := range after.Bubbles {
		a, b := &before.Bubbles[i], &after.Bubbles[i]
		if b.Owner >= 0 && b.Generation == a.Generation && (a.Owner != b.Owner || a.Age+1 != b.Age) {
			t.Fatalf("frame %d: bubble %d went from %+v to %+v", after.Tick, i, *a, *b)
		}
	}
}

// TestStepIsPure steps a world and a copy of it, taken half way, with the same
// inputs: they stay equal.
func TestStepIsPure(t *testing.T) {
	for seed := range uint64(12) {
		seats := 2 + int(seed)%7
		w := New(Setup{Seed: seed, Seats: seats, Levels: [MaxSeats]uint8{1: 3}, DurationFrames: 900})
		wild := wildPads{rand: rollback.NewRand(seed)}
		for range 400 {
			w.Step(wild.next(seats))
		}
		kept, keptWild := w, wild
		for range 800 {
			w.Step(wild.next(seats))
		}
		other := kept
		for range 800 {
			again := other
			in := keptWild.next(seats)
			other.Step(in)
			again.Step(in)
			if other != again {
				t.Fatalf("seed %d, tick %d: two steps from one world differ", seed, other.Tick)
			}
		}
		if other != w {
			t.Fatalf("seed %d: the copy went another way", seed)
		}
	}
}

// TestRollbackAgrees rolls back all the time: what late inputs lead to must be
// what inputs in time lead to.
func TestRollbackAgrees(t *testing.T) {
	for _, seats := range []int{2, 8} {
		start := New(Setup{Seed: 11, Seats: 8, Levels: [MaxSeats]uint8{7: 3}, DurationFrames: 900})
		rollbacktest.SyncTest(t, rollback.Config[World, Pad]{
			Start: start, Step: (*World).Step, Seats: seats,
		}, rollbacktest.Options[Pad]{Seed: 1, Frames: 1200})
	}
}

// TestOverIsFrozen: past the end only Tick goes on.
func TestOverIsFrozen(t *testing.T) {
	w := New(Setup{Seed: 4, Seats: 3, Levels: [MaxSeats]uint8{2, 3, 1}, DurationFrames: MinRoundFrames})
	for !w.Over() {
		w.Step(idle)
	}
	end := w
	for range 500 {
		w.Step(rollback.InputsOf[Pad](Hop, Tongue, Croak, Left))
	}
	if w.Tick != end.Tick+500 {
		t.Fatalf("Tick went from %d to %d", end.Tick, w.Tick)
	}
	w.Tick = end.Tick
	if w != end {
		t.Fatal("the world went on after the end")
	}
}

// TestFewerAndMoreInputs: seats without an input are idle, inputs without a
// seat are ignored.
func TestFewerAndMoreInputs(t *testing.T) {
	few, full, more := New(Setup{Seed: 5, Seats: 4}), New(Setup{Seed: 5, Seats: 4}), New(Setup{Seed: 5, Seats: 4})
	wild := wildPads{rand: rollback.NewRand(9)}
	for range 600 {
		wild.next(0)
		a, b := wild.pads[0], wild.pads[1]
		few.Step(rollback.InputsOf(a, b))
		full.Step(rollback.InputsOf(a, b, 0, 0))
		more.Step(rollback.InputsOf(a, b, 0, 0, Hop, Tongue, Left, Right, Up, Down, Croak, Auto))
		if few != full || more != full {
			t.Fatalf("tick %d: the number of inputs matters", full.Tick)
		}
	}
}
