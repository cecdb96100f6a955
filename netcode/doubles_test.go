//go:build !race

package netcode

import (
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// again has somebody with a key come in, at the table's host, from another socket.
func (p *party) again(key link.Key, game Config[attendance, uint32]) *Lobby[attendance, uint32] {
	node := newMemoryNode(p.network.network.NewEndpoint(key), "Twin")
	l, err := JoinLobby(node, game, p.nodes[0].Addr().String(), LobbyConfig{Ready: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.nodes, p.lobbies, p.gone, p.events = append(p.nodes, node), append(p.lobbies, l), append(p.gone, false), append(p.events, nil)
	return l
}

// TestKilledAndStartedAgain: a game is killed and started again before anybody knows that it was
// gone. It takes the place of its former self, in the lobby and in a match.
func TestKilledAndStartedAgain(t *testing.T) {
	for _, playing := range []bool{false, true} {
		for _, after := range []int{2, 6, 30, 60, 120} {
			t.Run(fmt.Sprint(playing, after), func(t *testing.T) {
				p := newParty(t, 2, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 2})
				former := len(p.lobbies)
				p.again(link.Key{77}, lateGame(AbsentBot, LateOwn))
				p.until(300, func() bool { return p.lobbies[former].State() == Gathering })
				p.ticks(60)
				if playing {
					p.start(3000, 120)
				}
				p.gone[former] = true
				p.ticks(after)
				l := p.again(link.Key{77}, lateGame(AbsentBot, LateOwn))
				p.until(270, func() bool { return l.State() != Connecting })
				if l.State() == Ended {
					t.Fatal(l.Err())
				}
				p.ticks(300)
				if all := p.lobbies[0].AppendMembers(nil); len(all) != 3 {
					t.Errorf("%d members: %+v", len(all), all)
				}
				if playing && l.State() != Playing {
					t.Errorf("it is %v", l.State())
				}
			})
		}
	}
}

// TestRunsTwice: a game that is there and plays is not put out by another one with its identity,
// which reads that it runs twice.
func TestRunsTwice(t *testing.T) {
	p := newParty(t, 2, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 2})
	first := p.again(link.Key{77}, lateGame(AbsentBot, LateOwn))
	p.until(300, func() bool { return first.State() == Gathering })
	p.ticks(60)
	p.start(900, 120)
	second := p.again(link.Key{77}, lateGame(AbsentBot, LateOwn))
	p.until(120, func() bool { return second.State() == Ended })
	if ReasonOf(second.Err()) != ReasonTwice || first.State() != Playing {
		t.Errorf("%v; the first one is %v", second.Err(), first.State())
	}
}
