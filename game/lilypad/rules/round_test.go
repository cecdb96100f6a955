package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestCountdown: for 90 frames nobody moves, then the round runs for as long
// as it should.
func TestCountdown(t *testing.T) {
	start := New(Setup{Seed: 8, Seats: 2, DurationFrames: 600})
	s := newTable(t, start, 2)
	counts := map[int64]int32{}
	for range ReadyFrames {
		for _, n := range s.tick(Hop|Left, Tongue|Up) {
			if n.Kind == EventCount && n.Phase == rollback.Confirmed {
				counts[n.Value] = s.World().Tick
			}
		}
		if w := s.World(); w.Frogs[0].X != start.Frogs[0].X || w.Frogs[0].State != Sit || w.Frogs[1].Tongue != TongueIn {
			t.Fatalf("tick %d: moved before the start: %+v", w.Tick, w.Frogs)
		}
	}
	if counts[3] != 1 || counts[2] != 31 || counts[1] != 61 || counts[0] != ReadyFrames {
		t.Fatalf("counted down at %v", counts)
	}
	if w := s.World(); w.Phase != Play || w.LeftFrames != 600 || w.Frogs[0].Facing != 4 {
		t.Fatalf("phase %d, %d frames left", w.Phase, w.LeftFrames)
	}
}

// TestLilySinks: after 180 frames of standing it sinks in 30, the frog on it
// splashes, and it grows back.
func TestLilySinks(t *testing.T) {
	w := calm(1)
	l := lily(w, 4, 2)
	for row := range LilyRows { // to come back on
		lily(w, 0, row)
	}
	f := put(w, 0, 360, 180, 0)
	for range SinkAfterFrames - 1 {
		step(t, w, 0)
	}
	if l.State != LilyUp {
		t.Fatalf("too early: %+v", *l)
	}
	step(t, w, 0)
	if l.State != LilySinking {
		t.Fatalf("too late: %+v", *l)
	}
	for range SinkFrames - 1 {
		step(t, w, 0)
	}
	if f.State != Sit {
		t.Fatalf("it fell early: %+v", *f)
	}
	step(t, w, 0)
	if l.State != LilyGone || f.State != Sunk || f.Splashes != 1 {
		t.Fatalf("lily %+v, frog %+v", *l, *f)
	}
	gone := 0
	for ; l.State == LilyGone; gone++ {
		step(t, w, 0)
	}
	if gone < regrowMin || gone > regrowMax || l.State != LilyGrowing {
		t.Fatalf("after %d frames: %+v", gone, *l)
	}
	for range GrowFrames {
		if l.Carries() {
			t.Fatal("it carries while it grows")
		}
		step(t, w, 0)
	}
	if l.State != LilyUp || l.Frames != 0 {
		t.Fatalf("grown: %+v", *l)
	}
}

// TestLilyRests: a lily that was left recovers.
func TestLilyRests(t *testing.T) {
	w := calm(1)
	l := lily(w, 4, 2)
	l.Frames = 100
	for range 60 {
		step(t, w, 0)
	}
	if l.Frames != 40 || l.State != LilyUp {
		t.Fatalf("%+v", *l)
	}
}

// TestGoldenFly: one every 12 seconds or so, which leaves after 10.
func TestGoldenFly(t *testing.T) {
	w := New(Setup{Seed: 6, Seats: 2})
	var hatched []int32
	lived := 0
	for !w.Over() && w.Phase != Sudden {
		before := w
		step(t, &w)
		for i := range w.Flies {
			if w.Flies[i].Kind == FlyGold && before.Flies[i].Kind != FlyGold {
				hatched = append(hatched, w.Tick)
			}
			if w.Flies[i].Kind == FlyGold {
				lived++
			}
		}
	}
	if len(hatched) < 6 || len(hatched) > 8 {
		t.Fatalf("golden flies at %v", hatched)
	}
	for i, tick := range hatched[1:] {
		if gap := tick - hatched[i]; gap < goldEveryMin || gap > goldEveryMax {
			t.Errorf("%d frames between two golden flies", gap)
		}
	}
	if limit := len(hatched) * GoldFrames; lived > limit || w.Flown < 5*GoldWorth {
		t.Errorf("golden flies lived for %d frames, at most %d; flown %d", lived, limit, w.Flown)
	}
}

// TestFinal: in the last 15 seconds half of the lilies sink for good.
func TestFinal(t *testing.T) {
	w := New(Setup{Seed: 2, Seats: 8, Levels: [MaxSeats]uint8{2, 2, 2, 2, 2, 2, 2, 2}, Pond: MillPond})
	for w.Phase != Final {
		step(t, &w)
	}
	if w.LeftFrames != FinalFrames {
		t.Fatalf("%d frames left", w.LeftFrames)
	}
	all, doomed := 0, 0
	for i := range w.Lilies {
		if w.Lilies[i].State != LilyNone {
			all++
		}
		if w.Lilies[i].Doomed {
			doomed++
		}
	}
	if doomed != all/2 || all < 25 {
		t.Fatalf("%d of %d lilies are doomed", doomed, all)
	}
	for w.Phase == Final && w.LeftFrames > 1 {
		step(t, &w)
		for i := range w.Lilies {
			if l := &w.Lilies[i]; l.Doomed && w.PhaseFrames > SinkFrames+doomSpread && l.State != LilyGone {
				t.Fatalf("%d frames on: lily %d is %+v", w.PhaseFrames, i, *l)
			}
		}
	}
}

// tie returns a world whose round ends level between some of four frogs in
// the next frame.
func tie(scores ...int16) *World {
	w := calm(len(scores))
	for seat, score := range scores {
		w.Frogs[seat].Score = score
		w.Hatched += int32(score)
	}
	w.LeftFrames = 1
	w.Phase = Final
	return w
}

