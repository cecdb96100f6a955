//go:build !race

package netcode

import (
	"fmt"
	"testing"
	"time"
)

// TestDefaultsAtEveryTickRate: what window and delay hide by default is a time, so a
// ping of 160 ms leaves the game at full speed whatever its tick rate.
func TestDefaultsAtEveryTickRate(t *testing.T) {
	for _, rate := range []int{10, 20, 30, 60, 120, 240} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			game := ledgerGame()
			game.TickRate = rate
			tb := newTable(t, 7, 2, game, LobbyConfig{}, Conditions{DelayMs: 80, JitterMs: 3})
			tb.start(1, 0)
			tb.until(5, func() bool { return tb.lobbies[1].State() == Playing })
			tick := time.Second / time.Duration(rate)
			stalls := uint64(0)
			for n := range 6 * rate {
				for i, l := range tb.lobbies {
					tb.network.Advance(tick / 2)
					l.Match().Tick(heldInput(i, int32(n)))
				}
				if n == rate { // the start may wait for who is late
					stalls = tb.lobbies[0].Match().Stats().Stalls
				}
			}
			for i, l := range tb.lobbies {
				st := l.Match().Stats()
				if int(st.Frame) < 6*rate-rate/2-1 || i == 0 && st.Stalls > stalls+2 {
					t.Errorf("peer %d is at frame %d after six seconds, with %d stalls in the last five", i, st.Frame, st.Stalls-stalls)
				}
				if felt := time.Duration(st.DelayFrames) * tick; felt > 150*time.Millisecond {
					t.Errorf("peer %d's inputs are held back for %v", i, felt)
				}
			}
		})
	}
}
