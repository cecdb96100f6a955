package pathconn

import (
	"cmp"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

const (
	maxPeers    = 1024 // peers in the table; see the package comment for what happens when it is full
	maxDoors    = 16   // ways in that one peer's packets may come by; the oldest is forgotten
	virtualPort = 1
)

// prefix6 is drawn at random once and for all (RFC 4193 section 3.2).
var prefix6 = [6]byte{0xfd, 0xd6, 0x8f, 0x2a, 0x91, 0xc3}

// peer is one virtual address and the real addresses behind it.
type peer struct {
	virtual netip.AddrPort
	addr    *net.UDPAddr                // virtual, as QUIC wants it; never changed
	path    atomic.Pointer[destination] // where its packets go
	also    atomic.Pointer[destination] // where they go as well; mostly nil
	moved   atomic.Bool                 // path is not what the virtual address was made for
	used    atomic.Uint64               // the table's clock when a packet last came or went
	failed  atomic.Pointer[error]       // why the last packet could not be sent; nil if it was
	wary    wariness
	waiting waiting
	parting parting
	sent    atomic.Pointer[sentLog] // nil until a connection uses the peer

	// Guarded by table.mu.
	doors []*door // ways in that belong to this peer, the newest last
	holds int     // connections that use it
}

// entrance tells a way in from all others: by a socket and the address that
// sends, or by a relay's header as well.
type entrance struct {
	socket int
	from   netip.AddrPort
	header Header
}

// door is an entrance that belongs to a peer.
type door struct {
	entrance
	peer   *peer
	heard  atomic.Int64  // by the Conn's clock, in nanoseconds; 0 for never
	latest atomic.Uint64 // Mark of what came last
}

// destination is a route made ready for use.
type destination struct {
	Route
	addr   *net.UDPAddr
	socket *extra // nil for the main one
	via    *peer  // of Via
}

// is4 is the family that QUIC is to take the peer for.
func (d *destination) is4() bool {
	if d.Via.IsValid() {
		return d.Via.Addr().Is4()
	}
	return d.Addr.Addr().Is4()
}

// plain reports whether packets leave as they are through the main socket.
func (d *destination) plain() bool { return d.socket == nil && d.Route.Socket == 0 && !d.relayed() }

// table maps entrances to peers and virtual addresses to peers.
type table struct {
	wire   *translator // what all addresses here have gone through
	extras *extras
	clock  atomic.Uint64 // counts lookups: enough to tell who is idle longest

	mu         sync.RWMutex
	byEntrance map[entrance]*door
	byVirtual  map[netip.AddrPort]*peer
	next       uint32 // number of the next virtual address
}

// destination makes a route ready for use.
func (t *table) destination(r Route) *destination {
	r.Addr = t.wire.Canonical(r.Addr)
	d := &destination{Route: r, addr: net.UDPAddrFromAddrPort(r.Addr)}
	if r.Socket != 0 {
		d.socket = t.extras.at(r.Socket)
	}
	if r.Via.IsValid() {
		d.via = t.fromVirtual(r.Via)
	}
	return d
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// door returns the door at an entrance, nil if it is nobody's.
func (t *table) door(e entrance) *door {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byEntrance[e]
}

// pass notes that a payload of QUIC has come through a door.
func (t *table) pass(d *door, now time.Duration, payload []byte) {
	d.heard.Store(int64(now))
	d.latest.Store(uint64(markOf(payload)))
	d.peer.paid(len(payload))
	if !d.peer.parting.heard.Load() {
		d.peer.parting.heard.Store(true)
	}
	d.peer.used.Store(t.clock.Add(1))
}

// fromVirtual returns the peer of a virtual address, nil if there is none.
func (t *table) fromVirtual(virtual netip.AddrPort) *peer {
	t.mu.RLock()
	p := t.byVirtual[virtual]
	t.mu.RUnlock()
	if p != nil {
		p.used.Store(t.clock.Add(1))
	}
	return p
}

// at returns the peer that is reached by a destination; it is new if nobody was
// there, and then as far spared as a Restraint says, nil for not at all.
func (t *table) at(to *destination, spared *nat.Restraint) *peer {
	e := to.entrance()
	d := t.door(e)
	if d == nil {
		return t.add(e, to, spared)
	}
	d.peer.used.Store(t.clock.Add(1))
	return d.peer
}

func (t *table) add(e entrance, to *destination, spared *nat.Restraint) *peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.byEntrance[e]; d != nil {
		return d.peer
	}
	if t.byEntrance == nil {
		t.byEntrance, t.byVirtual = map[entrance]*door{}, map[netip.AddrPort]*peer{}
	}
	if len(t.byVirtual) >= maxPeers {
		t.forgetIdle()
	}
	p := &peer{virtual: t.newVirtual(to.is4())}
	p.addr = net.UDPAddrFromAddrPort(p.virtual)
	p.path.Store(to)
	p.moved.Store(!to.plain())
	p.used.Store(t.clock.Add(1))
	p.wary.restraint.Store(spared)
	t.byVirtual[p.virtual] = p
	t.open(p, e)
	return p
}

func (t *table) newVirtual(is4 bool) netip.AddrPort {
	for {
		n := t.next
		t.next++
		var addr netip.Addr
		if is4 {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], 0xf0000000|n&0x07ffffff)
			addr = netip.AddrFrom4(b)
		} else {
			var b [16]byte
			copy(b[:], prefix6[:])
			binary.BigEndian.PutUint32(b[12:], n)
			addr = netip.AddrFrom16(b)
		}
		virtual := netip.AddrPortFrom(addr, virtualPort)
		if t.byVirtual[virtual] == nil {
			return virtual
		}
	}
}

