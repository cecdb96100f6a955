//go:build !race

package audience

import (
	"container/heap"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A model of an audience: players and viewers with an uplink each, on paths with a delay
// each, in steps of time. What is lost is what is sent to or by the dead.

const (
	step      = 4 * time.Millisecond
	overhead  = 60 // bytes of a packet besides what is said
	backlog   = 40 * time.Millisecond
	worldSize = 16 << 10
	worldsAt  = 5 * PerSecond
)

var match = sha256.Sum256([]byte("a match"))

func testKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

type packet struct {
	at       time.Duration
	order    int
	from, to ID
	bytes    []byte
	feed     bool
	up, down bool // a link is there, or is not to be had
}

type packets []*packet

func (p packets) Len() int      { return len(p) }
func (p packets) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p packets) Less(i, j int) bool {
	return p[i].at < p[j].at || p[i].at == p[j].at && p[i].order < p[j].order
}
func (p *packets) Push(x any) { *p = append(*p, x.(*packet)) }
func (p *packets) Pop() any {
	x := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return x
}

// actor is a player or a viewer.
type actor struct {
	id      ID
	viewer  *Viewer // nil: a player
	stand   *Stand
	upFree  time.Duration
	sent    int
	linked  map[ID]bool
	dialled map[ID]bool
	dead    bool
	came    time.Duration
	inbox   []*packet            // that it has not read yet
	dueAt   time.Duration        // when it has the processor next: until then it reads nothing
	served  map[ID]time.Duration // to whom a segment's bytes went, and when last
	// What a hostile one does with what it feeds; nil: an honest one.
	twist func(block []byte) []byte

	next     uint32 // segment that is due
	lost     int    // segments that never came
	begins   int
	forged   int
	gotAt    time.Duration
	worst    time.Duration // between two segments, since marked
	delays   []time.Duration
	parent   ID
	changes  int // of who feeds it, since marked
	streams  int // most at a time
	messages int
}

type model struct {
	t        *testing.T
	now      time.Duration
	chance   *rand.Rand
	paths    map[[2]ID]time.Duration
	queue    packets
	order    int
	desk     *Desk
	deskAt   ID // the player whose it is
	key      ed25519.PrivateKey
	actors   map[ID]*actor
	list     []*actor
	released []time.Duration // when each segment was
	ring     Ring            // of all sources
	known    map[[32]byte]bool
	upload   float64 // bits a second
	quiet    bool    // no new segments: the source is gone
	// stalls is how much longer than usual somebody waits for the processor, each time; nil: nobody does.
	stalls func() time.Duration
	// apart reports whether two have no way to each other; nil: all have.
	apart func(a, b ID) bool
}

func newModel(t *testing.T, players int, seed uint64) *model {
	m := &model{t: t, chance: rand.New(rand.NewPCG(seed, 2)), paths: map[[2]ID]time.Duration{}, desk: NewDesk(seed),
		key: testKey("source"), actors: map[ID]*actor{}, known: map[[32]byte]bool{}, upload: 1e6}
	for i := range players {
		id := ID(i)
		m.desk.Source(Neighbour{ID: id})
		m.add(&actor{id: id, stand: NewStand(match, &m.ring, OfPlayer)})
	}
	return m
}

func (m *model) add(a *actor) {
	a.linked, a.dialled, a.served, a.came = map[ID]bool{}, map[ID]bool{}, map[ID]time.Duration{}, m.now
	m.actors[a.id] = a
	m.list = append(m.list, a)
}

// path is the delay of one way between two: 20 to 80 ms.
func (m *model) path(a, b ID) time.Duration {
	k := [2]ID{min(a, b), max(a, b)}
	if m.paths[k] == 0 {
		m.paths[k] = 20*time.Millisecond + time.Duration(m.chance.IntN(60_000))*time.Microsecond
	}
	return m.paths[k]
}

// newViewer is one with a memory for the signatures that were seen to be right by others:
// what they cost is not what is modelled.
func (m *model) newViewer() *Viewer {
	v := NewViewer(match, m.key.Public().(ed25519.PublicKey))
	stamped := v.stamped
	v.stamped = func(b []byte) bool {
		sum := sha256.Sum256(b)
		if !m.known[sum] && stamped(b) {
			m.known[sum] = true
		}
		return m.known[sum]
	}
	return v
}

