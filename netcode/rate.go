package netcode

import "time"

const (
	// rateSpan is how long calls of Tick are counted before their rate is judged.
	rateSpan = 3 * time.Second
	// rateGap is how long a loop must stand still so that the count begins anew: a
	// window that is dragged is no rate.
	rateGap = 500 * time.Millisecond
	// ratePercent is by how much the rate may be wrong.
	ratePercent = 5
)

// loopRate measures how often Tick is called. A rate is wrong if it is so twice in a
// row: a loop that makes up for a standstill is fast once. Owner: the pace.
type loopRate struct {
	last, since time.Duration
	calls       int
	doubtful    int // the last span's rate in Hz, if that was wrong
	wrong       int // in Hz, 0 while the rate is right
}

// called notes a call of Tick. It reports true when the rate turns out to be wrong.
func (l *loopRate) called(now, tick time.Duration) (news bool) {
	gap := now - l.last
	l.last = now
	if l.since == 0 || gap >= rateGap {
		l.since, l.calls = now, 0
		return false
	}
	l.calls++
	span := now - l.since
	if span < rateSpan {
		return false
	}
	hz := int((time.Duration(l.calls)*time.Second + span/2) / span)
	off := time.Duration(l.calls)*tick - span // how much game was asked for beyond the time
	l.since, l.calls = now, 0
	if 100*max(off, -off) <= ratePercent*span {
		l.doubtful, l.wrong = 0, 0
		return false
	}
	news = l.doubtful != 0 && l.wrong == 0
	if l.doubtful != 0 {
		l.wrong = hz
	}
	l.doubtful = hz
	return news
}

// watchRate judges how often Tick is called while frames are due.
func (p *pace) watchRate(now time.Duration) {
	if p.rate.called(now, p.tick) {
		p.who.room.events.happened(Event{Kind: EventRate, Hz: p.rate.wrong})
	}
}
