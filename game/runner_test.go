package game

import (
	"errors"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

type dot struct{ X, Frames int32 }

func (d *dot) Step(in rollback.Inputs[Buttons]) {
	d.Frames++
	for seat, held := range in.All() {
		if held.Has(Right) {
			d.X += int32(seat) + 1
			in.Emit(1, uint32(seat), int64(d.X))
		}
	}
}

// runners are two Runners on a network of memory: a host that starts when both
// are there, and a guest.
func runners(t *testing.T, network *netcode.MemoryNetwork) (runners [2]*Runner[dot, Buttons]) {
	t.Helper()
	config := netcode.Config[dot, Buttons]{
		Game: "dot", Start: func(netcode.Setup) dot { return dot{} }, Step: (*dot).Step,
		Over: func(d *dot) bool { return d.Frames >= 400 },
	}
	host := network.NewNode("Ana")
	for i := range runners {
		var lobby *netcode.Lobby[dot, Buttons]
		var err error
		if i == 0 {
			lobby, err = netcode.OpenLobby(host, config, netcode.LobbyConfig{})
		} else {
			lobby, err = netcode.JoinLobby(network.NewNode("Ben"), config, host.Addr().String(), netcode.LobbyConfig{})
		}
		if err != nil {
			t.Fatal(err)
		}
		runners[i] = &Runner[dot, Buttons]{
			Canvas: Canvas{Width: 320, Height: 180}, Lobby: lobby, Devices: hold(ebiten.KeyD),
			Read:  func(held Buttons, _ int, _ *dot) Buttons { return held },
			Paint: func(*ebiten.Image, *dot) {},
			Graph: Netgraph{Mode: GraphFull},
		}
	}
	return runners
}

func TestRunnerPlaysAMatch(t *testing.T) {
	network := netcode.NewMemoryNetwork(5)
	network.SetConditions(netcode.Conditions{DelayMs: 30})
	both := runners(t, network)
	heard, idle := 0, 0
	both[1].Hear = func(notices []rollback.Notice) { heard += len(notices) }
	for _, r := range both {
		r.Idle = func(l *netcode.Lobby[dot, Buttons]) {
			idle++
			if m := l.Match(); m != nil {
				return // one match is enough
			}
			l.SetReady(true)
			if l.Hosting() && len(l.AppendMembers(nil)) == 2 && l.Blocker() == "" {
				if err := l.Start(1, 0); err != nil {
					t.Error(err)
				}
			}
		}
	}
	picture := ebiten.NewImage(320, 180)
	for tick := range 1200 {
		for _, r := range both {
			if err := r.Update(); err != nil {
				t.Fatal(err)
			}
			if tick%20 != 0 {
				continue // without a window pictures are only queued
			}
			var before dot
			if m := r.Lobby.Match(); m != nil {
				before = *m.World()
			}
			r.Draw(picture)
			if m := r.Lobby.Match(); m != nil && *m.World() != before {
				t.Fatal("Draw changed the world")
			}
		}
		network.Advance(time.Second / 60)
	}
	for i, r := range both {
		result, over := r.Lobby.Match().Result()
		if !over || result.Err != nil || result.Frame != 400 || !result.Agreed {
			t.Errorf("runner %d: %+v, over %v; want an agreed end at frame 400", i, result, over)
		}
		if world, ok := r.Lobby.Match().FinalWorld(); !ok || world.X == 0 {
			t.Errorf("runner %d: nobody moved", i)
		}
		if len(r.Graph.Lines()) < 6 {
			t.Errorf("runner %d: the netgraph reads %q", i, r.Graph.Lines())
		}
	}
	if heard == 0 || idle == 0 {
		t.Errorf("%d events were heard, Idle was called %d times", heard, idle)
	}
}

func TestRunnerSaysWhyTheLobbyEnded(t *testing.T) {
	network := netcode.NewMemoryNetwork(6)
	both := runners(t, network)
	for range 60 {
		for _, r := range both {
			if err := r.Update(); err != nil {
				t.Fatal(err)
			}
		}
		network.Advance(time.Second / 60)
	}
	both[0].Lobby.Leave()
	var err error
	for range 60 {
		if err = both[1].Update(); err != nil {
			break
		}
		network.Advance(time.Second / 60)
	}
	var left *netcode.LeftError
	if !errors.As(err, &left) {
		t.Error("the guest was not told that the host has gone")
	}
}
