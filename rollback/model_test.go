package rollback

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is the obviously right and slow session: at every tick it steps again
// from frame 0 with what is known by then and repeats the last known input
// elsewhere. It keeps no ring, no snapshot and no state from tick to tick but
// the inputs, how far it is, and what it has told.
type model struct {
	seats, window int
	lockstep      bool
	predict       func(uint16) uint16
	local         []int
	delay         int

	known   [MaxSeats][]uint16
	current int
	fed     [][]uint16       // rows of the last tick's run
	told    map[Event]bool   // Predicted, not yet settled
	final   int              // frames whose events are settled
	expect  map[Notice]int   // notices of the last tick
	sums    map[Frame]uint64 // ledger's Sum of seat 0 at each frame that became final
}

func (m *model) confirmed() int {
	least := len(m.known[0])
	for _, k := range m.known[1:m.seats] {
		least = min(least, len(k))
	}
	return least - 1
}

func (m *model) guess(seat, f int) uint16 {
	known := m.known[seat]
	switch {
	case f < len(known):
		return known[f]
	case len(known) == 0:
		return 0
	case m.predict != nil:
		return m.predict(known[len(known)-1])
	}
	return known[len(known)-1]
}

// sample is the local streams' rule in its plainest form. It returns the frame that
// has got these inputs.
func (m *model) sample(local []uint16) (taken Frame) {
	taken = NoFrame
	for i, seat := range m.local {
		k := &m.known[seat]
		for len(*k) < m.current+m.delay {
			*k = append(*k, m.last(seat))
		}
		if len(*k) == m.current+m.delay {
			*k = append(*k, local[i])
			taken = Frame(len(*k) - 1)
		}
	}
	return taken
}

func (m *model) last(seat int) uint16 {
	if k := m.known[seat]; len(k) > 0 {
		return k[len(k)-1]
	}
	return 0
}

// tick returns the status that is expected, and the world.
func (m *model) tick(local []uint16) (Status, ledger) {
	taken := NoFrame
	if m.lockstep || m.current-m.confirmed() <= m.window {
		taken = m.sample(local)
	}
	st := Status{Advanced: m.current-m.confirmed() <= m.window, Taken: taken}
	before := m.current
	if st.Advanced {
		m.current++
	}
	world, rows, events := m.run()
	for f := range before {
		if !slices.Equal(rows[f], m.fed[f]) {
			st.RolledBack = before - f
			break
		}
	}
	m.notices(before, st.RolledBack, events)
	m.fed = rows
	st.Current, st.Confirmed = Frame(m.current), Frame(m.confirmed())
	if !st.Advanced {
		for seat := range m.seats {
			if len(m.known[seat])-1 == m.confirmed() && !slices.Contains(m.local, seat) {
				st.Waiting |= 1 << seat
			}
		}
	}
	return st, world
}

// run steps from frame 0 to the current one.
func (m *model) run() (w ledger, rows [][]uint16, events [][]Event) {
	w = ledger{Rand: NewRand(7)}
	for f := range m.current {
		row := make([]uint16, m.seats)
		var said []Event
		for seat := range row {
			row[seat] = m.guess(seat, f)
			if row[seat]%7 == 3 {
				said = append(said, Event{Frame(f), 1, uint32(seat), int64(row[seat])})
			}
		}
		w.Step(InputsOf(row...))
		rows, events = append(rows, row), append(events, said)
		if f <= m.confirmed() {
			m.sums[Frame(f+1)] = w.Sum[0]
		}
	}
	return w, rows, events
}

