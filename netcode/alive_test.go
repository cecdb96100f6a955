//go:build !race

package netcode

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
)

// freeze lets time pass for everybody but one.
func (tb *table) freeze(peer int, seconds float64) {
	tb.done[peer] = true
	tb.seconds(seconds)
	tb.done[peer] = false
}

// TestTimeoutMeansWhatItSays: in a match and in the lobby, who is gone is lost
// after the time-out, whatever it is, and who comes back before is not.
func TestTimeoutMeansWhatItSays(t *testing.T) {
	for _, timeout := range []time.Duration{500 * time.Millisecond, 3 * time.Second, 45 * time.Second, 5 * time.Minute} {
		for _, playing := range []bool{true, false} {
			game := ledgerGame()
			game.PeerTimeoutMs = int(timeout / time.Millisecond)
			tb := newTable(t, 1, 3, game, LobbyConfig{}, Conditions{DelayMs: 30, LossPercent: 2})
			tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
			if playing {
				tb.start(1, 0)
				tb.seconds(2)
			}
			tb.freeze(2, timeout.Seconds()*0.8)
			tb.seconds(1)
			for i, l := range tb.lobbies {
				if want := map[bool]State{true: Playing, false: Gathering}[playing]; l.State() != want || len(l.AppendMembers(nil)) != 3 {
					t.Fatalf("time-out %v, playing %v: after 0.8 of it peer %d has state %d, %v", timeout, playing, i, l.State(), l.Err())
				}
			}
			tb.vanish(2)
			began := tb.network.network.Now()
			tb.until(int(timeout.Seconds())+10, func() bool {
				return len(tb.lobbies[0].AppendMembers(nil)) == 2 && len(tb.lobbies[1].AppendMembers(nil)) == 2
			})
			// Silence is counted from the last sign of life, which was up to a heartbeat ago.
			if took := tb.network.network.Now() - began; took < timeout-mesh.Heartbeat(timeout)-100*time.Millisecond || took > timeout+3*time.Second {
				t.Errorf("time-out %v, playing %v: lost after %v", timeout, playing, took)
			}
			for i, l := range tb.lobbies[:2] {
				lines := l.AppendLines(nil)
				if len(lines) == 0 || lines[len(lines)-1] != (Line{EventLost, "P2", "", "P2 was lost"}) {
					t.Errorf("time-out %v, playing %v: peer %d reads %v", timeout, playing, i, lines)
				}
			}
		}
	}
}

// TestWhoStoodStillReadsIt: a game that stood still for too long has been given
// up, and says so; the others say for how long it was silent.
func TestWhoStoodStillReadsIt(t *testing.T) {
	for _, frozen := range []int{0, 1} {
		tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
		tb.start(1, 0)
		tb.seconds(3)
		tb.freeze(frozen, 14)
		tb.seconds(3)
		for i, l := range tb.lobbies {
			r, over := l.Match().Result()
			lost := new(LostError)
			if !over || !errors.As(r.Err, &lost) {
				t.Fatalf("peer %d: %+v, over %v", i, r, over)
			}
			if i == frozen && (lost.StoodStillMs < 13_900 || lost.StoodStillMs > 14_100 || lost.SilentMs != 0 || !strings.Contains(lost.Error(), "this game stood still for 14.0 seconds")) {
				t.Errorf("who stood still reads %q", lost)
			}
			if i != frozen && (lost.SilentMs < 9900 || lost.SilentMs > 10_200) {
				t.Errorf("the other reads %q", lost)
			}
			if freeze := l.Match().Stats().LongestFreeze; freeze < 9*time.Second || freeze > 15*time.Second {
				t.Errorf("peer %d had a longest freeze of %v", i, freeze)
			}
		}
	}
}

