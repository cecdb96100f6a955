package memlink

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// kind says what a packet is for.
type kind uint8

const (
	datagram  kind = iota
	message        // from the owner
	hello          // the dialler asks
	answer         // the listener agrees
	finish         // the dialler proves who it is; the listener's owner may see the link
	goodbye        // code and reason of a close
	feedBlock      // from the owner, too
	// Timers of the half that they name as sender.
	retry     // the stream tries again
	feedRetry // the feed does
	giveUp    // a dial has taken too long
	forgetful // a handshake that the dialler never finished
)

// packet is all that travels, and the timers. Packets are used again: see
// Network.take.
type packet struct {
	from     *half
	next     *packet       // in the free list
	arrived  time.Duration // network time
	departed time.Duration // when the try that got through left; messages and blocks only
	order    uint64        // of arrival, over all queues of a half
	kind     kind
	code     link.Code // of a goodbye
	size     int
	long     []byte // the body if it does not fit below
	short    [link.MaxDatagramBytes]byte
}

// fill copies b into the packet.
func (p *packet) fill(b []byte) {
	p.size = len(b)
	if len(b) > len(p.short) {
		p.long = append([]byte(nil), b...)
		return
	}
	copy(p.short[:], b)
}

func (p *packet) body() []byte {
	if p.long != nil {
		return p.long
	}
	return p.short[:p.size]
}

// take returns an empty packet, from the free list if one is there.
func (n *Network) take(from *half, k kind) *packet {
	p := n.free
	if p == nil {
		p = new(packet)
	} else {
		n.free = p.next
		p.next = nil
	}
	p.from, p.kind = from, k
	return p
}

// release gives a packet back. Bodies that did not fit go to the collector: a
// snapshot must not stay in memory for ever.
func (n *Network) release(p *packet) {
	p.from, p.long, p.size = nil, nil, 0
	p.next = n.free
	n.free = p
}

// queue is a first-in-first-out queue of fixed capacity, a power of two.
type queue struct {
	slots []*packet
	head  uint
	count uint
}

func newQueue(capacity int) queue { return queue{slots: make([]*packet, capacity)} }

func (q *queue) full() bool { return q.count == uint(len(q.slots)) }

func (q *queue) push(p *packet) {
	q.slots[(q.head+q.count)&uint(len(q.slots)-1)] = p
	q.count++
}

// pop takes the oldest; the queue must not be empty.
func (q *queue) pop() *packet {
	p := q.peek()
	q.head++
	q.count--
	return p
}

// peek returns the oldest; the queue must not be empty.
func (q *queue) peek() *packet { return q.slots[q.head&uint(len(q.slots)-1)] }
