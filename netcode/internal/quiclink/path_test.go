package quiclink

import (
	"context"
	"crypto/rand"
	"net"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// rendezvousServer runs one on this computer.
func rendezvousServer(t *testing.T) string {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, udp, nil)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return udp.LocalAddr().String()
}

// TestFoundPath: two endpoints meet by a code and connect over the path that was
// found, directly or by the relay.
func TestFoundPath(t *testing.T) {
	for kind, relay := range map[string]pathfinder.Relay{"loopback": pathfinder.Auto, "server-relay": pathfinder.Only} {
		t.Run(kind, func(t *testing.T) {
			server := rendezvousServer(t)
			finder := func(e *Endpoint) *pathfinder.Finder {
				f := pathfinder.New(pathfinder.Config{Paths: e.Paths(), Key: e.Key(), Rendezvous: server, Relay: relay, Loopback: true})
				t.Cleanup(f.Close)
				return f
			}
			host, guest := loopback(t, 1), loopback(t, 2)
			there, here := finder(host), finder(guest)
			code, err := invite.NewCode(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			await(t, host, "the code to work", there.Host(code, 1).Ready)
			a := here.Join(code)
			await(t, guest, "a path", func() bool { _, ok := a.Virtual(); return ok })
			virtual, _ := a.Virtual()
			key := link.Key(a.PeerKey())
			if key != host.Key() || string(a.Kind()) != kind {
				t.Fatalf("the path is of kind %q to %x", a.Kind(), key)
			}
			d := guest.Dial(virtual, &key)
			l := accept(t, host)
			await(t, guest, "the dialler to open", func() bool { return d.State() == link.Open })
			if d.Peer() != host.Key() || l.Peer() != guest.Key() {
				t.Error("the peers' keys are wrong")
			}
			if !d.RemoteAddr().Addr().IsLoopback() || !l.RemoteAddr().Addr().IsLoopback() {
				t.Errorf("the remote addresses are %v and %v", d.RemoteAddr(), l.RemoteAddr())
			}
			l.SendDatagram([]byte("hello"))
			await(t, guest, "a datagram", func() (ok bool) {
				d.Receive(func(kind link.Kind, _ time.Duration, b []byte) { ok = kind == link.Datagram && string(b) == "hello" })
				return ok
			})
		})
	}
}
