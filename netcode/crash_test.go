//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/rollback"
)

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
			if took := tb.ticks - began; took > 60 {
				t.Errorf("%d peers: over after %d ticks", peers, took)
			}
			agree(t, results, func(err error) bool {
				e := new(CrashedError)
				return errors.As(err, &e) && e.Name == tb.nodes[bad].Name() && e.Frame > 80 && e.Frame < 120 && strings.HasPrefix(err.Error(), e.Name+"'s game has crashed (")
			})
			tb.seconds(1)
			for i, l := range tb.lobbies {
				if i != bad && l.State() != Gathering {
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

// TestCrashByAnInput: whose input was new in the frame of a crash is said on both sides,
// be it Step that does not bear it or Clean.
func TestCrashByAnInput(t *testing.T) {
	const bad = 77
	for by, plant := range map[string]func(*Config[ledger, uint32]){
		"Step": func(c *Config[ledger, uint32]) {
			c.Step = func(w *ledger, in rollback.Inputs[uint32]) {
				if in.At(1) == bad {
					panic("too much")
				}
				w.Step(in)
			}
		},
		"Clean": func(c *Config[ledger, uint32]) {
			c.Clean = func(input uint32) uint32 {
				if input == bad {
					panic("too much")
				}
				return input
			}
		},
	} {
		ana, ben := ledgerGame(), ledgerGame()
		ben.Clean = func(input uint32) uint32 { return input }
		ana.Clean = ben.Clean
		plant(&ana)
		network := NewMemoryNetwork(1)
		network.SetConditions(Conditions{DelayMs: 30})
		ms := twoMatched(t, network, ana, ben)
		sent := rollback.NoFrame // the frame of the bad input
		value := ticksUntilPanic(func() {
			network.Advance(testTick)
			pad := uint32(1)
			if ms[1].session.Current() == 60 {
				pad = bad
			}
			if st := ms[1].Tick(pad); pad == bad && st.TakenFrame != rollback.NoFrame {
				sent = st.TakenFrame
			}
			ms[0].Tick(1)
		})
		crash, ok := value.(*StepPanic)
		if !ok || crash.By != by || crash.Frame != sent || !slices.Equal(crash.New, []int{1}) || !strings.Contains(crash.Error(), "with a new input of seat 1: too much") {
			t.Fatalf("%s: Tick panicked with %v; the bad input is of frame %d", by, value, sent)
		}
		for range 30 {
			network.Advance(testTick)
			ms[1].Tick(1)
		}
		r, _ := ms[1].Result()
		e := new(CrashedError)
		if want := fmt.Sprintf("Ana's game has crashed (in frame %d, it says, which had a new input of Ben)", sent); !errors.As(r.Err, &e) || e.In != sent || !slices.Equal(e.New, []string{"Ben"}) || e.Error() != want {
			t.Errorf("%s: Ben reads %v, want %s", by, r.Err, want)
		}
	}
}

// TestGoodbyesOfStrangers: who says that its game has crashed may say what it likes: what
// cannot be is not repeated.
func TestGoodbyesOfStrangers(t *testing.T) {
	for goodbye, want := range map[string]string{
		"crashed":                                             "Mallory's game has crashed (its last input was for frame ",
		"crashed in frame":                                    "Mallory's game has crashed (its last input was for frame ",
		"crashed in frame -1, new inputs 1":                   "Mallory's game has crashed (its last input was for frame ",
		"crashed in frame 2000000000, new inputs 1":           "Mallory's game has crashed (its last input was for frame ",
		"crashed in frame 3, new inputs fffff":                "Mallory's game has crashed (its last input was for frame ",
		"Ana cheats":                                          "Mallory's game has crashed (its last input was for frame ",
		"crashed in frame 3, new inputs fffe, and Ana cheats": "Mallory's game has crashed (in frame 3, it says, which had a new input of Mallory)",
		"crashed in frame 3, new inputs 8000":                 "Mallory's game has crashed (in frame 3, it says)",
	} {
		tb, l, m := duel(t, 1)
		for range 40 {
			l.SendDatagram(m.datagram(l))
			tb.tick()
		}
		l.Close(link.CodeCrashed, goodbye)
		for range 60 * 4 {
			tb.tick()
		}
		if r, over := tb.lobbies[0].Match().Result(); !over || !strings.HasPrefix(r.Err.Error(), want) {
			t.Errorf("%q: %v, want %s", goodbye, r.Err, want)
		}
	}
}
