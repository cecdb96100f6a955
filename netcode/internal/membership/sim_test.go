//go:build !race

package membership

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// sim is a match under virtual time: everybody ticks, datagrams are lost, late and out
// of order, messages come in order while a link lasts, links and machines fail.
type sim struct {
	*match
	net     conditions
	queue   events
	order   uint64
	cut     map[[2]uint8]bool // links that are down, by lower and higher machine
	deaf    map[[2]uint8]bool // datagrams from the first to the second are lost
	empty   map[uint8]bool    // machines whose datagrams have no records in them
	asleep  map[uint8]time.Duration
	arrives map[[2]uint8]time.Duration // of the newest message, so that they stay in order
	nextAt  []time.Duration            // each machine's next tick
	feedLag int                        // frames of a feed that are still under way, beyond what the delay makes
	rejoins map[uint8]bool             // machines that are to come (back), as soon as somebody takes them in
	stalled [MaxMachines]int           // ticks without a new confirmed frame, the longest run
	waits   [MaxMachines]int
	twist   func(from, to uint8, m Message) Message    // what a liar says in place of a message, if it is set,
	forge   func(from, to uint8, record []byte) []byte // and of a record,
	react   func(q *player, m Message)                 // and what it does when it hears one
}

// conditions are of every path, one way.
type conditions struct {
	delay, jitter time.Duration
	loss          int // per cent of datagrams
}

