// Command twowindows plays examples/dots between two processes on this machine,
// over UDP: it starts a second copy of itself, which joins the first. Each
// window is a complete peer, as it would be on two machines on two continents.
// Play with the arrows or WASD in either window, Space runs, F1 shows the
// network. Close one window and the other says who left.
//
// The parts: a Node is a socket with an identity; a Lobby is where peers meet;
// the Runner ticks the match that the host starts. Neither side waits for the
// network anywhere.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
)

type lobby = netcode.Lobby[dots.World, game.Buttons]

func config() netcode.Config[dots.World, game.Buttons] {
	return netcode.Config[dots.World, game.Buttons]{
		Game:     "dots",
		Rules:    1,
		Start:    func(netcode.Setup) dots.World { return dots.Start() },
		Step:     (*dots.World).Step,
		MinSeats: dots.Seats,
		MaxSeats: dots.Seats,
	}
}

// idle is called while no match runs: everybody is ready at once, and the host
// starts when both are there.
func idle(l *lobby) {
	l.SetReady(true)
	if l.Hosting() && l.Blocker() == "" {
		// It cannot fail after Blocker; if it did, the next tick tries again.
		_ = l.Start(1, 0)
	}
}

// host opens a lobby and starts the second process, which ends with this one.
func host(node *netcode.Node) (*lobby, func(), error) {
	l, err := netcode.OpenLobby(node, config(), netcode.LobbyConfig{})
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d#%s", node.Addr().Port(), node.Fingerprint())
	guest := exec.Command(self, "-join", address)
	guest.Stderr = os.Stderr
	if err := guest.Start(); err != nil {
		return nil, nil, fmt.Errorf("the second window could not be started: %w", err)
	}
	return l, func() { _ = guest.Wait() }, nil // it notices that we left
}

func run(address string) error {
	// A key of its own for each process: two peers are never the same player.
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	name, title, x := "Ana", "twowindows: the host", 20
	if address != "" {
		name, title, x = "Ben", "twowindows: the guest", 40+dots.Width
	}
	node, err := netcode.Listen(netcode.NodeConfig{Addr: "127.0.0.1:0", Name: name, Key: key})
	if err != nil {
		return err
	}
	var l *lobby
	end := func() {}
	if address == "" {
		l, end, err = host(node)
	} else {
		l, err = netcode.JoinLobby(node, config(), address, netcode.LobbyConfig{})
	}
	if err != nil {
		return err
	}
	defer end()
	defer node.Close() // tells the other that we left
	ebiten.SetWindowTitle(title)
	ebiten.SetWindowSize(dots.Width, dots.Height)
	ebiten.SetWindowPosition(x, 80)
	return game.Run(&game.Runner[dots.World, game.Buttons]{
		Canvas: game.Canvas{Width: dots.Width, Height: dots.Height},
		Lobby:  l,
		Read:   func(held game.Buttons, _ int, _ *dots.World) game.Buttons { return held },
		Paint:  dots.Paint,
		Idle:   idle,
		Graph:  game.Netgraph{Mode: game.GraphSmall},
	})
}

func main() {
	join := flag.String("join", "", "used by the second process: the host's `address`")
	flag.Parse()
	err := run(*join)
	var left *netcode.LeftError
	if err != nil && !errors.As(err, &left) {
		fmt.Fprintln(os.Stderr, "twowindows:", err)
		os.Exit(1)
	}
}
