// Command dropin is a game that somebody drops out of and back into: examples/dots
// between two processes. F2 in the second window leaves the match, which goes on at once
// without it; F2 again comes back to the same dot, wherever that is by now.
//
// Two fields of the Config do it: Absent says what an empty seat does, and LateJoin who
// may come into a match that runs. Step asks Present who is there, and lets the dots of
// empty seats sink; EventPresent tells from which frame on somebody plays a seat. Who
// comes back is known by the key of his Node.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// config is the game of the other examples, but that it goes on.
func config() netcode.Config[dots.World, game.Buttons] {
	c := dots.Config()
	c.Game, c.Step = "dropin", step
	c.Absent = netcode.AbsentIdle // in an empty seat no key is pressed
	c.LateJoin = netcode.LateOwn  // who was in the match may come back to his seat
	return c
}

// step lets the dots of empty seats sink.
func step(w *dots.World, in rollback.Inputs[game.Buttons]) {
	w.Step(in)
	for seat := range w.Dots {
		if dot := &w.Dots[seat]; !in.Present(seat) {
			dot.Y = min(dot.Y+32, (dots.Height-1)*16)
		}
	}
}

// app is one of the two windows.
type app struct {
	*dots.Runner // of the lobby that it is in, or was in last

	node    *netcode.Node
	address string // of the host; "" at the host itself
	away    bool   // the player has dropped out
	updates int    // since he last came or went
}

// come opens the lobby, or joins it: the first time and again.
func (a *app) come() (err error) {
	var lobby *dots.Lobby
	if a.address == "" {
		lobby, err = netcode.OpenLobby(a.node, config(), netcode.LobbyConfig{})
	} else {
		lobby, err = netcode.JoinLobby(a.node, config(), a.address, netcode.LobbyConfig{})
	}
	a.Runner = dots.Play(lobby, dots.StartWhenFull)
	a.Heed = func(e netcode.Event) {
		if e.Kind == netcode.EventAbsent || e.Kind == netcode.EventPresent {
			fmt.Printf("%s sees: %s is %v from frame %d on\n", a.node.Name(), e.Name, e.Kind, e.Frame)
		}
	}
	return err
}

// Update plays, unless the player is away.
func (a *app) Update() error {
	a.updates++
	turn := inpututil.IsKeyJustPressed(ebiten.KeyF2)
	if !dots.Display() { // a rehearsal: nobody can press it
		turn = a.updates == 80
	}
	if turn && a.address != "" {
		if err := a.turn(); err != nil {
			return err
		}
	}
	if a.away {
		return nil
	}
	return a.Runner.Update()
}

// turn has the player drop out, or come back.
func (a *app) turn() error {
	a.updates, a.away = 0, !a.away
	if !a.away {
		return a.come()
	}
	a.Lobby.Leave()
	return nil
}

func run(address string) error {
	name, x := "Ana", 20
	if address != "" {
		name, x = "Ben", 40+dots.Width
	}
	node, err := dots.Listen(name, netcode.NodeConfig{})
	if err != nil {
		return err
	}
	a := &app{node: node, address: address}
	if err := a.come(); err != nil {
		return err
	}
	wait := func() {}
	if address == "" {
		wait, err = dots.SecondCopy("-join", fmt.Sprintf("127.0.0.1:%d#%s", node.Addr().Port(), node.Fingerprint()))
		if err != nil {
			return err
		}
	}
	defer wait()
	defer node.Close()
	return dots.Show(a, "dropin: "+name, x, 80)
}

func main() {
	join := flag.String("join", "", "used by the second process: the host's `address`")
	flag.Parse()
	if err := run(*join); err != nil {
		fmt.Fprintln(os.Stderr, "dropin:", err)
		os.Exit(1)
	}
}
