package scoreboard

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Cost is one row of part A: processor time and allocations per frame, in the rows
// of live matches (live, lag7, flat) also per peer. The machine's speed may change by
// a factor of two within seconds: NsPerFrame and YardstickNs are the least of all
// turns, Ratio is the median over the turns of what two that followed each other took.
type Cost struct {
	Row         string  `json:"row"`
	NsPerFrame  float64 `json:"nsPerFrame"`
	YardstickNs float64 `json:"yardstickNs"`
	Ratio       float64 `json:"ratio"`
	// Noise: the turns' ratios lie around 1, their middle half on both sides of it.
	Noise  bool    `json:"noise,omitempty"`
	Allocs float64 `json:"allocs"`
	// SignatureNs is what signatures take beside NsPerFrame, on a goroutine of their own.
	// Only in matches.
	SignatureNs float64 `json:"signatureNs,omitempty"`
	// LateNs and LateRatio are those after 200,000 frames. Only in A-flat.
	LateNs    float64 `json:"lateNs,omitempty"`
	LateRatio float64 `json:"lateRatio,omitempty"`
}

// costRow is a row of part A.
type costRow struct {
	name string
	what string
	run  func() (Cost, error)
}

var costRows = []costRow{
	{"A-alone-2", "session alone, 2 players, empty step", func() (Cost, error) { return alone(2) }},
	{"A-alone-4", "session alone, 4 players, empty step", func() (Cost, error) { return alone(4) }},
	{"A-alone-8", "session alone, 8 players, empty step", func() (Cost, error) { return alone(8) }},
	{"A-live-2", "live match, 2 players, per peer", func() (Cost, error) { return live(2) }},
	{"A-live-4", "live match, 4 players, per peer", func() (Cost, error) { return live(4) }},
	{"A-live-8", "live match, 8 players, per peer", func() (Cost, error) { return live(8) }},
	{"A-live-2j", "the same, 2 players, 10±10 ms one way", func() (Cost, error) { return jittery(2) }},
	{"A-live-8j", "the same, 8 players, 10±10 ms one way", func() (Cost, error) { return jittery(8) }},
	{"A-lag7-2", "match with 7 frames one way and new inputs in every frame, 2 players, per peer", func() (Cost, error) { return lag(2) }},
	{"A-lag7-4", "the same, 4 players", func() (Cost, error) { return lag(4) }},
	{"A-roll7-2", "7-frame rollback every frame, 2 players, no world", func() (Cost, error) { return roll(2) }},
	{"A-roll7-8", "7-frame rollback every frame, 8 players, no world", func() (Cost, error) { return roll(8) }},
	{"A-roll7-2-4k", "7-frame rollback every frame, 2 players, 4 KiB", func() (Cost, error) { return rollWorld(2, func(w *[4 << 10]byte) []byte { return w[:] }) }},
	{"A-roll7-2-64k", "7-frame rollback every frame, 2 players, 64 KiB", func() (Cost, error) { return rollWorld(2, func(w *[64 << 10]byte) []byte { return w[:] }) }},
	{"A-roll7-2-1m", "7-frame rollback every frame, 2 players, 1 MiB", func() (Cost, error) { return rollWorld(2, func(w *[1 << 20]byte) []byte { return w[:] }) }},
	{"A-flat-4", "live match, 4 players, per peer, at the beginning", flat},
}

const (
	turnTime      = 7 * time.Millisecond // of processor time; then it is the other one's turn
	rounds        = 39                   // of one turn each
	allocFrames   = 10_000
	lockstepPause = 600 // frames before anything is measured: time synchronisation has settled
)

// bench is the engine and its yardstick at the same work. A call of either is one
// frame of so many peers.
type bench struct {
	engine, yardstick           func()
	enginePeers, yardstickPeers int
	signers                     []*signer    // of the peers of a match
	check                       func() error // says whether the engine has done that work
}

// measure makes so many benches, one after the other, and measures each: where a
// ring comes to lie in memory makes a difference.
func measure(benches int, make func() (bench, error)) (Cost, error) {
	var all turns
	cost := Cost{}
	for range benches {
		b, err := make()
		if err != nil {
			return Cost{}, err
		}
		all.take(b, rounds/benches)
		b.keepBooks(&cost)
		if err := b.check(); err != nil {
			return Cost{}, err
		}
	}
	all.sum(&cost)
	return cost, nil
}

// turns is what turns have taken: nanoseconds per frame and peer.
type turns struct{ engine, yardstick, ratios []float64 }

// take has the two take turns. Who is first in a round changes, so that neither
// always has what the other leaves in the caches.
func (t *turns) take(b bench, rounds int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	engineCalls, yardstickCalls := callsIn(turnTime, b.engine), callsIn(turnTime, b.yardstick)
	for round := range rounds {
		var engine, yardstick float64
		if round%2 == 0 {
			engine = once(engineCalls, b.engine)
			yardstick = once(yardstickCalls, b.yardstick)
		} else {
			yardstick = once(yardstickCalls, b.yardstick)
			engine = once(engineCalls, b.engine)
		}
		engine, yardstick = engine/float64(b.enginePeers), yardstick/float64(b.yardstickPeers)
		t.engine = append(t.engine, engine)
		t.yardstick = append(t.yardstick, yardstick)
		t.ratios = append(t.ratios, engine/yardstick)
	}
}

// sum fills in what the turns say.
func (t *turns) sum(c *Cost) {
	c.NsPerFrame, c.YardstickNs = slices.Min(t.engine), slices.Min(t.yardstick)
	c.Ratio = median(t.ratios) // sorts them
	n := len(t.ratios)
	c.Noise = t.ratios[n/4] < 1 && t.ratios[n-1-n/4] > 1
}

// callsIn is how many calls take so long, once warmed up.
func callsIn(d time.Duration, frame func()) int {
	n := 1
	for {
		took := once(n, frame) * float64(n)
		if took >= float64(d)/2 {
			return max(1, int(float64(n)*float64(d)/took))
		}
		n *= 2
	}
}

// once is the processor time of one call of frame in nanoseconds, over so many of
// them. The caller has locked itself to its thread.
func once(calls int, frame func()) float64 {
	began := cpuTime()
	for range calls {
		frame()
	}
	return float64(cpuTime()-began) / float64(calls)
}

// keepBooks counts what else a frame takes of the engine, per peer: the most of all benches.
func (b bench) keepBooks(c *Cost) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	frames := min(allocFrames, 20*callsIn(turnTime, b.engine))
	made, checked := b.signatures()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range frames {
		b.engine()
	}
	runtime.ReadMemStats(&after)
	calls := float64(frames * b.enginePeers)
	c.Allocs = max(c.Allocs, float64(after.Mallocs-before.Mallocs)/calls)
	madeSince, checkedSince := b.signatures()
	if made, checked = madeSince-made, checkedSince-checked; made+checked > 0 {
		madeNs, checkedNs := signatureTimes()
		c.SignatureNs = max(c.SignatureNs, (float64(made)*madeNs+float64(checked)*checkedNs)/calls)
	}
}

// signatures returns how many the peers have made and checked so far.
func (b bench) signatures() (made, checked int) {
	for _, s := range b.signers {
		made, checked = made+s.made, checked+s.checked
	}
	return made, checked
}

// stuck says that what was measured was not what it should have been.
func stuck(what string, got, want any) error {
	return fmt.Errorf("scoreboard: %s: %v instead of %v", what, got, want)
}
