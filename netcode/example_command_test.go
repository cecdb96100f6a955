package netcode_test

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// What is too long or too rare for an input is a command. Ben owns up to a false start; Step of
// both hears it in the same frame, whatever the line did to the packets.
func ExampleMatch_Command() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 60, JitterMs: 10, LossPercent: 3})
	game := netcode.Config[Race, Stride]{
		Game: "race", MinSeats: 2, MaxSeats: 2,
		Start: func(netcode.Setup) Race { return Race{} },
		Step: func(r *Race, in rollback.Inputs[Stride]) {
			for seat, command := range in.Commands() {
				if command == "false start" { // a stranger's bytes: what else it says does nothing
					r.Run[seat] -= 100
				}
			}
			r.Step(in)
		},
	}
	ana, ben := network.NewNode("Ana"), network.NewNode("Ben")
	host, err := netcode.OpenLobby(ana, game, netcode.LobbyConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	guest, err := netcode.JoinLobby(ben, game, ana.Addr().String(), netcode.LobbyConfig{Ready: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lobbies, over := []*netcode.Lobby[Race, Stride]{host, guest}, 0
	for frame := 0; over < 2 && frame < 3600; frame++ {
		network.Advance(time.Second / 60)
		if host.Match() == nil && host.Blocker() == "" {
			if err := host.Start(1, 300); err != nil {
				fmt.Println(err)
			}
		}
		for _, lobby := range lobbies {
			match := lobby.Match()
			if lobby.State() != netcode.Playing {
				lobby.Poll()
				continue
			}
			if match.Stats().Frame == 60 && lobby == guest {
				if err := match.Command(0, "false start"); err != nil { // the first player of this machine
					fmt.Println(err)
				}
			}
			if match.Tick(1).Over {
				over++
			}
		}
	}
	for _, lobby := range lobbies {
		final, _ := lobby.Match().FinalWorld()
		fmt.Println(final.Run)
	}
	// Output:
	// [300 200]
	// [300 200]
}
