package rollback

import (
	"slices"
	"testing"
)

// castConfig is a ledger's session with lineups.
func castConfig(seats int, absence Absence, local ...int) Config[ledger, uint16] {
	config := ledgerConfig(seats, local...)
	config.Lineups, config.Absent, config.ChecksumFrames = true, absence, 1
	config.Bot = func(w *ledger, seat int) uint16 { return uint16(w.Frame) + 100*uint16(seat) }
	return config
}

func mustCall(t testing.TB, s *Session[ledger, uint16], f Frame, l Lineup) {
	t.Helper()
	if err := s.ConfirmLineup(f, l); err != nil {
		t.Fatalf("lineup of frame %d: %v", f, err)
	}
}

// fedInputs notes what Step is given, frame by frame, the last time.
func fedInputs(config *Config[ledger, uint16]) map[Frame][]uint16 {
	fed, step := map[Frame][]uint16{}, config.Step
	config.Step = func(w *ledger, in Inputs[uint16]) {
		fed[in.Frame()] = nil
		for _, v := range in.All() {
			fed[in.Frame()] = append(fed[in.Frame()], v)
		}
		step(w, in)
	}
	return fed
}

func TestConfirmLineupErrors(t *testing.T) {
	if err := mustNew(t, ledgerConfig(2, 0)).ConfirmLineup(0, Lineup{}); err != ErrLineups {
		t.Errorf("a session without lineups takes one: %v", err)
	}
	s := mustNew(t, castConfig(2, AbsentIdle, 0))
	s.Tick(1)
	mustCall(t, s, 0, Lineup{})
	for _, f := range []Frame{-1, 0, 2, 1 << 30} {
		if err := s.ConfirmLineup(f, Lineup{Absent: 1}); err != ErrNotNext {
			t.Errorf("frame %d after 0: %v", f, err)
		}
	}
	lead := Frame(s.LeadFrames())
	for f := Frame(1); f < lead; f++ {
		mustCall(t, s, f, Lineup{})
	}
	if err := s.ConfirmLineup(lead, Lineup{}); err != ErrTooFar || s.LineupsThrough() != lead-1 || s.Confirmed() != NoFrame {
		t.Errorf("frame %d: %v; known through %d, confirmed %d", lead, err, s.LineupsThrough(), s.Confirmed())
	}
}

// TestNobodyThere: a match of absent seats needs nothing but lineups.
func TestNobodyThere(t *testing.T) {
	s := mustNew(t, castConfig(3, AbsentBot))
	for f := range Frame(30) {
		mustCall(t, s, f, Lineup{Absent: 0xffff})
	}
	if s.Confirmed() != 29 || s.Follow(100) != 30 || s.Held(2) != 29 || s.Lineup() != (Lineup{Absent: 0b111}) {
		t.Errorf("confirmed %d, at %d, held %d, %+v", s.Confirmed(), s.Current(), s.Held(2), s.Lineup())
	}
}

