package rules

import "testing"

func bubbles(w *World) (n int) {
	for i := range w.Bubbles {
		if w.Bubbles[i].Owner >= 0 {
			n++
		}
	}
	return n
}

// TestChargedBubble: Tongue must be held until the tongue is back and the
// cheeks are full; letting go spits.
func TestChargedBubble(t *testing.T) {
	const full = TongueOutFrames + TongueHoldFrames + TongueBackFrames + ChargeFrames
	for held := full - 2; held <= full+30; held++ {
		w := calm(1)
		put(w, 0, 40, 40, 2)
		for range held {
			step(t, w, Tongue)
			if bubbles(w) > 0 {
				t.Fatal("spat while still held")
			}
		}
		step(t, w, Right)
		b := w.Bubbles[0]
		if spat := bubbles(w) == 1; spat != (held >= full) {
			t.Errorf("held for %d frames: spat is %v", held, spat)
		} else if spat && (b.VX != bubbleSpeed || b.VY != 0 || b.Owner != 0 || b.Fast) {
			t.Errorf("held for %d frames: %+v", held, b)
		}
	}
}

// TestBubbleHits: a bubble knocks a frog away, but not its owner.
func TestBubbleHits(t *testing.T) {
	w := calm(2)
	lily(w, 3, 2)
	f := put(w, 0, 290, 180, 0)
	bubble(w, 0, 0, 260, 180, 0)
	for range 30 {
		step(t, w, 0, 0)
	}
	if f.X != 290*Px {
		t.Fatal("hit by its own bubble")
	}
	bubble(w, 1, 1, 260, 180, 0)
	for range 40 {
		step(t, w, 0, 0)
	}
	if f.Splashes != 1 || w.Frogs[1].Knocks != 1 {
		t.Fatalf("hit near the rim it must fall: %+v", *f)
	}
}

// TestBubbleEnds: of age, and at the edge of the arena.
func TestBubbleEnds(t *testing.T) {
	w := calm(1)
	slow := bubble(w, 0, 0, 320, 180, 0)
	slow.VX = 10
	bubble(w, 1, 0, 630, 180, 0)
	for frame := range BubbleFrames {
		if (w.Bubbles[1].Owner == 0) != (frame < 4) || w.Bubbles[0].Owner != 0 {
			t.Fatalf("frame %d: %+v", frame, w.Bubbles[:2])
		}
		step(t, w, 0)
	}
	if bubbles(w) != 0 {
		t.Fatalf("too old: %+v", *slow)
	}
}

// TestFullBubblePool: nothing is spat into a full pool.
func TestFullBubblePool(t *testing.T) {
	w := calm(2)
	for i := range w.Bubbles {
		bubble(w, i, 1, 300, 300, 0)
	}
	put(w, 0, 40, 40, 0).Charge = ChargeFrames
	before := w.Bubbles[0].Generation
	step(t, w, 0, 0)
	if bubbles(w) != MaxBubbles || w.Frogs[0].Charge != 0 || w.Bubbles[0].Generation != before {
		t.Fatalf("%d bubbles", bubbles(w))
	}
}

// catchAt presses Tongue so many frames before a bubble would strike.
func catchAt(t *testing.T, frames int32) *World {
	t.Helper()
	w := calm(2)
	lily(w, 3, 2)
	lily(w, 6, 2)
	put(w, 0, 280, 180, 0)
	put(w, 1, 520, 180, 4)
	// After one step, in which it moves on, it is so far away. Tongues catch
	// before bubbles move.
	b := bubble(w, 0, 1, 0, 180, 4)
	b.X = (280+FrogRadius+BubbleRadius)*Px + frames*bubbleSpeed
	step(t, w, Tongue, 0)
	return w
}

// TestPerfectCatch: a bubble that would strike within 4 frames is caught
// perfectly: 6 frames of hit-stop for both, and back at double speed.
func TestPerfectCatch(t *testing.T) {
	for frames := int32(1); frames <= 12; frames++ {
		w := catchAt(t, frames)
		for w.Frogs[0].Mouth == MouthEmpty && w.Frogs[0].Stun == 0 {
			step(t, w, Tongue, 0)
		}
		if perfect := w.Frogs[0].Mouth == MouthPerfect; perfect != (frames <= PerfectFrames) {
			t.Errorf("%d frames before: perfect is %v: %+v", frames, perfect, w.Frogs[0])
		}
	}
	w := catchAt(t, 3)
	a, b := &w.Frogs[0], &w.Frogs[1]
	held := *a
	for frame := range HitStopFrames {
		if a.HitStop != uint8(HitStopFrames-frame) || b.HitStop != a.HitStop {
			t.Fatalf("frame %d: hit-stop %d and %d", frame, a.HitStop, b.HitStop)
		}
		step(t, w, Left, Left)
		if a.X != held.X || a.Facing != held.Facing || b.X != 520*Px || a.TongueLength != held.TongueLength {
			t.Fatalf("frame %d: it moved while frozen", frame)
		}
	}
	step(t, w, Left, Left)
	if a.X == held.X || b.X == 520*Px || a.HitStop != 0 {
		t.Fatal("still frozen after the hit-stop")
	}
	for a.Tongue != TongueIn {
		step(t, w, 0, 0)
	}
	step(t, w, Tongue|Right, 0)
	if w.Bubbles[0].Owner != 0 || !w.Bubbles[0].Fast || w.Bubbles[0].VX < 2*bubbleSpeed-Px/8 || a.Mouth != MouthEmpty {
		t.Fatalf("thrown back as %+v", w.Bubbles[0])
	}
}

// TestPlainCatch: an early catch is no perfect one, and the bubble does not
// last in the mouth.
func TestPlainCatch(t *testing.T) {
	w := catchAt(t, 15)
	f := &w.Frogs[0]
	for f.Mouth == MouthEmpty {
		step(t, w, Tongue, 0)
	}
	if f.Mouth != MouthBubble || f.HitStop != 0 || w.Frogs[1].HitStop != 0 {
		t.Fatalf("%+v", *f)
	}
	kept := *w
	for f.Tongue != TongueIn {
		step(t, w, 0, 0)
	}
	step(t, w, Tongue, 0)
	if w.Bubbles[0].Owner != 0 || w.Bubbles[0].Fast {
		t.Fatalf("thrown back as %+v", w.Bubbles[0])
	}
	w = &kept
	for range MouthHoldFrames {
		step(t, w, 0, 0)
	}
	if w.Frogs[0].Mouth != MouthEmpty || bubbles(w) != 0 {
		t.Fatalf("kept for ever: %+v", w.Frogs[0])
	}
}
