package scoreboard

import (
	"fmt"
	"runtime"
)

// Cost is one row of part A: processor time and allocations per frame, in
// A-live and A-flat also per peer.
type Cost struct {
	Row        string  `json:"row"`
	NsPerFrame float64 `json:"nsPerFrame"`
	Allocs     float64 `json:"allocs"`
	// ByHandNs is the same copies and steps without an engine, EngineShare the
	// rest as a part of the whole. Only in A-roll7 with a world.
	ByHandNs    float64 `json:"byHandNs,omitempty"`
	EngineShare float64 `json:"engineShare,omitempty"`
	// LateNs is NsPerFrame of the last tenth of 200,000 frames; NsPerFrame then
	// is that of the first. Only in A-flat.
	LateNs float64 `json:"lateNs,omitempty"`
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
	{"A-roll7-2", "7-frame rollback every frame, 2 players, no world", func() (Cost, error) { return roll(2, func(*[0]byte) []byte { return nil }) }},
	{"A-roll7-8", "7-frame rollback every frame, 8 players, no world", func() (Cost, error) { return roll(8, func(*[0]byte) []byte { return nil }) }},
	{"A-roll7-2-4k", "7-frame rollback every frame, 2 players, 4 KiB", func() (Cost, error) { return roll(2, func(w *[4 << 10]byte) []byte { return w[:] }) }},
	{"A-roll7-2-64k", "7-frame rollback every frame, 2 players, 64 KiB", func() (Cost, error) { return roll(2, func(w *[64 << 10]byte) []byte { return w[:] }) }},
	{"A-roll7-2-1m", "7-frame rollback every frame, 2 players, 1 MiB", func() (Cost, error) { return roll(2, func(w *[1 << 20]byte) []byte { return w[:] }) }},
	{"A-flat-4", "live match, 4 players, frames 1 to 20,000 and 180,001 to 200,000, per peer", flat},
}

const (
	repetitions   = 5
	allocFrames   = 10_000
	lockstepPause = 600 // frames before anything is measured: time synchronisation has settled
)

// measure returns the processor time that frame takes, in nanoseconds: the
// median of five repetitions of frames calls, after a tenth of that to warm up;
// and the allocations of one call.
func measure(frames int, frame func()) (ns, allocs float64) {
	once(frames/10, frame)
	times := make([]float64, repetitions)
	for i := range times {
		times[i] = once(frames, frame)
	}
	return median(times), allocations(allocFrames, frame)
}

// allocations counts the allocations of one call of frame, over so many.
func allocations(frames int, frame func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range frames {
		frame()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(frames)
}

// stuck says that what was measured was not what it should have been.
func stuck(what string, got, want any) error {
	return fmt.Errorf("scoreboard: %s: %v instead of %v", what, got, want)
}

// once is the processor time of one call of frame, over so many of them.
func once(frames int, frame func()) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := cpuTime()
	for range frames {
		frame()
	}
	return float64(cpuTime()-began) / float64(frames)
}
