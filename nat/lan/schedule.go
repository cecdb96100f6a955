package lan

import (
	"net/netip"
	"time"
)

// schedule says when a packet is due: at each time of burst after the start,
// then every interval. It never makes up for what it missed: after the computer
// slept there is one packet, not a hundred.
type schedule struct {
	burst []time.Duration // after the start, ascending, the first is 0
	every time.Duration

	start, last, due time.Time
	taken            int
}

// begin starts the burst.
func (s *schedule) begin(now time.Time) {
	s.start, s.due, s.taken = now, now, 0
}

// take reports whether a packet is due now and moves on to the next one.
func (s *schedule) take(now time.Time) bool {
	if now.Before(s.due) {
		return false
	}
	s.last = now
	s.taken++
	s.due = now.Add(s.every)
	if s.taken < len(s.burst) {
		s.due = s.start.Add(s.burst[s.taken])
	}
	return true
}

// hurry makes the next packet due at once, or gap after the last one.
func (s *schedule) hurry(now time.Time, gap time.Duration) {
	soon := s.last.Add(gap)
	if soon.Before(now) {
		soon = now
	}
	if soon.Before(s.due) {
		s.due = soon
	}
}

// pace allows burst events at once and then one per interval: a token bucket
// kept as one time, the one at which the bucket is full again (the generic cell
// rate algorithm, ITU-T I.371).
type pace struct {
	interval time.Duration
	burst    int
}

// after returns the bucket after one more event now, and whether it is allowed.
func (p pace) after(full, now time.Time) (time.Time, bool) {
	if full.Before(now) {
		full = now
	}
	if full.Sub(now) > time.Duration(p.burst-1)*p.interval {
		return full, false
	}
	return full.Add(p.interval), true
}

// limiter bounds what strangers can make us do: each source has a pace, and all
// sources that we know nothing good of share another one.
type limiter struct {
	each, strangers pace

	sources map[netip.Addr]time.Time
	shared  time.Time
}

// maxSources is how many sources a limiter remembers. When it is full, those
// that have been quiet are forgotten; if none has, new sources are refused.
const maxSources = 1024

// allow reports whether one more packet of a source may be worked on. A source
// that is known does not compete with the strangers, so a flood from many
// forged sources cannot silence a lobby that is on the list already.
func (l *limiter) allow(from netip.Addr, known bool, now time.Time) bool {
	full, ok := l.each.after(l.sources[from], now)
	if !ok {
		return false // and nothing is taken from what the others share
	}
	if _, seen := l.sources[from]; !seen && len(l.sources) >= maxSources {
		for source, full := range l.sources {
			if !full.After(now) {
				delete(l.sources, source)
			}
		}
		if len(l.sources) >= maxSources {
			return false
		}
	}
	if !known {
		shared, ok := l.strangers.after(l.shared, now)
		if !ok {
			return false
		}
		l.shared = shared
	}
	if l.sources == nil {
		l.sources = make(map[netip.Addr]time.Time)
	}
	l.sources[from] = full
	return true
}
