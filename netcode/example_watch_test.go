package netcode_test

import (
	"fmt"

	"github.com/visavis-netcode/visavis/netcode"
)

// Dua watches Ana and Ben, two seconds late, as Ana wants it. What she sees is the match
// as it was played: each of its worlds is compared.
func ExampleWatch() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	ana := network.NewNode("Ana")
	host, _ := netcode.OpenLobby(ana, hall(), netcode.LobbyConfig{Spectators: netcode.SpectatorsOpen, WatchDelayMs: 2000})
	ben := enter(network, ana, "Ben")
	dua, err := netcode.Watch(network.NewNode("Dua"), hall(), ana.Addr().String(), netcode.LobbyConfig{})
	if err != nil {
		panic(err)
	}
	turn(network, 60, host, ben)
	if err := host.Start(1, 300); err != nil {
		fmt.Println(err)
	}
	for range 600 {
		turn(network, 1, host, ben)
		dua.Tick()
	}
	result, over := dua.Result()
	fmt.Println(over, result.Frame, dua.World().Played)
	status := dua.Status()
	fmt.Println("by", status.Parent, status.Verified, "worlds compared, skipped", status.Skipped)
	// Output:
	// true 300 [300 300 0]
	// by Ana 7 worlds compared, skipped 0
}
