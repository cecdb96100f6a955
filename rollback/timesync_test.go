package rollback

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const syncTick = 16_667 // microseconds at 60 Hz

// walker is one machine of a walk: a clock of its own and a TimeSync, without
// a game.
type walker struct {
	sync     *TimeSync
	driftPPM int64 // its clock runs faster by so many millionths
	at       int64 // of its next tick, microseconds
	stepAt   int64
	frame    int64 // last stepped
	beat     int
	extra    int
	slowest  int32
	fastest  int32
	peers    []walkerPeer
	margins  int64 // sum and count of what it measured since the last reset
	n        int64
}

// walkerPeer is what a walker knows of another one, and what is on its way to
// it from there.
type walkerPeer struct {
	held  int64
	delay int64 // from there to here
	queue []walkerDatagram
}

type walkerDatagram struct {
	at, frame int64
	margin    int32
	told      bool
}

// walk is some machines without a common clock.
type walk struct {
	walkers []*walker
	rand    Rand
	jitter  int64
}

// newWalk makes machines; delay is from one to another in microseconds.
func newWalk(n int, jitter int64, delay func(from, to int) int64) *walk {
	w := &walk{rand: NewRand(1), jitter: jitter}
	for to := range n {
		p := &walker{sync: NewTimeSync(60, n-1), frame: -1}
		for from := range n {
			if from != to {
				p.peers = append(p.peers, walkerPeer{held: -1, delay: delay(from, to)})
			}
		}
		w.walkers = append(w.walkers, p)
	}
	return w
}

// peerIndex is where a walker keeps another one.
func peerIndex(self, other int) int {
	if other > self {
		return other - 1
	}
	return other
}

// run lets everybody tick until a time.
func (w *walk) run(until int64) {
	for {
		i := 0
		for k, p := range w.walkers {
			if p.at < w.walkers[i].at {
				i = k
			}
		}
		if w.walkers[i].at >= until {
			return
		}
		w.tick(i)
	}
}

func (w *walk) tick(i int) {
	p := w.walkers[i]
	for k := range p.peers {
		p.receive(k)
	}
	pace := p.sync.Tick()
	p.slowest, p.fastest = min(p.slowest, pace.PPM), max(p.fastest, pace.PPM)
	p.frame++
	if pace.Extra > 0 {
		p.frame++
		p.extra++
	}
	p.stepAt = p.at
	p.beat++
	for other, q := range w.walkers {
		if other == i {
			continue
		}
		d := walkerDatagram{frame: p.frame}
		if margin, ok := p.sync.Margin(peerIndex(i, other)); ok && p.beat%8 == 0 {
			d.margin, d.told = margin, true
		}
		to := &q.peers[peerIndex(other, i)]
		d.at = p.at + to.delay
		if w.jitter > 0 {
			d.at += int64(w.rand.Uint32())%(2*w.jitter) - w.jitter
		}
		to.queue = append(to.queue, d)
	}
	p.at += syncTick - syncTick*(int64(pace.PPM)+p.driftPPM)/1_000_000
}

// receive takes what has come from a peer, as a match does.
func (p *walker) receive(k int) {
	q := &p.peers[k]
	kept := q.queue[:0]
	for _, d := range q.queue {
		if d.at > p.at {
			kept = append(kept, d)
			continue
		}
		if d.told {
			p.sync.Told(k, d.margin)
		}
		if d.frame > q.held && p.frame >= 0 {
			margin := p.stepAt + (d.frame-p.frame)*syncTick - d.at
			p.sync.Arrived(k, margin)
			p.margins += margin
			p.n++
		}
		q.held = max(q.held, d.frame)
	}
	q.queue = kept
}

// unfair is how much deeper the first of two predicts than the second, halved,
// in microseconds, over the given time.
func (w *walk) unfair(until int64) int64 {
	for _, p := range w.walkers {
		p.margins, p.n, p.extra, p.slowest, p.fastest = 0, 0, 0, 0, 0
	}
	w.run(until)
	a, b := w.walkers[0], w.walkers[1]
	return (b.margins/b.n - a.margins/a.n) / 2
}

const second = int64(1_000_000)

