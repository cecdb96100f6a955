//go:build !race

package netcode

import (
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestLinkOfPlayersComesBack: two in a match whose link is over make another one, whether others may
// come into the match or not; nobody looks for whoever has left it.
func TestLinkOfPlayersComesBack(t *testing.T) {
	for _, late := range []LateJoin{LateNever, LateAnybody} {
		p := newParty(t, 4, lateGame(AbsentIdle, late), Conditions{DelayMs: 20})
		p.start(0, 60)
		p.lobbies[3].Leave()
		p.gone[3] = true
		p.ticks(60)
		linked := func(a, b int) bool {
			c := p.lobbies[a].mesh.To(uint8(b))
			return c != nil && c.Link.State() == link.Open && p.lobbies[a].Match().play.byID[b].lost == nil
		}
		p.lobbies[1].mesh.To(2).Link.Close(link.CodeLost, "a test")
		p.until(60, func() bool { return !linked(1, 2) && !linked(2, 1) })
		p.until(300, func() bool { return linked(1, 2) && linked(2, 1) })
		for i := range 3 {
			if m := p.lobbies[i].Match(); m.play.over() || m.Stats().Stalls > 60 {
				t.Errorf("LateJoin %d: P%d: over %v, %d stalls", late, i, m.play.over(), m.Stats().Stalls)
			}
		}
	}
}
