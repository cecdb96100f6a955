package turn_test

import (
	"fmt"
	"log"
	"net"
	"net/netip"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v4"

	"github.com/visavis-netcode/visavis/nat/turn"
)

// A server is named in one line, as players and games write it.
func ExampleParse() {
	server, err := turn.Parse("turn:ana:secret@turn.example.org:3478?transport=tcp")
	fmt.Println(server, err)
	_, err = turn.Parse("turn.example.org:3478")
	fmt.Println(err)
	// Output:
	// turn.example.org:3478 (tcp) <nil>
	// a TURN server begins with turn: and looks like turn:USER:PASSWORD@HOST:PORT?transport=udp
}

// serve runs a TURN server on this computer for ana, whose password is secret.
func serve() (*pion.Server, string) {
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	address := &pion.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	server, err := pion.NewServer(pion.ServerConfig{
		Realm: "example", LoggerFactory: logging.NewDefaultLoggerFactory(),
		AuthHandler: func(user, realm string, _ net.Addr) ([]byte, bool) {
			return pion.GenerateAuthKey(user, realm, "secret"), user == "ana"
		},
		PacketConnConfigs: []pion.PacketConnConfig{{PacketConn: socket, RelayAddressGenerator: address}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return server, "turn:ana:secret@" + socket.LocalAddr().String()
}

// An address at a server, by which somebody else reaches us who is let in.
func ExampleOpen() {
	process, name := serve()
	defer process.Close()
	server, err := turn.Parse(name)
	if err != nil {
		log.Fatal(err)
	}
	changed := make(chan struct{}, 1)
	relay := turn.Open(turn.Config{Servers: []turn.Server{server}, Changed: func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}})
	defer relay.Close()
	for !relay.State().Addr.IsValid() {
		<-changed
	}

	ben, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		log.Fatal(err)
	}
	defer ben.Close()
	at := ben.LocalAddr().(*net.UDPAddr).AddrPort()
	relay.Permit([]netip.Addr{at.Addr()}) // nobody else gets in
	if _, err := relay.WriteToUDPAddrPort([]byte("hello"), at); err != nil {
		log.Fatal(err)
	}
	b := make([]byte, 1500)
	n, from, err := ben.ReadFromUDPAddrPort(b)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, from our address at the server: %v\n", b[:n], from == relay.State().Addr)
	// Output:
	// hello, from our address at the server: true
}
