//go:build !race

package netcode

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestCameToAStalledHost: a host stands still until the others play on without him. Whoever calls him
// meanwhile, and is let in before he knows, reads who hosts that lobby now, and is told where.
func TestCameToAStalledHost(t *testing.T) {
	ledOn := 0
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
		if l.WayBack() == "" {
			continue // it has been turned away at the door, where nobody says where others are
		}
		p.comesBack(3, game)
		p.until(900, func() bool { return p.lobbies[3].State() == Playing })
		if n := len(p.lobbies[1].AppendMembers(nil)); n != 4 {
			t.Errorf("called at tick %d: %d members", at, n)
		}
		ledOn++
	}
	if ledOn < 3 {
		t.Errorf("%d are led on", ledOn)
	}
}

// comesBack has somebody whose lobby is over follow the way back.
func (p *party) comesBack(who int, game Config[attendance, uint32]) {
	l, err := JoinLobby(p.nodes[who], game, p.lobbies[who].WayBack(), LobbyConfig{Ready: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.lobbies[who] = l
}

// TestWordsOfElsewhere: only an address in digits and with a fingerprint is taken from another.
func TestWordsOfElsewhere(t *testing.T) {
	const print = "#abcdefghijklmnopqrstuvwxyz"
	for address, taken := range map[string]bool{
		"192.0.2.1:7777" + print: true, "[2001:db8::1]:7777" + print: true,
		"192.0.2.1:7777": false, "name.example:7777" + print: false, "255.255.255.255:7777" + print: false,
		"192.0.2.1" + print: false, "": false, "two words": false, "abcde-fghij": false,
	} {
		p := newParty(t, 2, lateGame(AbsentBot, LateAnybody), Conditions{DelayMs: 30})
		p.lobbies[0].mesh.To(1).Send(&wire.Elsewhere{Address: address})
		p.ticks(20)
		if got := p.lobbies[1].WayBack(); got == address != taken {
			t.Errorf("%q: the way back is %q", address, got)
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

// TestElsewhereOfAFormerHost: where a host has said that the lobby is counts for nothing under the next.
func TestElsewhereOfAFormerHost(t *testing.T) {
	p := newParty(t, 3, lateGame(AbsentBot, LateAnybody), Conditions{DelayMs: 30})
	p.lobbies[0].mesh.To(2).Send(&wire.Elsewhere{Address: "203.0.113.66:666#abcdefghijklmnopqrstuvwxyz"})
	p.ticks(20)
	p.lobbies[0].Leave()
	p.gone[0] = true
	p.until(900, func() bool { return p.lobbies[1].Hosting() && p.lobbies[2].members[0] == nil })
	p.ticks(60)
	if way := p.lobbies[2].WayBack(); !strings.HasPrefix(way, p.nodes[1].Addr().String()) {
		t.Errorf("of P1's lobby (%v) the way back is %q", p.nodes[1].Addr(), way)
	}
}

// TestFormerHostSendsNobodyAway: who hosted before and has come back as a guest does not end the lobby
// by saying that it is elsewhere.
func TestFormerHostSendsNobodyAway(t *testing.T) {
	game := lateGame(AbsentBot, LateAnybody)
	p := newParty(t, 2, game, Conditions{DelayMs: 30})
	p.lobbies[0].Leave()
	p.until(900, func() bool { return p.lobbies[1].Hosting() })
	p.ticks(60)
	p.comesBack(0, game)
	p.until(900, func() bool { return p.lobbies[0].State() == Gathering && len(p.lobbies[1].AppendMembers(nil)) == 2 })
	p.lobbies[0].mesh.To(1).Link.Close(link.CodeRefused.With(uint8(ReasonNotHosting)), "any words")
	p.ticks(120)
	if l := p.lobbies[1]; l.State() != Gathering {
		t.Errorf("%v, %v", l.State(), l.Err())
	}
}
