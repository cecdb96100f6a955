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
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/netcode"
)

// host opens a lobby and starts the second process, which ends with this one.
func host(node *netcode.Node) (*dots.Lobby, func(), error) {
	lobby, err := netcode.OpenLobby(node, dots.Config(), netcode.LobbyConfig{})
	if err != nil {
		return nil, nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d#%s", node.Addr().Port(), node.Fingerprint())
	wait, err := dots.SecondCopy("-join", address)
	return lobby, wait, err // it notices that we left
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
	var lobby *dots.Lobby
	wait := func() {}
	if address == "" {
		lobby, wait, err = host(node)
	} else {
		lobby, err = netcode.JoinLobby(node, dots.Config(), address, netcode.LobbyConfig{})
	}
	if err != nil {
		return err
	}
	defer wait()
	defer node.Close() // tells the other that we left
	err = dots.Show(dots.Play(lobby, dots.StartWhenFull), "twowindows: "+name, x, 80)
	if match := lobby.Match(); match != nil {
		fmt.Printf("%s played %d frames\n", name, match.Stats().Frame)
	}
	return err
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