// notices says what must be told after a tick: what was told and is no longer
// said is cancelled; what is said for the first time is predicted, if its
// frame is still open; what is said in a frame that is final now is confirmed.
func (m *model) notices(before, again int, events [][]Event) {
	m.expect = map[Notice]int{}
	id := func(e Event) Event { e.Value = 0; return e }
	for f := m.final; f < m.current; f++ {
		if f < before-again {
			continue // not stepped in this tick
		}
		said := map[Event]bool{}
		for _, e := range events[f] {
			said[id(e)] = true
			if f > m.confirmed() && !m.told[id(e)] {
				m.told[id(e)] = true
				m.expect[Notice{e, Predicted}]++
			}
		}
		for seat := range m.seats {
			if e := (Event{Frame: Frame(f), Kind: 1, Key: uint32(seat)}); m.told[e] && !said[e] {
				delete(m.told, e)
				e.Value = int64(m.fed[f][seat])
				m.expect[Notice{e, Cancelled}]++
			}
		}
	}
	for ; m.final <= min(m.confirmed(), m.current-1); m.final++ {
		for _, e := range events[m.final] {
			delete(m.told, id(e))
			m.expect[Notice{e, Confirmed}]++
		}
	}
}

func drawModel(t *rapid.T) (*model, Config[ledger, uint16]) {
	m := &model{told: map[Event]bool{}, sums: map[Frame]uint64{}}
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
	return m, config
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
	ops := rapid.SampledFrom([]string{"tick", "confirm", "tick", "confirm", "tick", "tick", "confirm", "delay"})
	value := rapid.SampledFrom([]uint16{0, 1, 2, 3, 3, 10, 11})
	sums := []Checksum{}
	for range rapid.SampledFrom([]int{1, 10, 50, 100, 200}).Draw(t, "ops") {
		switch ops.Draw(t, "op") {
		case "delay":
			m.delay = rapid.SampledFrom([]int{0, 1, 2, 5, MaxDelayFrames}).Draw(t, "delay")
			s.SetDelay(m.delay)
		case "confirm":
			seat := rapid.IntRange(0, m.seats-1).Draw(t, "seat")
			if slices.Contains(m.local, seat) {
				break
			}
			for range rapid.SampledFrom([]int{1, 2, 4, 9}).Draw(t, "frames") {
				if len(m.known[seat]) > m.current+20 {
					break // far ahead, and less than maxLead
				}
				v := value.Draw(t, "input")
				if err := s.Confirm(seat, Frame(len(m.known[seat])), v); err != nil {
					t.Fatal(err)
				}
				m.known[seat] = append(m.known[seat], v)
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
		if held := s.Held(seat); int(held) != len(m.known[seat])-1 {
			t.Fatalf("seat %d is held through %d, want %d", seat, held, len(m.known[seat])-1)
		}
		for f, v := range m.known[seat][max(0, len(m.known[seat])-logFrames/2):] {
			f += max(0, len(m.known[seat])-logFrames/2)
			b, ok := s.AppendInput(nil, seat, Frame(f))
			if !ok || uint16(b[0])|uint16(b[1])<<8 != v {
				t.Fatalf("seat %d frame %d is %v (%v), want %d", seat, f, b, ok, v)
			}
		}
	}
}

// compareChecksums: one for every due frame that is final, in order, none of
// any other, and the worlds that are still kept are those of a straight run.
func compareChecksums(t *rapid.T, m *model, s *Session[ledger, uint16], sums []Checksum) {
	every := s.config.ChecksumFrames
	want := 0
	if s.Stats().Ticks > 0 && every > 0 {
		want = m.final/every + 1
	}
	if len(sums) != want || !slices.IsSortedFunc(sums, func(a, b Checksum) int { return cmp.Compare(a.Frame, b.Frame) }) {
		t.Fatalf("%d checksums every %d frames with %d final frames: %v", len(sums), every, m.final, sums)
	}
	for _, sum := range sums {
		world, ok := s.At(sum.Frame)
		if !ok {
			continue
		}
		if s.Hash(world) != sum.World || sum.Frame > 0 && world.Sum[0] != m.sums[sum.Frame] {
			t.Fatalf("the checksum of frame %d is not that of its final world", sum.Frame)
		}
	}
}