type event struct {
	at    time.Duration
	order uint64
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// Every other match is one among strangers, though nobody lies.
func newSim(t testing.TB, seed uint64, founders int, net conditions) *sim {
	return newSimOf(t, Config{Records: records.Config{LeadFrames: 24, LimitFrames: 120, LagFrames: 90}, Tick: time.Second / 60}, seed, founders, net)
}

func newSimOf(t testing.TB, config Config, seed uint64, founders int, net conditions) *sim {
	if seed%2 == 1 {
		config.Keys, config.HostKicks = ring{}, true
		config.Deferred = seed%4 == 3
	}
	s := &sim{
		match: newMatch(t, seed, founders, config), net: net,
		cut: map[[2]uint8]bool{}, deaf: map[[2]uint8]bool{}, empty: map[uint8]bool{}, asleep: map[uint8]time.Duration{},
		arrives: map[[2]uint8]time.Duration{}, rejoins: map[uint8]bool{},
	}
	for _, p := range s.peers {
		p.links = 0
		s.nextAt = append(s.nextAt, time.Duration(s.random.Int64N(int64(config.Tick))))
	}
	for i, p := range s.peers {
		for _, q := range s.peers[i+1:] {
			s.link(p, q)
		}
	}
	return s
}

func pairOf(a, b uint8) [2]uint8 { return [2]uint8{min(a, b), max(a, b)} }

// link opens a link between two, if it is not down.
func (s *sim) link(p, q *player) {
	if p != q && p.alive && q.alive && !s.cut[pairOf(p.me, q.me)] {
		s.measure(p)
		s.measure(q)
		p.Linked(q.me, true)
		q.Linked(p.me, true)
	}
}

// measure tells a player how far the others are, and how long it has to wait for them as a
// matter of course: not at all where it may produce until their records come.
func (s *sim) measure(p *player) {
	rtt := 2 * s.net.delay
	p.SetRTT(rtt)
	if p.SetPatience(0); time.Duration(s.config.Records.LeadFrames)*s.config.Tick < rtt+4*s.config.Tick {
		p.SetPatience(3*rtt + 250*ms)
	}
}

// sever takes links between two sets down, or has them made anew.
func (s *sim) sever(a, b Machines, down bool) {
	for x := range a.All {
		for y := range b.All {
			if x == y || int(x) >= len(s.peers) || int(y) >= len(s.peers) {
				continue
			}
			if s.cut[pairOf(x, y)] = down; down {
				s.peers[x].Linked(y, false)
				s.peers[y].Linked(x, false)
			} else {
				s.link(s.peers[x], s.peers[y])
			}
		}
	}
}

// crash ends a process. closed says whether its system tells the others.
func (s *sim) crash(m uint8, closed bool) {
	p := s.peers[m]
	p.alive = false
	for _, q := range s.peers {
		q.links &^= One(m)
		if closed && !s.cut[pairOf(m, q.me)] {
			s.later(s.net.delay, func() {
				if q.alive {
					q.Closed(m)
				}
			})
		}
	}
}

// restart has a machine come back, or come for the first time, as soon as it finds a
// donor.
func (s *sim) restart(m uint8) { s.rejoins[m] = true }

func (s *sim) later(d time.Duration, do func()) {
	s.order++
	heap.Push(&s.queue, event{s.now + d, s.order, do})
}

func (s *sim) way() time.Duration {
	return s.net.delay + time.Duration(s.random.Int64N(2*int64(s.net.jitter)+1)) - s.net.jitter
}

// run lets time pass.
func (s *sim) run(d time.Duration) {
	for end := s.now + d; s.fault == ""; {
		next, who := end, -1
		for m, at := range s.nextAt {
			if at < next {
				next, who = at, m
			}
		}
		if len(s.queue) > 0 && s.queue[0].at <= next {
			e := heap.Pop(&s.queue).(event)
			s.now = max(s.now, e.at)
			e.do()
			s.sendAll()
			continue
		}
		s.now = next
		if who < 0 {
			return
		}
		s.nextAt[who] += s.config.Tick
		s.tick(s.peers[who])
		s.sendAll()
	}
}

// tick is what a game's loop does.
func (s *sim) tick(p *player) {
	s.takeIn()
	if !p.alive || s.now < s.asleep[p.me] {
		return
	}
	p.Advance(s.now)
	s.judge(p)
	s.produce(p)
	before := p.set.Confirmed()
	s.confirm(p)
	if p.status == Member && p.set.Confirmed() == before {
		s.waits[p.me]++
		s.stalled[p.me] = max(s.stalled[p.me], s.waits[p.me])
	} else {
		s.waits[p.me] = 0
	}
	if p.status == Joining && p.joining.donor.Machine < uint8(len(s.peers)) {
		s.pull(p)
	}
	if p.status == Member || p.status == Left {
		s.broadcast(p)
	}
	s.judge(p)
	if p.Gone() || p.Dead() {
		s.end(p)
	}
}

// end takes a player who is out, has left or must try again off the match.
func (s *sim) end(p *player) {
	again := p.Dead() && p.status == Joining
	s.crash(p.me, true)
	if again {
		s.restart(p.me)
	}
}

// takeIn begins attempts of those who wait for a donor.
func (s *sim) takeIn() {
	for m := range uint8(MaxMachines) {
		if !s.rejoins[m] || int(m) < len(s.peers) && s.peers[m].alive {
			continue
		}
		for _, donor := range s.peers {
			if donor.alive && donor.status == Member && donor.me != m && !s.cut[pairOf(m, donor.me)] && !donor.Waiting() {
				s.attempt(m, donor)
				break
			}
		}
	}
}

func (s *sim) attempt(m uint8, donor *player) {
	delete(s.rejoins, m)
	if int(m) < len(s.peers) {
		s.crash(m, true)
	}
	p := s.match.join(m, donor)
	p.links = 0
	for len(s.nextAt) <= int(m) {
		s.nextAt = append(s.nextAt, s.now+time.Duration(s.random.Int64N(int64(s.config.Tick))))
	}
	p.advanced = s.now
	for _, q := range s.peers {
		s.link(p, q)
	}
}

// pull takes what has come of a player's feed.
func (s *sim) pull(p *player) {
	donor := s.peers[p.joining.donor.Machine]
	if !donor.alive || s.cut[pairOf(p.me, donor.me)] {
		if donor.own == p.joining.donor && s.now-p.joining.saidAt > 3*time.Second {
			p.joining.dead = true // no new frame for too long
		}
		return
	}
	arrived := max(0, len(p.feed)-int(s.net.delay/s.config.Tick)-1-s.feedLag)
	for range arrived {
		s.follow(p)
	}
	p.Ready() // it has all that has come
}

// broadcast sends a player's datagrams.
func (s *sim) broadcast(p *player) {
	d := speech(p, s.now)
	for _, q := range s.peers {
		if q == p || !q.alive || s.cut[pairOf(p.me, q.me)] || s.deaf[[2]uint8{p.me, q.me}] || s.random.IntN(100) < s.net.loss {
			continue
		}
		var parts []part
		for _, r := range runsFor(p, s.now, q.me) {
			for f := r.First; f <= min(r.Last, r.First+40) && !s.empty[p.me]; f++ {
				_, _, end := p.set.Bounds(r.Stream)
				record := slices.Clone(p.set.Record(r.Stream, f))
				if s.forge != nil && r.Stream == p.own {
					record = s.forge(p.me, q.me, record)
				}
				parts = append(parts, part{r.Stream, f, record, f == end})
			}
		}
		from := p.me
		s.later(s.way(), func() {
			if !q.alive || s.now < s.asleep[q.me] || !q.TakeData(s.now, from, d) {
				return
			}
			for _, x := range parts {
				q.TakeRecord(x.stream, x.frame, x.record, x.final)
			}
		})
	}
}

type part struct {
	stream records.StreamID
	frame  rollback.Frame
	record []byte
	final  bool
}

// sendAll puts messages under way.
func (s *sim) sendAll() {
	for _, p := range s.peers {
		if p.Peer.set == nil {
			continue
		}
		for _, e := range p.Outbox() {
			if p.alive {
				s.sendMessage(p, e)
			}
		}
		for _, c := range p.Chores() {
			s.later(s.config.Tick, s.chore(p, c))
		}
	}
}

// chore is one that somebody else does for a player, who may have come back since.
func (s *sim) chore(p *player, c *Chore) func() {
	peer := p.Peer
	return func() {
		if c.Do(peer.config.Keys); p.alive {
			peer.Done(s.now, c)
			s.judge(p)
		}
	}
}

func (s *sim) sendMessage(p *player, e Envelope) {
	for _, q := range s.peers {
		if !e.To.Has(q.me) || q == p || s.cut[pairOf(p.me, q.me)] {
			continue
		}
		m := e.Message
		if s.twist != nil {
			m = s.twist(p.me, q.me, m)
		}
		if m == nil {
			continue
		}
		b := AppendMessage(nil, m)
		if seal, ok := m.(*Seal); ok && seal.Digest == (records.Digest{}) { // with a datagram
			if s.random.IntN(100) >= s.net.loss {
				s.later(s.way(), func() { s.arrive(q, p.me, b) })
			}
			continue
		}
		way := [2]uint8{p.me, q.me}
		at := s.now + s.way()
		for s.random.IntN(100) < s.net.loss {
			at += 2*s.net.delay + 20*time.Millisecond // sent again
		}
		at = max(at, s.arrives[way])
		s.arrives[way] = at
		s.later(at-s.now, func() { s.arrive(q, p.me, b) })
	}
}

// arrive gives a message to a player, when it is awake.
func (s *sim) arrive(q *player, from uint8, b []byte) {
	if wakes := s.asleep[q.me]; s.now < wakes {
		s.later(wakes-s.now, func() { s.arrive(q, from, b) })
		return
	}
	m, err := ParseMessage(b)
	if err != nil {
		s.fail("a message of machine %d cannot be read: kind %d, %d bytes", from, b[0], len(b))
	} else if q.alive && q.links.Has(from) {
		if s.react != nil {
			s.react(q, m)
		}
		q.Take(s.now, from, m)
		s.judge(q)
	}
}

// expect fails unless those machines, and no others, are members of one view, of which
// they know, and go on.
func (s *sim) expect(members Machines) {
	s.t.Helper()
	if s.fault != "" {
		return
	}
	var before [MaxMachines]rollback.Frame
	for m := range members.All {
		before[m] = s.peers[m].set.Confirmed()
	}
	s.run(time.Second)
	for m := range members.All {
		p := s.peers[m]
		switch {
		case p.status != Member || p.view.Machines() != members:
			s.fail("machine %d has status %d and view %d of %016b, want %016b", m, p.status, p.view.Number, p.view.Machines(), members)
		case p.set.Confirmed() < before[m]+40:
			s.fail("machine %d does not go on", m)
		}
	}
}

func (s *sim) String() string {
	return fmt.Sprintf("%d views, %d closed, %d let in", s.counts.views, s.counts.removals, s.counts.joins)
}

// drawn conditions: of a LAN, of home lines, and bad ones.
func draw(random *rand.Rand) conditions {
	return []conditions{
		{time.Millisecond, 0, 0},
		{20 * time.Millisecond, 5 * time.Millisecond, 0},
		{50 * time.Millisecond, 20 * time.Millisecond, 5},
		{60 * time.Millisecond, 40 * time.Millisecond, 25},
	}[random.IntN(4)]
}
