package natsim

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// Never is the time of an event that will not come.
const Never = time.Duration(1<<63 - 1)

// Sim is one internet. New makes one; the zero value is of no use.
type Sim struct {
	// Internet is the public network that everything hangs on.
	Internet *Network
	// Stats counts what happened to packets.
	Stats Stats

	now    time.Duration
	events eventQueue
	seq    uint64 // breaks ties between events of one instant, in order of creation
	rand   *rand.Rand

	homes  int // numbers the homes made, for their addresses
	public int // public addresses handed out
	six    int // networks and addresses of IPv6 handed out

	live live
}

// Stats counts packets over the whole simulation.
type Stats struct {
	Sent      int // by sockets
	Delivered int // to sockets
	Lost      int // by the loss of a wire
	Expired   int // by TTL
	Refused   int // by a router: no mapping, filtered, blocked, no hairpin
	Nowhere   int // no such address or port
}

// New makes an empty internet of which everything random depends on the seed.
func New(seed uint64) *Sim {
	s := &Sim{rand: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))}
	s.Internet = &Network{sim: s, nodes: map[netip.Addr]*attachment{}, hops: internetHops}
	return s
}

// Now is the virtual time since New.
func (s *Sim) Now() time.Duration { return s.now }

// Next is the time of the next event, Never if nothing is under way.
func (s *Sim) Next() time.Duration {
	if len(s.events) == 0 {
		return Never
	}
	return s.events[0].at
}

// Run lets everything happen that is due until then, and sets the clock to it.
// A time that has passed already changes nothing.
func (s *Sim) Run(until time.Duration) {
	for len(s.events) > 0 && s.events[0].at <= until {
		e := s.events.pop()
		s.now = max(s.now, e.at)
		if e.call != nil {
			e.call()
			continue
		}
		e.to.node.arrive(e.packet, e.to)
	}
	s.now = max(s.now, until)
}

// At calls f at a moment of the virtual clock, now if that has passed.
func (s *Sim) At(when time.Duration, f func()) {
	s.push(event{at: max(when, s.now), call: f})
}

func (s *Sim) push(e event) {
	s.seq++
	e.seq = s.seq
	s.events.push(e)
	s.live.wake()
}

// packet is one UDP packet on its way. Its data is never changed.
type packet struct {
	src, dst netip.AddrPort
	ttl      int
	data     []byte
}

// event is a packet that arrives or a call that is due.
type event struct {
	at     time.Duration
	seq    uint64
	to     *attachment
	packet packet
	call   func()
}

// eventQueue is a binary heap by (at, seq). It is written out because
// container/heap would box every event.
type eventQueue []event

func (q eventQueue) less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].seq < q[j].seq
}

func (q *eventQueue) push(e event) {
	*q = append(*q, e)
	h := *q
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *eventQueue) pop() event {
	h := *q
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h[last] = event{}
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}

// live is what the net.PacketConn face needs; it sleeps until Start.
type live struct {
	mu      sync.Mutex // guards the whole Sim while running
	running bool
	origin  time.Time
	kick    chan struct{} // capacity 1: a pending kick is enough
	stop    chan struct{}
	done    chan struct{}
}

func (l *live) wake() {
	if !l.running {
		return
	}
	select {
	case l.kick <- struct{}{}:
	default:
	}
}
