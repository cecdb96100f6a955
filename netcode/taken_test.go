//go:build !race

package netcode

import (
	"fmt"
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// journal is a world that keeps which input it was fed in each frame. An input is the
// number of the tick that it was given to.
type journal struct {
	Fed   [2][4000]uint16
	Frame int32
}

func (w *journal) Step(in rollback.Inputs[uint16]) {
	for seat, v := range in.All() {
		w.Fed[seat][w.Frame] = v
	}
	w.Frame++
}

// TestTakenFrame: whatever happens to ticks, each says truly which frames have got its
// input.
func TestTakenFrame(t *testing.T) {
	type disturbance struct {
		name   string
		change func(c *Config[journal, uint16])
		ticks  func(tick, peer int) int // how many in this turn
		during func(tick int, network *MemoryNetwork, ms [2]*Match[journal, uint16])
	}
	one := func(int, int) int { return 1 }
	none := func(int, *MemoryNetwork, [2]*Match[journal, uint16]) {}
	same := func(*Config[journal, uint16]) {}
	delays := func(tick int, _ *MemoryNetwork, ms [2]*Match[journal, uint16]) {
		if tick%20 == 0 {
			ms[tick/20%2].SetDelay(tick * 7 / 20 % 12)
		}
	}
	for _, d := range []disturbance{
		{"nothing", same, one, none},
		{"a loop that stands still", same, func(tick, peer int) int {
			if peer == 1 && tick%200 > 150 {
				return 0
			}
			return 1
		}, none},
		{"a loop that is too fast", same, func(tick, peer int) int { return 1 + peer*(tick%3/2) }, none},
		{"delays that change", same, one, delays},
		{"delays that change, CallerPaced", func(c *Config[journal, uint16]) { c.CallerPaced = true }, one, delays},
		{"delays that change, Lockstep", func(c *Config[journal, uint16]) { c.Lockstep = true }, one, delays},
		{"pings that change", same, one, func(tick int, network *MemoryNetwork, _ [2]*Match[journal, uint16]) {
			network.SetConditions(Conditions{DelayMs: 30 + tick/300%2*110, JitterMs: 8, LossPercent: 5})
		}},
	} {
		t.Run(d.name, func(t *testing.T) {
			game := Config[journal, uint16]{Game: "journal", Start: func(Setup) journal { return journal{} }, Step: (*journal).Step}
			d.change(&game)
			network := NewMemoryNetwork(7)
			network.SetConditions(Conditions{DelayMs: 30, JitterMs: 8, LossPercent: 5})
			ms := twoInMatch(t, network, game)
			var taken [2][]uint16 // by frame: the tick whose input was taken for it
			dropped, doubled := 0, 0
			for tick := 1; tick < 1500; tick++ {
				network.Advance(testTick)
				d.during(tick, network, ms)
				for i, m := range ms {
					for range d.ticks(tick, i) {
						number := uint16(len(taken[i]) + 1) // no two that are taken are alike
						st := m.Tick(number)
						switch {
						case (st.TakenFrame == rollback.NoFrame) != (st.TakenFrames == 0):
							t.Fatalf("peer %d, tick %d: %+v", i, tick, st)
						case st.TakenFrames == 0:
							dropped++
						case st.TakenFrames == 2:
							doubled++
						}
						for n := range st.TakenFrames {
							f := int(st.TakenFrame) + n
							for len(taken[i]) < f { // a raised delay: the input before goes on
								last := uint16(0)
								if k := len(taken[i]); k > 0 {
									last = taken[i][k-1]
								}
								taken[i] = append(taken[i], last)
							}
							if len(taken[i]) != f {
								t.Fatalf("peer %d, tick %d: frame %d is taken again: %+v", i, tick, f, st)
							}
							taken[i] = append(taken[i], number)
						}
					}
				}
			}
			for i, m := range ms {
				w := m.ConfirmedWorld()
				if w.Frame < 500 {
					t.Fatalf("peer %d came to frame %d", i, w.Frame)
				}
				for seat := range 2 {
					if fed := w.Fed[seat][:w.Frame]; !slices.Equal(fed, taken[seat][:w.Frame]) {
						t.Fatalf("peer %d, seat %d: was fed %v, its ticks say %v", i, seat, fed, taken[seat][:w.Frame])
					}
				}
			}
			if shown := d.name == "nothing" || game.CallerPaced || game.Lockstep; !shown && (dropped == 0 || doubled == 0) {
				t.Errorf("%d dropped, %d doubled: the test shows nothing", dropped, doubled)
			}
		})
	}
}

// twoInMatch lets two machines meet on a network and start a match.
func twoInMatch[S, I any](t testing.TB, network *MemoryNetwork, game Config[S, I]) (ms [2]*Match[S, I]) {
	t.Helper()
	return twoMatched(t, network, game, game)
}

// twoMatched lets two copies of a game, which may differ in functions, meet.
func twoMatched[S, I any](t testing.TB, network *MemoryNetwork, ana, ben Config[S, I]) (ms [2]*Match[S, I]) {
	t.Helper()
	host, err := OpenLobby(network.NewNode("Ana"), ana, LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := JoinLobby(network.NewNode("Ben"), ben, host.node.Addr().String(), LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 600 {
		network.Advance(testTick)
		host.Poll()
		guest.Poll()
		if ms = [2]*Match[S, I]{host.Match(), guest.Match()}; ms[0] != nil && ms[1] != nil {
			return ms
		}
		if host.Match() == nil && host.members.seats() == 2 && host.Blocker() == "" {
			if err := host.Start(1, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Fatal(fmt.Sprint("no match: ", host.Blocker(), guest.Err()))
	return ms
}
