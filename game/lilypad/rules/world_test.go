package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// idle is a frame in which no player does anything.
var idle = rollback.InputsOf[Pad]()

// table is a rollback session in which every seat is here, for tests that
// look at events.
type table struct {
	*rollback.Session[World, Pad]
	notices []rollback.Notice
}

func newTable(t testing.TB, w World, seats int) *table {
	t.Helper()
	local := make([]int, seats)
	for i := range local {
		local[i] = i
	}
	s, err := rollback.New(rollback.Config[World, Pad]{
		Start: w, Step: (*World).Step, Seats: seats, Local: local, ChecksumFrames: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &table{Session: s}
}

// tick steps one frame and returns what was emitted in it.
func (s *table) tick(pads ...Pad) []rollback.Notice {
	s.Tick(pads...)
	s.notices = s.AppendNotices(s.notices[:0])
	return s.notices
}

// calm returns a world in the middle of a round, with no lilies, no flies to
// come, and the frogs out of the way on lilies in the top left corner.
func calm(seats int) *World {
	start := New(Setup{Seed: 1, Seats: seats, Pond: MillPond})
	w := &start
	w.Phase, w.PhaseFrames = Play, GentleFrames
	w.Flies = [MaxFlies]Fly{}
	for i := range w.Flies {
		w.Flies[i].Holder = -1
	}
	w.Hatched, w.HatchFrames, w.GoldenFrames = 0, 1<<20, 1<<20
	w.Lilies = [MaxLilies]Lily{}
	for seat := range seats {
		lily(w, 0, seat%LilyRows)
		put(w, seat, 30, 40+72*int32(seat%LilyRows), 0)
	}
	return w
}

// lily puts a lily near the middle of a cell.
func lily(w *World, column, row int) *Lily {
	l := &w.Lilies[row*LilyColumns+column]
	*l = Lily{
		X: int32(column*80+40) * Px, Y: int32(row*72+40) * Px,
		Radius: lilyMaxRadius, State: LilyUp,
	}
	return l
}

// put puts a frog at a place in px.
func put(w *World, seat int, x, y int32, facing uint8) *Frog {
	f := &w.Frogs[seat]
	f.reset()
	f.X, f.Y, f.Facing = x*Px, y*Px, facing
	f.Lily = int8(w.lilyAt(f.X, f.Y, 0))
	return f
}

// fly puts a fly that hardly moves at a place in px.
func fly(w *World, i int, kind FlyKind, x, y int32) {
	w.placeFly(i, kind, x*Px, y*Px)
	w.Flies[i].VX, w.Flies[i].VY, w.Flies[i].Frames = 0, 0, 1000
	w.Hatched += kind.Worth()
}

// bubble puts a bubble of a seat at a place in px, with its usual speed in the
// direction of a facing.
func bubble(w *World, i, owner int, x, y int32, facing uint8) *Bubble {
	dx, dy := Direction(facing)
	w.Bubbles[i] = Bubble{
		X: x * Px, Y: y * Px, VX: dx * bubbleSpeed / 256, VY: dy * bubbleSpeed / 256,
		Owner: int8(owner), Generation: w.Bubbles[i].Generation + 1,
	}
	return &w.Bubbles[i]
}

// step steps a world with the given inputs, and checks it.
func step(t testing.TB, w *World, pads ...Pad) {
	t.Helper()
	w.Step(rollback.InputsOf(pads...))
	if err := w.Check(); err != nil {
		t.Fatalf("tick %d: %v", w.Tick, err)
	}
}
