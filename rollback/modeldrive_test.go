package rollback

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawModel(t *rapid.T) (*model, Config[ledger, uint16]) {
	m := &model{told: map[Event]bool{}, worlds: map[Frame]ledger{}, digests: map[Frame]uint64{}}
	for seat := range m.inputs {
		m.inputs[seat] = map[int]uint16{}
	}
	m.seats = rapid.SampledFrom([]int{3, 1, 2, 4, 5}).Draw(t, "seats")
	for seat := range m.seats {
		if rapid.SampledFrom([]int{0, 1, 2}).Draw(t, "local") == 1 {
			m.local = append(m.local, seat)
		}
	}
	config := ledgerConfig(m.seats, m.local...)
	m.lockstep = rapid.SampledFrom([]int{0, 1, 2, 3, 4}).Draw(t, "lockstep") == 4
	if config.Lockstep = m.lockstep; !m.lockstep {
		m.window = rapid.SampledFrom([]int{8, 1, 2, 3, 32}).Draw(t, "window")
		config.WindowFrames = m.window
	}
	m.delay = rapid.SampledFrom([]int{0, 0, 1, 3, MaxDelayFrames}).Draw(t, "delay")
	config.DelayFrames = m.delay
	config.SaveEvery = rapid.SampledFrom([]int{0, 1, 2, 5, 32}).Draw(t, "saveEvery")
	config.ChecksumFrames = rapid.SampledFrom([]int{1, 3, 7, 60, -1}).Draw(t, "checksums")
	if rapid.Bool().Draw(t, "predict") {
		config.Predict = func(last uint16) uint16 { return last &^ 1 }
		m.predict = config.Predict
	}
	drawOrigin(t, m, &config)
	return m, config
}

// drawOrigin draws whether there are lineups, what absent seats do, and where the
// session begins.
func drawOrigin(t *rapid.T, m *model, config *Config[ledger, uint16]) {
	m.lineups = rapid.SampledFrom([]int{0, 1, 1}).Draw(t, "lineups") == 1
	m.absence = rapid.SampledFrom([]Absence{AbsentIdle, AbsentFrozen, AbsentBot}).Draw(t, "absence")
	m.bot = func(w *ledger, seat int) uint16 { return uint16(w.Sum[0]>>uint(seat)) % 16 }
	config.Lineups, config.Absent, config.Bot = m.lineups, m.absence, m.bot
	m.first = rapid.SampledFrom([]int{0, 0, 1, 7, 1000}).Draw(t, "first")
	m.start = config.Start
	m.start.Frame = int32(m.first)
	config.Start = m.start
	if m.lineups {
		m.firstLineup = drawLineup(t, m)
	}
	if m.first > 0 {
		m.firstRow = make([]uint16, m.seats)
		for seat := range m.firstRow {
			m.firstRow[seat] = rapid.SampledFrom([]uint16{0, 1, 3, 9}).Draw(t, "before")
			config.Origin.Inputs = append(config.Origin.Inputs, byte(m.firstRow[seat]), 0)
		}
		m.start64 = rapid.Uint64().Draw(t, "digest")
	}
	m.current, m.final = m.first, m.first
	config.Origin.Frame, config.Origin.Lineup, config.Origin.Digest = Frame(m.first), m.firstLineup, m.start64
}

// drawLineup mostly repeats the newest one.
func drawLineup(t *rapid.T, m *model) Lineup {
	l := m.lineup(m.calledThrough())
	switch rapid.SampledFrom([]int{0, 0, 0, 0, 1, 1, 1, 2}).Draw(t, "change") {
	case 1:
		l.Absent ^= 1 << rapid.IntRange(0, m.seats-1).Draw(t, "seat")
	case 2:
		l.Paused = !l.Paused
	}
	return l
}

