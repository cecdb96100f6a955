package pathconn

import (
	"net/netip"
	"sync/atomic"
	"time"
)

// Whoever names an address to us may name a stranger's. QUIC would knock there
// with packets of 1,200 bytes for seconds, and whoever dials it again would do so
// for hours.
const (
	waryPackets = 3
	waryFirst   = 5 * time.Second // until there are another three; it doubles up to
	waryLast    = 5 * time.Minute
)

// wariness is how many packets a peer may be sent that nothing has come from.
type wariness struct {
	on   atomic.Bool
	left atomic.Int32

	// Guarded by table.mu.
	refill time.Duration // when left is filled up next
	pause  time.Duration
}

// Wary lets no more than three packets of QUIC go to a virtual address until
// something has come from there: somebody else has named it, and nobody knows
// whether the peer is there. Each further call allows another three, but only
// after 5 seconds, which double up to 5 minutes.
func (c *Conn) Wary(virtual netip.AddrPort) {
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	p := c.table.byVirtual[virtual]
	if p == nil {
		return
	}
	for _, d := range p.doors {
		if d.heard.Load() != 0 {
			return
		}
	}
	w, now := &p.wary, c.now()
	if w.on.Load() && now < w.refill {
		return
	}
	w.pause = min(max(2*w.pause, waryFirst), waryLast)
	w.refill = now + w.pause
	w.left.Store(waryPackets)
	w.on.Store(true)
}

// spares reports whether a packet must not be sent to the peer, which may be a
// stranger.
func (p *peer) spares() bool { return p.wary.on.Load() && p.wary.left.Add(-1) < 0 }

// known ends all wariness.
func (p *peer) known() {
	if p.wary.on.Load() {
		p.wary.on.Store(false)
	}
}
