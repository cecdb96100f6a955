package netcode

import "time"

const (
	// sameAcks is how many datagrams in a row must acknowledge nothing new before a
	// record counts as lost (RFC 5681 section 3.2): fewer may have been overtaken.
	sameAcks = 3
	// repairPause is how many ticks more than a round trip lie between two repairs:
	// so long it takes until the first one is acknowledged, and that noticed.
	repairPause = sameAcks + 1
	// leanCopies is how often a record goes out unasked, in one datagram after
	// another, and waryCopies how often at least while losses are frequent.
	leanCopies = 2
	waryCopies = 4
	// lateFrames is how many of the newest records a second copy is still worth sending of
	// if one has left: an older one comes too late to spare anybody waiting.
	lateFrames = 5
	// waryFor is for how long after a repair losses count as frequent. Who must be
	// repaired stands still for most of a round trip, so that is worth the bytes.
	waryFor = 30 * time.Second
	// blockedFor is for how long after a datagram that found no room on the path
	// nothing goes out but what must.
	blockedFor = time.Second
)

// flight is what of this machine's stream is on its way to a peer, when more is
// than fits a datagram. Then each record goes out a few times, as one of the newest;
// if all of those were lost, the peer acknowledges the same frame again and again,
// and all since are sent once more, a datagram a tick. Owner: the sender, for each peer.
//
// Where the path has no room for that, because QUIC has seen losses, a datagram may be
// replaced by the next one before it leaves. So it is counted how often each record has
// left, and of what the peer misses only the first record goes out again: each one more
// than it needs would keep back what it has never seen.
type flight struct {
	acked        int32         // newest frame that the peer holds without a gap
	same         int           // datagrams in a row that acknowledged just that
	cursor       int32         // next record to be sent once more
	until        int32         // and the one before which that ends
	restedAt     time.Duration // no repair begins before
	waryUntil    time.Duration
	blockedUntil time.Duration
	unsent       uint64     // datagrams that found no room so far
	newest       int32      // record of which copies tells
	copies       [256]uint8 // how often each of the newest has left, by its number modulo 256
	handedOver   []span     // since the last depart, in order
	room         [3]span
}

// span is the records from one through another.
type span struct{ from, through int32 }

// depart notes how many of the datagrams that were handed over last still wait for room on
// the path: others will take their place. newest is the newest record.
func (f *flight) depart(waiting int, newest int32) {
	for _, s := range f.handedOver[:max(0, len(f.handedOver)-waiting)] {
		for n := max(s.from, f.newest-int32(len(f.copies))+1); n <= s.through; n++ {
			f.copies[uint8(n)] = min(f.copies[uint8(n)]+1, waryCopies)
		}
	}
	f.handedOver = f.room[:0]
	if newest <= f.newest {
		return
	}
	for n := max(f.newest+1, newest-int32(len(f.copies))+1); n < newest; n++ {
		f.copies[uint8(n)] = leanCopies // it has left in datagrams that had room for all
	}
	f.newest, f.copies[uint8(newest)] = newest, 0
}

// fewer is the oldest record, from one on, that has left less often than so many times;
// if there is none, the one after the newest.
func (f *flight) fewer(from int32, copies uint8) int32 {
	for ; from <= f.newest && f.copies[uint8(from)] >= copies; from++ {
	}
	return from
}

// handed notes that a datagram with the records from one through another was handed over.
func (f *flight) handed(from, through int32) {
	f.handedOver = append(f.handedOver, span{from, through})
}

// handedForeign notes that one without any of these records was handed over after those: if
// one still waits, it is that. Where nothing is counted it is not noted.
func (f *flight) handedForeign() {
	if len(f.handedOver) < cap(f.handedOver) {
		f.handedOver = append(f.handedOver, span{0, -1})
	}
}

// want has the record that the peer misses, if it does, count as one that has never left:
// so it goes out before all others, as often as another datagram takes its place. pause is
// as in missed.
func (f *flight) want(now, pause time.Duration) {
	if f.same < sameAcks || now < f.restedAt || f.acked >= f.newest {
		return
	}
	f.copies[uint8(f.acked+1)], f.restedAt = 0, now+pause
}

// acknowledge notes that the peer has all through a frame; newest is this machine's.
func (f *flight) acknowledge(frame, newest int32) {
	switch {
	case frame > f.acked:
		f.acked, f.same = frame, 0
	case frame == f.acked && frame < newest:
		f.same++
	}
}

// wary reports whether losses are frequent, and the path has room for more. unsent
// is how many datagrams have found none so far.
func (f *flight) wary(now time.Duration, unsent uint64) bool {
	if unsent > f.unsent {
		f.unsent, f.blockedUntil, f.waryUntil = unsent, now+blockedFor, 0
	}
	return now < f.waryUntil
}

// missed returns the record to begin a second datagram with, if a repair is due.
// first is where the first datagram begins, and pause what lies between the
// beginnings of two repairs.
func (f *flight) missed(first int32, now, pause time.Duration) (from int32, due bool) {
	if f.same >= sameAcks && now >= f.restedAt {
		f.cursor, f.until, f.restedAt = f.acked+1, first, now+pause
		if now >= f.blockedUntil {
			f.waryUntil = now + waryFor
		}
	}
	from = max(f.cursor, f.acked+1)
	return from, from < min(f.until, first)
}
