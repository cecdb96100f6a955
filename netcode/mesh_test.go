//go:build !race

package netcode

import (
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// keyText is a stranger's key, to be compared with others.
func keyText(s *stranger) string {
	key := s.endpoint.Key()
	return string(key[:])
}

// meshed is a lobby of a fake host, an honest member and a stranger as the
// third, whose key is larger (then it must dial) or smaller than the member's.
func meshed(t *testing.T, larger bool) (tb *table, h *fakeHost, victim *Lobby[ledger, uint32], third *stranger) {
	t.Helper()
	tb = newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	h = tb.newFakeHost(ledgerGame())
	node := tb.network.NewNode("victim")
	key := node.endpoint.Key()
	third = tb.newStranger("Bo 0")
	for i := 1; (keyText(third) > string(key[:])) != larger; i++ {
		third = tb.newStranger(fmt.Sprint("Bo ", i))
	}
	victim, err := JoinLobby(node, ledgerGame(), h.endpoint.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, victim), append(tb.done, false)
	tb.until(5, func() bool { return len(h.links) > 0 && last[*wire.Hello](h.links[0]) != nil })
	h.roster.Members = append(h.roster.Members,
		wire.RosterMember{Machine: 1, Key: key, Players: players("victim"), Addrs: []string{node.Addr().String()}},
		wire.RosterMember{Machine: 2, Key: third.endpoint.Key(), Players: players("Bo"), Addrs: []string{third.endpoint.Addr().String()}})
	return tb, h, victim, third
}

// welcome lets the victim in, and gives it signs of life from then on.
func (h *fakeHost) welcome() {
	h.during = func() { h.links[0].SendDatagram(wire.Here) }
	h.links[0].say(hello(h.game, wire.Answer, "Host", 1), &wire.Welcome{Lobby: 77, Machine: 1}, &h.roster)
}

// TestMeshHelloBeforeTheWelcome: another member may hear of the newcomer before
// the newcomer hears of the lobby.
func TestMeshHelloBeforeTheWelcome(t *testing.T) {
	for lobby, want := range map[uint64]bool{77: true, 78: false} {
		tb, h, victim, third := meshed(t, true)
		l := third.dial(victim.node)
		join := hello(ledgerGame(), wire.JoinMesh, "Bo", 1)
		join.Lobby = lobby
		l.say(join)
		tb.seconds(1)
		if l.State() != link.Open {
			t.Fatal(l.Err())
		}
		h.welcome()
		tb.seconds(1)
		members := victim.AppendMembers(nil)
		if len(members) != 3 || members[2].Linked != want {
			t.Fatalf("lobby %d: %+v", lobby, members)
		}
		if c := victim.mesh.To(2); want && !c.Ours() {
			t.Error("the member's link goes to make room for strangers")
		}
	}
}

// TestGhostLink: the listener has taken another of several links than the
// dialler, and the close of the one it has taken was lost.
func TestGhostLink(t *testing.T) {
	tb, h, victim, third := meshed(t, true)
	h.welcome()
	join := hello(ledgerGame(), wire.JoinMesh, "Bo", 1)
	join.Lobby = 77
	ghost, chosen := third.dial(victim.node), third.dial(victim.node)
	ghost.say(join)
	tb.seconds(0.2)
	chosen.say(join, &wire.Status{Players: players("Bo")})
	tb.seconds(mesh.StrangerTimeout.Seconds() + 1)
	if chosen.State() != link.Open || ghost.State() != link.Closed || !victim.AppendMembers(nil)[2].Linked {
		t.Fatalf("chosen %v, ghost %v", chosen.State(), ghost.State())
	}
}

// TestLinkThatOnlyOneSideHas: the other side has closed it, and the word of it
// was lost. The dialler learns so from the roster and dials again.
func TestLinkThatOnlyOneSideHas(t *testing.T) {
	for _, known := range []bool{true, false} {
		tb, h, victim, third := meshed(t, false)
		if known {
			h.roster.Members[2].Linked = 1 << 1
		}
		h.welcome()
		tb.until(5, func() bool { return len(third.links) > 0 && last[*wire.Hello](third.links[0]) != nil })
		third.links[0].say(hello(ledgerGame(), wire.Answer, "Bo", 1))
		tb.seconds(1)
		if !victim.AppendMembers(nil)[2].Linked {
			t.Fatal("no link")
		}
		if last[*wire.Status](third.links[0]) == nil {
			t.Fatal("the dialler does not say which link it has chosen")
		}
		tb.seconds(mesh.StrangerTimeout.Seconds() + 3)
		if again := len(third.links) > 1; again == known || known != (third.links[0].State() == link.Open) {
			t.Fatalf("known %v: %d links, the first %v", known, len(third.links), third.links[0].State())
		}
	}
}

// TestPairSecrets: what authenticates the checks between two members is told to
// the two, and to nobody else in the lobby.
func TestPairSecrets(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	var links []*strangerLink
	for _, name := range []string{"Ana", "Ben", "Mallory"} {
		links = append(links, tb.newStranger(name).join(tb, ledgerGame(), 1))
	}
	tb.seconds(1)
	secret := map[[2]uint8][16]byte{}
	for _, l := range links {
		me := last[*wire.Welcome](l).Machine
		for _, m := range last[*wire.Roster](l).Members {
			switch {
			case m.Machine == me || m.Machine == 0:
				if m.Secret != [16]byte{} {
					t.Errorf("machine %d is told a secret with machine %d", me, m.Machine)
				}
			default:
				secret[[2]uint8{me, m.Machine}] = m.Secret
			}
		}
	}
	if len(secret) != 6 {
		t.Fatalf("%d secrets", len(secret))
	}
	for a, s := range secret {
		for b, other := range secret {
			same := a == b || a == [2]uint8{b[1], b[0]}
			if (s == other) != same || s == [16]byte{} {
				t.Errorf("%v have %x, %v have %x", a, s, b, other)
			}
		}
	}
}

// TestFormerMembersAreStrangers: who has left the lobby and knows its number still is not
// linked to the host by that.
func TestFormerMembersAreStrangers(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	host, s := tb.lobbies[0], tb.newStranger("Mallory")
	s.join(tb, ledgerGame(), 1).Close(link.CodeLeft, "left")
	tb.seconds(1)
	h := hello(ledgerGame(), wire.JoinMesh, "Mallory", 1)
	h.Lobby = host.id
	again := s.dial(tb.nodes[0])
	again.say(h)
	tb.seconds(0.5)
	if linked := host.mesh.Linked(); linked != 0b11 || len(host.AppendMembers(nil)) != 2 {
		t.Errorf("linked to %b, with %d members", linked, len(host.AppendMembers(nil)))
	}
	tb.seconds(mesh.StrangerTimeout.Seconds())
	if again.State() != link.Closed {
		t.Error("it is no member, and its link goes on")
	}
}
