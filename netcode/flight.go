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
// and all since are sent once more, a datagram a tick. Owner: the play, for each peer.
type flight struct {
	acked        int32         // newest frame that the peer holds without a gap
	same         int           // datagrams in a row that acknowledged just that
	cursor       int32         // next record to be sent once more
	until        int32         // and the one before which that ends
	restedAt     time.Duration // no repair begins before
	waryUntil    time.Duration
	blockedUntil time.Duration
	unsent       uint64  // datagrams that found no room so far
	left         int32   // all records through this one have left at least once,
	leaves       []int32 // and through these with each of the datagrams that were handed over last
	room         [2]int32
}

// depart notes how many of the datagrams that were handed over last still wait for room on
// the path: others will take their place. It returns the oldest record that has never left.
func (f *flight) depart(waiting int) (never int32) {
	for _, through := range f.leaves[:max(0, len(f.leaves)-waiting)] {
		f.left = max(f.left, through)
	}
	f.leaves = f.room[:0]
	f.left = max(f.left, f.acked)
	return f.left + 1
}

// handed notes that a datagram with the records from one through another was handed over.
func (f *flight) handed(from, through int32) {
	if from > f.left+1 && (len(f.leaves) == 0 || from > f.leaves[0]+1) {
		through = f.left
	}
	f.leaves = append(f.leaves, through)
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
