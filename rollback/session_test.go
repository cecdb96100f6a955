package rollback

import (
	"fmt"
	"slices"
	"testing"
)

// TestLateInputsReachTheSameWorlds feeds one session late and out of step, so
// that it predicts and rolls back all the time, and another only with what is
// confirmed. Every frame's checksum must agree.
func TestLateInputsReachTheSameWorlds(t *testing.T) {
	const frames = 2000
	for _, saveEvery := range []int{1, 3, 7, 32} {
		for _, local := range [][]int{{0}, {}, {1}, {0, 1}, {0, 2}, {1, 4, 5, 15}} {
			for _, seats := range []int{2, 3, 8, 16} {
				if len(local) > 0 && local[len(local)-1] >= seats-1 {
					continue // nobody would be remote, or no such seat
				}
				config := ledgerConfig(seats, local...)
				config.SaveEvery, config.ChecksumFrames = saveEvery, 1
				late := mustNew(t, config)
				var got []Checksum
				play(t, late, frames, 8, 99, func(Status) { got = late.AppendChecksums(got) })
				if len(got) < frames-10 || late.Stats().Rollbacks < 300 {
					t.Fatalf("%d checksums and %d rollbacks: the test shows nothing", len(got), late.Stats().Rollbacks)
				}
				want := followed(t, seats, frames)
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("seats %d, saving every %d: checksum %+v, want %+v", seats, saveEvery, got[i], want[i])
					}
				}
			}
		}
	}
}

// followed returns the checksums of every frame of a session that follows in
// lockstep and never predicts.
func followed(t *testing.T, seats int, frames Frame) (sums []Checksum) {
	config := ledgerConfig(seats)
	config.Lockstep, config.ChecksumFrames = true, 1
	truth := mustNew(t, config)
	for f := range frames {
		for seat := range seats {
			mustConfirm(t, truth, seat, f, inputAt(seat, f))
		}
		if n := truth.Follow(5); n != 1 {
			t.Fatalf("Follow stepped %d frames where one is known", n)
		}
		sums = truth.AppendChecksums(sums)
	}
	if got, want := *truth.World(), straight(seats, frames, nil); got != want {
		t.Fatalf("following leads to %+v, stepping by hand to %+v", got, want)
	}
	return sums
}

// TestOneSeat: a game alone never predicts, stalls or rolls back.
func TestOneSeat(t *testing.T) {
	s := mustNew(t, ledgerConfig(1, 0))
	for f := range Frame(100) {
		if st := s.Tick(inputAt(0, f)); !st.Advanced || st.Confirmed != f {
			t.Fatalf("frame %d: %+v", f, st)
		}
	}
	if st := s.Stats(); st.Rollbacks != 0 || st.Stalls != 0 || *s.World() != straight(1, 100, nil) {
		t.Fatalf("a lonely game went wrong: %+v", st)
	}
}

// TestSixteenSeatsTwoMachines plays 16 seats on two machines with eight each.
func TestSixteenSeatsTwoMachines(t *testing.T) {
	even, odd := []int{}, []int{}
	for seat := range MaxSeats {
		if seat%2 == 0 {
			even = append(even, seat)
		} else {
			odd = append(odd, seat)
		}
	}
	a, b := mustNew(t, ledgerConfig(MaxSeats, even...)), mustNew(t, ledgerConfig(MaxSeats, odd...))
	var sumsA, sumsB []Checksum
	lag := NewRand(5)
	for f := range Frame(1000) {
		a.Tick(tickInputs(a.Current(), even)...)
		b.Tick(tickInputs(b.Current(), odd)...)
		if f%11 == 0 { // b is slower
			a.Tick(tickInputs(a.Current(), even)...)
		}
		carry(t, a, b, even, Frame(lag.Below(6)))
		carry(t, b, a, odd, Frame(lag.Below(6)))
		sumsA, sumsB = a.AppendChecksums(sumsA), b.AppendChecksums(sumsB)
	}
	n := min(len(sumsA), len(sumsB))
	if n < 10 || !slices.Equal(sumsA[:n], sumsB[:n]) {
		t.Fatalf("checksums differ:\n%v\n%v", sumsA, sumsB)
	}
	if a.Stats().Rollbacks == 0 || b.Stats().Rollbacks == 0 || a.Stats().Stalls == 0 {
		t.Fatalf("nothing happened: %+v %+v", a.Stats(), b.Stats())
	}
}

