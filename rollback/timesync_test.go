package rollback

import (
	"fmt"
	"testing"
)

// clockwork is a machine of a simulated match: it steps frames by its own
// clock, notes when, and hears of the other's inputs after a delay. Times are
// microseconds of a clock that nobody in the match has.
type clockwork struct {
	sync    *TimeSync
	next    int64   // when the next tick runs
	stepped []int64 // when each frame was stepped, and its input sent
	heard   int     // frames of the other's that have been heard of
	brakes  []int64 // ticks that ran slower than a slew
	extras  int
}

const tickMicros = 1_000_000 / 60

// tick steps what the pace says and sets the time of the next one.
func (c *clockwork) tick() {
	pace := c.sync.Tick()
	if pace.PPM < slowestPPM {
		c.brakes = append(c.brakes, c.next)
	}
	c.stepped = append(c.stepped, c.next)
	if pace.Extra {
		c.stepped = append(c.stepped, c.next)
		c.extras++
	}
	c.next += tickMicros - tickMicros*int64(pace.PPM)/1_000_000
}

// hear takes in the other's frames that have arrived by now.
func (c *clockwork) hear(other *clockwork, now int64, delay func() int64) {
	for c.heard < len(other.stepped) {
		arrived := other.stepped[c.heard] + delay()
		if arrived > now {
			return
		}
		// When that frame is stepped here, or would be at this pace.
		here := c.next + int64(c.heard-len(c.stepped))*tickMicros
		if c.heard < len(c.stepped) {
			here = c.stepped[c.heard]
		}
		c.sync.Arrived(0, here-arrived)
		c.heard++
	}
}

// lead runs two machines for some seconds, b starting offset later than a, and
// returns by how much a's last second of frames was stepped before b's.
func lead(a, b *clockwork, offset int64, seconds int64, ab, ba func() int64) int64 {
	*a, *b = clockwork{sync: NewTimeSync(60, 1)}, clockwork{sync: NewTimeSync(60, 1), next: offset}
	for now := int64(0); now < seconds*1_000_000; now += 500 {
		for _, pair := range [][2]*clockwork{{a, b}, {b, a}} {
			me, other := pair[0], pair[1]
			if me.next > now {
				continue
			}
			if me == a {
				me.hear(other, now, ba)
			} else {
				me.hear(other, now, ab)
			}
			me.tick()
			if margin, ok := other.sync.Margin(0); ok {
				me.sync.Told(0, margin)
			}
		}
	}
	n := min(len(a.stepped), len(b.stepped))
	sum := int64(0)
	for f := n - 60; f < n; f++ {
		sum += b.stepped[f] - a.stepped[f]
	}
	return sum / 60
}

func always(micros int64) func() int64 { return func() int64 { return micros } }

// TestTimeSyncConverges: whoever starts late, both end up with margins that are
// as near as the dead zone (250 us behind, 8 ms ahead) leaves them, on even and
// on lopsided paths, and after the first seconds nobody brakes.
func TestTimeSyncConverges(t *testing.T) {
	for _, path := range [][2]int64{{20_000, 20_000}, {80_000, 80_000}, {10_000, 90_000}} {
		for _, offset := range []int64{0, 5_000, 40_000, 150_000, -150_000} {
			t.Run(fmt.Sprintf("%d_%d/%d", path[0], path[1], offset), func(t *testing.T) {
				var a, b clockwork
				got := lead(&a, &b, offset, 30, always(path[0]), always(path[1]))
				// a's inputs are late at b by path[0]-lead, b's at a by path[1]+lead.
				fair := (path[0] - path[1]) / 2
				if d := got - fair; d < -9_000 || d > 9_000 {
					t.Errorf("a leads by %d us, %d would be fair (braking %d and %d ticks)", got, fair, len(a.brakes), len(b.brakes))
				}
				for _, at := range append(a.brakes, b.brakes...) {
					if at > (brakeSeconds+2)*1_000_000 {
						t.Errorf("somebody brakes at %d us", at)
					}
				}
			})
		}
	}
}

// TestTimeSyncInJitter: packets that come up to 60 ms late now and then move
// nobody, and the pace stays within its bounds.
func TestTimeSyncInJitter(t *testing.T) {
	r := NewRand(3)
	jitter := func() int64 {
		if r.OneIn(10) {
			return 30_000 + int64(r.Below(60_000))
		}
		return 30_000
	}
	var a, b clockwork
	if got := lead(&a, &b, 3_000, 30, jitter, jitter); got < -9_000 || got > 9_000 {
		t.Errorf("a leads by %d us", got)
	}
	if a.extras+b.extras+len(a.brakes)+len(b.brakes) > 0 {
		t.Errorf("jitter cost %d and %d braked ticks, %d and %d extra frames", len(a.brakes), len(b.brakes), a.extras, b.extras)
	}
}

