// Command lan finds the other player by itself: start it on two machines of one
// network, or twice on one. The first finds nobody and hosts; the second finds the
// first on the list of the local network and joins.
//
// The list needs no server and no internet: lobbies announce themselves, and Browse
// hears them within a fifth of a second. A game with menus shows the list; this one
// takes the first lobby that has a seat.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/netcode"
)

// looking is how long somebody else's lobby is looked for before one is opened.
const looking = time.Second

// interfaces are the networks that are looked at; nil is all. Without a display this
// is a rehearsal, which stays on this machine.
func interfaces() []string {
	if dots.Display() {
		return nil
	}
	return []string{"lo"}
}

// find returns the address of a lobby on the local network, "" if there is none.
func find(node *netcode.Node) (string, error) {
	list, err := netcode.Browse(netcode.BrowseConfig{Game: dots.Config().Game, Except: node, Interfaces: interfaces()})
	if err != nil {
		return "", err
	}
	defer list.Close()
	for end := time.Now().Add(looking); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, lobby := range list.AppendFound(nil) {
			if lobby.Seats < lobby.MaxSeats && !lobby.Playing {
				return lobby.Address, nil
			}
		}
	}
	return "", nil
}

func run() error {
	// On all lists of a network one shows a key of the day, not the one that friends know.
	node, err := netcode.Listen(netcode.NodeConfig{DayKey: true, Interfaces: interfaces()})
	if err != nil {
		return err
	}
	defer node.Close()
	address, err := find(node)
	if err != nil {
		return err
	}
	var lobby *dots.Lobby
	x := 20 // of the window
	if address == "" {
		node.SetName("Ana")
		fmt.Println("nobody is there yet: this is the host")
		lobby, err = netcode.OpenLobby(node, dots.Config(), netcode.LobbyConfig{LAN: true, Title: "Ana's dots"})
	} else {
		node.SetName("Ben")
		x += 20 + dots.Width
		fmt.Println("joining", address)
		lobby, err = netcode.JoinLobby(node, dots.Config(), address, netcode.LobbyConfig{})
	}
	if err != nil {
		return err
	}
	err = dots.Show(dots.Play(lobby, dots.StartWhenFull), "lan: "+node.Name(), x, 80)
	if match := lobby.Match(); match != nil {
		fmt.Printf("%s played %d frames\n", node.Name(), match.Stats().Frame)
	}
	return err
}

func main() {
	err := run()
	var left *netcode.LeftError
	if err != nil && !errors.As(err, &left) {
		fmt.Fprintln(os.Stderr, "lan:", err)
		os.Exit(1)
	}
}
