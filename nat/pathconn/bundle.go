package pathconn

import (
	"sync"
	"time"
)

// Short packets of QUIC are its acknowledgements at a gap: 28 bytes of headers
// for 30 of packet, a third as many again as there are packets of the game. One
// waits for the packet that the next tick sends to the same peer, and goes in
// the same payload:
//
//	0x24 | length of the first, 1 byte | the first packet | the second packet
//
// QUIC itself cannot do this: a packet with a short header has no length and
// must be the last of a payload (RFC 9000 section 12.2).
const (
	bundleMark   = 0x24
	bundleHeader = 2

	// shortBytes is more than an acknowledgement alone has, and less than a
	// packet with a game's inputs, which must not wait.
	shortBytes = 32

	// holdFor is how long a short packet waits: one tick at 60 a second.
	holdFor = 16 * time.Millisecond

	// A short packet waits only where ticks flow, so that another is sure to
	// come: after steady longer packets, each at least apart and less than
	// flowing after the one before, and the last less than flowing ago.
	// Elsewhere, in a handshake first of all, the wait would only make round
	// trips longer.
	flowing = 20 * time.Millisecond
	apart   = 4 * time.Millisecond
	steady  = 8

	// maxBundleBytes is the longest payload with two packets: no longer than
	// QUIC's own.
	maxBundleBytes = 1200
)

// waiting is the short packet of a peer that waits for another.
type waiting struct {
	mu     sync.Mutex
	first  []byte        // empty if none waits
	oob    []byte        // its control messages
	long   time.Duration // when a longer packet went last
	ticks  int           // longer packets in a row that came as ticks do
	timer  *time.Timer
	packet [shortBytes]byte
	extra  [128]byte
}

var bundlePool = sync.Pool{New: func() any { return new([maxBundleBytes]byte) }}

// gather takes a packet that QUIC wants sent to p. It returns what is to be sent
// before it, mostly nothing, with its control messages, and what is to be sent
// in its place, unless it is held back. Both may be in room.
func (s *sender) gather(p *peer, b, oob []byte, room *[maxBundleBytes]byte) (first, firstOOB, whole []byte, held bool) {
	w := &p.waiting
	short := isShortHeader(b) && len(b) < shortBytes
	now := s.clock.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.first) > 0 {
		n := len(w.first)
		defer w.clear()
		most := maxBundleBytes
		if p.parting.on.Load() {
			most = partBytes // what goes in parts is one packet of QUIC
		}
		if isShortHeader(b) && segmentSize(oob) == 0 && bundleHeader+n+len(b) <= most {
			whole = append(append(append(room[:0], bundleMark, byte(n)), w.first...), b...)
			w.note(b, now)
			return nil, nil, whole, false
		}
		first = append(room[:0], w.first...)
		firstOOB = append(first[n:n], w.oob...)
		w.note(b, now)
		return first, firstOOB, b, false
	}
	if short && w.ticks >= steady && now-w.long < flowing && len(oob) <= len(w.extra) {
		w.first, w.oob = append(w.packet[:0], b...), append(w.extra[:0], oob...)
		if w.timer == nil {
			w.timer = time.AfterFunc(holdFor, func() { s.release(p) })
		} else {
			w.timer.Reset(holdFor)
		}
		return nil, nil, nil, true
	}
	w.note(b, now)
	return nil, nil, b, false
}

// note notes when a packet goes that is not short.
func (w *waiting) note(b []byte, now time.Duration) {
	if !isShortHeader(b) || len(b) < shortBytes {
		return
	}
	switch gap := now - w.long; {
	case gap >= flowing:
		w.ticks = 0
	case gap >= apart:
		w.ticks++
	}
	w.long = now
}

func (w *waiting) clear() {
	w.timer.Stop()
	w.first, w.oob = nil, nil
}

// release sends what has waited for too long.
func (s *sender) release(p *peer) {
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	w := &p.waiting
	w.mu.Lock()
	n := len(w.first)
	first := append(room[:0], w.first...)
	oob := append(first[n:n], w.oob...)
	w.first, w.oob = nil, nil
	w.mu.Unlock()
	if n > 0 && !s.main.over() {
		_ = s.post(p, first[:n:n], oob)
	}
}

// post sends a packet by the socket's own way.
func (s *sender) post(p *peer, b, oob []byte) error {
	if s.main.Load().udp != nil {
		return s.sendMarked(p, b, oob)
	}
	return s.send(p, b)
}

// unbundle takes a payload apart. ok is false if it is not of two packets.
func unbundle(b []byte) (first, second []byte, ok bool) {
	if len(b) <= bundleHeader || b[0] != bundleMark || int(b[1]) >= shortBytes || len(b) <= bundleHeader+int(b[1]) {
		return nil, nil, false
	}
	first, second = b[bundleHeader:bundleHeader+int(b[1])], b[bundleHeader+int(b[1]):]
	return first, second, isShortHeader(first) && isShortHeader(second)
}

// isShortHeader tells packets of an established connection (RFC 9000 section
// 17.3).
func isShortHeader(b []byte) bool { return len(b) > 0 && b[0]&0xc0 == 0x40 }

// remainder is the second packet of a payload, for the next read of the main
// socket. Owner: whoever reads it.
type remainder struct {
	peer   *peer // nil if there is none
	n      int
	oobn   int
	flags  int
	packet [maxPacketBytes]byte
	oob    [128]byte
}

func (r *remainder) keep(p *peer, b, oob []byte, flags int) {
	r.peer, r.flags = p, flags
	r.n, r.oobn = copy(r.packet[:], b), copy(r.oob[:], oob)
}

func (r *remainder) take(b, oob []byte) (p *peer, n, oobn, flags int) {
	p, r.peer = r.peer, nil
	return p, copy(b, r.packet[:r.n]), copy(oob, r.oob[:r.oobn]), r.flags
}
