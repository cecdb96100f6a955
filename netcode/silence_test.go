//go:build !race

package netcode

import "testing"

// TestShortSilence: where those who are lost may come back, three players wait for two seconds
// for one whose loop stands still, and go on. He is in the lobby all the while, and back in the
// match by himself soon after he is heard again. Two wait for as long as eight seconds.
func TestShortSilence(t *testing.T) {
	for _, c := range []struct {
		peers      int
		stillTicks int
		most       uint64 // stalled ticks of the others
		out        bool
	}{
		{3, 90, 90, false},
		{3, 240, 2*60 + 15, true},
		{4, 540, 2*60 + 15, true},
		{2, 420, 420, false},
	} {
		game := lateGame(AbsentBot, LateOwn)
		p := newParty(t, c.peers, game, Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 2})
		p.start(1800, 200)
		before, still := p.stalls(), c.peers-1
		p.gone[still] = true
		for range c.stillTicks {
			p.tick()
		}
		p.gone[still] = false
		p.until(240, func() bool {
			m := p.lobbies[still].Match()
			return m != nil && !m.play.over() && m.play.phase == running && len(m.LocalSeats()) == 1
		})
		if n := len(p.lobbies[0].AppendMembers(nil)); n != c.peers {
			t.Errorf("%d peers, %d ticks: %d are in the lobby", c.peers, c.stillTicks, n)
		}
		results := p.end(2400)
		if r := results[0]; !r.Agreed || r.Frame != 1800 || len(r.ConfirmedBy) != c.peers-1 {
			t.Errorf("%d peers, %d ticks: %+v", c.peers, c.stillTicks, r)
		}
		for i, n := range p.stalls() {
			if i != still && n-before[i] > c.most {
				t.Errorf("%d peers, %d ticks: P%d stalled for %d ticks", c.peers, c.stillTicks, i, n-before[i])
			}
			if out := len(absences(p.events[i])) > 0; i != still && out != c.out {
				t.Errorf("%d peers, %d ticks: P%d reads that he is gone: %v", c.peers, c.stillTicks, i, out)
			}
		}
	}
}
