package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestHop: a leap lasts 14 frames and goes 72 px.
func TestHop(t *testing.T) {
	w := calm(1)
	lily(w, 3, 2)
	lily(w, 4, 2)
	f := put(w, 0, 288, 180, 0)
	for frame := 1; frame < HopFrames; frame++ {
		step(t, w, Hop|Right)
		if f.State != Leap || f.StateFrames != uint8(frame) || f.Lily != -1 {
			t.Fatalf("frame %d of the leap: %+v", frame, *f)
		}
	}
	step(t, w, Hop|Right)
	if f.State != Sit || f.Lily != 2*LilyColumns+4 {
		t.Fatalf("after %d frames: %+v", HopFrames, *f)
	}
	if moved := f.X - 288*Px; moved < 71*Px || moved > 72*Px || f.Y != 180*Px {
		t.Fatalf("it leapt %d/256 px to the right", moved)
	}
	for range 40 {
		step(t, w, Hop|Right)
		if f.State != Sit {
			t.Fatal("it leapt again though Hop was only held")
		}
	}
}

// TestHopAssist: a leap that just misses a lily is bent onto it, one that
// misses by far ends in the water.
func TestHopAssist(t *testing.T) {
	for _, c := range []struct {
		y    int32
		dry  bool
		name string
	}{{180, true, "straight"}, {216, true, "past the rim"}, {234, false, "far off"}} {
		w := calm(1)
		lily(w, 3, 2).Radius = 70
		lily(w, 4, 2)
		f := put(w, 0, 288, c.y, 0)
		for range HopFrames {
			step(t, w, Hop|Right)
		}
		if (f.State == Sit) != c.dry {
			t.Errorf("%s: %+v", c.name, *f)
		}
		if f.State == Sit && !near(f.X, f.Y, w.Lilies[f.Lily].X, w.Lilies[f.Lily].Y, (lilyMaxRadius-LandPx+1)*Px) {
			t.Errorf("%s: it sits on the rim: %+v", c.name, *f)
		}
	}
}

// TestHopIsSafeFor8Frames drops a bubble onto a frog in each frame of a leap.
func TestHopIsSafeFor8Frames(t *testing.T) {
	for frame := 1; frame < HopFrames; frame++ {
		w := calm(2)
		lily(w, 3, 2)
		f := put(w, 0, 280, 180, 0)
		for range frame - 1 {
			step(t, w, Hop)
		}
		bubble(w, 0, 1, 270, 180, 0)
		step(t, w, Hop)
		if hit := f.Stun > 0; hit != (frame > HopSafeFrames) {
			t.Errorf("frame %d of the leap: hit is %v", frame, hit)
		}
	}
}

// TestWalkStaysOnTheLily: walking never ends in the water.
func TestWalkStaysOnTheLily(t *testing.T) {
	for facing, pad := range padToward {
		w := calm(1)
		l := lily(w, 4, 2)
		f := put(w, 0, 360, 180, 0)
		for range 100 {
			step(t, w, pad)
		}
		if f.State != Sit || f.Facing != uint8(facing) {
			t.Fatalf("facing %d: %+v", facing, *f)
		}
		if near(f.X, f.Y, l.X, l.Y, (lilyMaxRadius-3)*Px) {
			t.Errorf("facing %d: it did not get to the rim: %d, %d", facing, f.X-l.X, f.Y-l.Y)
		}
	}
}

// TestEarlyPressCounts: a hop pressed a few frames before landing happens.
func TestEarlyPressCounts(t *testing.T) {
	w := calm(1)
	f := put(w, 0, 40, 40, 0)
	step(t, w, Hop)
	for range HopFrames + LandStun - 4 {
		step(t, w, 0)
	}
	for range 6 {
		step(t, w, Hop)
	}
	if f.State != Leap {
		t.Fatalf("the early press was forgotten: %+v", *f)
	}
}

