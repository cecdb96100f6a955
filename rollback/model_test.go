package rollback

import "slices"

// model is the obviously right and slow session: at every tick it steps again
// from its first frame with what is known by then and guesses the rest anew. It keeps
// no ring, no snapshot and no state from tick to tick but what has been confirmed, how
// far it is, and what it has told.
type model struct {
	seats, window int
	lockstep      bool
	lineups       bool
	absence       Absence
	bot           func(*ledger, int) uint16
	predict       func(uint16) uint16
	local         []int
	delay         int
	first         int      // frame that it begins with,
	start         ledger   // the world before it,
	firstLineup   Lineup   // and of the frame before that
	firstRow      []uint16 // what everybody did

	inputs  [MaxSeats]map[int]uint16
	called  []Lineup // known ones, from first on
	current int
	fed     map[int]fedFrame // of the last tick's run
	told    map[Event]bool   // Predicted, not yet settled
	final   int              // frames before it have settled events
	expect  map[Notice]int   // notices of the last tick
	worlds  map[Frame]ledger // at each frame that became final
	digests map[Frame]uint64 // and of the inputs before it
	start64 uint64           // digest before first
}

// fedFrame is what a frame was stepped with.
type fedFrame struct {
	lineup Lineup
	row    [MaxSeats]uint16
}

// called through: the newest frame whose lineup is known.
func (m *model) calledThrough() int { return m.first + len(m.called) - 1 }

func (m *model) lineup(f int) Lineup {
	switch {
	case !m.lineups:
		return Lineup{}
	case f < m.first || len(m.called) == 0:
		return m.firstLineup
	}
	return m.called[min(f-m.first, len(m.called)-1)]
}

// knownAbsent reports whether the seat is out of frame f for ever.
func (m *model) knownAbsent(seat, f int) bool {
	return m.lineups && f <= m.calledThrough() && !m.lineup(f).Present(seat)
}

// held is the last frame before the first in which the seat's input is lacking.
func (m *model) held(seat int) int {
	for f := m.first; ; f++ {
		if _, known := m.inputs[seat][f]; !known && !m.knownAbsent(seat, f) {
			return f - 1
		}
	}
}

func (m *model) confirmed() int {
	least := m.held(0)
	for seat := range m.seats {
		least = min(least, m.held(seat))
	}
	if m.lineups {
		least = min(least, m.calledThrough())
	}
	return least
}

// input is what is known of a seat that is present in frame f.
func (m *model) input(seat, f int) (v uint16, known bool) {
	if f == m.first-1 && m.firstRow != nil {
		return m.firstRow[seat], true
	}
	v, known = m.inputs[seat][f]
	return v, known
}

// play is what a seat does in frame f, as far as that is known, in a world; before is
// what it was taken to do in the frame before.
func (m *model) play(seat, f int, w ledger, before uint16) uint16 {
	if !m.lineup(f).Present(seat) {
		switch m.absence {
		case AbsentFrozen:
			return before
		case AbsentBot:
			return m.bot(&w, seat)
		}
		return 0
	}
	if v, known := m.input(seat, f); known {
		return v
	}
	for g := f - 1; g >= m.first-1 && m.lineup(g).Present(seat); g-- {
		v, known := m.input(seat, g)
		switch {
		case known && m.predict != nil:
			return m.predict(v)
		case known:
			return v
		}
	}
	return 0
}

// sample is the local streams' rule in its plainest form. It returns the frame that
// has got these inputs.
func (m *model) sample(local []uint16) (taken Frame) {
	taken = NoFrame
	target := m.current + m.delay
	for i, seat := range m.local {
		for f := m.first; f <= target; f++ {
			_, known := m.inputs[seat][f]
			switch {
			case known || !m.lineup(f).Present(seat):
			case f == target:
				m.inputs[seat][f] = local[i]
				taken = Frame(f)
			case m.lineup(f - 1).Present(seat):
				m.inputs[seat][f], _ = m.input(seat, f-1)
			default:
				m.inputs[seat][f] = 0
			}
		}
	}
	return taken
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
	world, fed, events := m.run()
	for f := m.first; f < before; f++ {
		if m.differs(fed[f], m.fed[f]) {
			st.RolledBack = before - f
			break
		}
	}
	m.notices(before, st.RolledBack, events)
	m.fed = fed
	st.Current, st.Confirmed = Frame(m.current), Frame(m.confirmed())
	if !st.Advanced {
		for seat := range m.seats {
			if m.held(seat) == m.confirmed() && m.lineup(m.confirmed()+1).Present(seat) && !slices.Contains(m.local, seat) {
				st.Waiting |= 1 << seat
			}
		}
	}
	return st, world
}

// differs reports whether a frame was fed with a wrong guess. What absent seats do
// follows from the frames before.
func (m *model) differs(a, b fedFrame) bool {
	for seat := range m.seats {
		if !a.lineup.Present(seat) {
			a.row[seat], b.row[seat] = 0, 0
		}
	}
	return a != b
}

// run steps from the first frame to the current one.
func (m *model) run() (w ledger, fed map[int]fedFrame, events map[int][]Event) {
	w, fed, events = m.start, map[int]fedFrame{}, map[int][]Event{}
	digest := newDigester(Origin{Frame: Frame(m.first), Digest: m.start64})
	var row [MaxSeats]uint16
	copy(row[:], m.firstRow)
	for f := m.first; f < m.current; f++ {
		lineup, before := m.lineup(f), row
		in := InputsOf[uint16]()
		for seat := range m.seats {
			row[seat] = m.play(seat, f, w, before[seat])
			if !lineup.Present(seat) {
				in = in.Without(seat)
			}
			if row[seat]%7 == 3 && !lineup.Paused {
				events[f] = append(events[f], Event{Frame(f), 1, uint32(seat), int64(row[seat])})
			}
		}
		if in.seats = row[:m.seats]; !lineup.Paused {
			w.Step(in)
		}
		fed[f] = fedFrame{lineup, row}
		if f <= m.confirmed() {
			m.worlds[Frame(f+1)] = w
			m.digests[Frame(f+1)] = m.digest(&digest, fed[f])
		}
	}
	return w, fed, events
}

// digest adds a frame to the digest of the inputs: of absent seats it knows nothing.
func (m *model) digest(d *digester, fed fedFrame) uint64 {
	var b []byte
	for seat := range m.seats {
		v := fed.row[seat]
		if !fed.lineup.Present(seat) {
			v = 0
		}
		b = append(b, byte(v), byte(v>>8))
	}
	if m.lineups {
		d.addLineup(fed.lineup)
	}
	d.add(b)
	return d.sum
}

// notices says what must be told after a tick: what was told and is no longer
// said is cancelled; what is said for the first time is predicted, if its
// frame is still open; what is said in a frame that is final now is confirmed.
func (m *model) notices(before, again int, events map[int][]Event) {
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
				e.Value = int64(m.fed[f].row[seat])
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