// TestTwoMachinesMeet: whatever lies between two machines, soon both predict
// equally deep, and from then on it takes small slews only.
func TestTwoMachinesMeet(t *testing.T) {
	for _, c := range []struct {
		name          string
		there, back   int64 // ms
		offset, drift int64 // of the second machine: ms, PPM
		jitter        int64 // ms
		within        int64 // seconds
	}{
		{"nothing wrong", 50, 50, 0, 0, 0, 2},
		{"a tick apart", 50, 50, 17, 0, 10, 5},
		{"100 ms late", 50, 50, 100, 0, 10, 8},
		{"100 ms early", 50, 50, -100, 0, 10, 8},
		{"asymmetric", 20, 80, 0, 0, 5, 8},
		{"asymmetric the other way, and late", 90, 10, 60, 0, 5, 10},
		{"its clock is fast", 50, 50, 0, 1000, 10, 10},
		{"its clock is slow", 50, 50, 0, -1000, 10, 10},
		{"all of it", 80, 30, 100, 1000, 10, 12},
		{"a second late", 50, 50, 1000, 0, 10, 45},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWalk(2, c.jitter*1000, func(from, _ int) int64 {
				if from == 0 {
					return c.there * 1000
				}
				return c.back * 1000
			})
			first := max(0, -c.offset) * 1000
			w.walkers[0].at, w.walkers[1].at = first, first+c.offset*1000
			w.walkers[1].driftPPM = c.drift
			w.run(c.within * second)
			unfair := w.unfair((c.within + 10) * second)
			if limit := int64(deadAheadMicro + 1000); unfair > limit || unfair < -limit {
				t.Errorf("after %d s the first is %d µs ahead", c.within, unfair)
			}
			for i, p := range w.walkers {
				if p.extra > 0 || p.slowest < slowestPPM || p.fastest > fastestPPM {
					t.Errorf("machine %d: %d extra frames, pace %d to %d: it should be steady by now", i, p.extra, p.slowest, p.fastest)
				}
			}
		})
	}
}

// TestAnyTwoMachinesMeet draws what lies between them. The model is the walk
// itself, which knows the true margins of both.
func TestAnyTwoMachinesMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(low, high int64, name string) int64 { return rapid.Int64Range(low, high).Draw(t, name) }
		there, back := ms(1, 150, "there"), ms(1, 150, "back")
		offset, jitter := ms(-120, 120, "offset"), ms(0, 15, "jitter")
		w := newWalk(2, min(jitter, there, back)*1000, func(from, _ int) int64 {
			if from == 0 {
				return there * 1000
			}
			return back * 1000
		})
		w.walkers[0].at = max(0, -offset) * 1000
		w.walkers[1].at = w.walkers[0].at + offset*1000
		w.walkers[1].driftPPM = ms(-1000, 1000, "drift")
		w.run(20 * second)
		if unfair := w.unfair(30 * second); unfair > deadAheadMicro+2000 || unfair < -deadAheadMicro-2000 {
			t.Errorf("after 20 s the first is %d µs ahead", unfair)
		}
	})
}

// TestDriftIsHeldForever: a tenth of a per cent would be a frame in 17 s.
func TestDriftIsHeldForever(t *testing.T) {
	w := newWalk(2, 10_000, func(int, int) int64 { return 50_000 })
	w.walkers[1].driftPPM = 1000
	for minute := int64(1); minute <= 20; minute++ {
		if unfair := w.unfair(minute * 60 * second); minute > 1 && (unfair > 10_000 || unfair < -10_000) {
			t.Fatalf("in minute %d the first is %d µs ahead", minute, unfair)
		}
	}
}

// TestFrozenMachineCatchesUp: a window was dragged for 100 ms.
func TestFrozenMachineCatchesUp(t *testing.T) {
	w := newWalk(2, 10_000, func(int, int) int64 { return 50_000 })
	w.run(10 * second)
	w.walkers[1].at += 100_000
	if unfair := w.unfair(11 * second); unfair < 20_000 {
		t.Fatalf("the first is %d µs ahead after the other froze: the test shows nothing", unfair)
	}
	w.run(16 * second)
	if unfair := w.unfair(20 * second); unfair > 10_000 {
		t.Errorf("10 s later the first is still %d µs ahead", unfair)
	}
}

// TestBrakeIsShort: who starts ahead is slowed by a tenth and for a second at
// most, and the other side is never hurried for it.
func TestBrakeIsShort(t *testing.T) {
	w := newWalk(2, 0, func(int, int) int64 { return 50_000 })
	w.walkers[1].at = 60_000
	braked := 0
	for until := int64(syncTick); until < 5*second; until += syncTick {
		w.run(until)
		if w.walkers[0].sync.pace.PPM == brakePPM {
			braked++
		}
		if ppm := w.walkers[1].sync.pace.PPM; ppm > fastestPPM {
			t.Fatalf("the one behind plays at %d PPM", ppm)
		}
	}
	if braked < 10 || braked > 60 {
		t.Errorf("it braked for %d ticks", braked)
	}
}