// paceOf decides once at a known lead over one peer.
func paceOf(sync *TimeSync, aheadMicros int32) (pace Pace) {
	for range syncEvery {
		sync.Arrived(0, 0)
		sync.Told(0, 2*aheadMicros)
	}
	for range syncEvery {
		pace = sync.Tick()
	}
	return pace
}

// TestTimeSyncPace: the dead zone, the slopes and their ends, and the hard
// corrections.
func TestTimeSyncPace(t *testing.T) {
	for _, test := range []struct {
		ahead int32
		want  Pace
	}{
		{0, Pace{}}, {7_999, Pace{}}, {-249, Pace{}},
		{8_000, Pace{PPM: -800}}, {25_000, Pace{PPM: -2500}}, {50_000, Pace{PPM: -5000}}, {1 << 28, Pace{PPM: -5000}},
		{-250, Pace{PPM: 50}}, {-25_000, Pace{PPM: 5000}},
		{-26_600, Pace{PPM: 5320}}, {-27_000, Pace{Extra: true}}, {-1 << 28, Pace{Extra: true}},
	} {
		sync := NewTimeSync(60, 1)
		for range brakeSeconds*60/syncEvery*syncEvery + syncEvery {
			sync.Tick()
		}
		if got := paceOf(sync, test.ahead); got != test.want {
			t.Errorf("%d us ahead: %+v, want %+v", test.ahead, got, test.want)
		}
	}
}

// TestTimeSyncBrake: at the start who is ahead brakes for as long as it takes,
// then waits for margins of the time after it.
func TestTimeSyncBrake(t *testing.T) {
	for _, test := range []struct{ ahead, longest, lost int32 }{
		{9_999, 0, 0}, {45_000, 27, 45_000}, {1 << 28, 60, clipFrames * tickMicros},
	} {
		sync := NewTimeSync(60, 1)
		pace := paceOf(sync, test.ahead)
		ticks, lost := int32(0), int32(0)
		for ; pace.PPM == brakePPM; pace = sync.Tick() {
			ticks, lost = ticks+1, lost+tickMicros/10
			sync.Arrived(0, 0)
			sync.Told(0, 2*test.ahead)
		}
		if ticks > test.longest || lost < test.lost-2*tickMicros/10 || lost > test.lost {
			t.Errorf("%d us ahead: braked %d ticks, which is %d us", test.ahead, ticks, lost)
		}
		if _, ok := sync.Margin(0); ok != (ticks == 0) {
			t.Errorf("%d us ahead: margins from before the brake count after it", test.ahead)
		}
	}
}

// TestTimeSyncSaysWhatItKnows: nothing before there are enough margins, and
// nothing that overflows.
func TestTimeSyncSaysWhatItKnows(t *testing.T) {
	sync := NewTimeSync(60, 2)
	for i := range 2 * syncEvery {
		if _, ok := sync.Margin(0); ok != (i > syncEvery) && i < syncEvery {
			t.Errorf("a margin after %d samples", i)
		}
		sync.Arrived(0, 1<<62)
		sync.Tick()
	}
	if m, ok := sync.Margin(0); !ok || m != 1<<30 {
		t.Errorf("margin %d, %v", m, ok)
	}
	if _, ok := sync.AheadMicros(0); ok {
		t.Error("a lead that the other has not told its half of")
	}
	sync.Told(0, -1<<31)
	if ahead, ok := sync.AheadMicros(0); !ok || ahead != -3<<29 {
		t.Errorf("ahead %d, %v", ahead, ok)
	}
	if _, ok := sync.Margin(1); ok {
		t.Error("a margin of a peer that was never heard")
	}
	// One peer that lies or hangs moves the mean by its clipped share only.
	for range syncEvery {
		sync.Arrived(1, 0)
		sync.Told(1, 0)
		sync.Tick()
	}
	if ahead, _ := sync.ahead(); ahead < -clipFrames*sync.tickMicros/2 {
		t.Errorf("one peer drags the mean to %d us", ahead)
	}
}

func TestTimeSyncDoesNotAllocate(t *testing.T) {
	sync := NewTimeSync(60, 8)
	if n := testing.AllocsPerRun(1000, func() {
		for peer := range 8 {
			sync.Arrived(peer, 1000)
			sync.Told(peer, 2000)
		}
		sync.Tick()
	}); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
}
