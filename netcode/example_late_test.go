package netcode_test

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Hall counts for how many frames each seat was played, and for how many it was empty.
type Hall struct{ Played, Empty [3]int32 }

func (h *Hall) Step(in rollback.Inputs[Stride]) {
	for seat := range in.Len() {
		if in.Present(seat) {
			h.Played[seat]++
		} else {
			h.Empty[seat]++
		}
	}
}

// hall is a game that goes on without those who leave, and lets others have their seats.
func hall() netcode.Config[Hall, Stride] {
	return netcode.Config[Hall, Stride]{
		Game: "hall", Step: (*Hall).Step, Start: func(netcode.Setup) Hall { return Hall{} },
		MinSeats: 2, MaxSeats: 3,
		Absent: netcode.AbsentIdle, LateJoin: netcode.LateAnybody,
	}
}

// enter has somebody come to a lobby.
func enter(network *netcode.MemoryNetwork, host *netcode.Node, name string) *netcode.Lobby[Hall, Stride] {
	guest, err := netcode.JoinLobby(network.NewNode(name), hall(), host.Addr().String(), netcode.LobbyConfig{Ready: true})
	if err != nil {
		panic(err)
	}
	return guest
}

// turn lets frames pass: who is in a match ticks, and who is not polls.
func turn(network *netcode.MemoryNetwork, frames int, lobbies ...*netcode.Lobby[Hall, Stride]) {
	for range frames {
		network.Advance(time.Second / 60)
		for _, l := range lobbies {
			if l.State() == netcode.Playing {
				l.Match().Tick(1)
			} else {
				l.Poll()
			}
		}
	}
}

// Ben leaves a match of two, which goes on. Cem comes into it, and plays the seat that was
// Ben's from the frame on that EventPresent names.
func ExampleLateJoin() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	ana := network.NewNode("Ana")
	host, _ := netcode.OpenLobby(ana, hall(), netcode.LobbyConfig{})
	ben := enter(network, ana, "Ben")
	turn(network, 60, host, ben)
	if err := host.Start(1, 600); err != nil {
		fmt.Println(err)
	}
	turn(network, 120, host, ben)
	ben.Leave()
	turn(network, 60, host)
	cem := enter(network, ana, "Cem")
	for cem.State() != netcode.Playing {
		turn(network, 1, host, cem)
	}
	fmt.Println("Cem is in, and plays seats", cem.Match().LocalSeats())
	turn(network, 600, host, cem)
	fmt.Println("and a little later", cem.Match().LocalSeats())
	for _, e := range host.AppendEvents(nil) {
		if e.Kind == netcode.EventAbsent || e.Kind == netcode.EventPresent {
			fmt.Println(e.Kind, e.Name, e.Frame)
		}
	}
	for _, l := range []*netcode.Lobby[Hall, Stride]{host, cem} {
		result, _ := l.Match().Result()
		final, _ := l.Match().FinalWorld()
		fmt.Println(result.Frame, "frames, agreed:", result.Agreed, "empty:", final.Empty)
	}
	// Output:
	// Cem is in, and plays seats []
	// and a little later [1]
	// absent Ben 117
	// present Cem 244
	// 600 frames, agreed: true empty: [0 127 0]
	// 600 frames, agreed: true empty: [0 127 0]
}

// A match that loses its host. The other two play it to its end and agree on it, and are in
// the lobby together then, of which the next in line is the host.
func ExampleAbsence() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	ana := network.NewNode("Ana")
	host, _ := netcode.OpenLobby(ana, hall(), netcode.LobbyConfig{})
	ben, cem := enter(network, ana, "Ben"), enter(network, ana, "Cem")
	turn(network, 60, host, ben, cem)
	if err := host.Start(1, 600); err != nil {
		fmt.Println(err)
	}
	turn(network, 200, host, ben, cem)
	host.Leave()
	turn(network, 600, ben, cem)
	for _, l := range []*netcode.Lobby[Hall, Stride]{ben, cem} {
		result, _ := l.Match().Result()
		final, _ := l.Match().FinalWorld()
		fmt.Println(result.Frame, "frames, agreed:", result.Agreed, "played:", final.Played)
	}
	for _, m := range cem.AppendMembers(nil) {
		fmt.Println(m.Name, "is here, hosts:", m.Host)
	}
	// Output:
	// 600 frames, agreed: true played: [197 600 600]
	// 600 frames, agreed: true played: [197 600 600]
	// Ben is here, hosts: true
	// Cem is here, hosts: false
}
