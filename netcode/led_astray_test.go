//go:build !race

package netcode

import (
	"errors"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestGoodbyeAfterAnAnswer: who knows another match than the others and has just answered a ballot
// says goodbye when that has come to its end (package membership, L1), rather than never: the others
// would lack its vote, and read that it was lost.
func TestGoodbyeAfterAnAnswer(t *testing.T) {
	p, liar := withLiar(t, 4)
	victim := p.lobbies[1].Match().play
	view := victim.member.View()
	ballot := membership.SignedBy(liar.signing.keys, &membership.Prepare{
		Base: view.Ref, Ballot: membership.Ballot{Round: 1, Machine: 3}, Keep: view.Machines(),
	})
	utter(liar, 1, &wire.Members{Match: liar.match, Bytes: membership.AppendMessage(nil, ballot)})
	p.ticks(3)
	victim.heed(ruling{ends: true, farewell: true, at: victim.sim.settled(), err: &ExcludedError{Astray: true}})
	if !victim.lingers() {
		t.Fatal("it has nothing to wait for")
	}
	var why error
	p.until(180, func() bool {
		for _, e := range p.events[0] {
			if e.Kind == EventAbsent && e.Machine == 1 {
				why = e.Err
			}
		}
		return why != nil
	})
	if left := new(LeftError); !errors.As(why, &left) || !left.MayReturn {
		t.Errorf("P0 is told: %v", why)
	}
	p.calm(3)
	p.honest(3)
}

// TestNobodyElseToAsk: who has come in astray by everybody there is asks them again.
func TestNobodyElseToAsk(t *testing.T) {
	p, _ := withLiar(t, 3)
	victim := p.lobbies[1].Match().play
	victim.past.shunned = 0b101
	victim.heed(ruling{ends: true, farewell: true, at: victim.sim.settled(), err: &ExcludedError{Astray: true}})
	p.until(60*4, func() bool { return p.lobbies[1].State() == Gathering })
	p.until(60*4, func() bool { return p.lobbies[1].State() == Playing })
}
