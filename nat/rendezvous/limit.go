package rendezvous

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"
)

// pace allows burst units at once and then one per interval: a token bucket
// kept as one time, the one at which the bucket is full again (the generic cell
// rate algorithm, ITU-T I.371).
type pace struct {
	interval time.Duration
	burst    int
}

// after returns the bucket after n more units now, and whether they are allowed.
func (p pace) after(full, now time.Duration, n int) (time.Duration, bool) {
	full = max(full, now)
	if full-now > time.Duration(p.burst-n)*p.interval {
		return full, false
	}
	return full + time.Duration(n)*p.interval, true
}

// buckets is the size of a table of paces. Sources that fall into one bucket
// share it: with a table of fixed size a flood can cost those in the same
// buckets their share, never memory.
const buckets = 1 << 14

type limiter struct {
	pace pace
	full []time.Duration // made when it is first used
}

// allow reports whether a source may once more; one that stands for several may
// as often as they.
func (l *limiter) allow(now time.Duration, s *secret, who path) bool {
	if l.full == nil {
		l.full = make([]time.Duration, buckets)
	}
	full := &l.full[s.bucket(who.finest().Addr())%uint64(len(l.full))]
	p := l.pace
	if who.weight > 1 {
		p = pace{max(p.interval/time.Duration(who.weight), 1), p.burst * who.weight}
	}
	var ok bool
	*full, ok = p.after(*full, now, 1)
	return ok
}

// cookieEpoch is how long a cookie is new; it is good for one epoch more.
const cookieEpoch = time.Minute

// secret makes cookies and places sources in tables so that nobody can choose
// whom to collide with. The input has a fixed length and the hash is cut, so
// the plain hash of key and input serves as a MAC.
type secret [32]byte

func (s *secret) hash(label byte, addr netip.Addr, port uint16, epoch time.Duration) [sha256.Size]byte {
	var b [32 + 1 + 16 + 2 + 8]byte
	copy(b[:], s[:])
	b[32] = label
	as16 := addr.As16()
	copy(b[33:], as16[:])
	binary.BigEndian.PutUint16(b[49:], port)
	binary.BigEndian.PutUint64(b[51:], uint64(epoch))
	return sha256.Sum256(b[:])
}

// cookie is what only who receives packets at a source can know.
func (s *secret) cookie(from netip.AddrPort, now time.Duration, age int) [8]byte {
	sum := s.hash('c', from.Addr(), from.Port(), now/cookieEpoch-time.Duration(age))
	return [8]byte(sum[:])
}

func (s *secret) proven(from netip.AddrPort, now time.Duration, cookie [8]byte) bool {
	return cookie == s.cookie(from, now, 0) || cookie == s.cookie(from, now, 1)
}

func (s *secret) bucket(from netip.Addr) uint64 {
	sum := s.hash('b', from, 0, 0)
	return binary.BigEndian.Uint64(sum[:])
}
