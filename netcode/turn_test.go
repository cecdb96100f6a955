package netcode

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/pion/logging"
	"github.com/pion/turn/v4"

	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// serveTURN runs a TURN server on loopback for one test.
func serveTURN(t *testing.T) (server string) {
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	s, err := turn.NewServer(turn.ServerConfig{Realm: "test", LoggerFactory: quiet,
		AuthHandler: func(user, realm string, _ net.Addr) ([]byte, bool) {
			return turn.GenerateAuthKey(user, realm, "secret"), user == "ana"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
			RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return fmt.Sprintf("turn:ana:secret@%v?transport=udp", udp.LocalAddr())
}

// TestRelayOnly: three who hide their addresses play a match by way of a TURN
// server, and none is told the address of another.
func TestRelayOnly(t *testing.T) {
	meetings, server := serveRendezvous(t, rendezvous.ServerConfig{NoRelay: true}), serveTURN(t)
	var nodes []*Node
	for _, name := range []string{"Ana", "Ben", "Eve"} {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Listen(NodeConfig{Addr: "127.0.0.1:0", Name: name, Key: key, Rendezvous: meetings, STUN: []string{meetings},
			TURN: []string{server}, Relay: RelayOnly})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Close)
		nodes = append(nodes, n)
	}
	host, err := OpenLobby(nodes[0], ledgerGame(), LobbyConfig{Code: true})
	if err != nil {
		t.Fatal(err)
	}
	lobbies, rooms := []*Lobby[ledger, uint32]{host}, []*Room{host.Room}
	pollUntil(t, nodes[0], func() bool { _, ready := host.Code(); return ready }, rooms...)
	code, _ := host.Code()
	for _, n := range nodes[1:] {
		guest, err := JoinLobby(n, ledgerGame(), code, LobbyConfig{Ready: true})
		if err != nil {
			t.Fatal(err)
		}
		lobbies, rooms = append(lobbies, guest), append(rooms, guest.Room)
	}
	pollUntil(t, nodes[0], func() bool {
		return rooms[1].State() == Gathering && rooms[2].State() == Gathering && host.Blocker() == ""
	}, rooms...)
	for _, r := range rooms {
		for _, m := range r.members {
			if m == nil {
				continue
			}
			for k, n := range nodes {
				if slices.ContainsFunc(m.Addrs, func(a string) bool { return a == n.Addr().String() }) || strings.Contains(string(m.Offer), string(portBytes(n))) {
					t.Errorf("%s is told where %s is: %v", r.node.name, nodes[k].name, m.Addrs)
				}
			}
		}
	}
	if err := host.Start(1, 60); err != nil {
		t.Fatal(err)
	}
	pollUntil(t, nodes[0], func() bool { return lobbies[1].Match() != nil && lobbies[2].Match() != nil }, rooms...)
	pollUntil(t, nodes[0], func() bool {
		over := true
		for k, l := range lobbies {
			over = l.Match().Tick(uint32(k)).Over && over
		}
		nodes[0].Wait(testTick)
		return over
	})
	for k, l := range lobbies {
		if result, _ := l.Match().Result(); result.Err != nil || !result.Agreed || result.Frame != 60 {
			t.Errorf("%s: %+v", nodes[k].name, result)
		}
		for _, p := range l.Match().AppendPeers(nil) {
			if p.Path != "turn" {
				t.Errorf("%s reaches %s by %q", nodes[k].name, p.Name, p.Path)
			}
		}
	}
}

// portBytes are the port of a node as it would stand in an offer with its address.
func portBytes(n *Node) []byte {
	port := n.Addr().Port()
	return []byte{127, 0, 0, 1, byte(port >> 8), byte(port)}
}

func TestWrongTURN(t *testing.T) {
	_, err := Listen(NodeConfig{Addr: "127.0.0.1:0", TURN: []string{"turn.example.org:3478"}})
	if err == nil || !strings.Contains(err.Error(), "begins with turn:") {
		t.Errorf("listening: %v", err)
	}
}