// TestClearWin: no sudden death without a tie.
func TestClearWin(t *testing.T) {
	w := tie(3, 9, 8, 8)
	step(t, w)
	if !w.Over() || w.Winner() != 1 {
		t.Fatalf("phase %d, winner %d", w.Phase, w.Winner())
	}
	w.Frogs[2].Splashes = 1
	if got := w.AppendRanking([]int{7}); len(got) != 5 || got[0] != 7 || got[1] != 1 || got[2] != 3 || got[3] != 2 || got[4] != 0 {
		t.Fatalf("ranking %v", got)
	}
}

// TestSuddenDeath: only the leaders play on; who falls is out, the last one
// wins.
func TestSuddenDeath(t *testing.T) {
	w := tie(9, 3, 9, 9)
	fly(w, 0, FlyGold, 300, 200)
	step(t, w)
	if w.Phase != Sudden || w.Rivals != 0b1101 || w.Frogs[1].State != Out || w.Flies[0].Kind != FlyNone || w.Flown != GoldWorth {
		t.Fatalf("phase %d, rivals %b, frogs %+v", w.Phase, w.Rivals, w.Frogs)
	}
	for _, seat := range []int{0, 2, 3} {
		if w.Frogs[seat].Lily != BigLily {
			t.Fatalf("seat %d: %+v", seat, w.Frogs[seat])
		}
	}
	put(w, 3, 600, 50, 0)
	step(t, w)
	if w.Frogs[3].State != Out || w.Rivals != 0b101 || w.Over() || w.Frogs[3].Score != 9 {
		t.Fatalf("after the first splash: %+v", w.Frogs[3])
	}
	put(w, 0, 600, 50, 0)
	step(t, w)
	if !w.Over() || w.Winner() != 2 || w.AppendRanking(nil)[0] != 2 {
		t.Fatalf("phase %d, winner %d", w.Phase, w.Winner())
	}
}

// TestSuddenDeathEnds: after 15 seconds, or if the last fall together, fewer
// splashes decide, then the lower seat.
func TestSuddenDeathEnds(t *testing.T) {
	for _, c := range []struct {
		splashes [3]uint16
		winner   int
	}{{[3]uint16{4, 2, 3}, 1}, {[3]uint16{2, 2, 2}, 0}, {[3]uint16{5, 3, 3}, 1}} {
		for _, together := range []bool{false, true} {
			w := tie(5, 5, 5)
			for seat, n := range c.splashes {
				w.Frogs[seat].Splashes = n
			}
			step(t, w)
			radius := w.Lilies[BigLily].Radius
			for frame := range SuddenFrames {
				if w.Over() {
					t.Fatalf("%+v: over after %d frames", c, frame)
				}
				if together {
					for seat := range 3 {
						put(w, seat, 600, 50, 0)
					}
					step(t, w)
					break
				}
				for seat := range 3 {
					put(w, seat, 320, 194, 0).Safe = 2 // else they push each other off
				}
				step(t, w)
			}
			if !w.Over() || w.Winner() != c.winner {
				t.Errorf("%+v, together %v: winner %d", c, together, w.Winner())
			}
			if !together && w.Lilies[BigLily].Radius >= radius {
				t.Error("the big lily did not shrink")
			}
		}
	}
}

// TestEvents plays rounds between bots and checks that everything there is to
// hear and see is told, in the right place, and as often as it happened.
func TestEvents(t *testing.T) {
	var seen [EventOver + 1]int
	splashes := 0
	for seed := range uint64(6) {
		s := newTable(t, New(Setup{Seed: seed, Seats: 8, Levels: [MaxSeats]uint8{1, 2, 3, 1, 2, 3, 1, 2}}), 1)
		for !s.World().Over() {
			for _, n := range s.tick(0) {
				if n.Phase != rollback.Confirmed {
					continue
				}
				seen[n.Kind]++
				if p := PlaceOf(n.Value); Placed(n.Kind) && (p.X < 0 || p.X > ArenaWidth || p.Y < 0 || p.Y > ArenaHeight || p.Extra < -1) {
					t.Fatalf("event %+v is at %+v", n, p)
				}
			}
		}
		for seat := range s.World().Frogs {
			splashes += int(s.World().Frogs[seat].Splashes)
		}
	}
	first := tie(1, 2)
	first.Rounds = 3
	for _, last := range []*World{tie(1, 1), first} {
		s := newTable(t, *last, 1)
		for range 3 {
			for _, n := range s.tick(0) {
				seen[n.Kind]++
			}
		}
	}
	for kind := EventCroak; kind <= EventOver; kind++ {
		if seen[kind] == 0 {
			t.Errorf("event %d never came", kind)
		}
	}
	if seen[EventSplash] != splashes {
		t.Errorf("%d splashes were told, %d happened", seen[EventSplash], splashes)
	}
	// A sudden death, of those bots or of the tie, has a clock of its own.
	if clock := seen[EventClock]; clock < 5*6 || clock > 5*(6+seen[EventSudden]) || seen[EventOver] != 6 || seen[EventFinal] != 6 {
		t.Errorf("clock %d, over %d, final %d", seen[EventClock], seen[EventOver], seen[EventFinal])
	}
}

func TestPlace(t *testing.T) {
	for _, p := range []Place{{}, {X: 640, Y: 360, Extra: -1}, {X: -1, Y: 7, Extra: 1 << 30}} {
		if got := PlaceOf(p.Value()); got != p {
			t.Errorf("%+v became %+v", p, got)
		}
	}
}