// join has somebody come to watch.
func (m *model) join() *actor {
	id, err := m.desk.Came(m.now, [32]byte{})
	if err != nil {
		m.t.Fatalf("at %v, with %d: %v", m.now, m.desk.Watching(), err)
	}
	p := m.desk.Place(m.now, id)
	v := m.newViewer()
	a := &actor{id: p.Self, viewer: v, stand: v.Stand()}
	m.add(a)
	m.place(a, p)
	return a
}

// place tells a viewer its place, and dials those that it wants.
func (m *model) place(a *actor, p *Placement) {
	b := AppendMessage(nil, p)
	said, err := ParseMessage(b)
	if err != nil {
		m.t.Fatal(err)
	}
	a.viewer.Placed(m.now, said.(*Placement))
}

func (m *model) dial(a *actor) {
	for _, n := range a.viewer.Wanted() {
		if a.linked[n.ID] {
			a.viewer.Up(m.now, n.ID) // who is named again has a link
		}
		if a.linked[n.ID] || a.dialled[n.ID] {
			continue
		}
		a.dialled[n.ID] = true
		other := m.actors[n.ID]
		if other == nil || other.dead || m.apart != nil && m.apart(a.id, n.ID) {
			m.push(&packet{at: m.now + 3*time.Second, from: n.ID, to: a.id, down: true})
			continue
		}
		m.push(&packet{at: m.now + 4*m.path(a.id, n.ID), from: n.ID, to: a.id, up: true})
	}
}

func (m *model) push(p *packet) {
	m.order++
	p.order = m.order
	heap.Push(&m.queue, p)
}

// send puts bytes on an uplink.
func (m *model) send(from *actor, to ID, b []byte, feed bool) {
	from.upFree = max(from.upFree, m.now) + time.Duration(float64(len(b)+overhead)*8/m.upload*float64(time.Second))
	from.sent += len(b) + overhead
	m.push(&packet{at: from.upFree + m.path(from.id, to), from: from.id, to: to, bytes: b, feed: feed})
}

// release makes the next segment.
func (m *model) release() {
	n := m.ring.Next()
	log := make([]byte, 200)
	binary.BigEndian.PutUint32(log, n)
	s := Segment{Number: n, Log: log}
	world := make([]byte, worldSize)
	binary.BigEndian.PutUint32(world, n)
	if n%worldsAt == 0 {
		s.World = SumOf(world)
	}
	b := s.Stamp(match, m.key)
	m.ring.Add(&s, b)
	if s.World != nil {
		m.ring.SetWorld(n, world)
	}
	m.released = append(m.released, m.now)
}

// run lets time pass.
func (m *model) run(d time.Duration) {
	for end := m.now + d; m.now < end; m.now += step {
		if !m.quiet && m.now >= time.Duration(len(m.released))*time.Second/PerSecond {
			m.release()
		}
		for len(m.queue) > 0 && m.queue[0].at <= m.now {
			m.deliver(heap.Pop(&m.queue).(*packet))
		}
		for i, a := range m.list {
			if a.dead || m.stalls == nil && (int(m.now/step)+i)%4 != 0 || m.now < a.dueAt {
				continue
			}
			inbox := a.inbox
			a.inbox = nil
			for _, p := range inbox {
				m.read(a, p)
			}
			if m.poll(a); m.stalls != nil {
				a.dueAt = m.now + 4*step + m.stalls()
			}
		}
		for _, id := range m.desk.Vanished(m.now, nil) {
			if a := m.actors[id]; !a.dead {
				m.t.Errorf("the desk has forgotten %d, who lives", id)
			}
		}
	}
}

func (m *model) deliver(p *packet) {
	a := m.actors[p.to]
	if a == nil || a.dead {
		return
	}
	if m.now < a.dueAt || len(a.inbox) > 0 {
		a.inbox = append(a.inbox, p)
		return
	}
	m.read(a, p)
}

// read has somebody take what has come.
func (m *model) read(a *actor, p *packet) {
	switch {
	case p.up:
		delete(a.dialled, p.from)
		if other := m.actors[p.from]; !other.dead {
			a.linked[p.from] = true
			a.viewer.Up(m.now, p.from)
		}
	case p.down:
		delete(a.dialled, p.from)
		a.viewer.Down(p.from)
	case p.feed:
		if a.viewer == nil {
			return
		}
		if err := a.viewer.Fed(m.now, p.from, p.bytes); err != nil {
			a.forged++
			delete(a.linked, p.from)
			a.viewer.Down(p.from)
		}
	default:
		m.say(a, p)
	}
}

