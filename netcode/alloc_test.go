//go:build !race

package netcode

import (
	"runtime"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// steady is a match that has found its pace, on a network that is as busy as
// conditions say.
func steady(t *testing.T, peers, checksums int, c Conditions) (tb *table, turn func()) {
	t.Helper()
	game := ledgerGame()
	game.ChecksumFrames, game.CallerPaced = checksums, true
	tb = newTable(t, 1, peers, game, LobbyConfig{}, c)
	tb.start(1, 0)
	tb.frame(peers-1, 600)
	return tb, func() {
		tb.network.Advance(testTick)
		for i, l := range tb.lobbies {
			l.match.Tick(heldInput(i, int32(l.match.session.Current())))
		}
	}
}

// TestTickDoesNotAllocate, rollbacks and losses included. Comparing worlds
// does, a message in a while: its share is bounded.
func TestTickDoesNotAllocate(t *testing.T) {
	for _, peers := range []int{2, 4} {
		for _, c := range []Conditions{{}, {DelayMs: 50, JitterMs: 20, LossPercent: 10}} {
			tb, turn := steady(t, peers, -1, c)
			before := tb.lobbies[0].match.Stats().Rollbacks
			var ms runtime.MemStats
			runtime.ReadMemStats(&ms)
			mallocs := ms.Mallocs
			for range 3000 {
				turn()
			}
			runtime.ReadMemStats(&ms)
			t.Logf("%d peers, %+v: %d allocations in 3000 ticks", peers, c, ms.Mallocs-mallocs)
			if n := ms.Mallocs - mallocs; n > 10 { // the runtime has its own
				t.Errorf("%d peers, %+v: %d allocations in 3000 ticks", peers, c, n)
			}
			if n := tb.lobbies[0].match.Stats().Rollbacks - before; c.DelayMs > 0 && n < 100 {
				t.Errorf("%d rollbacks: the test shows nothing", n)
			}
			_, turn = steady(t, peers, 60, c)
			perTick := testing.AllocsPerRun(3000, turn)
			t.Logf("%.1f a tick with checksums", perTick)
			if perTick > float64(3*peers*(peers-1)) {
				t.Errorf("%d peers, %+v: %.1f allocations a tick with a checksum every 60", peers, c, perTick)
			}
		}
	}
}

// TestRecordingDoesNotAllocate, on the game's goroutine: the one that writes is held up
// meanwhile. There is a snapshot among these frames.
func TestRecordingDoesNotAllocate(t *testing.T) {
	tb, turn := steady(t, 2, -1, Conditions{DelayMs: 30, JitterMs: 10})
	r, f := tb.record(0)
	start := r.Frames()
	for r.Frames() < start+1350 {
		turn()
		tb.written()
	}
	f.mu.Lock()
	for held := f.writes.Load(); f.writes.Load() == held; {
		if r.log.Pending() == 0 {
			turn()
		}
		runtime.Gosched()
	}
	var before, after runtime.MemStats
	first := r.Frames()
	runtime.ReadMemStats(&before)
	for range 150 {
		turn()
	}
	runtime.ReadMemStats(&after)
	f.mu.Unlock()
	if n := after.Mallocs - before.Mallocs; n > 3 || r.Err() != nil || first >= start+1500 || r.Frames() <= start+1500 {
		t.Errorf("%d allocations from frame %d through %d, %v", n, first, r.Frames(), r.Err())
	}
	r.Stop()
	<-r.Done()
}

// TestMemoryStaysFlat over 100,000 frames: nothing is kept for ever.
func TestMemoryStaysFlat(t *testing.T) {
	frames := rollback.Frame(100_000)
	if testing.Short() {
		frames = 10_000
	}
	tb, turn := steady(t, 3, 60, Conditions{DelayMs: 40, JitterMs: 15, LossPercent: 5})
	heap := func() uint64 {
		runtime.GC()
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		return ms.HeapAlloc
	}
	before := heap()
	for tb.lobbies[0].match.session.Current() < frames {
		turn()
		if tb.lobbies[0].match.play.over() {
			t.Fatal(tb.lobbies[0].match.Result())
		}
	}
	if after := heap(); after > before+256<<10 {
		t.Fatalf("%d bytes became %d", before, after)
	}
}
