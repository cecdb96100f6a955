//go:build !race

package netcode

import "testing"

// TestNewcomerJustBeforeASilence: a host lets somebody in and is silent a moment later, so that he
// has told nobody that the newcomer has links to all. The newcomer keeps these when the host
// is heard again, and is with the others at the next one's.
func TestNewcomerJustBeforeASilence(t *testing.T) {
	for _, back := range []int{290, 300, 310} {
		for after := range 30 {
			game := lateGame(AbsentBot, LateAnybody)
			p := newParty(t, 3, game, Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 5})
			p.start(0, 100)
			who := p.enter(game, 3)
			p.until(60, func() bool { return p.lobbies[0].members[3] != nil })
			p.ticks(after)
			p.gone[0] = true
			p.ticks(back)
			p.gone[0] = false
			p.ticks(600)
			if !p.oneHost() || p.lobbies[who].State() != Playing {
				t.Errorf("%d ticks after he came, for %d ticks: %q, %v", after, back, p.offices(), p.lobbies[who].Err())
			}
		}
	}
}
