package pathconn

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// What is heard by a route proves little: anybody can send what looks like
// QUIC. But the last bytes of a packet of QUIC are a part of its authentication
// tag (RFC 9001 section 5.3), which nobody can guess. A peer who names them in a
// message of his own that is authenticated has got that very packet, by the route
// that he names it for.

// Mark is the last 8 bytes of a payload of QUIC; 0 is none.
type Mark uint64

// sentKept is how many packets are remembered for each peer that a connection
// uses: some three seconds of a match. The oldest is forgotten.
const sentKept = 256

func markOf(b []byte) Mark {
	if len(b) < 8 {
		return 0
	}
	return Mark(binary.BigEndian.Uint64(b[len(b)-8:]))
}

// sentLog is what QUIC has sent to a peer of late.
type sentLog struct {
	mu     sync.Mutex
	ring   [sentKept]sentPacket
	count  int
	latest [maxBundleBytes]byte
	size   int // of latest
}

type sentPacket struct {
	mark Mark
	at   time.Duration
	to   *destination
}

// note notes a payload, of one packet of QUIC or two.
func (s *sentLog) note(b []byte, at time.Duration, to *destination) {
	if len(b) < 8 || len(b) > maxBundleBytes {
		return
	}
	s.mu.Lock()
	s.ring[s.count%sentKept] = sentPacket{markOf(b), at, to}
	s.count++
	s.size = copy(s.latest[:], b)
	s.mu.Unlock()
}

// note notes what goes to a peer by a destination, cut at size.
func (s *sender) note(p *peer, b []byte, size int, to *destination) {
	log := p.sent.Load()
	if log == nil {
		return
	}
	for now := s.clock.now(); len(b) > 0; {
		packet := b
		if size > 0 && len(b) > size {
			packet = b[:size]
		}
		log.note(packet, now, to)
		b = b[len(packet):]
	}
}

// Latest returns the mark of the newest payload of QUIC that came by a route, 0
// if none did. Whoever has sent that payload by the route knows it again: see
// Passed.
func (c *Conn) Latest(by Route) Mark {
	by.Addr = c.Canonical(by.Addr)
	if d := c.table.door(by.entrance()); d != nil {
		return Mark(d.latest.Load())
	}
	return 0
}

// Passed says what a mark proves that a peer has named as its Latest by a route.
// ok reports whether it is of a payload that QUIC sent there by that route, of the
// last 256; later is how many were sent by it after that one, all of them if not
// ok, but not in the time ago that has passed since the peer was asked.
func (c *Conn) Passed(virtual netip.AddrPort, by Route, mark Mark, ago time.Duration) (later int, ok bool) {
	p := c.table.fromVirtual(virtual)
	if p == nil || p.sent.Load() == nil {
		return 0, false
	}
	by.Addr = c.Canonical(by.Addr)
	s, e, until := p.sent.Load(), by.entrance(), c.clock.now()-ago
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.count - 1; i >= max(0, s.count-sentKept); i-- {
		switch sent := &s.ring[i%sentKept]; {
		case sent.to.entrance() != e:
		case sent.mark == mark && mark != 0:
			return later, true
		case sent.at <= until:
			later++
		}
	}
	return later, false
}

// Again sends the newest payload of QUIC to a peer once more, by a route that may
// be another one: QUIC drops what comes twice, and the route has something to
// prove itself by. It does nothing, and returns false, if there is no such payload
// or it has more than so many bytes.
func (c *Conn) Again(virtual netip.AddrPort, by Route, most int) bool {
	p := c.table.fromVirtual(virtual)
	if p == nil || p.sent.Load() == nil {
		return false
	}
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	s := p.sent.Load()
	s.mu.Lock()
	n := copy(room[:], s.latest[:s.size])
	s.mu.Unlock()
	if n == 0 || n > most {
		return false
	}
	to := c.table.destination(by)
	s.note(room[:n], c.clock.now(), to)
	if c.out.writeQUIC(p, to, room[:n]) != nil {
		c.counts.sendErrors.Add(1)
	}
	return true
}