// TestManyMachinesMeet: eight machines at different distances, one of them
// started late.
func TestManyMachinesMeet(t *testing.T) {
	w := newWalk(8, 5_000, func(from, to int) int64 { return 20_000 + 10_000*int64((from+to)%5) })
	for i, p := range w.walkers {
		p.at = int64(i) * 2_000
	}
	w.walkers[5].at = 90_000
	w.run(15 * second)
	low, high := w.walkers[0].position(15*second), w.walkers[0].position(15*second)
	for _, p := range w.walkers {
		low, high = min(low, p.position(15*second)), max(high, p.position(15*second))
	}
	if high-low > 30_000 {
		t.Errorf("the first and the last of eight are %d µs apart", high-low)
	}
}

// position is how far a machine is in the match at a time, in microseconds.
func (p *walker) position(now int64) int64 { return p.frame*syncTick + now - p.stepAt }

// TestMarginIsTheMiddleThird: whatever margins come, and however many, what is told
// is the mean of the middle third of the newest ones.
func TestMarginIsTheMiddleThird(t *testing.T) {
	rand := NewRand(3)
	for _, span := range []int32{1, 3, 100, 1 << 29} {
		s := NewTimeSync(60, 1)
		var all []int32
		for i := range 4 * syncSamples {
			if i == 100 {
				s.restart()
				all = nil
			}
			margin := rand.Between(-span, span)
			all = append(all, margin)
			s.Arrived(0, int64(margin))
			s.peers[0].filter()
			newest := slices.Sorted(slices.Values(all[max(0, len(all)-syncSamples):]))
			middle := newest[len(newest)/3 : len(newest)-len(newest)/3]
			sum := int64(0)
			for _, m := range middle {
				sum += int64(m)
			}
			if got, ok := s.Margin(0); ok && got != int32(sum/int64(len(middle))) || ok != (len(all) >= syncEvery) {
				t.Fatalf("span %d, after %d: %d, %t; the newest are %d", span, i+1, got, ok, newest)
			}
		}
	}
}

// TestSyncIgnoresOutliers: single late datagrams say nothing about time.
func TestSyncIgnoresOutliers(t *testing.T) {
	s := NewTimeSync(60, 1)
	for i := range 200 {
		margin := int64(-40_000)
		if i%10 == 0 {
			margin = -1 << 40
		}
		s.Arrived(0, margin)
		s.Told(0, -40_000)
		if pace := s.Tick(); pace != (Pace{}) {
			t.Fatalf("tick %d: %+v", i, pace)
		}
	}
	if margin, ok := s.Margin(0); !ok || margin != -40_000 {
		t.Errorf("the margin is %d", margin)
	}
}

func ExampleTimeSync() {
	s := NewTimeSync(60, 1) // one other machine
	for range syncSamples {
		s.Arrived(0, -60_000) // its inputs come 60 ms late
		s.Told(0, -40_000)    // ours are there 40 ms late
		s.Tick()
	}
	ahead, _ := s.AheadMicros(0)
	fmt.Println(ahead, "µs ahead")
	// Output: 10000 µs ahead
}

// TestBoundedMargins: a peer's word counts as far as it fits what both margins can
// add up to, and one that fits counts in full.
func TestBoundedMargins(t *testing.T) {
	for _, c := range []struct{ told, ahead, corrected int32 }{
		{-20_000, 5_000, 0},
		{-30_000, 0, 0},
		{-1 << 30, -10_000, 1<<30 - 50_000},
		{50_000, 40_000, 0},
		{1 << 30, 40_000, 50_000 - 1<<30},
	} {
		s := NewTimeSync(60, 1)
		for range syncSamples {
			s.Arrived(0, -30_000)
			s.Tick()
		}
		s.Bound(0, -80_000, 20_000)
		s.Told(0, c.told)
		if ahead, ok := s.AheadMicros(0); !ok || ahead != c.ahead || s.Corrected(0) != c.corrected {
			t.Errorf("told %d: %d ahead, corrected by %d; want %d, %d", c.told, ahead, s.Corrected(0), c.ahead, c.corrected)
		}
	}
}
