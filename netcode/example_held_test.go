package netcode_test

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Keys is what a player holds in a frame.
type Keys uint8

const Jump Keys = 1

// Meadow counts the jumps of two players, each once for each press of the key.
type Meadow struct {
	Last  [2]Keys // of the frame before
	Jumps [2]int32
}

func (w *Meadow) Step(in rollback.Inputs[Keys]) {
	for seat, keys := range in.All() {
		if pressed := keys &^ w.Last[seat]; pressed&Jump != 0 {
			w.Jumps[seat]++
		}
		w.Last[seat] = keys
	}
}

// The input is what is held; Step finds the presses. A key that was pressed and let go
// between two ticks is kept until a tick has taken it. So no press is lost where the
// other machine stands still for a moment and nothing is taken meanwhile, and none is
// counted twice in a tick of two frames.
func ExampleMatch_Tick() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 40, JitterMs: 10, LossPercent: 5})
	config := netcode.Config[Meadow, Keys]{
		Game: "meadow", Step: (*Meadow).Step, Start: func(netcode.Setup) Meadow { return Meadow{} },
	}
	ana := network.NewNode("Ana")
	host, _ := netcode.OpenLobby(ana, config, netcode.LobbyConfig{})
	guest, _ := netcode.JoinLobby(network.NewNode("Ben"), config, ana.Addr().String(), netcode.LobbyConfig{Ready: true})
	for host.Match() == nil || guest.Match() == nil {
		network.Advance(time.Second / 60)
		host.Poll()
		guest.Poll()
		if len(host.AppendMembers(nil)) == 2 && host.Blocker() == "" {
			host.Start(1, 0)
		}
	}

	presses, untaken := 0, Keys(0)
	for tick := range 1200 {
		network.Advance(time.Second / 60)
		held := Keys(0)
		if tick%20 == 7 && tick < 1100 { // a tap, shorter than a tick
			presses++
			held = Jump
		}
		untaken |= held
		if status := host.Match().Tick(untaken); status.TakenFrame != rollback.NoFrame {
			untaken = 0
		}
		if tick < 500 || tick > 510 { // Ben's window is dragged
			guest.Match().Tick(0)
		}
	}
	fmt.Println(presses, "presses,", guest.Match().ConfirmedWorld().Jumps[0], "jumps")
	// Output: 55 presses, 55 jumps
}
