//go:build !race

package netcode

import "testing"

// TestSetPathIsOneWay: a path that loses a third in one direction shows to who
// receives, and to nobody else.
func TestSetPathIsOneWay(t *testing.T) {
	tb := newTable(t, 3, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	tb.network.SetPath(tb.nodes[1], tb.nodes[0], Conditions{DelayMs: 10, LossPercent: 33})
	tb.start(3, 600)
	tb.playOut(20)
	for to, l := range tb.lobbies {
		for _, p := range l.Match().AppendPeers(nil) {
			lossy := p.Machine == 1 && to == 0
			if lossy && p.LossPercent < 20 || !lossy && p.LossPercent > 0 {
				t.Errorf("%d receives from %d with %.0f %% lost", to, p.Machine, p.LossPercent)
			}
		}
	}
}

// TestOneBadPlayer: of three, all paths from and to one are slow; the two others stay
// near each other.
func TestOneBadPlayer(t *testing.T) {
	tb := newTable(t, 4, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 5})
	far := Conditions{DelayMs: 70, JitterMs: 5}
	for _, other := range tb.nodes[:2] {
		tb.network.SetPath(tb.nodes[2], other, far)
		tb.network.SetPath(other, tb.nodes[2], far)
	}
	tb.start(3, 0)
	tb.until(10, func() bool { return tb.lobbies[0].Match().Stats().Frame > 300 })
	for i, l := range tb.lobbies {
		for _, p := range l.Match().AppendPeers(nil) {
			if slow := i == 2 || p.Machine == 2; slow != (p.PingMs > 100) {
				t.Errorf("from %d to %d: %.0f ms", i, p.Machine, p.PingMs)
			}
		}
	}
}

func TestSetPathRefusesStrangers(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a node of another network was taken")
		}
	}()
	network := NewMemoryNetwork(1)
	network.SetPath(network.NewNode("Ana"), NewMemoryNetwork(2).NewNode("Ben"), Conditions{})
}