// carry brings from's inputs of seats to to, all but the newest hold frames.
func carry(t testing.TB, from, to *Session[ledger, uint16], seats []int, hold Frame) {
	t.Helper()
	var b [2]byte
	for _, seat := range seats {
		for f := to.Held(seat) + 1; f <= from.LocalThrough()-hold; f++ {
			input, ok := from.AppendInput(b[:0], seat, f)
			if !ok {
				t.Fatalf("seat %d frame %d is not kept", seat, f)
			}
			if err := to.ConfirmPacked(seat, f, input); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestEdge: at the window's edge a tick steps no new frame and takes no input,
// but a rollback that is due runs, and the world is the one that the inputs
// known by then give.
func TestEdge(t *testing.T) {
	for _, window := range []int{1, 2, 8, MaxWindowFrames} {
		config := ledgerConfig(3, 0)
		config.WindowFrames = window
		s := mustNew(t, config)
		w := Frame(window)
		for f := range w {
			if st := s.Tick(5); !st.Advanced || st.Current != f+1 || st.Confirmed != NoFrame {
				t.Fatalf("window %d, frame %d: %+v", window, f, st)
			}
		}
		before := *s.World()
		want := Status{Current: w, Confirmed: NoFrame, Taken: NoFrame, Waiting: 0b110}
		for range 3 {
			if st := s.Tick(6); st != want || *s.World() != before || s.LocalThrough() != w-1 {
				t.Fatalf("window %d: the edge gave %+v, want %+v", window, st, want)
			}
		}
		// Seat 1's late inputs are known: still nothing new, but all again.
		for f := range w {
			mustConfirm(t, s, 1, f, 9)
		}
		want = Status{Current: w, Confirmed: NoFrame, RolledBack: window, Taken: NoFrame, Waiting: 0b100}
		if st := s.Tick(7); st != want {
			t.Fatalf("window %d: a rollback at the edge gave %+v, want %+v", window, st, want)
		}
		known := func(seat int, _ Frame) uint16 { return [...]uint16{5, 9, 0}[seat] }
		if got := *s.World(); got != straight(3, w, known) {
			t.Fatalf("window %d: world after a rollback at the edge: %+v", window, got)
		}
		mustConfirm(t, s, 2, 0, 0)
		if st := s.Tick(8); !st.Advanced || st.RolledBack != 0 || st.Confirmed != 0 {
			t.Fatalf("window %d: a right guess gave %+v", window, st)
		}
	}
}

// TestOnlyUsedCausesRollback: what was guessed right, however it arrives,
// rolls nothing back; what was guessed wrong rolls back to exactly that frame,
// also if it lies behind frames that were guessed right (the gap bug: a
// re-simulation that first asks above a seat's first missing frame).
func TestOnlyUsedCausesRollback(t *testing.T) {
	s := mustNew(t, ledgerConfig(3, 0))
	for range 6 {
		s.Tick(1)
	}
	for f := range Frame(3) {
		mustConfirm(t, s, 1, f, 0)
	}
	if st := s.Tick(1); st.RolledBack != 0 || st.Current != 7 {
		t.Fatalf("right guesses rolled back: %+v", st)
	}
	mustConfirm(t, s, 1, 3, 0)
	mustConfirm(t, s, 1, 4, 4) // wrong from frame 4 on
	if st := s.Tick(1); st.RolledBack != 3 {
		t.Fatalf("rolled back %d frames, want 3 (frames 4 to 6)", st.RolledBack)
	}
	// Seat 2's first missing frame is 0, below where that re-simulation began.
	mustConfirm(t, s, 2, 0, 0)
	mustConfirm(t, s, 2, 1, 2)
	if st := s.Tick(1); st.RolledBack != 7 || st.Confirmed != 1 {
		t.Fatalf("the gap was not corrected: %+v", st)
	}
	known := func(seat int, f Frame) uint16 {
		switch {
		case seat == 0:
			return 1
		case seat == 1 && f >= 4:
			return 4
		case seat == 2 && f >= 1:
			return 2
		}
		return 0
	}
	if got := *s.World(); got != straight(3, s.Current(), known) {
		t.Fatalf("world %+v", got)
	}
	if st := s.Stats(); st.Rollbacks != 2 || st.Resteps != 10 || st.Depth[3] != 1 || st.Depth[7] != 1 || st.MaxDepth != 7 {
		t.Fatalf("stats %+v", st)
	}
	if mean := s.Stats().MeanDepth(); mean != (Ratio{10, 2}) {
		t.Fatalf("mean depth %v", mean)
	}
}

// TestLockstep: window 0 steps a frame when all its inputs are here, takes the
// first sample made for it, and never steps a frame twice.
func TestLockstep(t *testing.T) {
	for _, delay := range []int{0, 1, 3, MaxDelayFrames} {
		t.Run(fmt.Sprint(delay), func(t *testing.T) {
			config := ledgerConfig(2, 0)
			config.Lockstep, config.DelayFrames, config.ChecksumFrames = true, delay, 1
			s := mustNew(t, config)
			d := Frame(delay)
			for f := range Frame(300) {
				for range 1 + f%3 { // stalls: only the first sample counts
					st := s.Tick(uint16(f))
					if st.Advanced || st.Waiting != 0b10 || st.Current != f || s.LocalThrough() != f+d {
						t.Fatalf("frame %d ran without seat 1: %+v", f, st)
					}
				}
				mustConfirm(t, s, 1, f, inputAt(1, f))
				if st := s.Tick(999); !st.Advanced || st.RolledBack != 0 || st.Current != f+1 {
					t.Fatalf("frame %d: %+v", f, st)
				}
				if input, ok := s.AppendInput(nil, 0, f); !ok || f >= d && input[0] != byte(f-d) {
					t.Fatalf("frame %d was played with input %v at delay %d", f, input, delay)
				}
			}
			if st := s.Stats(); st.Rollbacks != 0 {
				t.Fatalf("lockstep rolled back: %+v", st)
			}
		})
	}
}

// TestConfirmErrors: each of them, and that none changes anything.
func TestConfirmErrors(t *testing.T) {
	s := mustNew(t, ledgerConfig(3, 1))
	s.Tick(1)
	mustConfirm(t, s, 0, 0, 5)
	for _, test := range []struct {
		seat  int
		frame Frame
		bytes int
		want  error
	}{
		{-1, 0, 2, ErrSeat}, {3, 0, 2, ErrSeat}, {1, 1, 2, ErrSeat}, {99, 0, 2, ErrSeat},
		{2, 0, 1, ErrInputSize}, {2, 0, 3, ErrInputSize}, {2, 0, 0, ErrInputSize},
		{0, 0, 2, ErrNotNext}, {0, 2, 2, ErrNotNext}, {0, -1, 2, ErrNotNext}, {0, 1 << 30, 2, ErrNotNext},
	} {
		if err := s.ConfirmPacked(test.seat, test.frame, make([]byte, test.bytes)); err != test.want {
			t.Errorf("seat %d frame %d with %d bytes: %v, want %v", test.seat, test.frame, test.bytes, err, test.want)
		}
	}
	lead := Frame(s.LeadFrames())
	for f := Frame(1); f < lead; f++ {
		mustConfirm(t, s, 0, f, 6)
	}
	if err := s.Confirm(0, lead, 6); err != ErrTooFar {
		t.Errorf("frame %d is taken at confirmed %d: %v", lead, s.Confirmed(), err)
	}
	if s.Held(0) != lead-1 || s.Held(2) != NoFrame || s.Confirmed() != NoFrame {
		t.Errorf("held %d and %d, confirmed %d", s.Held(0), s.Held(2), s.Confirmed())
	}
}

// TestFollowerFarBehind confirms as much as a follower takes before it steps:
// no input may be lost to newer ones.
func TestFollowerFarBehind(t *testing.T) {
	const frames = 2000
	s := mustNew(t, ledgerConfig(2))
	for s.Current() < frames {
		for f := s.Held(0) + 1; f < frames; f++ {
			if err := s.Confirm(0, f, inputAt(0, f)); err == ErrTooFar {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			mustConfirm(t, s, 1, f, inputAt(1, f))
		}
		if s.Follow(7) == 0 {
			t.Fatalf("stuck at frame %d with %d confirmed", s.Current(), s.Confirmed())
		}
	}
	if got := *s.World(); got != straight(2, s.Current(), nil) {
		t.Fatalf("the follower's world is wrong: %+v", got)
	}
}

// TestInputs: what Step sees of a frame.
func TestInputs(t *testing.T) {
	in := InputsOf[uint16](4, 5, 6)
	if in.Len() != 3 || in.At(2) != 6 || in.Frame() != 0 {
		t.Errorf("%d inputs, the last %d, of frame %d", in.Len(), in.At(2), in.Frame())
	}
	seen := 0
	for seat, v := range in.All() {
		if v != uint16(seat+4) {
			t.Errorf("seat %d has %d", seat, v)
		}
		if seen++; seat == 1 {
			break
		}
	}
	frames := []Frame{}
	config := ledgerConfig(2, 0)
	config.Step = func(_ *ledger, in Inputs[uint16]) { frames = append(frames, in.Frame()) }
	s := mustNew(t, config)
	s.Tick(1)
	s.Tick(1)
	mustConfirm(t, s, 1, 0, 9)
	s.Tick(1)
	if seen != 2 || !slices.Equal(frames, []Frame{0, 1, 0, 1, 2}) || s.InputBytes() != 2 {
		t.Errorf("stepped %v with inputs of %d bytes", frames, s.InputBytes())
	}
}

// TestTickPanics: a wrong number of local inputs is a mistake in the program.
func TestTickPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Tick took two inputs for one seat")
		}
	}()
	mustNew(t, ledgerConfig(2, 0)).Tick(1, 2)
}

// TestAppendInputWindow: the inputs that a peer may still ask for are kept,
// and older or unknown ones are refused instead of answered wrongly.
func TestAppendInputWindow(t *testing.T) {
	s := mustNew(t, ledgerConfig(2, 0))
	play(t, s, 1000, 3, 1, func(Status) {
		for seat := range 2 {
			held := s.Held(seat)
			for f := held - 2*keptFrames - 2; f <= held+2; f++ {
				b, ok := s.AppendInput(nil, seat, f)
				if want := f >= 0 && f <= held && f > held-keptFrames; ok != want {
					t.Fatalf("seat %d frame %d of %d: kept is %v", seat, f, held, ok)
				}
				if ok && uint16(b[0])|uint16(b[1])<<8 != inputAt(seat, f) {
					t.Fatalf("seat %d frame %d of %d: %v", seat, f, held, b)
				}
			}
		}
	})
	if _, ok := s.AppendInput(nil, 2, 5); ok {
		t.Error("seat 2 of 2 has an input")
	}
	if _, ok := s.AppendInput(nil, -1, 5); ok {
		t.Error("seat -1 has an input")
	}
}

// TestConfirmedWorld: it never shows a guess, and is as new as it can be.
func TestConfirmedWorld(t *testing.T) {
	for _, saveEvery := range []int{1, 5} {
		config := ledgerConfig(3, 0)
		config.SaveEvery = saveEvery
		s := mustNew(t, config)
		seen := Frame(0)
		play(t, s, 500, 6, 3, func(Status) {
			w, f := s.ConfirmedWorld()
			if *w != straight(3, f, nil) {
				t.Fatalf("the confirmed world of frame %d is not", f)
			}
			if w.Frame != int32(f) || f > s.Confirmed()+1 || saveEvery == 1 && s.core.firstWrong == NoFrame && f != min(s.Confirmed()+1, s.Current()) {
				t.Fatalf("frame %d with %d confirmed at %d", f, s.Confirmed(), s.Current())
			}
			seen = max(seen, f)
		})
		if seen < 480 {
			t.Fatalf("the confirmed world stayed at %d", seen)
		}
	}
}

// TestPackedInputsAreCanonical: a stranger's byte for a bool is not kept as it
// is: passed on or digested it would tell machines apart that play the same.
func TestPackedInputsAreCanonical(t *testing.T) {
	type none struct{}
	config := Config[none, padded]{Step: func(*none, Inputs[padded]) {}, Seats: 1, ChecksumFrames: 1}
	digests := [2]uint64{}
	for i, fire := range []byte{1, 200} {
		s := mustNew(t, config)
		packed := []byte{fire, 1, 2, 3, 4}
		if err := s.ConfirmPacked(0, 0, packed); err != nil {
			t.Fatal(err)
		}
		if b, _ := s.AppendInput(nil, 0, 0); b[0] != 1 || b[4] != 4 || packed[0] != fire {
			t.Errorf("% x is kept as % x", packed, b)
		}
		s.Follow(1)
		sums := s.AppendChecksums(nil)
		digests[i] = sums[len(sums)-1].Inputs
	}
	if digests[0] != digests[1] {
		t.Errorf("the digests of equal inputs differ: %x", digests)
	}
}
