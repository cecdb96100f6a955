package lan_test

import (
	"crypto/ed25519"
	"fmt"
	"log"
	"net"

	"github.com/visavis-netcode/visavis/nat/lan"
)

// onlyThisComputer is a network of its own: the loopback interface, and a port that
// nobody else uses. Games leave Network empty.
func onlyThisComputer() lan.Network {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	network := lan.Network{Port: uint16(conn.LocalAddr().(*net.UDPAddr).Port), NoDNSSD: true}
	interfaces, err := net.Interfaces()
	if err != nil {
		log.Fatal(err)
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback != 0 {
			network.Interfaces = append(network.Interfaces, i.Name)
		}
	}
	return network
}

// A lobby is announced, and stands on a list.
func Example() {
	network := onlyThisComputer()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	lobby, err := lan.Announce(lan.AnnounceConfig{Key: private, Game: "pond", Network: network,
		Info: lan.Info{Port: 7777, Flags: lan.Open, Taken: 1, Seats: 4, Name: "Ana", Title: "Ana's pond"}})
	if err != nil {
		log.Fatal(err)
	}
	defer lobby.Close()

	list, err := lan.Browse(lan.BrowseConfig{Game: "pond", Network: network})
	if err != nil {
		log.Fatal(err)
	}
	defer list.Close()
	found := list.AppendFound(nil)
	for len(found) == 0 { // a game looks once a frame
		<-list.Changed()
		found = list.AppendFound(nil)
	}
	at := found[0]
	fmt.Printf("%s: %d of %d seats, port %d\n", at.Title, at.Taken, at.Seats, at.Addr.Port())
	fmt.Println("whoever answers there must have the key:", public.Equal(ed25519.PublicKey(at.Key[:])))
	// Output:
	// Ana's pond: 1 of 4 seats, port 7777
	// whoever answers there must have the key: true
}
