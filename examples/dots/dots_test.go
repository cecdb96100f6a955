package dots

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

// TestSync is the test that every game on this engine should have.
func TestSync(t *testing.T) {
	rollbacktest.SyncTest(t, rollback.Config[World, game.Buttons]{
		Start: Start(), Step: (*World).Step, Seats: Seats,
	}, rollbacktest.Options[game.Buttons]{Seed: 1})
}

func TestDotsStayInThePicture(t *testing.T) {
	for _, held := range []game.Buttons{game.Left | game.Up, game.Right | game.Down | game.ButtonA} {
		w := Start()
		for range 600 {
			w.Step(rollback.InputsOf(held, held))
		}
		for _, dot := range w.Dots {
			if x, y := dot.X/16, dot.Y/16; x < 0 || x >= Width || y < 0 || y >= Height {
				t.Errorf("after ten seconds of %08b a dot is at %d, %d", held, x, y)
			}
		}
	}
}

// TestNoStrangerBreaksTheGame: whatever a guest holds or brings along, Step stands it,
// and there are never more dots than the world has room for.
func TestNoStrangerBreaksTheGame(t *testing.T) {
	w := Start()
	for held := range 256 {
		w.Step(rollback.InputsOf(game.Buttons(held), ^game.Buttons(held)))
	}
	for seats := 1; seats <= rollback.MaxSeats; seats++ {
		network := netcode.NewMemoryNetwork(uint64(seats))
		node := network.NewNode("Ana")
		host, err := netcode.OpenLobby(node, Config(), netcode.LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		hostile := Config()
		hostile.MinSeats, hostile.MaxSeats = 1, rollback.MaxSeats
		guest, err := netcode.JoinLobby(network.NewNode("Eve"), hostile, node.Addr().String(), netcode.LobbyConfig{LocalSeats: seats, Ready: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			host.Poll()
			guest.Poll()
			network.Advance(time.Second / 60)
		}
		if started := host.Start(1, 0) == nil; started != (seats == 1) {
			t.Errorf("a guest with %d seats: started %v", seats, started)
		}
	}
}
