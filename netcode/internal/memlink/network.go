package memlink

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Network is a small internet with a clock of its own. Its time starts at 0
// and passes in Advance only.
type Network struct {
	seed        uint64
	size        int
	now         time.Duration
	paths       []Path // from*size + to
	endpoints   []*Endpoint
	due         timeline
	free        *packet
	arrivals    uint64 // numbers packets as they arrive
	connections uint64 // numbers connections as they are dialled
}

// MaxSize is the largest network: it keeps size*size paths.
const MaxSize = 1024

// NewNetwork returns a network with room for size endpoints, 1 to MaxSize. The
// size is part of the seed: it tells the paths' generators apart. All paths are
// perfect at first.
func NewNetwork(seed uint64, size int) *Network {
	if size < 1 || size > MaxSize {
		panic(fmt.Sprintf("memlink: a network of %d endpoints; 1 to %d can be had", size, MaxSize))
	}
	n := &Network{seed: seed, size: size, paths: make([]Path, size*size)}
	for from := range size {
		for to := range size {
			p := n.Path(from, to)
			p.back = n.Path(to, from)
			p.seed(seed, uint64(from*size+to))
		}
	}
	return n
}

// NewEndpoint binds a new endpoint to the next free address: number i is
// 10.0.0.0 + i+1, port i+1. It panics when the network is full; an endpoint
// that is closed or vanished keeps its place.
func (n *Network) NewEndpoint(key link.Key) *Endpoint {
	index := len(n.endpoints)
	if index == n.size {
		panic(fmt.Sprintf("memlink: the network has room for %d endpoints only", n.size))
	}
	host := index + 1
	addr := netip.AddrFrom4([4]byte{10, 0, byte(host >> 8), byte(host)})
	e := &Endpoint{
		network: n,
		index:   index,
		key:     key,
		addr:    netip.AddrPortFrom(addr, uint16(host)),

		vanishedAt: never,
	}
	n.endpoints = append(n.endpoints, e)
	return e
}

// Endpoint returns the endpoint with this number, in the order of making.
func (n *Network) Endpoint(index int) *Endpoint { return n.endpoints[index] }

// Path returns one direction between two endpoints, given by their numbers,
// 0 to size-1; they need not be made yet.
func (n *Network) Path(from, to int) *Path { return &n.paths[from*n.size+to] }

// SetConditions sets the conditions of all paths.
func (n *Network) SetConditions(c Conditions) {
	for i := range n.paths {
		n.paths[i].SetConditions(c)
	}
}

// SetDark switches all paths off or on.
func (n *Network) SetDark(dark bool) {
	for i := range n.paths {
		n.paths[i].SetDark(dark)
	}
}

// Blackout makes all paths dark from start until just before end.
func (n *Network) Blackout(start, end time.Duration) {
	for i := range n.paths {
		n.paths[i].Blackout(start, end)
	}
}

// Now is the network's time.
func (n *Network) Now() time.Duration { return n.now }

// NextEvent tells at which time something is due next, false if nothing is on
// its way. The event may turn out to change nothing that an owner sees: a
// time-out that was not needed is one, too.
func (n *Network) NextEvent() (time.Duration, bool) {
	if first := n.due.first(); first != nil {
		return first.at, true
	}
	return 0, false
}

// Advance lets d pass and delivers what is due by then, event by event in the
// order of time and, at the same time, of sending. What is sent with no delay
// is due at once, so Advance(0) delivers it. A negative d counts as 0.
func (n *Network) Advance(d time.Duration) { n.AdvanceTo(n.now + d) }

// AdvanceTo is Advance until the network's time is t.
func (n *Network) AdvanceTo(t time.Duration) {
	t = max(t, n.now)
	for {
		e := n.due.popDue(t)
		if e.packet == nil {
			break
		}
		n.now = e.at
		n.deliver(e.packet)
	}
	n.now = t
}

// deliver brings a packet to the other half, or fires a timer.
func (n *Network) deliver(p *packet) {
	switch p.kind {
	case datagram:
		p.from.far.datagramArrives(p)
	case retry:
		p.from.retrying = false
		p.from.pump()
		n.release(p)
	case feedBlock:
		n.blockArrives(p)
	case feedRetry:
		p.from.feed.retrying = false
		p.from.feed.pump()
		n.release(p)
	case giveUp:
		p.from.giveUp()
		n.release(p)
	case forgetful:
		p.from.forget()
		n.release(p)
	default:
		n.streamArrives(p)
	}
}

// listener returns the endpoint bound to addr, nil if there is none.
func (n *Network) listener(addr netip.AddrPort) *Endpoint {
	index := int(addr.Port()) - 1
	if index < 0 || index >= len(n.endpoints) {
		return nil
	}
	e := n.endpoints[index]
	if e.closed || e.addr != addr {
		return nil
	}
	return e
}