// TestAgainstTheModel runs a session and the model side by side under drawn
// ticks, confirmations and delays, and compares everything that can be seen.
func TestAgainstTheModel(t *testing.T) {
	rollbacks, stalls := uint64(0), uint64(0)
	for range 15 {
		rapid.Check(t, func(t *rapid.T) {
			m, config := drawModel(t)
			s, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			driveBoth(t, m, s)
			rollbacks, stalls = rollbacks+s.Stats().Rollbacks, stalls+s.Stats().Stalls
		})
	}
	least := uint64(1000)
	if testing.Short() { // a fifth as many histories
		least = 200
	}
	if rollbacks < least || stalls < least {
		t.Errorf("%d rollbacks and %d stalls in all: the test shows little", rollbacks, stalls)
	}
}

func driveBoth(t *rapid.T, m *model, s *Session[ledger, uint16]) {
	ops := rapid.SampledFrom([]string{"tick", "confirm", "tick", "lineup", "tick", "confirm", "lineup", "tick", "confirm", "delay"})
	value := rapid.SampledFrom([]uint16{0, 1, 2, 3, 3, 10, 11})
	sums := []Checksum{}
	for range rapid.SampledFrom([]int{1, 10, 50, 100, 200}).Draw(t, "ops") {
		switch ops.Draw(t, "op") {
		case "delay":
			m.delay = rapid.SampledFrom([]int{0, 1, 2, 5, MaxDelayFrames}).Draw(t, "delay")
			s.SetDelay(m.delay)
		case "confirm":
			confirmSome(t, m, s, value)
		case "lineup":
			for range rapid.SampledFrom([]int{1, 2, 4, 9}).Draw(t, "frames") {
				if !m.lineups || m.calledThrough() >= m.current+20 {
					break // far ahead, and less than LeadFrames
				}
				l := drawLineup(t, m)
				m.called = append(m.called, l)
				if err := s.ConfirmLineup(Frame(m.calledThrough()), l); err != nil {
					t.Fatal(err)
				}
			}
		case "tick":
			local := make([]uint16, len(m.local))
			for i := range local {
				local[i] = value.Draw(t, "sample")
			}
			compareTick(t, m, s, local)
		}
		sums = s.AppendChecksums(sums)
	}
	compareStreams(t, m, s)
	compareChecksums(t, m, s, sums)
	compareLate(t, m, s)
}

func confirmSome(t *rapid.T, m *model, s *Session[ledger, uint16], value *rapid.Generator[uint16]) {
	seat := rapid.IntRange(0, m.seats-1).Draw(t, "seat")
	if slices.Contains(m.local, seat) {
		return
	}
	for range rapid.SampledFrom([]int{1, 2, 4, 9}).Draw(t, "frames") {
		f := m.held(seat) + 1
		if f > m.current+20 {
			return // far ahead, and less than LeadFrames
		}
		v := value.Draw(t, "input")
		if err := s.Confirm(seat, Frame(f), v); err != nil {
			t.Fatal(err)
		}
		m.inputs[seat][f] = v
	}
}

func compareTick(t *rapid.T, m *model, s *Session[ledger, uint16], local []uint16) {
	st := s.Tick(local...)
	want, world := m.tick(local)
	if again := st.RolledBack; s.config.SaveEvery > 1 && want.RolledBack > 0 {
		if again < want.RolledBack || again >= want.RolledBack+s.config.SaveEvery {
			t.Fatalf("frame %d: stepped %d again for a rollback of %d, saving every %d", st.Current, again, want.RolledBack, s.config.SaveEvery)
		}
		want.RolledBack = again
	}
	if st != want {
		t.Fatalf("status %+v\nwant %+v", st, want)
	}
	if *s.World() != world {
		t.Fatalf("frame %d: world %+v\nwant %+v", st.Current, *s.World(), world)
	}
	got := map[Notice]int{}
	for _, n := range s.AppendNotices(nil) {
		got[n]++
	}
	for n, c := range m.expect {
		if got[n] != c {
			t.Fatalf("tick to frame %d: notice %v comes %d times, want %d\ngot %v\nwant %v", st.Current, n, got[n], c, got, m.expect)
		}
	}
	if len(got) != len(m.expect) {
		t.Fatalf("tick to frame %d: notices %v\nwant %v", st.Current, got, m.expect)
	}
}