func (m *model) say(a *actor, p *packet) {
	said, err := ParseMessage(p.bytes)
	if err != nil {
		m.t.Fatal(err)
	}
	a.messages++
	switch said := said.(type) {
	case *Report:
		if place := m.desk.Reported(m.now, p.from, said); place != nil {
			m.send(a, p.from, AppendMessage(nil, place), false)
		}
	case *Placement:
		m.place(a, said)
	default:
		if a.viewer != nil {
			a.viewer.Said(m.now, p.from, said)
		} else if why := a.stand.Said(m.now, p.from, said, nil); why != 0 {
			m.send(a, p.from, AppendMessage(nil, &Denied{why}), false)
		}
	}
}

func (m *model) poll(a *actor) {
	var out []Out
	if a.viewer != nil {
		out = a.viewer.Poll(m.now, out)
		m.dial(a)
		m.watch(a)
	} else {
		out = a.stand.Poll(m.now, nil, out)
	}
	for _, o := range out {
		if o.To == NoID {
			o.To = m.deskAt
		}
		m.send(a, o.To, AppendMessage(nil, o.Say), false)
	}
	a.streams = max(a.streams, a.stand.Fed())
	for more := true; more && a.upFree < m.now+backlog; {
		more = false
		for _, g := range slices.Clone(a.stand.guests) {
			if b := a.stand.Next(g.id); b != nil {
				if a.twist != nil {
					b = a.twist(b)
				}
				if b != nil {
					m.send(a, g.id, b, true)
				}
				more = true
			}
		}
	}
}

// watch takes what has come, and sees that it is all there is.
func (m *model) watch(a *actor) {
	for {
		item, ok := a.viewer.Take()
		if !ok {
			return
		}
		if binary.BigEndian.Uint32(item.Log) != item.Number {
			m.t.Fatalf("viewer %d is shown another segment %d than the source's", a.id, item.Number)
		}
		if item.Begins {
			a.begins++
			if a.begins > 1 {
				a.lost += int(item.Number - a.next)
			}
		} else {
			a.lost += int(item.Number - a.next)
			a.worst = max(a.worst, m.now-a.gotAt)
			a.delays = append(a.delays, m.now-m.released[item.Number])
		}
		a.next, a.gotAt = item.Number+1, m.now
		if p := a.viewer.Parent(); p != a.parent {
			a.parent = p
			a.changes++
		}
		if item.World != nil {
			world := make([]byte, worldSize)
			binary.BigEndian.PutUint32(world, item.Number)
			if !a.viewer.MadeWorld(item.Number, world) {
				m.t.Fatalf("viewer %d: its own world %d is not the signed one", a.id, item.Number)
			}
		}
	}
}

// viewers are those who watch and live.
func (m *model) viewers() (list []*actor) {
	for _, a := range m.list {
		if a.viewer != nil && !a.dead {
			list = append(list, a)
		}
	}
	return list
}

// mark forgets what was measured so far.
func (m *model) mark() {
	for _, a := range m.list {
		a.worst, a.lost, a.delays, a.gotAt, a.changes = 0, 0, nil, m.now, 0
	}
}

// allWatch fails unless everybody has the newest segments.
func (m *model) allWatch(what string, late uint32) {
	m.t.Helper()
	for _, a := range m.viewers() {
		if a.next+late < m.ring.Next() {
			m.t.Errorf("%s: viewer %d is at segment %d of %d, fed by %d", what, a.id, a.next, m.ring.Next(), a.viewer.Parent())
		}
	}
}

// shape logs how many are fed by how many others.
func (m *model) shape() {
	var depths, children [maxPath + 1]int
	for _, a := range m.viewers() {
		depth := 0
		for at := a; at != nil && at.viewer != nil && depth < maxPath; at = m.actors[at.viewer.Parent()] {
			depth++
		}
		depths[depth]++
		children[a.stand.Fed()]++
	}
	m.t.Logf("by depth %v, by how many they feed %v", depths, children)
}
