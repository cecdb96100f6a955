package audience

import "time"

const (
	lullKept = 10 * time.Second // a long silence counts for so long at least, and for twice that at most
	mostLate = time.Second      // and makes nobody wait for longer than this
)

// lulls are how long those were silent, lately, who have spoken again: more than they should be
// where processors are busy, theirs or this one's. Who waits for a word waits so much longer,
// or all would leave each other just when everything takes its time. The zero lulls is of
// those who have never been late.
type lulls struct {
	began          time.Duration
	newest, before time.Duration // the longest since then, and in the time before
}

// spoke: somebody has spoken after so long.
func (l *lulls) spoke(now, silent time.Duration) {
	if now-l.began >= lullKept {
		l.began, l.before, l.newest = now, l.newest, 0
	}
	l.newest = max(l.newest, silent)
}

// late is by how much a word that is due every so often has come late.
func (l *lulls) late(every time.Duration) time.Duration {
	return min(max(l.newest, l.before, every)-every, mostLate)
}
