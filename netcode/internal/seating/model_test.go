//go:build !race

package seating

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

var models = flag.Int("models", 60, "random matches of TestModel")

// model is a match of machines that write, hear and confirm in any order: each hears
// every stream in its order, and one stream long before another.
type model struct {
	t       *testing.T
	random  *rand.Rand
	config  Config
	set     records.Config
	peers   []*machine
	said    map[records.StreamID][][]byte // from its first frame on
	from    map[records.StreamID]rollback.Frame
	final   map[records.StreamID]bool
	tables  map[rollback.Frame][]byte // what whoever folds a frame first comes to
	desired Desired
	reached rollback.Frame // how far beyond Through a founder has ever held anything, at most
	waited  int            // records of which a newcomer did not know whose they were
	changes int
}

// machine is one member.
type machine struct {
	id      records.StreamID
	founder bool
	gone    bool // left
	set     *records.Set
	table   *Table
	pen     *Pen
	fed     map[records.StreamID]map[rollback.Frame]uint16 // the seats by which records were fed
}

func newModel(t *testing.T, seed uint64) *model {
	random := rand.New(rand.NewPCG(seed, 3))
	g := 1 + random.IntN(4)
	set := records.Config{LeadFrames: g, LimitFrames: random.IntN(4)}
	m := &model{
		t: t, random: random, set: set,
		config: Config{LeadFrames: g, KeptFrames: set.RingFrames(), Seats: 1 + random.IntN(4), MachineSeats: 4, InputBytes: 1},
		said:   map[records.StreamID][][]byte{}, from: map[records.StreamID]rollback.Frame{}, final: map[records.StreamID]bool{},
		tables: map[rollback.Frame][]byte{}, reached: -1000,
	}
	var founders []records.StreamID
	for i := range uint8(2 + random.IntN(3)) {
		founders = append(founders, records.StreamID{Machine: i})
	}
	for _, id := range founders {
		p := &machine{id: id, founder: true, set: records.New(set, founders, id), table: New(m.config, founders)}
		m.enter(p)
	}
	m.desired = m.peers[0].table.Desired()
	return m
}

func (m *model) enter(p *machine) {
	p.pen, p.fed = NewPen(p.table, p.id), map[records.StreamID]map[rollback.Frame]uint16{}
	m.from[p.id], _, _ = p.set.Bounds(p.id)
	m.peers = append(m.peers, p)
}

// produce makes a machine's next record, with what it has to say in it.
func (m *model) produce(p *machine, last bool) {
	f := p.set.Held(p.id) + 1
	var desired *Desired
	if referee, ok := p.set.Lowest(f); ok && referee == p.id {
		desired = &m.desired
	}
	if m.random.IntN(8) == 0 {
		p.pen.Vote(m.random.IntN(2) == 0)
	}
	if m.random.IntN(12) == 0 {
		p.pen.Away(m.random.IntN(2) == 0)
	}
	if m.random.IntN(8) == 0 {
		p.pen.Command(m.random.IntN(3), strings.Repeat("x", m.random.IntN(3*PieceBytes)))
	}
	inputs := make([]byte, p.table.Inputs(p.id, f))
	record := p.pen.Write(inputs, f, desired)
	if !last {
		p.set.Produce(record)
	} else if p.gone = true; p.set.Finish(record) < f {
		for _, q := range m.peers {
			q.set.End(p.id, f-1) // its goodbye says so
		}
		return
	}
	m.said[p.id], m.final[p.id] = append(m.said[p.id], record), last
	m.feed(p)
}

// hear lets a machine take the next record of a stream.
func (m *model) hear(p *machine, id records.StreamID) {
	f := p.set.Held(id) + 1
	at := int(f - m.from[id])
	if at < 0 || at >= len(m.said[id]) {
		return
	}
	p.set.Take(id, f, m.said[id][at], m.final[id] && at == len(m.said[id])-1)
	m.feed(p)
}

// feed gives the simulation every record of which it is settled whose seats it is about.
func (m *model) feed(p *machine) {
	for _, id := range p.set.Streams(nil) {
		from, held, _ := p.set.Bounds(id)
		switch {
		case p.gone || held < from:
		case p.founder:
			m.reached = max(m.reached, held-p.table.Through())
		case held > p.table.Through():
			m.waited++
		}
		if p.fed[id] == nil {
			p.fed[id] = map[rollback.Frame]uint16{}
		}
		for f := max(from, p.table.Folded()+1); f <= min(held, p.table.Through()); f++ {
			seats := p.table.Seats(id, f)
			if was, ok := p.fed[id][f]; ok && was != seats {
				m.t.Fatalf("frame %d of %v was fed as seats %b, and is of %b", f, id, was, seats)
			}
			p.fed[id][f] = seats
			if record := p.set.Record(id, f); len(record) < p.table.Inputs(id, f) {
				m.t.Fatalf("frame %d of %v has %d bytes", f, id, len(record))
			}
		}
	}
}