// forgetIdle removes a quarter of the peers, those idle longest, but none held.
func (t *table) forgetIdle() {
	idle := make([]*peer, 0, len(t.byVirtual))
	for _, p := range t.byVirtual {
		if p.holds == 0 {
			idle = append(idle, p)
		}
	}
	slices.SortFunc(idle, func(a, b *peer) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	for _, p := range idle[:min(len(idle), maxPeers/4)] {
		delete(t.byVirtual, p.virtual)
		for _, d := range p.doors {
			t.shut(d)
		}
	}
}

// open makes an entrance the newest of a peer. One that was somebody else's
// becomes this peer's.
func (t *table) open(p *peer, e entrance) {
	d := t.byEntrance[e]
	if d == nil || d.peer != p {
		d = &door{entrance: e, peer: p}
	}
	p.doors = append(slices.DeleteFunc(p.doors, func(o *door) bool { return o == d }), d)
	t.byEntrance[e] = d
	if len(p.doors) <= maxDoors {
		return
	}
	oldest := 0
	if p.doors[0].entrance == p.path.Load().entrance() {
		oldest = 1 // never the way that its packets go
	}
	t.shut(p.doors[oldest])
	p.doors = slices.Delete(p.doors, oldest, oldest+1)
}

func (t *table) shut(d *door) {
	if t.byEntrance[d.entrance] == d {
		delete(t.byEntrance, d.entrance)
	}
}

// setRoute makes a destination the way to the peer. What still arrives by its
// older entrances is the peer's too: it was under way.
func (t *table) setRoute(virtual netip.AddrPort, to *destination) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.byVirtual[virtual]
	if p == nil {
		return false
	}
	if p.path.Load().Route != to.Route {
		p.moved.Store(true)
		p.path.Store(to)
	}
	t.open(p, to.entrance())
	return true
}

// expect opens an entrance to a peer unless it is one of another peer that a
// connection uses.
func (t *table) expect(virtual netip.AddrPort, e entrance) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.byVirtual[virtual]
	if p == nil {
		return false
	}
	if d := t.byEntrance[e]; d != nil && (d.peer == p || d.peer.holds > 0) {
		return d.peer == p
	}
	t.open(p, e)
	return true
}

// forget takes an entrance away from whose it is.
func (t *table) forget(e entrance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.byEntrance[e]; d != nil {
		t.shut(d)
		d.peer.doors = slices.DeleteFunc(d.peer.doors, func(o *door) bool { return o == d })
	}
}

func (t *table) hold(virtual netip.AddrPort, change int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.byVirtual[virtual]; p != nil {
		p.holds = max(0, p.holds+change)
		if p.holds > 0 && p.sent.Load() == nil {
			p.sent.Store(new(sentLog))
		}
	}
}