// TestSplash: it costs three flies, which are free again; 60 frames under
// water, then 60 safe ones on the safest lily.
func TestSplash(t *testing.T) {
	for _, c := range []struct{ score, dropped int16 }{{7, 3}, {3, 3}, {2, 2}, {0, 0}} {
		w := calm(2)
		lily(w, 7, 4)
		lily(w, 3, 2)
		f := put(w, 0, 500, 100, 0)
		f.Score, w.Hatched = c.score, int32(c.score)
		f.HitBy, f.HitByFrames = 1, 1
		step(t, w, 0, 0)
		if f.State != Sunk || f.Splashes != 1 || f.Score != c.score-c.dropped || w.Frogs[1].Knocks != 0 {
			t.Fatalf("score %d: after the splash %+v", c.score, *f)
		}
		flies := int16(0)
		for i := range w.Flies {
			if w.Flies[i].Kind == FlyPlain {
				flies++
			}
		}
		if flies != c.dropped {
			t.Fatalf("score %d: %d flies rose", c.score, flies)
		}
		for range SunkFrames - 1 {
			step(t, w, Left|Hop, 0)
		}
		if f.State != Sunk {
			t.Fatalf("it came back early: %+v", *f)
		}
		step(t, w, 0, 0)
		if f.State != Sit || f.Lily != 4*LilyColumns+7 || f.Safe != SafeFrames {
			t.Fatalf("it came back as %+v", *f)
		}
		bubble(w, 0, 1, f.X/Px-15, f.Y/Px, 0).VX = 1
		for range SafeFrames - 1 {
			step(t, w, 0, 0)
			if f.Stun > 0 {
				t.Fatalf("hit with %d safe frames left", f.Safe)
			}
		}
		step(t, w, 0, 0)
		if f.Stun == 0 {
			t.Fatal("still safe after all its safe frames")
		}
	}
}

// TestSplashFullPool: flies that find no room in the pool are kept.
func TestSplashFullPool(t *testing.T) {
	w := calm(1)
	for i := range MaxFlies - 1 {
		fly(w, i, FlyPlain, 300, 300)
	}
	f := put(w, 0, 500, 100, 0)
	f.Score = 9
	w.Hatched += 9
	step(t, w, 0)
	if f.State != Sunk || f.Score != 8 {
		t.Fatalf("with room for one fly: %+v", *f)
	}
}

// TestSlam: landing beside a frog knocks it away; the splash is to the credit
// of the one who landed.
func TestSlam(t *testing.T) {
	w := calm(2)
	lily(w, 3, 2)
	lily(w, 4, 2)
	put(w, 0, 288, 180, 0)
	f := put(w, 1, 380, 180, 0)
	for range HopFrames {
		step(t, w, Hop|Right, 0)
	}
	if f.VX <= 0 || f.Stun == 0 || f.HitBy != 0 {
		t.Fatalf("after the landing: %+v", *f)
	}
	for range 30 {
		step(t, w, 0, 0)
	}
	if f.Splashes != 1 || w.Frogs[0].Knocks != 1 {
		t.Fatalf("it did not fall: %+v", *f)
	}
}

// TestKnockChain: a bubble hits the first of three frogs in a row; the last
// one falls, to the credit of the one who spat.
func TestKnockChain(t *testing.T) {
	w := calm(4)
	lily(w, 3, 2).Radius = 60
	put(w, 0, 280, 180, 0)
	put(w, 1, 302, 180, 0)
	f := put(w, 2, 324, 180, 0)
	bubble(w, 0, 3, 250, 180, 0)
	for range 60 {
		step(t, w, 0, 0, 0, 0)
	}
	if f.Splashes != 1 || w.Frogs[3].Knocks != 1 {
		t.Fatalf("the last in the row: %+v, the one who spat: %+v", *f, w.Frogs[3])
	}
	if w.Frogs[0].State != Sit || w.Frogs[1].State != Sit {
		t.Fatalf("the others fell too: %+v %+v", w.Frogs[0], w.Frogs[1])
	}
}

// TestFrogsPart: frogs in one place part, but not into the water.
func TestFrogsPart(t *testing.T) {
	w := calm(3)
	lily(w, 3, 2)
	for seat := range 3 {
		put(w, seat, 280, 180, 0)
	}
	for range 60 {
		step(t, w, 0, 0, 0)
	}
	for a := range 3 {
		for b := range a {
			fa, fb := &w.Frogs[a], &w.Frogs[b]
			if fa.State != Sit || near(fa.X, fa.Y, fb.X, fb.Y, (2*FrogRadius-2)*Px) {
				t.Errorf("frogs %d and %d: %d,%d and %d,%d", a, b, fa.X, fa.Y, fb.X, fb.Y)
			}
		}
	}
}

// TestCroak: once per press, and not too often; flies flee.
func TestCroak(t *testing.T) {
	w := calm(1)
	put(w, 0, 40, 40, 0)
	fly(w, 0, FlyPlain, 70, 40)
	s := newTable(t, *w, 1)
	croaks := 0
	for frame := range 100 {
		pad := Croak
		if frame%4 == 3 && frame < 60 {
			pad = 0
		}
		for _, n := range s.tick(pad) {
			if n.Kind == EventCroak && n.Phase == rollback.Confirmed {
				croaks++
			}
		}
	}
	// Pressed every fourth frame up to frame 60, then only held.
	if croaks != 2 {
		t.Errorf("%d croaks", croaks)
	}
	if got := &s.World().Flies[0]; near(got.X, got.Y, 40*Px, 40*Px, CroakPx*Px) {
		t.Errorf("the fly stayed at %d, %d", got.X/Px, got.Y/Px)
	}
}
