package lan

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

var epoch = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

// sourceAddr returns the n-th address of a big private network.
func sourceAddr(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// due lists the milliseconds in [from, to) at which a schedule is due, looked at
// every step.
func due(s *schedule, from, to, step int) (times []int) {
	for ms := from; ms < to; ms += step {
		if s.take(at(ms)) {
			times = append(times, ms)
		}
	}
	return times
}

func TestSchedule(t *testing.T) {
	s := schedule{burst: solicitBurst, every: solicitEvery}
	s.begin(at(0))
	if got := due(&s, 0, 5000, 1); !slices.Equal(got, []int{0, 50, 150, 2150, 4150}) {
		t.Errorf("solicits at %v ms", got)
	}
	// The computer sleeps for a minute: one, not thirty.
	if got := due(&s, 65_000, 66_000, 1); !slices.Equal(got, []int{65_000}) {
		t.Errorf("after a sleep at %v ms", got)
	}
}

func TestScheduleHurry(t *testing.T) {
	s := schedule{burst: beaconBurst, every: beaconEvery}
	s.begin(at(0))
	due(&s, 0, 150, 1) // 0 and 100
	s.hurry(at(150), updateGap)
	s.hurry(at(160), updateGap)
	if got := due(&s, 150, 2000, 1); !slices.Equal(got, []int{300, 1300}) {
		t.Errorf("hurried within the gap: beacons at %v ms", got)
	}
	s.hurry(at(2000), updateGap)
	if got := due(&s, 2000, 3500, 1); !slices.Equal(got, []int{2000, 3000}) {
		t.Errorf("hurried after the gap: beacons at %v ms", got)
	}
	s.hurry(at(3950), updateGap)
	s.hurry(at(3999), 10*time.Second)
	if got := due(&s, 3999, 4500, 1); !slices.Equal(got, []int{3999}) {
		t.Errorf("a hurry with a long gap delayed the beacon: %v ms", got)
	}
}

func TestPace(t *testing.T) {
	p := pace{interval: 100 * time.Millisecond, burst: 3}
	var full time.Time
	var allowed []int
	for ms := 0; ms < 1000; ms += 10 {
		var ok bool
		if full, ok = p.after(full, at(ms)); ok {
			allowed = append(allowed, ms)
		}
	}
	if want := []int{0, 10, 20, 100, 200, 300, 400, 500, 600, 700, 800, 900}; !slices.Equal(allowed, want) {
		t.Errorf("allowed at %v ms, want %v", allowed, want)
	}
}

// One source that floods takes nothing from the others, and many that flood
// take nothing from those that are known.
func TestLimiterFair(t *testing.T) {
	l := limiter{each: beaconsPerSource, strangers: beaconsStrangers}
	flooder, quiet, known := sourceAddr(1), sourceAddr(2), sourceAddr(3)
	passed := 0
	for ms := range 10_000 {
		if l.allow(flooder, false, at(ms)) {
			passed++
		}
		if ms%1000 == 0 && !l.allow(quiet, false, at(ms)) {
			t.Fatalf("a quiet source was refused at %d ms", ms)
		}
	}
	if passed < 200 || passed > 245 {
		t.Errorf("one source passed %d times in 10 s", passed)
	}

	passed = 0
	for ms := 10_000; ms < 20_000; ms++ {
		for n := range 10 {
			if l.allow(sourceAddr(1000+ms*10+n), false, at(ms)) {
				passed++
			}
		}
		if ms%250 == 0 && !l.allow(known, true, at(ms)) {
			t.Fatalf("a known source was refused at %d ms", ms)
		}
		if len(l.sources) > maxSources {
			t.Fatalf("%d sources are remembered", len(l.sources))
		}
	}
	if passed < 2000 || passed > 2110 {
		t.Errorf("100,000 forged sources passed %d times in 10 s", passed)
	}
}

// When every remembered source is busy, new ones are refused.
func TestLimiterFull(t *testing.T) {
	l := limiter{each: pace{time.Hour, 2}, strangers: pace{time.Nanosecond, 1 << 20}}
	for n := range maxSources {
		if !l.allow(sourceAddr(n), false, at(0)) {
			t.Fatalf("source %d was refused", n)
		}
	}
	if l.allow(sourceAddr(maxSources), false, at(1)) || len(l.sources) != maxSources {
		t.Errorf("%d sources are remembered", len(l.sources))
	}
	if !l.allow(sourceAddr(5), false, at(1)) {
		t.Error("a remembered source was refused")
	}
	if !l.allow(sourceAddr(maxSources), false, at(3*3_600_000)) || len(l.sources) != 1 {
		t.Errorf("hours later %d sources are remembered", len(l.sources))
	}
}
