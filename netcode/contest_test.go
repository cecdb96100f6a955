//go:build !race

package netcode

import (
	"fmt"
	"testing"
)

// TestNextHostStandsStill: three play, the host is gone, and a while later the next in line stands
// still, or hears nothing, until the one after it hosts. Of these two one hosts in the end.
func TestNextHostStandsStill(t *testing.T) {
	for _, how := range []string{"stands still", "is cut off"} {
		for at := 100; at <= 150; at += 10 {
			t.Run(fmt.Sprint(how, at), func(t *testing.T) {
				p := newParty(t, 3, lateGame(AbsentIdle, LateAnybody), Conditions{DelayMs: 30})
				p.start(1200, 150)
				p.gone[0] = true
				p.ticks(at)
				p.gone[1] = how == "stands still"
				p.dark(1, 2, how == "is cut off")
				p.ticks(210)
				p.gone[1] = false
				p.dark(1, 2, false)
				p.ticks(1200)
				if !p.oneHost() || !p.lobbies[1].Hosting() && !p.lobbies[2].Hosting() {
					t.Errorf("%q", p.offices())
				}
			})
		}
	}
}
