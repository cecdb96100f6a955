package netcode_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// race is the game of these examples: see the first one.
func race() netcode.Config[Race, Stride] {
	return netcode.Config[Race, Stride]{
		Game: "race", Step: (*Race).Step, Start: func(netcode.Setup) Race { return Race{} },
		MinSeats: 2, MaxSeats: 4,
	}
}

type lobby = netcode.Lobby[Race, Stride]

// gather opens a lobby in memory and lets guests in.
func gather(network *netcode.MemoryNetwork, game netcode.Config[Race, Stride], names ...string) (lobbies []*lobby) {
	host := network.NewNode(names[0])
	open, err := netcode.OpenLobby(host, game, netcode.LobbyConfig{})
	if err != nil {
		panic(err)
	}
	lobbies = append(lobbies, open)
	for _, name := range names[1:] {
		guest, err := netcode.JoinLobby(network.NewNode(name), game, host.Addr().String(), netcode.LobbyConfig{Ready: true})
		if err != nil {
			panic(err)
		}
		lobbies = append(lobbies, guest)
	}
	pass(network, 60, lobbies...)
	return lobbies
}

// pass lets frames pass in which everybody runs, or waits.
func pass(network *netcode.MemoryNetwork, frames int, lobbies ...*lobby) {
	for range frames {
		network.Advance(time.Second / 60)
		for i, l := range lobbies {
			if l.State() == netcode.Playing {
				l.Match().Tick(Stride(i + 1))
			} else {
				l.Poll()
			}
		}
	}
}

func ExampleOpenLobby() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 20})
	lobbies := gather(network, race(), "Ana", "Ben", "Ben")
	for _, m := range lobbies[0].AppendMembers(nil) {
		fmt.Printf("%s: host %v, ready %v, %d ms\n", m.Name, m.Host, m.Ready, m.PingMs)
	}
	lobbies[2].SetReady(false)
	pass(network, 30, lobbies...)
	fmt.Println(lobbies[0].Progress())
	fmt.Println(lobbies[0].Blocker())
	// Output:
	// Ana: host true, ready true, 0 ms
	// Ben: host false, ready true, 40 ms
	// Ben 2: host false, ready true, 40 ms
	// 3 of 4 seats taken
	// waiting until ready: Ben 2
}

