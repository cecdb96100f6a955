//go:build !race

package netcode

import "testing"

// TestNobodyElseToAsk: who has come in astray by everybody there is asks them again.
func TestNobodyElseToAsk(t *testing.T) {
	p, _ := withLiar(t, 3)
	victim := p.lobbies[1].Match().play
	victim.past.shunned = 0b101
	victim.heed(ruling{ends: true, farewell: true, at: victim.sim.settled(), err: &ExcludedError{Astray: true}})
	p.until(60*4, func() bool { return p.lobbies[1].State() == Gathering })
	p.until(60*4, func() bool { return p.lobbies[1].State() == Playing })
}

// TestNobodyElseIsInTheMatch: nor does it ask for ever one who is there, and in the match no more.
func TestNobodyElseIsInTheMatch(t *testing.T) {
	p, gone := withLiar(t, 3)
	victim := p.lobbies[1].Match().play
	victim.past.shunned = 0b001
	gone.heed(ruling{ends: true, farewell: true, at: gone.sim.settled(), err: &ExcludedError{Kicked: true}})
	p.until(60*4, func() bool { return p.lobbies[2].State() == Gathering })
	p.ticks(60)
	victim.heed(ruling{ends: true, farewell: true, at: victim.sim.settled(), err: &ExcludedError{Astray: true}})
	p.until(60*4, func() bool { return p.lobbies[1].State() == Gathering })
	p.until(60*4, func() bool { return p.lobbies[1].State() == Playing })
}
