//go:build !race

package netcode

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestCameToAStalledHost: a host stands still until the others play on without him. Whoever calls him
// meanwhile, and is let in before he knows, reads who hosts that lobby now.
func TestCameToAStalledHost(t *testing.T) {
	for at := 0; at <= 200; at += 20 {
		game := lateGame(AbsentBot, LateAnybody)
		game.MaxSeats = 8
		p := newParty(t, 3, game, Conditions{DelayMs: 30})
		p.start(1500, 60)
		addr := p.nodes[0].Addr().String()
		p.gone[0] = true
		p.ticks(at)
		node := newMemoryNode(p.network.network.NewEndpoint([32]byte{99}), "Newcomer")
		l, err := JoinLobby(node, game, addr, LobbyConfig{Ready: true})
		if err != nil {
			t.Fatal(err)
		}
		p.nodes, p.lobbies, p.gone, p.events = append(p.nodes, node), append(p.lobbies, l), append(p.gone, false), append(p.events, nil)
		p.ticks(195 - min(at, 195))
		p.gone[0] = false
		p.ticks(1200)
		if p.lobbies[0].Hosting() {
			t.Fatalf("%q", p.offices())
		}
		if l.State() != Ended || !strings.Contains(l.Err().Error(), "P1 hosts") {
			t.Errorf("called at tick %d: %v, %v: %q", at, l.State(), l.Err(), p.offices())
		}
	}
}

// TestGuestSendsNobodyAway: the lobby of a host stays open, whatever its only guest, who has never
// hosted, says of another host as it goes.
func TestGuestSendsNobodyAway(t *testing.T) {
	p := newParty(t, 2, lateGame(AbsentBot, LateAnybody), Conditions{DelayMs: 30})
	p.lobbies[1].mesh.To(0).Link.Close(link.CodeRefused.With(uint8(ReasonNotHosting)), "P9 hosts this lobby")
	p.ticks(60)
	if l := p.lobbies[0]; l.State() != Gathering || len(l.AppendMembers(nil)) != 1 {
		t.Errorf("%v, %v, %d members", l.State(), l.Err(), len(l.AppendMembers(nil)))
	}
}
