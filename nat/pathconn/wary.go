package pathconn

import (
	"math"
	"net/netip"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/nat"
)

// paidFor is how many bytes may be sent for one that has come (RFC 9000 section
// 8.1). QUIC keeps to that itself, but for the packet with which it gets there.
const paidFor = 3

// wariness is how far a peer is spared that may be a stranger.
type wariness struct {
	restraint atomic.Pointer[nat.Restraint] // nil: not at all
	paid      atomic.Int64                  // bytes that have been paid for by what has come
	known     atomic.Bool                   // it has proven who it is, once and for all
}

// onlyPaid stands for the Restraint of who has come by himself and may have a false
// address: nothing goes there but what has been paid for.
var onlyPaid = new(nat.Restraint)

// Wary lets packets of QUIC to a virtual address go only where a Restraint allows
// it, and three times the bytes that have come from there, until Known is called:
// somebody else has named the address, and nobody knows whether the peer is there.
func (c *Conn) Wary(virtual netip.AddrPort, restraint *nat.Restraint) {
	if p := c.table.fromVirtual(virtual); p != nil && !p.wary.known.Load() {
		p.wary.restraint.Store(restraint)
	}
}

// Known ends all wariness of a virtual address: whoever is there has proven who it
// is.
func (c *Conn) Known(virtual netip.AddrPort) {
	if p := c.table.fromVirtual(virtual); p != nil {
		p.wary.known.Store(true)
		p.wary.restraint.Store(nil)
	}
}

// named notes that this side wants to send to the peer of its own accord.
func (p *peer) named() { p.wary.restraint.CompareAndSwap(onlyPaid, nil) }

// spared returns of packets to the peer, of so many bytes each but for the last, or
// one if size is 0, those that may be sent, and counts them. What goes through a
// relay is the relay's.
func (p *peer) spared(b []byte, size int) []byte {
	restraint := p.wary.restraint.Load()
	if restraint == nil {
		return b
	}
	to := p.path.Load()
	if to.relayed() {
		return b
	}
	for n := 0; n < len(b); {
		packet := len(b) - n
		if size > 0 {
			packet = min(packet, size)
		}
		if p.wary.paid.Add(-int64(packet)) < 0 {
			p.wary.paid.Add(int64(packet))
			if restraint == onlyPaid || !restraint.Spend(restraint.Now(), to.Route.Addr) {
				return b[:n]
			}
		}
		n += packet
	}
	return b
}

// counted reports whether no more than a few packets may be sent to the peer.
func (p *peer) counted() bool {
	restraint := p.wary.restraint.Load()
	if restraint == nil || restraint == onlyPaid {
		return false
	}
	return restraint.Left(restraint.Now(), p.path.Load().Route.Addr) < math.MaxInt
}

// paid notes that so many bytes of QUIC have come from the peer.
func (p *peer) paid(bytes int) {
	if p.wary.restraint.Load() != nil {
		p.wary.paid.Add(int64(paidFor * bytes))
	}
}