// Two copies that cannot play with each other are told why, on both sides.
func ExampleJoinLobby() {
	network := netcode.NewMemoryNetwork(1)
	host := gather(network, race(), "Ana")[0]
	newer := race()
	newer.Rules = 2
	guest, err := netcode.JoinLobby(network.NewNode("Ben"), newer, "10.0.0.1:1", netcode.LobbyConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	pass(network, 60, host, guest)
	fmt.Println(guest.State() == netcode.Ended, guest.Err())
	// Output: true Ana has rules version 0 of the game, you have 2: both need the same version
}

func ExampleRoom_Say() {
	network := netcode.NewMemoryNetwork(1)
	lobbies := gather(network, race(), "Ana", "Ben")
	if err := lobbies[1].Say("good luck"); err != nil {
		fmt.Println(err)
	}
	pass(network, 30, lobbies...)
	for _, line := range lobbies[0].AppendLines(nil) {
		fmt.Printf("%q says %q\n", line.From, line.Text)
	}
	// Output:
	// "" says "Ben is here"
	// "Ben" says "good luck"
}

// A match of a hundred frames, and its rematch: the lobby stays.
func ExampleRoom_Start() {
	network := netcode.NewMemoryNetwork(1)
	lobbies := gather(network, race(), "Ana", "Ben")
	for seed := range uint64(2) {
		lobbies[1].SetReady(true)
		pass(network, 30, lobbies...)
		if err := lobbies[0].Start(seed, 100); err != nil {
			fmt.Println(err)
		}
		pass(network, 200, lobbies...)
		result, _ := lobbies[1].Match().Result()
		final, _ := lobbies[1].Match().FinalWorld()
		fmt.Println("match", seed+1, "of", result.Frame, "frames:", final.Run)
	}
	// Output:
	// match 1 of 100 frames: [100 200]
	// match 2 of 100 frames: [100 200]
}

// One line of three loses a fifth of its packets, one way.
func ExampleMemoryNetwork_SetPath() {
	network := netcode.NewMemoryNetwork(1)
	nodes := []*netcode.Node{network.NewNode("Ana"), network.NewNode("Ben")}
	network.SetConditions(netcode.Conditions{DelayMs: 30})
	network.SetPath(nodes[1], nodes[0], netcode.Conditions{DelayMs: 30, LossPercent: 20})
	host, _ := netcode.OpenLobby(nodes[0], race(), netcode.LobbyConfig{})
	guest, _ := netcode.JoinLobby(nodes[1], race(), nodes[0].Addr().String(), netcode.LobbyConfig{Ready: true})
	pass(network, 60, host, guest)
	if err := host.Start(1, 0); err != nil {
		fmt.Println(err)
	}
	pass(network, 600, host, guest)
	for _, l := range []*lobby{host, guest} {
		for _, p := range l.Match().AppendPeers(nil) {
			fmt.Printf("from %s: lossy %v, ping %.0f ms\n", p.Name, p.LossPercent > 10, p.PingMs)
		}
	}
	// Output:
	// from Ben: lossy true, ping 60 ms
	// from Ana: lossy false, ping 60 ms
}

// What a desync looks like: the first frame and field that differ, and both values.
func ExampleMatch_Result() {
	network := netcode.NewMemoryNetwork(1)
	lobbies := gather(network, race(), "Ana", "Ben")
	if err := lobbies[0].Start(1, 0); err != nil {
		fmt.Println(err)
	}
	pass(network, 100, lobbies...)
	lobbies[1].Match().Disturb(func(r *Race) { r.Run[0] += 1000 }) // as a bug would
	pass(network, 120, lobbies...)
	result, over := lobbies[1].Match().Result()
	desync, _ := result.Err.(*netcode.DesyncError)
	fmt.Println(over, result.Agreed, desync.Field, desync.Here, desync.There)
	// Output: true false Run[0] 1097 97
}

// Screens that are faster than the game show something between two frames.
func ExampleMatch_PreviousWorld() {
	network := netcode.NewMemoryNetwork(1)
	lobbies := gather(network, race(), "Ana", "Ben")
	if err := lobbies[0].Start(1, 0); err != nil {
		fmt.Println(err)
	}
	pass(network, 100, lobbies...)
	before, after := lobbies[0].Match().PreviousWorld(), lobbies[0].Match().World()
	const fraction = 0.25 // of the way to the next frame: see game.Metronome
	shown := float64(before.Run[1]) + fraction*float64(after.Run[1]-before.Run[1])
	fmt.Println(before.Run[1], shown, after.Run[1])
	// Output: 194 194.5 196
}

// Host and Join do all the meeting in one call each; here over UDP on this machine.
func ExampleHost() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	game := race()
	game.Over = func(r *Race) bool { return r.Frame >= 30 }
	play := func(name string, match *netcode.Match[Race, Stride], err error) string {
		if err != nil {
			return err.Error()
		}
		defer match.Close()
		for !match.Tick(1).Over {
			time.Sleep(match.TickPeriod())
		}
		result, _ := match.Result()
		return fmt.Sprintf("%s: frame %d, agreed: %v", name, result.Frame, result.Agreed)
	}
	meet := func(key byte, addr, name string) netcode.MeetConfig {
		seed := make([]byte, ed25519.SeedSize) // a player's game leaves Key out, and keeps an identity
		seed[0] = key
		return netcode.MeetConfig{Node: netcode.NodeConfig{Addr: addr, Name: name, Key: ed25519.NewKeyFromSeed(seed)}}
	}
	address := freeAddress() // a player's game has a port of its own, such as ":7777"
	var said [2]string
	var both sync.WaitGroup
	both.Go(func() {
		match, err := netcode.Host(ctx, 2, game, meet(1, address, "Ana"))
		said[0] = play("Ana", match, err)
	})
	both.Go(func() {
		match, err := netcode.Join(ctx, address, game, meet(2, "127.0.0.1:0", "Ben"))
		said[1] = play("Ben", match, err)
	})
	both.Wait()
	fmt.Println(said[0])
	fmt.Println(said[1])
	// Output:
	// Ana: frame 30, agreed: true
	// Ben: frame 30, agreed: true
}

// freeAddress is one of this machine that nobody listens at, and that nobody is given who lets the
// system choose.
func freeAddress() string {
	for port := 20000; port < 30000; port++ {
		conn, err := net.ListenPacket("udp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			defer conn.Close()
			return conn.LocalAddr().String()
		}
	}
	return "127.0.0.1:0"
}

// The lobbies of the local network, for a menu: asked once per frame, it never waits.
func ExampleBrowse() {
	list, err := netcode.Browse(netcode.BrowseConfig{Game: "race"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer list.Close()
	for _, found := range list.AppendFound(nil) {
		fmt.Println(found.Name, found.Seats, "of", found.MaxSeats, "at", found.Address)
	}
}

// What Step emits comes out once as predicted, and once as confirmed or cancelled.
func ExampleMatch_AppendNotices() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 50})
	game := race()
	game.Step = func(r *Race, in rollback.Inputs[Stride]) {
		if r.Step(in); r.Frame == 40 {
			in.Emit(7, 0, int64(r.Frame)) // a bell
		}
	}
	lobbies := gather(network, game, "Ana", "Ben")
	if err := lobbies[0].Start(1, 0); err != nil {
		fmt.Println(err)
	}
	for range 60 {
		pass(network, 1, lobbies...)
		for _, n := range lobbies[0].Match().AppendNotices(nil) {
			phase := map[rollback.Phase]string{rollback.Predicted: "predicted", rollback.Confirmed: "confirmed"}[n.Phase]
			fmt.Printf("kind %d at frame %d: %s\n", n.Kind, n.Frame, phase)
		}
	}
	// Output:
	// kind 7 at frame 39: predicted
	// kind 7 at frame 39: confirmed
}