func compareStreams(t *rapid.T, m *model, s *Session[ledger, uint16]) {
	for seat := range m.seats {
		held := m.held(seat)
		if int(s.Held(seat)) != held {
			t.Fatalf("seat %d is held through %d, want %d", seat, s.Held(seat), held)
		}
		for f := max(m.first, held-keptFrames+1); f <= held; f++ {
			v := m.inputs[seat][f]
			if m.knownAbsent(seat, f) {
				v = 0
			}
			b, ok := s.AppendInput(nil, seat, Frame(f))
			if !ok || uint16(b[0])|uint16(b[1])<<8 != v {
				t.Fatalf("seat %d frame %d is %v (%v), want %d", seat, f, b, ok, v)
			}
		}
		if _, ok := s.AppendInput(nil, seat, Frame(m.first-1)); ok {
			t.Fatalf("seat %d has an input before the first frame", seat)
		}
	}
}

// compareChecksums: one for every due frame that is final, in order, none of
// any other, and what they say is what a straight run says.
func compareChecksums(t *rapid.T, m *model, s *Session[ledger, uint16], sums []Checksum) {
	want := 0
	if every := s.config.ChecksumFrames; s.Stats().Ticks > 0 && every > 0 {
		want = m.final/every - (m.first+every-1)/every + 1
	}
	if len(sums) != want || !slices.IsSortedFunc(sums, func(a, b Checksum) int { return cmp.Compare(a.Frame, b.Frame) }) {
		t.Fatalf("%d checksums every %d frames from %d to %d: %v", len(sums), s.config.ChecksumFrames, m.first, m.final, sums)
	}
	for _, sum := range sums {
		world, digest := m.at(sum.Frame)
		if s.Hash(&world) != sum.World || sum.Inputs != digest {
			t.Fatalf("the checksum of frame %d is not that of its final world", sum.Frame)
		}
	}
	if _, kept := s.At(Frame(m.first - 1)); kept {
		t.Fatal("a world before the first frame is kept")
	}
}

// at is the final world before frame f, and the digest of the inputs before it.
func (m *model) at(f Frame) (ledger, uint64) {
	if int(f) == m.first {
		return m.start, m.start64
	}
	return m.worlds[f], m.digests[f]
}

// compareLate begins another session where this one has come to, with what is known
// here: it must get to the same worlds.
func compareLate(t *rapid.T, m *model, s *Session[ledger, uint16]) {
	from := Frame(rapid.IntRange(m.first, m.final).Draw(t, "from"))
	world, kept := s.At(from)
	origin, ok := s.OriginAt(from)
	if !ok {
		t.Fatalf("frame %d of %d to %d is no origin", from, m.first, m.final)
	}
	if !kept {
		return
	}
	config := s.config
	config.Start, config.Origin, config.Local, config.ChecksumFrames = *world, origin, nil, 1
	late, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	for f := from; int(f) < m.current; f++ { // what is known, in an order of its own
		for seat := range m.seats {
			if v, known := m.inputs[seat][int(f)]; known && late.Held(seat) == f-1 {
				mustConfirm(t, late, seat, f, v)
			}
		}
		if m.lineups && int(f) <= m.calledThrough() {
			if err := late.ConfirmLineup(f, m.lineup(int(f))); err != nil {
				t.Fatal(err)
			}
		}
		late.Tick()
	}
	late.Tick()
	if int(late.Confirmed()) > m.confirmed() || int(late.Confirmed()) < min(m.confirmed(), m.current-1) {
		t.Fatalf("late from %d: at %d of %d, confirmed %d of %d", from, late.Current(), s.Current(), late.Confirmed(), m.confirmed())
	}
	for _, sum := range late.AppendChecksums(nil) {
		if int(sum.Frame) > m.final { // this side has not ticked since it became so
			break
		}
		if world, digest := m.at(sum.Frame); s.Hash(&world) != sum.World || sum.Inputs != digest {
			t.Fatalf("late from %d: the checksum of frame %d differs: %+v", from, sum.Frame, sum)
		}
	}
}
