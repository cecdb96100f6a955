//go:build !race

package membership

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// match is all peers of a match and what is under way between them, and judges them:
// the walks of the model and the simulations under virtual time are made of it.
type match struct {
	t      testing.TB
	config Config
	random *rand.Rand
	now    time.Duration
	peers  []*player // by machine; the newest process of each
	fault  string    // the first that the judge has seen

	decided []*Value // by number, as first installed by anybody
	history map[records.StreamID]*history
	counts  counts
}

// history is a stream as its machine has made it.
type history struct {
	from    rollback.Frame
	records [][]byte
	final   bool
}

// counts are what has come about: a walk in which nothing does shows nothing.
type counts struct {
	views, removals, joins, unchanged, byes, spread int
}

// player is one process of a machine.
type player struct {
	*Peer
	alive   bool
	content [][]byte       // confirmed, from first on
	first   rollback.Frame // the first frame of content
	feed    []fed          // under way from its donor
	donates []*player      // those whom it feeds
	views   int            // of its values that it has fed
	exempt  bool           // nothing that it does is a fault
	judged  uint32         // the newest view that was judged
}

// fed is one part of a feed: a view or a frame.
type fed struct {
	view    *Value
	frame   rollback.Frame
	content []records.Entry
}

func newMatch(t testing.TB, seed uint64, founders int, config Config) *match {
	m := &match{t: t, config: config, random: rand.New(rand.NewPCG(seed, 7)), history: map[records.StreamID]*history{}}
	founding := Founding([32]byte{1}, Machines(1<<founders-1))
	m.decided = []*Value{founding}
	for i := range founders {
		config.Seed = seed
		if config.Keys != nil {
			config.Keys = ring{uint8(i)}
		}
		p := &player{Peer: New(config, founding, uint8(i)), alive: true}
		p.links = Machines(1<<16-1) &^ One(uint8(i))
		m.peers = append(m.peers, p)
		m.history[p.own] = &history{}
	}
	return m
}

// produce makes a player's next record, if it is due.
func (m *match) produce(p *player) bool {
	if !p.MayProduce() {
		return false
	}
	record := m.record(p.own, p.set.Held(p.own)+1)
	p.Produce(record)
	m.keepOwn(p, record)
	return true
}

// keepOwn notes a player's newest record.
func (m *match) keepOwn(p *player, record []byte) {
	h := m.history[p.own]
	if h == nil {
		from, _, _ := p.set.Bounds(p.own)
		h = &history{from: from}
		m.history[p.own] = h
	}
	h.records = append(h.records, record)
}

// record is content that no other frame of any stream has.
func (m *match) record(id records.StreamID, f rollback.Frame) []byte {
	b := binary.AppendUvarint([]byte{id.Machine}, uint64(id.Born))
	return append(binary.AppendUvarint(b, uint64(f)), byte(m.random.Uint32()))
}

// leave has a player say goodbye.
func (m *match) leave(p *player) {
	if p.status != Member || p.leaving.asked {
		return
	}
	p.Leave(m.now, m.record(p.own, p.set.Held(p.own)+1))
}

// noteLeft notes the last record of who has just left.
func (m *match) noteLeft(p *player) {
	h := m.history[p.own]
	if p.status != Left || h != nil && h.final {
		return
	}
	if h == nil {
		from, _, _ := p.set.Bounds(p.own)
		h = &history{from: from}
		m.history[p.own] = h
	}
	h.final = true
	m.counts.byes++
	if held := p.set.Held(p.own); h.from+rollback.Frame(len(h.records)) <= held {
		h.records = append(h.records, slices.Clone(p.set.Record(p.own, held)))
	}
}

// confirm has a player confirm what it can, and feed it on.
func (m *match) confirm(p *player) {
	m.feedViews(p)
	for p.Confirm() {
		f := p.set.Confirmed()
		entries := p.set.AppendContent(nil, f)
		for i := range entries {
			entries[i].Record = slices.Clone(entries[i].Record)
		}
		p.content = append(p.content, contentBytes(entries))
		for _, to := range p.donates {
			to.feed = append(to.feed, fed{frame: f, content: entries})
		}
		m.judgeContent(p, f)
	}
}

func contentBytes(entries []records.Entry) []byte {
	var b []byte
	for _, e := range entries {
		b = append(binary.AppendUvarint(append(b, e.Stream.Machine), uint64(e.Stream.Born)), byte(len(e.Record)))
		b = append(b, e.Record...)
	}
	return b
}

// feedViews passes on the views that a player has installed since it last did.
func (m *match) feedViews(p *player) {
	for _, v := range p.values {
		if int(v.Number) > p.views {
			p.views = int(v.Number)
			for _, to := range p.donates {
				to.feed = append(to.feed, fed{view: v})
			}
		}
	}
}

