package pathconn

import (
	"net/netip"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/nat"
)

const (
	paidFor    = 3    // bytes that may be sent for one that has come: as QUIC does itself (RFC 9000 section 8.1)
	waryPacket = 1200 // what is longer goes out as several packets
)

// wariness is how far a peer is spared that may be a stranger.
type wariness struct {
	restraint atomic.Pointer[nat.Restraint] // nil: not at all
	paid      atomic.Int64                  // bytes that have been paid for by what has come
	known     atomic.Bool                   // it has proven who it is, once and for all
}

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

// spares reports whether so many bytes must not be sent to the peer, and counts
// them otherwise. What goes through a relay is the relay's.
func (p *peer) spares(bytes int) bool {
	restraint := p.wary.restraint.Load()
	if restraint == nil {
		return false
	}
	to := p.path.Load()
	if to.relayed() {
		return false
	}
	for ; bytes > 0; bytes -= waryPacket {
		packet := int64(min(bytes, waryPacket))
		if p.wary.paid.Add(-packet) >= 0 {
			continue
		}
		p.wary.paid.Add(packet)
		if !restraint.Spend(restraint.Now(), to.Route.Addr) {
			return true
		}
	}
	return false
}

// paid notes that so many bytes of QUIC have come from the peer.
func (p *peer) paid(bytes int) {
	if p.wary.restraint.Load() != nil {
		p.wary.paid.Add(int64(paidFor * bytes))
	}
}
