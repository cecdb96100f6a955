package netcode

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// crashing is a game with a mistake, in one of its copies.
func crashing(at int32) Config[ledger, uint32] {
	game := ledgerGame()
	game.Step = func(w *ledger, in rollback.Inputs[uint32]) {
		w.Step(in)
		if w.Frame == at {
			var none []int
			_ = none[in.Len()]
		}
	}
	return game
}

// ticksUntilPanic ticks a match until that panics, and returns with what.
func ticksUntilPanic(tick func()) (value any) {
	defer func() { value = recover() }()
	for range 6000 {
		tick()
	}
	return nil
}

// TestCrash: a panic in Step names frame and seats, goes on to who called Tick, and the
// others read of it at once, in words of their own, and agree on how far they came.
func TestCrash(t *testing.T) {
	for _, peers := range []int{2, 3, 4} {
		for bad := range 2 { // the host, or a guest
			tb := &table{t: t, network: NewMemoryNetwork(3), done: make([]bool, peers)}
			tb.network.SetConditions(Conditions{DelayMs: 40, JitterMs: 10, LossPercent: 5})
			for i := range peers {
				game := ledgerGame()
				if i == bad {
					game = crashing(101)
				}
				tb.nodes = append(tb.nodes, tb.network.NewNode(string(rune('A'+i))))
				l, err := OpenLobby(tb.nodes[i], game, LobbyConfig{})
				if i > 0 {
					l, err = JoinLobby(tb.nodes[i], game, tb.nodes[0].Addr().String(), LobbyConfig{})
				}
				if err != nil {
					t.Fatal(err)
				}
				tb.lobbies = append(tb.lobbies, l)
				tb.until(5, func() bool { return l.State() == Gathering })
			}
			tb.start(1, 0)
			value := ticksUntilPanic(tb.tick)
			crash, ok := value.(*StepPanic)
			var index runtime.Error
			if !ok || crash.Frame != 100 || crash.Seats != peers || !errors.As(crash, &index) || !strings.Contains(crash.Error(), "frame 100") {
				t.Fatalf("%d peers: Tick panicked with %v", peers, value)
			}
			if r, over := tb.lobbies[bad].Match().Result(); !over || !errors.Is(r.Err, crash) || r.Agreed {
				t.Errorf("the crashed: %+v, over %v", r, over)
			}
			tb.done[bad] = true
			began := tb.ticks
			results := tb.playOut(5)
			if took := tb.ticks - began; took > 40 {
				t.Errorf("%d peers: over after %d ticks", peers, took)
			}
			agree(t, results, func(err error) bool {
				e := new(CrashedError)
				return errors.As(err, &e) && e.Name == tb.nodes[bad].Name() && e.Frame > 80 && e.Frame < 120 && strings.HasPrefix(err.Error(), e.Name+"'s game has crashed (")
			})
			tb.seconds(1)
			for i, l := range tb.lobbies {
				if bad == 0 && i > 0 && (l.State() != Ended || ReasonOf(l.Err()) != ReasonCrashed) || bad == 1 && i != 1 && l.State() != Gathering {
					t.Errorf("peer %d: %v, %v", i, l.State(), l.Err())
				}
			}
		}
	}
}

// TestOtherPanics: what the program does wrong elsewhere goes on as it is; the others
// are told all the same.
func TestOtherPanics(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	tb.start(1, 0)
	tb.frame(0, 30)
	value := ticksUntilPanic(func() { tb.lobbies[1].Match().Tick() })
	if text, ok := value.(string); !ok || !strings.Contains(text, "one input for each local seat") {
		t.Errorf("Tick panicked with %v", value)
	}
	tb.done[1] = true
	agree(t, tb.playOut(5), func(err error) bool { return ReasonOf(err) == ReasonCrashed })
}

// TestCrashOverQUIC: the others are told before the panic goes on, as the process may
// end with it.
func TestCrashOverQUIC(t *testing.T) {
	host, join := quicNode(t, 1), quicNode(t, 2)
	defer host.Close()
	defer join.Close()
	there, err := OpenLobby(host, ledgerGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	here, err := JoinLobby(join, crashing(30), host.Addr().String(), LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	turn := func() {
		for _, l := range []*Lobby[ledger, uint32]{there, here} {
			if m := l.Match(); m != nil && !m.play.over() {
				m.Tick(1)
			} else {
				l.Poll()
			}
		}
		if there.Match() == nil && there.seatsTaken() == 2 && there.Blocker() == "" {
			if err := there.Start(1, 0); err != nil {
				t.Fatal(err)
			}
		}
		host.Wait(5 * time.Millisecond)
	}
	if crash, ok := ticksUntilPanic(turn).(*StepPanic); !ok || crash.Frame != 29 {
		t.Fatalf("%v", crash)
	}
	for deadline := time.Now().Add(5 * time.Second); !there.Match().play.over() && time.Now().Before(deadline); {
		there.Match().Tick(1)
		host.Wait(5 * time.Millisecond)
	}
	if r, over := there.Match().Result(); !over || ReasonOf(r.Err) != ReasonCrashed {
		t.Errorf("%+v, over %v", r, over)
	}
}
