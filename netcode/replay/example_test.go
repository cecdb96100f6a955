package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// Tally counts what each seat has pressed.
type Tally struct{ Pressed [2]int32 }

func (w *Tally) Step(in rollback.Inputs[uint8]) {
	for seat, buttons := range in.All() {
		w.Pressed[seat] += int32(buttons)
	}
}

// file keeps a recording in memory.
type file struct{ bytes.Buffer }

func (*file) Close() error { return nil }

// A match of a second is recorded, verified, and looked at from its middle on.
func Example() {
	game := netcode.Config[Tally, uint8]{Game: "tally", Step: (*Tally).Step, Start: func(netcode.Setup) Tally { return Tally{} }}

	network := netcode.NewMemoryNetwork(1)
	ana := network.NewNode("Ana")
	host, _ := netcode.OpenLobby(ana, game, netcode.LobbyConfig{})
	guest, _ := netcode.JoinLobby(network.NewNode("Ben"), game, ana.Addr().String(), netcode.LobbyConfig{Ready: true})
	for host.Match() == nil || guest.Match() == nil {
		network.Advance(time.Second / 60)
		host.Poll()
		guest.Poll()
		if host.Blocker() == "" {
			host.Start(1, 60)
		}
	}
	var recorded file
	recording, err := host.Match().Record(&recorded)
	if err != nil {
		panic(err)
	}
	for over := false; !over; {
		network.Advance(time.Second / 60)
		host.Match().Tick(1)
		guest.Match().Tick(2)
		_, over = host.Match().Result()
	}
	<-recording.Done() // a goroutine writes

	r, err := replay.Open(game, bytes.NewReader(recorded.Bytes()), int64(recorded.Len()), nil)
	if err != nil {
		panic(err)
	}
	defer r.Close()
	v, err := replay.Verify(context.Background(), game, r.Log(), replay.VerifyConfig{})
	fmt.Println(v.Frames, "frames, the same worlds:", v.First == nil, err)
	if err := r.Seek(30); err != nil {
		panic(err)
	}
	fmt.Println("frame", r.Frame(), r.World().Pressed)
	// Output:
	// 60 frames, the same worlds: true <nil>
	// frame 30 [30 60]
}
