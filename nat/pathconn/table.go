package pathconn

import (
	"cmp"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	maxPeers     = 1024 // peers in the table; see the package comment for what happens when it is full
	maxAddresses = 4    // real addresses that one peer's packets may come from; the oldest is forgotten
	virtualPort  = 1
)

// prefix6 is drawn at random once and for all (RFC 4193 section 3.2).
var prefix6 = [6]byte{0xfd, 0xd6, 0x8f, 0x2a, 0x91, 0xc3}

// peer is one virtual address and the real addresses behind it.
type peer struct {
	virtual netip.AddrPort
	addr    *net.UDPAddr                // virtual, as QUIC wants it; never changed
	path    atomic.Pointer[destination] // where its packets go
	moved   atomic.Bool                 // path is not what the virtual address was made for
	used    atomic.Uint64               // the table's clock when a packet last came or went
	failed  atomic.Pointer[error]       // why the last packet could not be sent; nil if it was

	// Guarded by table.mu.
	from  []netip.AddrPort // real addresses that belong to this peer, the newest last
	holds int              // connections that use it
}

type destination struct {
	real netip.AddrPort
	addr *net.UDPAddr
}

func newDestination(real netip.AddrPort) *destination {
	return &destination{real, net.UDPAddrFromAddrPort(real)}
}

// table maps real addresses to peers and virtual addresses to peers.
type table struct {
	clock atomic.Uint64 // counts lookups: enough to tell who is idle longest

	mu        sync.RWMutex
	byReal    map[netip.AddrPort]*peer
	byVirtual map[netip.AddrPort]*peer
	next      uint32 // number of the next virtual address
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// fromReal returns the peer at a real address; it is new if nobody was there.
func (t *table) fromReal(real netip.AddrPort) *peer {
	t.mu.RLock()
	p := t.byReal[real]
	t.mu.RUnlock()
	if p == nil {
		p = t.add(real)
	}
	p.used.Store(t.clock.Add(1))
	return p
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

func (t *table) add(real netip.AddrPort) *peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.byReal[real]; p != nil {
		return p
	}
	if t.byReal == nil {
		t.byReal, t.byVirtual = map[netip.AddrPort]*peer{}, map[netip.AddrPort]*peer{}
	}
	if len(t.byVirtual) >= maxPeers {
		t.forgetIdle()
	}
	p := &peer{virtual: t.newVirtual(real.Addr().Is4()), from: []netip.AddrPort{real}}
	p.addr = net.UDPAddrFromAddrPort(p.virtual)
	p.path.Store(newDestination(real))
	p.used.Store(t.clock.Add(1))
	t.byReal[real], t.byVirtual[p.virtual] = p, p
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
		for _, real := range p.from {
			if t.byReal[real] == p {
				delete(t.byReal, real)
			}
		}
	}
}

// setPath makes real the way to the peer. What still arrives from its older
// addresses is the peer's too: it was under way.
func (t *table) setPath(virtual, real netip.AddrPort) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.byVirtual[virtual]
	if p == nil {
		return false
	}
	p.from = slices.DeleteFunc(p.from, func(a netip.AddrPort) bool { return a == real })
	p.from = append(p.from, real)
	if len(p.from) > maxAddresses {
		if t.byReal[p.from[0]] == p {
			delete(t.byReal, p.from[0])
		}
		p.from = slices.Delete(p.from, 0, 1)
	}
	t.byReal[real] = p
	if p.path.Load().real != real {
		p.moved.Store(true)
		p.path.Store(newDestination(real))
	}
	return true
}

func (t *table) hold(virtual netip.AddrPort, change int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.byVirtual[virtual]; p != nil {
		p.holds = max(0, p.holds+change)
	}
}
