package netcode_test

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Race is a world: who has run how far.
type Race struct {
	Run   [2]int32
	Frame int32
}

// Stride is an input.
type Stride uint8

// Step is the rules. An input is a stranger's byte: 3 is the most that counts.
func (r *Race) Step(in rollback.Inputs[Stride]) {
	r.Frame++
	for seat, s := range in.All() {
		r.Run[seat] += int32(min(s, 3))
	}
}

// A whole match of two machines in memory, on a bad line, in a few milliseconds: lobby,
// start, ten seconds of play, the end. A test of a game looks like this.
func Example() {
	network := netcode.NewMemoryNetwork(1)
	network.SetConditions(netcode.Conditions{DelayMs: 60, JitterMs: 10, LossPercent: 3})
	game := netcode.Config[Race, Stride]{
		Game:     "race",
		Start:    func(netcode.Setup) Race { return Race{} },
		Step:     (*Race).Step,
		Over:     func(r *Race) bool { return r.Run[0] >= 900 || r.Run[1] >= 900 },
		MinSeats: 2, MaxSeats: 2,
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
	turn := func(lobby *netcode.Lobby[Race, Stride], stride Stride) (over bool) {
		if lobby.State() != netcode.Playing {
			lobby.Poll()
			return lobby.Match() != nil
		}
		return lobby.Match().Tick(stride).Over
	}
	for frame := 0; ; frame++ {
		network.Advance(time.Second / 60)
		if host.Match() == nil && host.Blocker() == "" {
			if err := host.Start(1, 0); err != nil {
				fmt.Println(err)
			}
		}
		anaOver, benOver := turn(host, 1), turn(guest, Stride(frame/60%3))
		if anaOver && benOver {
			break
		}
	}
	for _, lobby := range []*netcode.Lobby[Race, Stride]{host, guest} {
		result, _ := lobby.Match().Result()
		final, _ := lobby.Match().FinalWorld()
		fmt.Println(final.Run, "agreed:", result.Agreed, "rolled back:", lobby.Match().Stats().Rollbacks > 0)
	}
	// Output:
	// [879 900] agreed: true rolled back: true
	// [879 900] agreed: true rolled back: true
}
