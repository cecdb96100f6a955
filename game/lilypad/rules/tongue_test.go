package rules

import "testing"

// TestTongueTiming: 4 frames out, 4 hold, 6 back.
func TestTongueTiming(t *testing.T) {
	w := calm(1)
	f := put(w, 0, 40, 40, 0)
	for frame, want := range []uint8{18, 36, 54, 72, 72, 72, 72, 72, 60, 48, 36, 24, 12, 0, 0} {
		step(t, w, Tongue&Pad(1<<4>>min(frame, 5))) // a tap
		if f.TongueLength != want {
			t.Fatalf("frame %d: the tongue is %d px long, want %d", frame+1, f.TongueLength, want)
		}
		phase := []TonguePhase{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3}[frame] + 1
		if phase > TongueBack {
			phase = TongueIn
		}
		if f.Tongue != phase {
			t.Fatalf("frame %d: phase %d, want %d", frame+1, f.Tongue, phase)
		}
	}
}

// TestTongueEats: it reaches 72 px and a little, a fly counts when it is back,
// and a golden one counts five.
func TestTongueEats(t *testing.T) {
	for _, c := range []struct {
		kind     FlyKind
		distance int32
		score    int16
	}{
		{FlyPlain, 30, 1}, {FlyGold, 60, 5}, {FlyPlain, TonguePx + tongueFlyPx, 1}, {FlyPlain, TonguePx + tongueFlyPx + 1, 0},
	} {
		w := calm(1)
		f := put(w, 0, 40, 40, 0)
		fly(w, 3, c.kind, 40+c.distance, 40)
		stuck := false
		for range 14 {
			step(t, w, Tongue)
			if w.Flies[3].Holder == 0 {
				stuck = true
				if f.Score != 0 {
					t.Fatal("it counts before it is eaten")
				}
			}
		}
		if f.Score != c.score || stuck != (c.score > 0) || (w.Flies[3].Kind == FlyNone) != stuck {
			t.Errorf("%+v: score %d, fly %+v", c, f.Score, w.Flies[3])
		}
	}
}

// TestHitFreesFly: a frog that is hit loses the fly on its tongue.
func TestHitFreesFly(t *testing.T) {
	w := calm(2)
	f := put(w, 0, 40, 40, 0)
	fly(w, 0, FlyPlain, 100, 40)
	for f.Grab != GrabFly {
		step(t, w, Tongue, 0)
	}
	bubble(w, 0, 1, 25, 40, 0)
	step(t, w, Tongue, 0)
	if w.Flies[0].Kind != FlyPlain || w.Flies[0].Holder != -1 || f.Tongue != TongueIn || f.Score != 0 {
		t.Fatalf("the fly is %+v, the frog %+v", w.Flies[0], *f)
	}
}

// TestPull: a frog is thrown over the one that pulls; into the water if that
// has it at its back.
func TestPull(t *testing.T) {
	for _, c := range []struct {
		x   int32
		dry bool
	}{{290, true}, {250, false}} {
		w := calm(2)
		lily(w, 3, 2)
		lily(w, 4, 2)
		f := put(w, 0, c.x, 180, 0)
		p := put(w, 1, c.x+60, 180, 4)
		for p.State != Thrown {
			step(t, w, Tongue, 0)
		}
		for range ThrowFrames {
			step(t, w, 0, 0)
		}
		if p.X >= f.X || (p.State == Sit) != c.dry || p.HitBy != 0 && c.dry {
			t.Errorf("from %d px: thrown to %+v", c.x, *p)
		}
		if !c.dry && f.Knocks != 1 {
			t.Errorf("from %d px: no credit for the splash: %+v", c.x, *f)
		}
	}
}

// tug lets two frogs shoot at each other and returns them knotted.
func tug(t *testing.T) (w *World, a, b *Frog) {
	t.Helper()
	w = calm(2)
	lily(w, 3, 2)
	lily(w, 4, 2)
	a, b = put(w, 0, 290, 180, 0), put(w, 1, 350, 180, 4)
	step(t, w, Tongue, Tongue)
	step(t, w, 0, 0)
	if a.Tongue != TongueTug || b.Tongue != TongueTug || a.TugWith != 1 || b.TugWith != 0 {
		t.Fatalf("the tongues did not meet: %+v %+v", *a, *b)
	}
	return w, a, b
}

// TestTugOfWar: for 30 frames presses count, then the loser is pulled.
func TestTugOfWar(t *testing.T) {
	for _, c := range []struct {
		a, b int // presses every so many frames, 0 for never, 1 for holding
		name string
		end  [2]FrogState
	}{
		{4, 6, "faster", [2]FrogState{Sit, Thrown}},
		{6, 4, "slower", [2]FrogState{Thrown, Sit}},
		{6, 1, "against holding", [2]FrogState{Sit, Thrown}},
		{5, 5, "tie", [2]FrogState{Sit, Sit}},
	} {
		w, a, b := tug(t)
		press := func(every, frame int) Pad {
			if every > 0 && frame%every == 0 {
				return Tongue
			}
			return 0
		}
		for frame := range TugTotalFrames {
			if a.Tongue != TongueTug || a.State != Sit || b.State != Sit {
				t.Fatalf("%s: decided after %d frames", c.name, frame)
			}
			step(t, w, press(c.a, frame), press(c.b, frame))
		}
		if a.Tongue == TongueTug || a.State != c.end[0] || b.State != c.end[1] {
			t.Errorf("%s: %+v %+v", c.name, *a, *b)
		}
		if c.name == "tie" && (a.VX >= 0 || b.VX <= 0) {
			t.Errorf("tie: not flung apart: %d %d", a.VX, b.VX)
		}
	}
}

// TestHitEndsTug: a bubble frees both.
func TestHitEndsTug(t *testing.T) {
	w, a, b := tug(t)
	w.Seats = 3
	put(w, 2, 30, 40, 0)
	bubble(w, 0, 2, 280, 180, 0)
	step(t, w, 0, 0, 0)
	if a.Stun == 0 || a.Tongue != TongueIn || b.Tongue != TongueIn || b.Stun != 0 {
		t.Fatalf("%+v %+v", *a, *b)
	}
}
