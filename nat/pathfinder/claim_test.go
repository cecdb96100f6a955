package pathfinder

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// TestNamesAnothersAddress: a stranger whom a player knows by a secret of his own
// forges the address of the other player for his first check, and then shows
// himself at another one. The other's packets stay the other's, on either side.
func TestNamesAnothersAddress(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	host, guest := newPlayer(t, 1, Config{Rendezvous: server}), newPlayer(t, 2, Config{Rendezvous: server})
	code := newCode(t)
	await(t, "the code to work", host.finder.Host(code, 4).Ready)
	a := guest.finder.Join(code)
	d, l := connect(t, guest, host, a)
	a.Close() // the connection keeps what it has found
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 30)
	stranger := [32]byte{0xbb}
	for n, two := range [][2]*player{{host, guest}, {guest, host}} {
		secret, player, other := []byte("the stranger's own"), two[0], two[1]
		a, err := player.finder.Connect(appendKeyed(nil, stranger, nat.Offer{}), secret, true)
		if err != nil {
			t.Fatal(err)
		}
		i := newImpostor(t, secret, stranger, player.finder.config.Key, player.paths.Addr())
		i.punch.Advance(time.Second)
		checks := i.punch.AppendSends(nil)
		if len(checks) == 0 {
			t.Fatal("the stranger has nothing to send")
		}
		taken := make(chan struct{})
		player.finder.do(func() {
			player.finder.take(packet{checks[0].Data, pathconn.Route{Addr: other.paths.Addr()}})
			close(taken)
		})
		<-taken
		tasks.Go(func() { i.run(ctx) })
		await(t, "the stranger's path", func() bool { return a.Kind() != "" })
		flow(t, streams, 60)
		if host.real(l) != guest.paths.Addr() || guest.real(d) != host.paths.Addr() {
			t.Errorf("player %d: packets go to %v and %v", n, host.real(l), guest.real(d))
		}
		if v, ok := a.Virtual(); !ok || player.paths.Real(v) == other.paths.Addr() {
			t.Errorf("player %d: the stranger is at %v", n, player.paths.Real(v))
		}
	}
}

// TestDialledAgain: of two connections with one peer that go by one way, the newer
// one's pair looks after it, and the end of the older changes nothing.
func TestDialledAgain(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	host, guest := newPlayer(t, 1, Config{Rendezvous: server}), newPlayer(t, 2, Config{Rendezvous: server})
	code := newCode(t)
	await(t, "the code to work", host.finder.Host(code, 4).Ready)
	a := guest.finder.Join(code)
	virtual := awaitPath(t, a)
	first, _ := dial(t, guest, host, virtual)
	second, _ := dial(t, guest, host, virtual)
	kept := func() (secrets [][32]byte) {
		done := make(chan struct{})
		guest.finder.do(func() {
			for _, p := range guest.finder.pairs {
				if p.bond != nil {
					secrets = append(secrets, p.bond.Secret)
				}
			}
			close(done)
		})
		<-done
		return secrets
	}
	await(t, "the newer one to be kept", func() bool {
		secrets := kept()
		return len(secrets) == 1 && secrets[0] == secretOf(t, second)
	})
	a.Close()
	guest.finder.Release(secretOf(t, first))
	if left := kept(); len(left) != 1 || left[0] != secretOf(t, second) || guest.finder.KindOf(virtual) == "" {
		t.Errorf("%d connections are kept, by way of %q", len(left), guest.finder.KindOf(virtual))
	}
	guest.finder.Release(secretOf(t, second))
	await(t, "the second to be forgotten", func() bool { return len(kept()) == 0 && guest.finder.KindOf(virtual) == "" })
}
