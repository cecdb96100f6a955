package rules

import "testing"

// seeds are as many rounds as the start of one is tried in.
const seeds = 200

// headPx is how far above a frog's place its hat reaches in the picture.
const headPx = 40

// TestStartPlaces: nobody begins under the score row, with head and hat; nobody
// on another's lily, nor on the great one.
func TestStartPlaces(t *testing.T) {
	var firsts [MaxLilies]int
	for seed := range uint64(seeds) {
		for seats := 1; seats <= MaxSeats; seats++ {
			for pond := AnyPond; pond <= MaxPond; pond++ {
				w := New(Setup{Seed: seed, Seats: seats, Pond: pond})
				if err := w.Check(); err != nil {
					t.Fatalf("seed %d, %d frogs, pond %d: %v", seed, seats, pond, err)
				}
				firsts[w.Frogs[0].Lily]++
				taken := [MaxLilies]bool{}
				for seat := range w.Frogs[:w.Seats] {
					f := &w.Frogs[seat]
					if f.Y/Px-headPx < w.ground().top {
						t.Fatalf("seed %d, %d frogs, pond %d: seat %d starts at %d, %d px", seed, seats, w.Pond, seat, f.X/Px, f.Y/Px)
					}
					if taken[f.Lily] || w.Lilies[f.Lily].tireless() {
						t.Fatalf("seed %d, %d frogs, pond %d: seat %d starts on lily %d", seed, seats, w.Pond, seat, f.Lily)
					}
					taken[f.Lily] = true
				}
			}
		}
	}
	places := 0
	for _, n := range firsts {
		if n > 0 {
			places++
		}
	}
	if places < 20 {
		t.Errorf("seat 0 knows only %d places to start from", places)
	}
}

// TestNothingUnderTheScoreRow: lilies, flies and the feet of frogs keep out of
// the score row for whole rounds.
func TestNothingUnderTheScoreRow(t *testing.T) {
	for seed := range uint64(12) {
		w := New(Setup{Seed: seed, Seats: 2 + int(seed)%7, Levels: [MaxSeats]uint8{4, 4, 4, 4, 4, 4, 4, 4}, DurationFrames: 1800})
		top := w.ground().top
		for !w.Over() {
			w.Step(idle)
			for i := range w.Lilies {
				if l := &w.Lilies[i]; l.State != LilyNone && l.Y/Px-int32(l.Radius) < top {
					t.Fatalf("seed %d, tick %d: lily %d is %+v", seed, w.Tick, i, *l)
				}
			}
			for i := range w.Flies {
				if f := &w.Flies[i]; f.Kind != FlyNone && f.Y/Px < top+FlyRadius {
					t.Fatalf("seed %d, tick %d: fly %d is at %d px", seed, w.Tick, i, f.Y/Px)
				}
			}
			for seat := range w.Frogs[:w.Seats] {
				if f := &w.Frogs[seat]; f.State != Out && f.Y/Px < top+FrogRadius {
					t.Fatalf("seed %d, tick %d: seat %d is at %d px", seed, w.Tick, seat, f.Y/Px)
				}
			}
		}
	}
}

// TestFirstPondIsGentle: who does nothing on a first pond stays dry for the
// first 8 seconds.
func TestFirstPondIsGentle(t *testing.T) {
	for seed := range uint64(seeds) {
		for _, seats := range []int{2, 4, 8} {
			s := Setup{Seed: seed, Seats: seats}
			for seat := 1; seat < seats; seat++ {
				s.Levels[seat] = FirstPond
			}
			w := New(s)
			for range ReadyFrames + 8*60 {
				w.Step(idle)
				if w.Frogs[0].State != Sit {
					t.Fatalf("seed %d, %d frogs: in the water after %d frames", seed, seats, w.PhaseFrames)
				}
			}
		}
	}
}

// TestStartCostsLittle: in the first 10 seconds nobody loses more than two
// flies, whoever plays.
func TestStartCostsLittle(t *testing.T) {
	splashes := 0
	for seed := range uint64(seeds) {
		s := Setup{Seed: seed, Seats: 4}
		for seat := range 4 {
			s.Levels[seat] = uint8((int(seed)+seat)%MaxLevel) + 1
		}
		w := New(s)
		var lost [MaxSeats]int16
		for range ReadyFrames + 10*60 {
			before := w
			w.Step(idle)
			for seat := range w.Frogs[:w.Seats] {
				lost[seat] += max(before.Frogs[seat].Score-w.Frogs[seat].Score, 0)
				splashes += int(w.Frogs[seat].Splashes - before.Frogs[seat].Splashes)
				if lost[seat] > 2 {
					t.Fatalf("seed %d: seat %d has lost %d flies by tick %d", seed, seat, lost[seat], w.Tick)
				}
			}
		}
	}
	if splashes < seeds/4 {
		t.Errorf("only %d splashes: the test shows little", splashes)
	}
}
