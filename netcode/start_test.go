package netcode

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// TestAllStartTogether: the call to the start is lost on its way to one of
// four, and sent again much later; nobody runs ahead of it.
func TestAllStartTogether(t *testing.T) {
	for _, dark := range []time.Duration{0, 100 * time.Millisecond, 600 * time.Millisecond} {
		tb := newTable(t, 3, 4, ledgerGame(), LobbyConfig{ManualDelay: true}, Conditions{DelayMs: 50, JitterMs: 5})
		tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
		now := tb.network.network.Now()
		tb.network.network.Path(0, 2).Blackout(now, now+dark)
		tb.start(1, 0)
		var began [4]time.Duration
		tb.until(5, func() bool {
			ready := 0
			for i, l := range tb.lobbies {
				if m := l.Match(); m != nil && m.play.phase == running {
					began[i] = m.play.stats.startedAt
					ready++
				}
			}
			return ready == 4
		})
		first, last := began[0], began[0]
		for _, at := range began {
			first, last = min(first, at), max(last, at)
		}
		if last-first > testTick+10*time.Millisecond {
			t.Errorf("dark for %v: between the first and the last to start lay %v", dark, last-first)
		}
		if after := first - now; after < dark || after > dark+500*time.Millisecond {
			t.Errorf("dark for %v: the first started after %v", dark, after)
		}
		for _, l := range tb.lobbies {
			if st := l.Match().Stats(); st.Stalls > 0 {
				t.Errorf("dark for %v: %d stalls at the start", dark, st.Stalls)
			}
		}
	}
}

// TestStartWithoutASilentMachine: somebody who is never heard does not keep the
// others waiting for ever.
func TestStartWithoutASilentMachine(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{ManualDelay: true}, Conditions{DelayMs: 50})
	tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
	for i := range 2 {
		tb.network.network.Path(2, i).SetConditions(memlink.Conditions{LossPer10k: 10_000})
	}
	tb.start(1, 0)
	ticks := tb.ticks
	tb.until(5, func() bool {
		m := tb.lobbies[0].Match()
		return m != nil && m.play.phase == running
	})
	if waited := time.Duration(tb.ticks-ticks) * testTick; waited < startTimeout || waited > startTimeout+200*time.Millisecond {
		t.Errorf("waited for %v", waited)
	}
}