// join begins an attempt of a machine by a donor.
func (m *match) join(machine uint8, donor *player) *player {
	m.feedViews(donor)
	config := m.config
	if config.Keys != nil {
		config.Keys = ring{machine}
	}
	p := &player{Peer: Rejoin(config, donor.Snapshot(), machine, m.random.Uint64()), alive: true, first: donor.set.Confirmed() + 1, views: int(donor.view.Number), judged: donor.view.Number}
	p.links = Machines(1<<16-1) &^ One(machine)
	donor.donates = append(donor.donates, p)
	for len(m.peers) <= int(machine) {
		m.peers = append(m.peers, &player{Peer: &Peer{standing: standing{status: Stopped}}})
	}
	m.peers[machine].alive = false
	m.peers[machine] = p
	return p
}

// follow takes the next part of a player's feed.
func (m *match) follow(p *player) bool {
	if len(p.feed) == 0 || p.status != Joining || p.Dead() {
		return false
	}
	part := p.feed[0]
	p.feed = p.feed[1:]
	if part.view != nil {
		p.FollowView(m.now, part.view)
		return true
	}
	if !p.Follow(part.frame, part.content) {
		m.fail("machine %d cannot follow frame %d", p.me, part.frame)
	}
	if p.status == Joining {
		p.content = append(p.content, contentBytes(part.content))
	}
	return true
}

// deliver gives a player the record that it lacks next of a stream, as if it had been
// under way.
func (m *match) deliver(p *player, id records.StreamID) bool {
	h := m.history[id]
	if h == nil {
		return false
	}
	f := p.set.Held(id) + 1
	at := int(f - h.from)
	if at < 0 || at >= len(h.records) {
		return false
	}
	return p.TakeRecord(id, f, h.records[at], h.final && at == len(h.records)-1) == records.Taken
}

func (m *match) fail(format string, args ...any) {
	if m.fault == "" {
		m.fault = fmt.Sprintf(format, args...)
	}
}

// judge looks at what a step has done to a player.
func (m *match) judge(p *player) {
	if p.exempt {
		return
	}
	if p.conflict != nil {
		m.fail("machine %d: %s, stream %v, frame %d", p.me, p.conflict.What, p.conflict.Stream, p.conflict.Frame)
	}
	if l := p.lead; l != nil && l.reported == l.prepare.Keep && !p.strangers() {
		if m.judgeSpread(l); !l.proposed {
			m.fail("machine %d has all reports and no value", p.me)
		}
	}
	m.noteLeft(p)
	for ; p.judged < p.view.Number; p.judged++ {
		v := p.values[len(p.values)-int(p.view.Number-p.judged)]
		switch n := int(v.Number); {
		case n >= len(m.decided):
			m.noteDecided(v)
		case m.decided[n].digest() != v.digest():
			m.fail("two views have number %d", n) // I1
		}
	}
}

func (m *match) noteDecided(v *Value) {
	m.decided = append(m.decided, v)
	m.counts.views++
	m.counts.removals += len(v.Cuts)
	m.counts.joins += len(v.Joins)
	if len(v.Cuts)+len(v.Joins) == 0 {
		m.counts.unchanged++
	}
}

// stays reports whether a process is in all views since it was let in.
func (m *match) stays(p *player) bool {
	last := m.decided[len(m.decided)-1]
	return p.status != Joining && slices.Contains(last.Members, p.own) && (p.status == Member || p.status == Left)
}

// judgeContent compares what a player has confirmed with what others who stay have (I2).
func (m *match) judgeContent(p *player, f rollback.Frame) {
	if !m.stays(p) || p.exempt {
		return
	}
	for _, q := range m.peers {
		if q == p || q.exempt || !q.alive && q.status != Member || !m.stays(q) {
			continue
		}
		if i := int(f - q.first); i >= 0 && i < len(q.content) && f >= p.first {
			if string(q.content[i]) != string(p.content[f-p.first]) {
				m.fail("machines %d and %d have confirmed frame %d differently", p.me, q.me, f)
			}
		}
	}
}

// judgeSpread measures by how much what the reports of a ballot say differs (I6).
func (m *match) judgeSpread(l *candidacy) {
	for i := range l.reports[l.reported.Lowest()].Streams {
		least, most := records.Endless, rollback.NoFrame
		for x := range l.reported.All {
			held := l.reports[x].Streams[i].Held
			least, most = min(least, held), max(most, held)
		}
		m.counts.spread = max(m.counts.spread, int(most-least))
	}
	if m.counts.spread > m.config.Records.TailFrames() {
		m.fail("what reports hold differs by %d records", m.counts.spread)
	}
}

// speech is all that a player says in its next datagrams.
func speech(p *player, now time.Duration) *Data {
	p.Beat()
	d := new(Data)
	p.Gossip(now, d)
	return d
}

// runsFor is what a machine lacks of what a player holds: of its own stream first, then of
// others.
func runsFor(p *player, now time.Duration, to uint8) (runs []Run) {
	if p.status != Member && p.status != Left {
		return nil
	}
	if p.links.Has(to) {
		runs = p.appendRun(runs, p.own, to)
	}
	return p.AppendForeign(runs, now, to)
}
