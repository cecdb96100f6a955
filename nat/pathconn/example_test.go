package pathconn_test

import (
	"fmt"
	"log"
	"net"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// open opens a socket on this computer.
func open() *pathconn.Conn {
	c, err := pathconn.Open(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// A peer keeps the address that QUIC sees while the way to it changes.
func Example() {
	here, wifi, cable := open(), open(), open()
	defer here.Close()
	defer wifi.Close()
	defer cable.Close()

	peer := here.Virtual(wifi.Addr()) // what to dial
	here.Hold(peer)
	defer here.Release(peer)
	fmt.Println("virtual:", netip.MustParsePrefix("240.0.0.0/5").Contains(peer.Addr()))

	packet := []byte("@ a packet of QUIC, as its first byte tells")
	for _, there := range []*pathconn.Conn{wifi, cable} {
		here.SetPath(peer, there.Addr()) // the peer has moved
		if _, err := here.WriteTo(packet, net.UDPAddrFromAddrPort(peer)); err != nil {
			log.Fatal(err)
		}
		got := make([]byte, 100)
		n, from, err := there.ReadFrom(got)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n == len(packet), "from the same peer:", from.String() == there.Virtual(here.Addr()).String())
	}
	fmt.Println("now at the cable:", here.Real(peer) == cable.Addr())
	// Output:
	// virtual: true
	// true from the same peer: true
	// true from the same peer: true
	// now at the cable: true
}
