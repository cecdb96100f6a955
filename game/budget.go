package game

import "time"

// Budget keeps a slow machine alive. Ebitengine calls Update up to five times
// before it draws once, so a game whose ticks take too long is asked for ever
// more of them and draws ever less. Budget hands out time at a fixed share of
// the clock; a tick without budget is skipped, and the match's own pacing
// makes up for it or slows the others down a little.
//
// The zero value allows 80 % of the clock and saves up 60 ms.
type Budget struct {
	Share float64       // share of the clock that ticks may use; 0 = 0.8
	Burst time.Duration // what may be saved up; 0 = 60 ms

	left    time.Duration
	last    time.Time
	started bool
}

// Allow reports whether there is time for another tick at now.
func (b *Budget) Allow(now time.Time) bool {
	share, burst := b.Share, b.Burst
	if share <= 0 {
		share = 0.8
	}
	if burst <= 0 {
		burst = 60 * time.Millisecond
	}
	if !b.started {
		b.started, b.left = true, burst
	} else if now.After(b.last) {
		b.left = min(burst, b.left+time.Duration(float64(now.Sub(b.last))*share))
	}
	b.last = now
	return b.left > 0
}

// maxDebt is how much time more than there was a tick may have used: one in which the whole process
// stood still is not paid for by standing still for as long again.
const maxDebt = 250 * time.Millisecond

// Spend takes the time a tick has used.
func (b *Budget) Spend(used time.Duration) { b.left = max(b.left-used, -maxDebt) }