// TestAbsentSeats: what a seat is fed with while it is away, and that what it did in that
// time, or before, is not taken for what it does when it comes again.
func TestAbsentSeats(t *testing.T) {
	for absence, want := range map[Absence][]uint16{
		AbsentIdle: {7, 7, 0, 0, 0, 0}, AbsentFrozen: {7, 7, 7, 7, 0, 0}, AbsentBot: {7, 7, 102, 103, 0, 0},
	} {
		config := castConfig(2, absence, 0)
		fed := fedInputs(&config)
		s := mustNew(t, config)
		for f := range Frame(2) {
			mustCall(t, s, f, Lineup{})
			mustConfirm(t, s, 1, f, 7)
		}
		mustConfirm(t, s, 1, 2, 8) // no part of the match: it is away by then
		mustCall(t, s, 2, Lineup{Absent: 0b10})
		mustCall(t, s, 3, Lineup{Absent: 0b10})
		mustCall(t, s, 4, Lineup{})
		got := []uint16{}
		for f := range Frame(6) {
			s.Tick(1)
			got = append(got, fed[f][1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("absence %d: fed with %d, want %d", absence, got, want)
		}
		if s.Held(1) != 3 || s.Confirmed() != 3 {
			t.Errorf("absence %d: held %d, confirmed %d", absence, s.Held(1), s.Confirmed())
		}
		if err := s.Confirm(1, 2, 8); err != ErrNotNext {
			t.Errorf("an input of a frame without the seat is taken: %v", err)
		}
		if s.NewInputs(2) != 0 || s.NewInputs(0)&0b10 == 0 {
			t.Errorf("new inputs of seats %b and %b", s.NewInputs(2), s.NewInputs(0))
		}
	}
}

// TestNoGuessFromBefore: nothing is predicted for a seat that has come from what it did
// before it went, for as long as none of its inputs since is known.
func TestNoGuessFromBefore(t *testing.T) {
	config := castConfig(2, AbsentIdle, 0)
	config.Predict = func(last uint16) uint16 { return last | 4 }
	fed := fedInputs(&config)
	s := mustNew(t, config)
	mustConfirm(t, s, 1, 0, 3)
	mustCall(t, s, 0, Lineup{})
	mustCall(t, s, 1, Lineup{Absent: 0b10})
	mustCall(t, s, 2, Lineup{})
	got := []uint16{}
	for f := range Frame(8) {
		s.Tick(0)
		got = append(got, fed[f][1])
	}
	mustConfirm(t, s, 1, 2, 9)
	s.Tick(0)
	got = append(got, fed[7][1], fed[8][1])
	if want := []uint16{3, 0, 0, 0, 0, 0, 0, 0, 13, 13}; !slices.Equal(got, want) {
		t.Errorf("fed with %d, want %d", got, want)
	}
}

// TestLocalSeatComes: nothing is taken for it before, what lies between its first frame
// and the delay is blank, whatever it did in a life before, and then it plays.
func TestLocalSeatComes(t *testing.T) {
	const start = 50
	config := castConfig(2, AbsentFrozen, 0, 1)
	config.DelayFrames = 3
	config.Origin = Origin{Frame: start, Lineup: Lineup{Absent: 0b10}, Inputs: []byte{5, 0, 9, 0}}
	s := mustNew(t, config)
	if s.LocalThrough() != start-1 || s.Confirmed() != start-1 || s.Held(1) != start-1 {
		t.Fatalf("begins with local inputs through %d, confirmed %d", s.LocalThrough(), s.Confirmed())
	}
	if st := s.Tick(1, 2); st.Taken != start+3 || s.Held(1) != start-1 {
		t.Fatalf("%+v, held of the absent seat: %d", st, s.Held(1))
	}
	mustCall(t, s, start, Lineup{Absent: 0b10})
	mustCall(t, s, start+1, Lineup{})
	if st := s.Tick(3, 4); st.Taken != start+4 || st.RolledBack != 0 || s.Held(1) != start+4 {
		t.Fatalf("%+v, held of the seat that came: %d", st, s.Held(1))
	}
	for seat, want := range [][]byte{{5, 5, 5, 1, 3}, {0, 0, 0, 0, 4}} { // the absent seat's is blank
		for i, v := range want {
			b, ok := s.AppendInput(nil, seat, start+Frame(i))
			if !ok || b[0] != v {
				t.Errorf("seat %d, frame %d: %v (%v), want %d", seat, start+i, b, ok, v)
			}
		}
	}
	mustCall(t, s, start+2, Lineup{Absent: 0b11})
	if st := s.Tick(6, 7); st.Taken != NoFrame {
		t.Errorf("inputs of two absent seats are taken for frame %d", st.Taken)
	}
}

// TestPaused: the world rests, inputs go on, nothing is emitted, and a pause that
// becomes known late takes back what happened.
func TestPaused(t *testing.T) {
	s := mustNew(t, castConfig(1, AbsentIdle, 0))
	mustCall(t, s, 0, Lineup{})
	for range 4 {
		s.Tick(3) // each emits
	}
	before := s.AppendNotices(nil)
	mustCall(t, s, 1, Lineup{Paused: true})
	mustCall(t, s, 2, Lineup{Paused: true})
	if st := s.Tick(3); st.RolledBack != 3 || s.World().Frame != 1 || s.Lineup() != (Lineup{Paused: true}) {
		t.Errorf("%+v, %d frames were stepped", st, s.World().Frame)
	}
	mustCall(t, s, 3, Lineup{})
	s.Tick(3)
	if s.World().Frame != 4 || s.Current() != 6 {
		t.Errorf("%d of %d frames were stepped, two were paused", s.World().Frame, s.Current())
	}
	count := map[Phase]int{}
	for _, n := range append(before, s.AppendNotices(nil)...) {
		count[n.Phase]++
	}
	// Frames 0 and 3 were known when they were stepped the last time. 1 to 3 were taken
	// back: the pause was expected to last. 4 and 5 are guesses.
	if count[Predicted] != 3+2 || count[Cancelled] != 3 || count[Confirmed] != 2 {
		t.Errorf("notices %v", count)
	}
}

// TestDigestOfLineups: it covers them where there are any, and what an absent seat sent
// or did is no part of it.
func TestDigestOfLineups(t *testing.T) {
	const seats, frames = 3, 8
	digest := func(config Config[ledger, uint16], ahead bool, l Lineup) uint64 {
		s := mustNew(t, config)
		for f := range Frame(frames) {
			for seat := range seats {
				if ahead || seat != 1 || !config.Lineups || l.Present(1) {
					mustConfirm(t, s, seat, f, uint16(seat)+uint16(f))
				}
			}
			if config.Lineups {
				mustCall(t, s, f, l)
			}
		}
		s.Follow(frames)
		sums := s.AppendChecksums(nil)
		return sums[len(sums)-1].Inputs
	}
	plain := digest(followConfig(seats), true, Lineup{})
	all := digest(castConfig(seats, AbsentIdle), true, Lineup{})
	away := digest(castConfig(seats, AbsentIdle), true, Lineup{Absent: 0b10})
	paused := digest(castConfig(seats, AbsentIdle), true, Lineup{Paused: true})
	if plain == all || all == away || all == paused || away == paused {
		t.Errorf("digests %x %x %x %x", plain, all, away, paused)
	}
	for _, absence := range []Absence{AbsentIdle, AbsentFrozen, AbsentBot} {
		for _, l := range []Lineup{{Absent: 0b10}, {Absent: 0b1111_1010}} {
			if got := digest(castConfig(seats, absence), false, l); got != away {
				t.Errorf("absence %d, lineup %b: digest %x, want %x", absence, l.Absent, got, away)
			}
		}
	}
	if want := [...]uint64{0x3f7941496b886928, 0xcb6d1782a4ba3c75, 0x5842720ec0fb5f4e, 0x6d5bccb19af72cc8}; [...]uint64{plain, all, away, paused} != want {
		t.Errorf("digests %#x, want %#x", [...]uint64{plain, all, away, paused}, want)
	}
}

func followConfig(seats int) Config[ledger, uint16] {
	config := ledgerConfig(seats)
	config.ChecksumFrames = 1
	return config
}

// TestOwnInputByConfirm: a session without local seats that is given its own inputs by
// Confirm, the delay ahead, shows them at once and does in every tick what one with a
// local seat does.
func TestOwnInputByConfirm(t *testing.T) {
	const delay = 2
	config := castConfig(3, AbsentIdle, 0)
	config.DelayFrames = delay
	local := mustNew(t, config)
	config.Local, config.DelayFrames = nil, 0
	given := mustNew(t, config)
	r := NewRand(4)
	for f := range Frame(delay) {
		mustConfirm(t, given, 0, f, 0)
	}
	for range 2000 {
		for seat := 1; seat < 3; seat++ {
			for f := local.Held(seat) + 1; f < local.Current()-Frame(r.Below(7)); f++ {
				mustConfirm(t, local, seat, f, inputAt(seat, f))
				mustConfirm(t, given, seat, f, inputAt(seat, f))
			}
		}
		for f := local.LineupsThrough() + 1; f < local.Current()-Frame(r.Below(9)); f++ {
			mustCall(t, local, f, Lineup{Paused: f%50 > 45})
			mustCall(t, given, f, Lineup{Paused: f%50 > 45})
		}
		v := inputAt(0, local.Current())
		want := local.Tick(v)
		if want.Taken != NoFrame {
			mustConfirm(t, given, 0, want.Taken, v)
		}
		want.Taken = NoFrame
		if got := given.Tick(); got != want || *given.World() != *local.World() {
			t.Fatalf("%+v, with a local seat %+v", got, want)
		}
	}
	if st := given.Stats(); st.Rollbacks < 300 || st.Stalls < 5 {
		t.Errorf("%+v: the test shows little", st)
	}
}
