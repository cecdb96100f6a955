package relay_test

import (
	"fmt"
	"log"
	"net"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/relay"
)

// open opens a player's socket on this computer.
func open() *pathconn.Conn {
	c, err := pathconn.Open(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// Ana and Ben reach each other by way of Cem, who reads nothing of what he passes on.
func Example() {
	ana, ben, cem := open(), open(), open()
	defer ana.Close()
	defer ben.Close()

	forwarder := relay.New(relay.Config{Paths: cem})
	channel, err := forwarder.Open(cem.Virtual(ana.Addr()), cem.Virtual(ben.Addr()))
	if err != nil {
		log.Fatal(err)
	}
	cem.Handle(func(b []byte, by pathconn.Route) { forwarder.Take(0, b, by) })
	done := make(chan struct{})
	go func() { // as QUIC does on the socket that Cem plays on
		defer close(done)
		for b, err := make([]byte, 1500), error(nil); err == nil; {
			_, _, err = cem.ReadFrom(b)
		}
	}()

	// Each has been told its header, and Ben expects Ana by Cem.
	toBen := ana.VirtualBy(pathconn.Route{Via: ana.Virtual(cem.Addr()), Header: channel.Headers[0]})
	toAna := ben.VirtualBy(pathconn.Route{Via: ben.Virtual(cem.Addr()), Header: channel.Headers[1]})
	if _, err := ana.WriteTo([]byte("@hello"), net.UDPAddrFromAddrPort(toBen)); err != nil {
		log.Fatal(err)
	}
	b := make([]byte, 1500)
	n, from, err := ben.ReadFrom(b)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, from Ana: %v\n", b[1:n], from.String() == toAna.String())

	cem.Close()
	<-done
	stats := forwarder.Stats()
	fmt.Println("packets passed on:", stats.Packets, "stray:", stats.Stray)
	// Output:
	// hello, from Ana: true
	// packets passed on: 1 stray: 0
}
