package memlink

import "time"

// event is a packet that is due.
type event struct {
	at     time.Duration
	number uint64 // in the order of sending: ties go to the older
	packet *packet
}

func (e *event) before(f *event) bool {
	return e.at < f.at || e.at == f.at && e.number < f.number
}

// timeline hands out events in time order. Packets that are due after all the
// others, as on paths with one steady delay, go through a ring and cost next to
// nothing; the others, and timers, through a binary heap.
type timeline struct {
	ring    []event // sorted; the length is a power of two
	head    uint    // of the ring
	count   uint    // in the ring
	heap    []event
	numbers uint64
}

// push adds a packet that is due at at.
func (t *timeline) push(at time.Duration, p *packet) {
	mask := uint(len(t.ring) - 1)
	if t.count > 0 && at < t.ring[(t.head+t.count-1)&mask].at {
		t.pushAside(at, p)
		return
	}
	if t.count == uint(len(t.ring)) {
		t.grow()
		mask = uint(len(t.ring) - 1)
	}
	t.numbers++
	t.ring[(t.head+t.count)&mask] = event{at, t.numbers, p}
	t.count++
}

// pushAside adds what is due much later than the datagrams: in the ring it
// would send all of them through the heap until its time has come.
func (t *timeline) pushAside(at time.Duration, p *packet) {
	t.numbers++
	e := event{at, t.numbers, p}
	i := len(t.heap)
	t.heap = append(t.heap, e)
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&t.heap[parent]) {
			break
		}
		t.heap[i] = t.heap[parent]
		i = parent
	}
	t.heap[i] = e
}

// first returns the next event without taking it, nil if there is none.
func (t *timeline) first() *event {
	var e *event
	if t.count > 0 {
		e = &t.ring[t.head&uint(len(t.ring)-1)]
	}
	if len(t.heap) > 0 && (e == nil || t.heap[0].before(e)) {
		e = &t.heap[0]
	}
	return e
}

// popDue takes the next event if it is due at limit; its packet is nil if it
// is not, or if there is none.
func (t *timeline) popDue(limit time.Duration) event {
	first := t.first()
	if first == nil || first.at > limit {
		return event{}
	}
	e := *first
	first.packet = nil
	if len(t.heap) > 0 && first == &t.heap[0] {
		t.sink()
	} else {
		t.head++
		t.count--
	}
	return e
}

// sink takes the root out of the heap.
func (t *timeline) sink() {
	last := len(t.heap) - 1
	e := t.heap[last]
	t.heap[last] = event{}
	t.heap = t.heap[:last]
	if last == 0 {
		return
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= last {
			break
		}
		if right := child + 1; right < last && t.heap[right].before(&t.heap[child]) {
			child = right
		}
		if !t.heap[child].before(&e) {
			break
		}
		t.heap[i] = t.heap[child]
		i = child
	}
	t.heap[i] = e
}

// grow doubles the ring and lays it out from 0.
func (t *timeline) grow() {
	ring := make([]event, max(16, 2*len(t.ring)))
	for i := range t.count {
		ring[i] = t.ring[(t.head+i)&uint(len(t.ring)-1)]
	}
	t.ring, t.head = ring, 0
}