// confirm lets a machine confirm the next frame, and see that all come to the same.
func (m *model) confirm(p *machine) {
	if p.gone || !p.set.Confirm() {
		return
	}
	f := p.set.Confirmed()
	content := p.set.AppendContent(nil, f)
	for _, part := range content {
		if was, ok := p.fed[part.Stream][f]; ok && was != p.table.Seats(part.Stream, f) {
			m.t.Fatalf("frame %d of %v was fed to seats %b", f, part.Stream, was)
		}
	}
	foreseen := p.table.Predict(f, p.set)
	if w := p.table.Fold(f, content); w != foreseen {
		m.t.Fatalf("frame %d: %v, foreseen %v", f, w, foreseen)
	}
	state := fmt.Appendf(p.table.Append(nil), "%v", p.table.Commands())
	if was, ok := m.tables[f]; ok && !bytes.Equal(was, state) {
		m.t.Fatalf("after frame %d two tables differ", f)
	}
	m.tables[f] = state
	m.feed(p)
}

// want changes how the match ought to be.
func (m *model) want() {
	var ids []records.StreamID
	for _, p := range m.peers {
		if !p.gone {
			ids = append(ids, p.id)
		}
	}
	m.desired.Seats[m.random.IntN(m.config.Seats)] = append(ids, Nobody)[m.random.IntN(len(ids)+1)]
	m.desired.Paused, m.desired.AheadFrames = m.random.IntN(2) == 0, m.random.IntN(6)
	m.changes++
}

// admit lets a machine in, by what another one had confirmed before others have gone on.
func (m *model) admit() {
	donor := m.peers[m.random.IntN(len(m.peers))]
	if donor.gone || len(m.peers) > 6 {
		return
	}
	snapshot, table := donor.set.Snapshot(), donor.table.Append(nil)
	for range m.random.IntN(40 * len(m.peers)) {
		m.step()
	}
	if donor.gone {
		return
	}
	first := rollback.NoFrame
	for _, p := range m.peers {
		first = max(first, p.set.Confirmed())
	}
	if int(first-snapshot.Through) > 3*m.set.LeadFrames+m.set.LimitFrames {
		return
	}
	from := first + 1 + rollback.Frame(m.random.IntN(4))
	id := records.StreamID{Machine: uint8(len(m.peers)), Born: uint32(len(m.peers))}
	p := &machine{id: id, set: records.Resume(m.set, snapshot)}
	var err error
	if p.table, err = Parse(m.config, table); err != nil {
		m.t.Fatal(err)
	}
	for _, q := range append(m.peers, p) {
		if q.gone {
			continue
		}
		for _, known := range q.set.Streams(nil) {
			if !p.set.Knows(known) && known != id {
				p.set.Open(known, m.from[known])
			}
		}
		q.set.Open(id, from)
	}
	p.set.Own(id)
	m.enter(p)
}

func (m *model) step() {
	p := m.peers[m.random.IntN(len(m.peers))]
	q := m.peers[m.random.IntN(len(m.peers))]
	switch n := m.random.IntN(100); {
	case n < 25:
		if !p.gone && p.set.MayProduce() {
			m.produce(p, false)
		}
	case n < 65:
		for range 1 + m.random.IntN(8) {
			m.hear(p, q.id)
		}
	case n < 95:
		m.confirm(p)
	case n < 98:
		m.want()
	case m.random.IntN(20) == 0 && p != m.peers[0] && !p.gone && len(m.said[p.id]) > 0:
		m.produce(p, true)
	}
}

// settle lets everybody say, hear and confirm all that there is, until the match is as
// it ought to be.
func (m *model) settle() {
	for k := range m.config.Seats {
		i := slices.IndexFunc(m.peers, func(p *machine) bool { return p.id == m.desired.Seats[k] })
		if i >= 0 && m.peers[i].gone {
			m.desired.Seats[k] = Nobody
		}
	}
	for range 60 {
		for _, p := range m.peers {
			for !p.gone && p.set.MayProduce() {
				m.produce(p, false)
			}
			for _, q := range m.peers {
				for range 40 {
					m.hear(p, q.id)
				}
			}
			for range 40 {
				m.confirm(p)
			}
		}
	}
	for _, p := range m.peers {
		if got := p.table.Desired(); !p.gone && (got.Seats != m.desired.Seats || got.Paused != m.desired.Paused) {
			m.t.Fatalf("machine %v has %v, paused %v; want %v, %v", p.id, got.Seats, got.Paused, m.desired.Seats, m.desired.Paused)
		}
	}
}

// TestModel: in whatever order records come, each is of the same seats when it comes as
// when it is confirmed, no founder holds one of which that is not settled, all tables are
// alike, and the match becomes what its referees wish. The bound is reached, and without
// it newcomers would be wrong.
func TestModel(t *testing.T) {
	reached, waited, changes := rollback.NoFrame-1000, 0, 0
	for seed := range uint64(*models) {
		m := newModel(t, seed)
		for range 1500 {
			if m.step(); m.random.IntN(300) == 0 {
				m.admit()
			}
		}
		if m.reached > 0 {
			t.Fatalf("seed %d: a founder holds a record %d frames beyond what is settled", seed, m.reached)
		}
		m.settle()
		reached, waited, changes = max(reached, m.reached), waited+m.waited, changes+m.changes
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if reached != 0 || waited == 0 || changes == 0 {
		t.Errorf("the bound is missed by %d, newcomers waited %d times, %d changes", -reached, waited, changes)
	}
}
