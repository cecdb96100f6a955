package icebench

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/pion/turn/v5"

	"github.com/visavis-netcode/visavis/nat/netlab"
	"github.com/visavis-netcode/visavis/netcode/internal/natboard"
)

// PionICE is pion/ice with its TURN server. Its program is Play.
var PionICE = natboard.Contestant{Name: "pion/ice", Program: "pion-ice", Serve: serve}

const (
	turnUser, turnPassword, turnRealm = "player", "secret", "icebench"
	turnPort                          = 3479
)

// serve runs a TURN server over UDP and TCP in a town.
func serve(w *natboard.Town) natboard.Servers {
	at := w.Addrs[0].AsSlice()
	relays := relay{place: w.Server, addr: at}
	var udp *net.UDPConn
	var tcp *net.TCPListener
	var err error
	w.Server.Enter(func() {
		if udp, err = net.ListenUDP("udp4", &net.UDPAddr{IP: at, Port: turnPort}); err == nil {
			tcp, err = net.ListenTCP("tcp4", &net.TCPAddr{IP: at, Port: turnPort})
		}
	})
	var server *turn.Server
	if err == nil {
		server, err = turn.NewServer(turn.ServerConfig{
			Realm: turnRealm,
			AuthHandler: func(r *turn.RequestAttributes) (string, []byte, bool) {
				return r.Username, turn.GenerateAuthKey(r.Username, r.Realm, turnPassword), r.Username == turnUser
			},
			PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: relays}},
			ListenerConfigs:   []turn.ListenerConfig{{Listener: tcp, RelayAddressGenerator: relays}},
		})
	}
	t := w.TB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(t, server) })
	s := w.Servers
	for _, way := range []string{"udp", "tcp"} {
		s.TURN = append(s.TURN, fmt.Sprintf("turn:%v:%d?transport=%s", w.Addrs[0], turnPort, way))
	}
	return s
}

func closeServer(t testing.TB, server *turn.Server) {
	if err := server.Close(); err != nil {
		t.Log("TURN server: ", err)
	}
}

// relay opens a TURN server's sockets in a place.
type relay struct {
	place *netlab.Place
	addr  net.IP
}

func (r relay) Validate() error { return nil }

func (r relay) AllocatePacketConn(turn.AllocateListenerConfig) (conn net.PacketConn, addr net.Addr, err error) {
	r.place.Enter(func() { conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: r.addr}) })
	if err != nil {
		return nil, nil, err
	}
	return conn, conn.LocalAddr(), nil
}

var errTCP = errors.New("TCP is not relayed here")

func (r relay) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errTCP
}

func (r relay) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errTCP }
