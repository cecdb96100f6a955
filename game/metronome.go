package game

import "time"

// Metronome says how many ticks of a game are due, whatever the rate at which it is
// asked: a loop that goes at the monitor's 144 pictures a second does not play
// faster with it, and one that goes at 30 not slower.
//
//	for range metronome.Due(lobby.Now(), match.TickPeriod()) {
//		status = match.Tick(pad)
//	}
//
// Ask it once per turn of the loop. Times are of any one clock; the zero value is
// ready, and its first answer is 1.
type Metronome struct {
	period time.Duration
	next   time.Duration // when the next tick is due
	newest time.Duration // when the newest one was, as nearly as the loop's turns tell
	begun  bool

	lost   bool          // ticks, ever,
	lostAt time.Duration // and when last
}

// What is due at once at most, as in Ebitengine before a picture: five ticks, or as
// many as make up for five sixtieths of a second. What a loop has lost beyond that is
// lost: the match's own pacing brings the machines together again.
const (
	mostTicksDue = 5
	mostTimeDue  = 5 * time.Second / 60
)

// Due returns the number of ticks, of one period each, that are due by now and have
// not been asked for, up to 5 or 83 ms of them. A tick is due from half a period before its time on,
// so that a loop whose turns come a little early and a little late has one in each.
func (m *Metronome) Due(now, period time.Duration) int {
	if !m.begun || period <= 0 {
		*m = Metronome{begun: period > 0, period: period, next: now + period, newest: now}
		return 1
	}
	m.period = period
	n, most := 0, max(mostTicksDue, int(mostTimeDue/period))
	for n < most && now >= m.next-period/2 {
		n++
		m.next += period
	}
	if now >= m.next-period/2 { // it is further behind than may be made good at once
		m.next, m.lost, m.lostAt = now+period, true, now
	}
	if n > 0 {
		m.follow(now, n)
	}
	return n
}

// follow moves newest on by n ticks. A loop's turns come late by up to one of them,
// never early: so the earliest of them tell the time of the ticks, and one that is
// later than before is followed slowly.
func (m *Metronome) follow(now time.Duration, n int) {
	m.newest += time.Duration(n) * m.period
	switch late := now - m.newest; {
	case late < 0 || late > 2*m.period:
		m.newest = now
	default:
		m.newest += late / 64
	}
}

// Behind reports whether ticks were lost within the last second: the loop does not
// keep up with the game.
func (m *Metronome) Behind(now time.Duration) bool { return m.lost && now-m.lostAt < time.Second }

// Fraction returns how much of the way from the newest tick to the next one is gone
// at now, 0 to 1: for pictures between two ticks, at a screen that is faster than
// the game.
func (m *Metronome) Fraction(now time.Duration) float64 {
	if m.period <= 0 {
		return 0
	}
	return max(0, min(float64(now-m.newest)/float64(m.period), 1))
}
