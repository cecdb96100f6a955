//go:build !race

package netcode

import "testing"

// TestNextHostNumbersOn: who hosts the lobby of others, and was in none of their matches, or was
// on his way into one when it ended, starts one that all of them take part in.
func TestNextHostNumbersOn(t *testing.T) {
	game := lateGame(AbsentBot, LateAnybody)
	p := newParty(t, 3, game, Conditions{DelayMs: 30})
	for range 2 {
		for _, l := range p.lobbies {
			l.SetReady(true)
		}
		p.until(600, func() bool { return p.lobbies[0].Blocker() == "" })
		p.start(60, 10)
		p.until(600, func() bool {
			return p.lobbies[0].State() == Gathering && p.lobbies[1].State() == Gathering && p.lobbies[2].State() == Gathering
		})
	}
	p.lobbies[0].Leave()
	p.gone[0] = true
	p.until(600, func() bool { return p.lobbies[1].Hosting() && p.hosting(2) == "P1" })
	node := p.network.NewNode("P3")
	newcomer, err := JoinLobby(node, game, p.nodes[1].Addr().String(), LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	p.nodes, p.lobbies, p.gone, p.events = append(p.nodes, node), append(p.lobbies, newcomer), append(p.gone, false), append(p.events, nil)
	p.until(600, func() bool { return newcomer.State() == Gathering && len(p.lobbies[2].AppendMembers(nil)) == 3 })
	if newcomer.me != 0 {
		t.Fatalf("the newcomer is machine %d", newcomer.me)
	}
	p.lobbies[1].Leave()
	p.gone[1] = true
	p.until(600, func() bool { return p.lobbies[3].Hosting() && p.hosting(2) == "P3" })
	if why := p.playsOn(); why != "" {
		t.Error(why)
	}
}