// TestWhoStoodStillReadsItLater: where the match goes on without it, a machine that wakes
// waits for the others first, in case that they are only out of reach. In the end it reads
// that it had stood still, and not that they were silent.
func TestWhoStoodStillReadsItLater(t *testing.T) {
	for _, peers := range []int{2, 3} {
		p := newParty(t, peers, attendanceGame(AbsentIdle), Conditions{DelayMs: 30})
		p.start(0, 120)
		p.gone[1] = true
		p.ticks(13 * 60)
		p.gone[1] = false
		p.until(30*60, func() bool { _, over := p.lobbies[1].Match().Result(); return over })
		r, _ := p.lobbies[1].Match().Result()
		if lost := new(LostError); !errors.As(r.Err, &lost) || lost.StoodStillMs < 12_900 || lost.StoodStillMs > 13_100 {
			t.Errorf("%d peers: who wakes reads %v", peers, r.Err)
		}
		if _, over := p.lobbies[0].Match().Result(); over {
			t.Errorf("%d peers: it is over for the others", peers)
		}
	}
}

// TestLostWords: no sentence tells of a silence that there was not.
func TestLostWords(t *testing.T) {
	gaveUp := &link.CloseError{Code: link.CodeLost, Reason: "x", Remote: true}
	for _, c := range []struct {
		heardAgo, stood, stoodAgo time.Duration
		why                       *link.CloseError
		want                      string
	}{
		{10 * time.Second, 0, 0, nil, "the connection to Ana was lost: nothing was heard for 10.0 seconds"},
		{500 * time.Millisecond, 0, 0, gaveUp, "the connection to Ana was lost: nothing was heard for 0.5 seconds"},
		{20 * time.Millisecond, 0, 0, gaveUp, "the connection to Ana was lost: nothing from here was heard there"},
		{20 * time.Millisecond, 0, 0, &link.CloseError{Code: link.CodeLost}, "the connection to Ana was lost"},
		{0, 36 * time.Second, time.Second, gaveUp, "the connection to Ana was lost: this game stood still for 36.0 seconds"},
		{0, 36 * time.Second, 6 * time.Second, gaveUp, "the connection to Ana was lost: nothing from here was heard there"},
	} {
		network := NewMemoryNetwork(1)
		r := &Room{vigil: vigil{node: network.NewNode("Ben")}}
		network.Advance(time.Minute)
		r.vigil.stood, r.vigil.stoodAt = c.stood, r.now()-c.stoodAgo
		if got := r.vigil.lost("Ana", r.now()-c.heardAgo, c.why).Error(); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if got := (&LeftError{Name: "Ben", You: true}).Error(); got != "you left" {
		t.Error(got)
	}
}

// TestFreezeNow: the freeze that lasts is counted, and one before the end.
func TestFreezeNow(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	tb.start(1, 0)
	tb.seconds(3)
	tb.network.network.SetDark(true)
	tb.seconds(5)
	m := tb.lobbies[0].Match()
	if freeze := m.Stats().LongestFreeze; freeze < 4500*time.Millisecond || freeze > 5*time.Second {
		t.Errorf("in the dark for 5 s: the longest freeze is %v", freeze)
	}
	m.Leave()
	if freeze := m.Stats().LongestFreeze; freeze < 4500*time.Millisecond || freeze > 5*time.Second {
		t.Errorf("having left: the longest freeze is %v", freeze)
	}
}

// TestOtherRulesForTheEnd: the sentence names what differs, on both sides.
func TestOtherRulesForTheEnd(t *testing.T) {
	tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	for i := range 2 {
		game := ledgerGame()
		game.Over = func(w *ledger) bool { return w.Frame == int32(100+100*i) }
		node := tb.network.NewNode([]string{"Ana", "Ben"}[i])
		var l *Lobby[ledger, uint32]
		var err error
		if i == 0 {
			l, err = OpenLobby(node, game, LobbyConfig{})
		} else {
			l, err = JoinLobby(node, game, tb.nodes[0].Addr().String(), LobbyConfig{})
		}
		if err != nil {
			t.Fatal(err)
		}
		tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, l), append(tb.done, false)
	}
	tb.until(5, func() bool { return len(tb.lobbies[0].AppendMembers(nil)) == 2 })
	tb.start(1, 0)
	tb.playOut(20)
	for i, want := range []string{"Your game was over at frame 100 (0:01), and Ben's goes on.", "Your game goes on after frame 100 (0:01), at which Ana's was over."} {
		if r, _ := tb.lobbies[i].Match().Result(); r.Agreed || r.Err == nil || !strings.HasPrefix(r.Err.Error(), want) {
			t.Errorf("peer %d: %v, agreed %v", i, r.Err, r.Agreed)
		}
	}
}
