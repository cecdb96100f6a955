// Command code lets two players meet by a short code, as they would through two home
// routers: the host's window shows it, and a second copy of this program types it in.
//
// A code needs a rendezvous server that both know, and nothing open anywhere. Here it
// runs within this program, on this machine; a real one is a computer with a public
// address, see nat/cmd/rendezvous, and its name stands in NodeConfig.Rendezvous of
// every copy of the game. It can read neither the code nor the game.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
	"github.com/visavis-netcode/visavis/netcode"
)

// serve runs a rendezvous server on this machine until ctx ends.
func serve(ctx context.Context) (server string, err error) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(tcp.Addr().(*net.TCPAddr).AddrPort()))
	if err != nil {
		tcp.Close()
		return "", err
	}
	go rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, udp, tcp)
	return tcp.Addr().String(), nil
}

// host shows the code, starts the second copy with it, and plays.
func host() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	server, err := serve(ctx)
	if err != nil {
		return err
	}
	node, err := dots.Listen("Ana", netcode.NodeConfig{Rendezvous: server})
	if err != nil {
		return err
	}
	lobby, err := netcode.OpenLobby(node, dots.Config(), netcode.LobbyConfig{Code: true})
	if err != nil {
		return err
	}
	wait, told := func() {}, false
	defer func() { wait() }()
	defer node.Close()
	return dots.Show(dots.Play(lobby, func(l *dots.Lobby) {
		if code, ready := l.Code(); ready && !told {
			told = true
			fmt.Println("the code is", code)
			if end, err := dots.SecondCopy("-rendezvous", server, "-join", code); err != nil {
				fmt.Fprintln(os.Stderr, "code:", err)
			} else {
				wait = end
			}
		}
		dots.StartWhenFull(l)
	}), "code: Ana", 20, 80)
}

// join is what the second copy does with the code.
func join(code, server string) error {
	node, err := dots.Listen("Ben", netcode.NodeConfig{Rendezvous: server})
	if err != nil {
		return err
	}
	defer node.Close()
	lobby, err := netcode.JoinLobby(node, dots.Config(), code, netcode.LobbyConfig{})
	if err != nil {
		return err
	}
	err = dots.Show(dots.Play(lobby, dots.StartWhenFull), "code: Ben", 40+dots.Width, 80)
	if match := lobby.Match(); match != nil {
		fmt.Printf("Ben played %d frames\n", match.Stats().Frame)
	}
	return err
}

func main() {
	code := flag.String("join", "", "used by the second copy: the `code`")
	server := flag.String("rendezvous", "", "used by the second copy: the server's `address`")
	flag.Parse()
	run := host
	if *code != "" {
		run = func() error { return join(*code, *server) }
	}
	err := run()
	var left *netcode.LeftError
	if err != nil && !errors.As(err, &left) {
		fmt.Fprintln(os.Stderr, "code:", err)
		os.Exit(1)
	}
}
