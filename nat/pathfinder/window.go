package pathfinder

// windowSize is how far numbers may be out of order: more than are sent by all
// paths in the time that the longest of them takes.
const windowSize = 1024

// window tells numbers that come for the first time from those that are played
// again (RFC 4303 section 3.4.3).
type window struct {
	highest uint64
	seen    [windowSize / 64]uint64
}

// fresh reports whether a number has not come before, and notes it. One that is too
// old to say is not fresh, nor is 0.
func (w *window) fresh(n uint64) bool {
	bit := func(n uint64) (*uint64, uint64) { return &w.seen[n/64%uint64(len(w.seen))], 1 << (n % 64) }
	switch {
	case n == 0 || n+windowSize <= w.highest:
		return false
	case n > w.highest:
		if n-w.highest >= windowSize {
			w.seen = [windowSize / 64]uint64{}
		} else {
			for i := w.highest + 1; i < n; i++ {
				word, mask := bit(i)
				*word &^= mask
			}
		}
		w.highest = n
	default:
		if word, mask := bit(n); *word&mask != 0 {
			return false
		}
	}
	word, mask := bit(n)
	*word |= mask
	return true
}
