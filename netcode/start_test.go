//go:build !race

package netcode

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// TestAllStartTogether: the call to the start is lost on its way to one of
// four, and sent again much later; nobody runs ahead of it.
func TestAllStartTogether(t *testing.T) {
	for _, dark := range []time.Duration{0, 100 * time.Millisecond, 600 * time.Millisecond} {
		tb := newTable(t, 3, 4, ledgerGame(), LobbyConfig{ManualDelay: true}, Conditions{DelayMs: 50, JitterMs: 5})
		tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
		now := tb.network.network.Now()
		tb.network.network.Path(0, 2).Blackout(now, now+dark)
		tb.start(1, 0)
		var began [4]time.Duration
		tb.until(5, func() bool {
			ready := 0
			for i, l := range tb.lobbies {
				if m := l.Match(); m != nil && m.play.phase == running {
					began[i] = m.play.stats.startedAt
					ready++
				}
			}
			return ready == 4
		})
		first, last := began[0], began[0]
		for _, at := range began {
			first, last = min(first, at), max(last, at)
		}
		if last-first > testTick+10*time.Millisecond {
			t.Errorf("dark for %v: between the first and the last to start lay %v", dark, last-first)
		}
		if after := first - now; after < dark || after > dark+500*time.Millisecond {
			t.Errorf("dark for %v: the first started after %v", dark, after)
		}
		for _, l := range tb.lobbies {
			if st := l.Match().Stats(); st.Stalls > 0 {
				t.Errorf("dark for %v: %d stalls at the start", dark, st.Stalls)
			}
		}
	}
}

// TestStartWithoutASilentMachine: somebody who is never heard does not keep the
// others waiting for ever.
func TestStartWithoutASilentMachine(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{ManualDelay: true}, Conditions{DelayMs: 50})
	tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
	for i := range 2 {
		tb.network.network.Path(2, i).SetConditions(memlink.Conditions{LossPer10k: 10_000})
	}
	tb.start(1, 0)
	ticks := tb.ticks
	tb.until(5, func() bool {
		m := tb.lobbies[0].Match()
		return m != nil && m.play.phase == running
	})
	if waited := time.Duration(tb.ticks-ticks) * testTick; waited < startTimeout || waited > startTimeout+200*time.Millisecond {
		t.Errorf("waited for %v", waited)
	}
}

// TestReadyOnArrival: who joins ready is started with as soon as the host hears
// of it. Three ways of handshake and greeting, one of the start, one of the
// word that all are ready, and one of the input: no more.
func TestReadyOnArrival(t *testing.T) {
	const oneWay = 100 * time.Millisecond
	game, lobby := ledgerGame(), LobbyConfig{ManualDelay: true}
	network := NewMemoryNetwork(1)
	network.SetConditions(Conditions{DelayMs: 100})
	host, err := OpenLobby(network.NewNode("host"), game, lobby)
	if err != nil {
		t.Fatal(err)
	}
	lobby.Ready = true
	guest, err := JoinLobby(network.NewNode("guest"), game, host.node.Addr().String(), lobby)
	if err != nil {
		t.Fatal(err)
	}
	var input time.Duration
	for range 200 {
		network.Advance(5 * time.Millisecond)
		host.Poll()
		if host.Match() == nil && len(host.AppendMembers(nil)) == 2 {
			if err := host.Start(1, 0); err != nil {
				t.Fatal("the newcomer was ready: ", err)
			}
		}
		for _, l := range []*Lobby[ledger, uint32]{host, guest} {
			if l.Poll(); l.Match() != nil {
				l.Match().Tick(0)
			}
		}
		if m := guest.Match(); m != nil && m.play.receiver.firstInput > 0 {
			input = m.play.receiver.firstInput
			break
		}
	}
	if early, late := 6*oneWay, 6*oneWay+30*time.Millisecond; input < early || input > late {
		t.Errorf("the first input came %v after the dial; expected %v to %v", input, early, late)
	}
}

// TestConnectIsWhenItCame: Stats.Connect does not count for how long nobody has looked.
func TestConnectIsWhenItCame(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	host, guest := tb.lobbies[0], tb.lobbies[1]
	for _, l := range tb.lobbies {
		l.SetReady(true)
	}
	tb.until(5, func() bool { return host.Blocker() == "" })
	if err := host.Start(1, 0); err != nil {
		t.Fatal(err)
	}
	tb.until(5, func() bool { return guest.Match() != nil && guest.Match().play.pace.readyAt != never })
	for range 20 {
		tb.network.Advance(testTick)
		host.Poll()
		host.Match().Tick(0)
	}
	guest.Poll()
	input, now := guest.Match().play.receiver.firstInput, guest.now()
	if ago := now - input; input == 0 || ago < 10*testTick || ago > 20*testTick {
		t.Errorf("the first input came %v ago", ago)
	}
}
