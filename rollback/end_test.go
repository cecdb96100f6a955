package rollback

import "testing"

// TestSetEnd: no frame from the end on is stepped, what was stepped beyond it
// stays and is still corrected.
func TestSetEnd(t *testing.T) {
	s := mustNew(t, ledgerConfig(2, 0))
	s.SetEnd(5)
	for f := range Frame(10) {
		want := Status{Advanced: f < 5, Current: min(f+1, 5), Confirmed: NoFrame, Taken: f}
		if f >= 5 {
			want.Taken, want.Waiting = NoFrame, 0b10 // for the inputs that make the end final
		}
		if st := s.Tick(1); st != want {
			t.Fatalf("tick %d: %+v", f, st)
		}
	}
	if s.LocalThrough() != 4 {
		t.Errorf("inputs are made through frame %d", s.LocalThrough())
	}
	for f := range Frame(5) {
		mustConfirm(t, s, 1, f, 2)
	}
	if st, want := s.Tick(1), (Status{Current: 5, Confirmed: 4, RolledBack: 5, Taken: NoFrame}); st != want {
		t.Errorf("at the end: %+v, want %+v", st, want)
	}
	if got := *s.World(); got != straight(2, 5, func(seat int, _ Frame) uint16 { return uint16(seat + 1) }) {
		t.Errorf("the match ended with %+v", got)
	}

	s = mustNew(t, ledgerConfig(2, 0))
	for range 6 {
		s.Tick(1)
	}
	s.SetEnd(3)
	mustConfirm(t, s, 1, 0, 7)
	if st := s.Tick(1); st.Advanced || st.RolledBack != 6 || st.Current != 6 {
		t.Errorf("an end that has passed: %+v", st)
	}
}

// TestFollowToTheEnd: Follow counts frames, not attempts.
func TestFollowToTheEnd(t *testing.T) {
	s := mustNew(t, ledgerConfig(1))
	s.SetEnd(4)
	for f := range Frame(10) {
		mustConfirm(t, s, 0, f, 1)
	}
	if n := s.Follow(100); n != 4 || s.Current() != 4 {
		t.Errorf("followed %d frames to frame %d, the end is 4", n, s.Current())
	}
	if n := s.Follow(100); n != 0 || s.Stats().Stalls > 0 {
		t.Errorf("followed %d frames beyond the end", n)
	}
	if n := mustNew(t, ledgerConfig(2, 0)).Follow(5); n != 0 {
		t.Errorf("a session with a local seat followed %d frames", n)
	}
}

// TestChecksumAt: of every final and kept frame, the one that a session which
// checks all frames makes, and of no other.
func TestChecksumAt(t *testing.T) {
	want := followed(t, 3, 600)
	for _, saveEvery := range []int{1, 4} {
		config := ledgerConfig(3, 0)
		config.SaveEvery, config.ChecksumFrames = saveEvery, -1
		s := mustNew(t, config)
		found := 0
		play(t, s, 590, 7, 14, func(st Status) {
			// Confirm after the tick makes nothing final: the next tick does.
			final := min(st.Confirmed+1, st.Current)
			for f := max(0, st.Current-40); f < st.Current+3; f++ {
				_, kept := s.At(f)
				sum, ok := s.ChecksumAt(f)
				if ok != (kept && f <= final) {
					t.Fatalf("frame %d of %d final, kept %v: %v", f, final, kept, ok)
				}
				if ok && sum != want[f] {
					t.Fatalf("frame %d: %+v, want %+v", f, sum, want[f])
				}
				if ok {
					found++
				}
			}
		})
		if _, ok := s.ChecksumAt(NoFrame); ok || found < 1000 {
			t.Errorf("%d checksums found", found)
		}
		if _, ok := s.ChecksumAt(0); ok {
			t.Error("frame 0 is long gone")
		}
	}
}
