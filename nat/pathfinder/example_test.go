package pathfinder_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// newFinder is a game: a socket, until ctx is over, and the finder that looks for ways over
// it. changed is written to when there is news.
func newFinder(ctx context.Context, key byte, server string) (f *pathfinder.Finder, changed <-chan struct{}) {
	paths, err := pathconn.Open(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		panic(err)
	}
	context.AfterFunc(ctx, func() { paths.Close() })
	go func() { // in a game QUIC reads: a quic.Transport on paths.PacketConn()
		for b := make([]byte, 1500); ; {
			if _, _, err := paths.PacketConn().ReadFrom(b); err != nil {
				return
			}
		}
	}()
	news := make(chan struct{}, 1)
	return pathfinder.New(pathfinder.Config{
		Paths: paths, Key: [32]byte{key}, Rendezvous: server, Loopback: true,
		Changed: func() {
			select {
			case news <- struct{}{}:
			default:
			}
		},
	}), news
}

// Two games that know a code find the way to each other, here on one computer.
func Example() {
	// Somebody runs this for all: visavis rendezvous.
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, socket, nil); err != nil {
			panic(err)
		}
	})
	defer serving.Wait()
	defer stop()

	host, _ := newFinder(ctx, 1, socket.LocalAddr().String())
	defer host.Close()
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		panic(err)
	}
	hosting := host.Host(code, 1)
	defer hosting.Close()

	guest, changed := newFinder(ctx, 2, socket.LocalAddr().String())
	defer guest.Close()
	attempt := guest.Join(code) // the friend has told it
	defer attempt.Close()
	<-changed
	if err := attempt.Err(); err != nil {
		fmt.Println(err)
	}
	_, found := attempt.Virtual() // where QUIC dials; the finder keeps what is behind it
	fmt.Println(found, attempt.Kind())
	// Output: true loopback
}
