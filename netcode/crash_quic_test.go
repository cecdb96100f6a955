package netcode

import (
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
		if there.Match() == nil && there.members.seats() == 2 && there.Blocker() == "" {
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
