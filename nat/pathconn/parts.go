package pathconn

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// QUIC needs paths for packets of 1,200 bytes: its handshake is padded to that
// (RFC 9000 section 14.1). A tunnel in a tunnel lets less through, and says nothing
// of it. There a packet of more than partBytes goes in several payloads:
//
//	0x26 | number, 2 bytes | which, 4 bits, of how many, 4 bits | part of the packet
//
// Both sides see whether a handshake needs it. Who dials and has no answer after
// partAfter, when QUIC repeats itself, sends parts from then on, unless each packet
// there is counted (Wary): that is loss more often. And who gets parts sends parts.
// The first flight goes whole, so that a peer who does not know parts is understood,
// and says so.
//
// Anybody can send parts. So once the peer has proven who it is (Known) what comes
// decides on the handshake of another connection at most, and whoever asks the path
// what it carries says how all else goes (Part).
const (
	partMark   = 0x26
	partHeader = 4

	// partBytes is the longest packet that always goes whole, and the longest part:
	// with the headers of IPv6, UDP and a relay it fits 576 bytes, which everybody
	// takes (RFC 791 section 3.1).
	partBytes = 508

	// longBytes is how long a packet is whose path may be too narrow for it: one
	// that carries 1,100 bytes carries all others, whatever the headers.
	longBytes = 1000

	partAfter = 150 * time.Millisecond

	// maxParts is how many parts the longest packet has.
	maxParts = 3

	// maxWaiting parts wait for the others. When there are more, the oldest is lost:
	// they are sent one right after the other.
	maxWaiting = 96
)

// parting says whether packets to a peer go in parts.
type parting struct {
	on    atomic.Bool
	asked atomic.Bool   // those of a handshake do: the peer's have come so
	long  atomic.Uint64 // packets so far that were long
	heard atomic.Bool   // something has come from the peer
	first atomic.Int64  // when the first long packet of a handshake went, by the Conn's clock; 0 for never
}

// parts reports whether a packet to p goes in parts.
func (s *sender) parts(p *peer, b []byte) bool {
	h := &p.parting
	if len(b) > longBytes {
		h.long.Add(1)
	}
	switch {
	case len(b) <= partBytes || len(b) > maxParts*partBytes:
		return false
	case h.on.Load():
		return true
	case isShortHeader(b):
		return false
	case h.asked.Load():
		return true
	case len(b) <= longBytes, h.heard.Load(), p.counted():
		return false
	}
	now := s.clock.now()
	if h.first.CompareAndSwap(0, int64(now)) || now-time.Duration(h.first.Load()) < partAfter {
		return false
	}
	h.on.Store(true)
	return true
}

// getsParts notes that a packet of the peer has come in parts.
func (p *peer) getsParts() {
	p.parting.asked.Store(true)
	if !p.wary.known.Load() {
		p.parting.on.Store(true)
	}
}

// Part says whether all but short packets of QUIC to a virtual address go in several
// payloads from now on: because the path carries no long ones, as far as is known.
func (c *Conn) Part(virtual netip.AddrPort, narrow bool) {
	if p := c.table.fromVirtual(virtual); p != nil {
		p.parting.on.Store(narrow)
		p.parting.asked.Store(narrow)
	}
}

// Long counts the packets of QUIC to a virtual address that were so long that some
// paths do not carry them.
func (c *Conn) Long(virtual netip.AddrPort) uint64 {
	if p := c.table.fromVirtual(virtual); p != nil {
		return p.parting.long.Load()
	}
	return 0
}

// writeQUIC sends one packet of QUIC to a destination, whole or in parts of nearly
// the same length.
func (s *sender) writeQUIC(p *peer, d *destination, b []byte) error {
	if !s.parts(p, b) {
		return s.write(d, b)
	}
	number := uint16(s.parted.Add(1))
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	count := (len(b) + partBytes - 1) / partBytes
	size, which := (len(b)+count-1)/count, byte(0)
	for part := range slices.Chunk(b, size) {
		if which > 0 && len(p.spared(part, 0)) < len(part) {
			break // each payload counts
		}
		payload := binary.BigEndian.AppendUint16(append(room[:0], partMark), number)
		payload = append(payload, which<<4|byte(count))
		if err := s.write(d, append(payload, part...)); err != nil {
			return err
		}
		which++
	}
	return nil
}

// partsTable holds parts that wait for the others.
type partsTable struct {
	mu   sync.Mutex
	list [maxWaiting]part // a ring
	next int
}

type part struct {
	by     entrance
	number uint16
	which  byte // counted from 0,
	of     byte // so many; 0 for none
	n      int
	b      [partBytes]byte
}

// join takes a part of a packet and returns the whole one if all the others are here.
func (t *partsTable) join(by entrance, b []byte) (whole []byte, ok bool) {
	n := len(b) - partHeader
	if n < 1 || n > partBytes || b[0] != partMark {
		return nil, false
	}
	here := part{by: by, number: binary.BigEndian.Uint16(b[1:]), which: b[3] >> 4, of: b[3] & 0xf, n: n}
	if here.of < 2 || here.of > maxParts || here.which >= here.of {
		return nil, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var all [maxParts]*part
	for i := range t.list {
		if p := &t.list[i]; p.of == here.of && p.number == here.number && p.by == by {
			all[p.which] = p
		}
	}
	old := all[here.which]
	if old == nil {
		old = &t.list[t.next%maxWaiting]
		t.next++
	}
	all[here.which] = old
	*old = here
	copy(old.b[:], b[partHeader:])
	for _, p := range all[:here.of] {
		if p == nil {
			return nil, false
		}
		whole = append(whole, p.b[:p.n]...)
	}
	for _, p := range all[:here.of] {
		p.of = 0
	}
	return whole, len(whole) > partBytes && isQUIC(whole)
}
