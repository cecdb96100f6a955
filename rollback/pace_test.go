package rollback

import "testing"

const tickMicros = 1_000_000 / 60

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
		{-26_600, Pace{PPM: 5320}}, {-27_000, Pace{Extra: 1}}, {-1 << 28, Pace{Extra: 1}},
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

// TestTimeSyncYields: who leads a slow machine slows down in proportion, as far as he
// predicts for it, nobody else is ahead of him, and it bears the rollbacks.
func TestTimeSyncYields(t *testing.T) {
	type peer struct {
		margin int64 // of its inputs here
		told   int32 // of this side's inputs there
		bears  int
	}
	slow, level := peer{-60_000, 10_000, BearsAny}, peer{-40_000, -30_000, BearsAny}
	for name, c := range map[string]struct {
		ppm   int32
		peers []peer
	}{
		"in proportion":             {-96_013, []peer{slow}},
		"further":                   {-240_019, []peer{{-90_000, 10_000, BearsAny}}},
		"to half the speed":         {-500_000, []peer{{-900_000, 900_000, BearsAny}}},
		"a lead too short":          {-1650, []peer{{-30_000, 3_000, BearsAny}}},
		"its inputs are early":      {-5000, []peer{{20_000, 160_000, BearsAny}}},
		"it has no time for more":   {-63_996, []peer{{-90_000, -10_000, 1}}},
		"it has no time at all":     {-4000, []peer{{-90_000, -10_000, 0}}},
		"the slowest counts":        {-96_013, []peer{level, slow, level}},
		"somebody is ahead of this": {0, []peer{slow, {-10_000, -60_000, BearsAny}}},
	} {
		sync := NewTimeSync(60, len(c.peers))
		for range brakeSeconds*60 + syncEvery {
			sync.Tick()
		}
		var pace Pace
		for range 2 * syncEvery {
			for i, p := range c.peers {
				sync.Arrived(i, p.margin)
				sync.Told(i, p.told)
				sync.Bears(i, p.bears)
			}
			pace = sync.Tick()
		}
		if pace.PPM != c.ppm {
			t.Errorf("%s: %d PPM, want %d", name, pace.PPM, c.ppm)
		}
	}
}
