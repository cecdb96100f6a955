//go:build !race

package netcode

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestCutsOneWay: what the host says does not reach the others for a while, though it hears them.
// Then all who have each other in their lobby follow one host, and play on.
func TestCutsOneWay(t *testing.T) {
	for seed := range uint64(sweepSeeds) {
		rng := rand.New(rand.NewPCG(seed, 7))
		peers := 3 + rng.IntN(3)
		p := newParty(t, peers, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 5})
		p.start(int32(300+rng.IntN(600)), 200)
		var story strings.Builder
		for range 1 + rng.IntN(2) {
			host := slices.IndexFunc(p.lobbies, func(l *Lobby[attendance, uint32]) bool { return l.Hosting() })
			ticks := 120 + rng.IntN(700)
			fmt.Fprintf(&story, "of P%d nothing is heard for %d ticks; ", host, ticks)
			p.mute(host, true)
			p.ticks(ticks)
			p.mute(host, false)
			p.ticks(rng.IntN(300))
		}
		p.ticks(1800)
		if !p.together() {
			t.Errorf("seed %d, %d peers, %s: %q", seed, peers, story.String(), p.offices())
		}
		if why := p.playsOn(); why != "" {
			t.Errorf("seed %d, %d peers, %s: %s: %q", seed, peers, story.String(), why, p.offices())
		}
	}
}

// mute has nothing that a machine says reach the others.
func (p *party) mute(who int, on bool) {
	for b := range p.lobbies {
		if b != who {
			p.network.network.Path(who, b).SetDark(on)
		}
	}
}
