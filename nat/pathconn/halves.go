package pathconn

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// QUIC needs paths for packets of 1,200 bytes: its handshake is padded to that
// (RFC 9000 section 14.1). A tunnel in a tunnel lets less through, and says nothing
// of it. There a long packet goes in two payloads:
//
//	0x26 | number, 2 bytes | 0 or 1 | half of the packet
//
// Both sides see whether a handshake needs it. Who dials and has no answer after
// halveAfter, when QUIC repeats itself, sends halves from then on, unless each packet
// there is counted (Wary): that is loss more often. And who gets halves sends halves. The first flight goes whole, so that a peer who does not know
// halves is understood, and says so.
//
// Anybody can send two halves. So once the peer has proven who it is (Known) what
// comes decides on the handshake of another connection at most, and whoever asks the
// path what it carries says how all else goes (Halve).
const (
	halfMark   = 0x26
	halfHeader = 4

	// wholeBytes is the longest packet that always goes whole: with the headers of
	// IPv6, UDP and a relay it fits 1,100 bytes.
	wholeBytes = 1000

	halveAfter = 150 * time.Millisecond

	// maxHalfBytes is more than half of the longest packet.
	maxHalfBytes = 700

	// maxHalves wait for their other half. When there are more, the oldest is lost:
	// the two are sent one right after the other.
	maxHalves = 64
)

// halving says whether long packets to a peer go in two payloads.
type halving struct {
	on    atomic.Bool
	asked atomic.Bool   // those of a handshake do: the peer's have come so
	long  atomic.Uint64 // packets so far that were long
	heard atomic.Bool   // something has come from the peer
	first atomic.Int64  // when the first long packet of a handshake went, since Conn.start; 0 for never
}

// halves reports whether a packet to p goes in two.
func (c *Conn) halves(p *peer, b []byte) bool {
	h := &p.halving
	if len(b) <= wholeBytes {
		return false
	}
	h.long.Add(1)
	switch {
	case h.on.Load():
		return true
	case isShortHeader(b):
		return false
	case h.asked.Load():
		return true
	case h.heard.Load(), p.counted():
		return false
	}
	now := c.now()
	if h.first.CompareAndSwap(0, int64(now)) || now-time.Duration(h.first.Load()) < halveAfter {
		return false
	}
	h.on.Store(true)
	return true
}

// getsHalves notes that a long packet of the peer has come in two halves.
func (p *peer) getsHalves() {
	p.halving.asked.Store(true)
	if !p.wary.known.Load() {
		p.halving.on.Store(true)
	}
}

// Halve says whether long packets of QUIC to a virtual address go in two payloads
// from now on: because the path carries no long ones, as far as is known.
func (c *Conn) Halve(virtual netip.AddrPort, narrow bool) {
	if p := c.table.fromVirtual(virtual); p != nil {
		p.halving.on.Store(narrow)
		p.halving.asked.Store(narrow)
	}
}

// Long counts the packets of QUIC to a virtual address that were long enough to go
// in two payloads where that is needed.
func (c *Conn) Long(virtual netip.AddrPort) uint64 {
	if p := c.table.fromVirtual(virtual); p != nil {
		return p.halving.long.Load()
	}
	return 0
}

// writeQUIC sends one packet of QUIC to a destination, whole or in two halves.
func (c *Conn) writeQUIC(p *peer, d *destination, b []byte) error {
	if !c.halves(p, b) {
		return c.write(d, b)
	}
	number := uint16(c.halved.Add(1))
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	middle := (len(b) + 1) / 2
	for i, half := range [2][]byte{b[:middle], b[middle:]} {
		if i == 1 && len(p.spared(half, 0)) < len(half) {
			break // each payload counts
		}
		payload := append(room[:0], halfMark)
		payload = append(binary.BigEndian.AppendUint16(payload, number), byte(i))
		if err := c.write(d, append(payload, half...)); err != nil {
			return err
		}
	}
	return nil
}

// halvesTable holds halves that wait for the other one.
type halvesTable struct {
	mu   sync.Mutex
	list [maxHalves]half // a ring
	next int
}

type half struct {
	by     entrance
	number uint16
	second bool
	n      int // 0 for none
	b      [maxHalfBytes]byte
}

// join takes half a packet and returns the whole one if the other half is here.
func (t *halvesTable) join(by entrance, b []byte) (whole []byte, ok bool) {
	n := len(b) - halfHeader
	if n < 1 || n > maxHalfBytes || b[0] != halfMark || b[3] > 1 {
		return nil, false
	}
	number, second := binary.BigEndian.Uint16(b[1:]), b[3] == 1
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.list {
		h := &t.list[i]
		if h.n == 0 || h.by != by || h.number != number || h.second == second {
			continue
		}
		first, last := h.b[:h.n], b[halfHeader:]
		if h.second {
			first, last = last, first
		}
		whole = append(append(make([]byte, 0, n+h.n), first...), last...)
		h.n = 0
		return whole, len(whole) > wholeBytes && isQUIC(whole)
	}
	h := &t.list[t.next%maxHalves]
	t.next++
	h.by, h.number, h.second = by, number, second
	h.n = copy(h.b[:], b[halfHeader:])
	return nil, false
}
