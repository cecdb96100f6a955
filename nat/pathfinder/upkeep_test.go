package pathfinder

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// TestFailover: the direct path is cut; the game goes on by the relay, and
// directly again when that is possible.
func TestFailover(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	host, before := newFirewalled(t, 1, Config{Rendezvous: server})
	guest, behind := newFirewalled(t, 2, Config{Rendezvous: server})
	before.stop()
	behind.stop()
	code := newCode(t)
	await(t, "the code to work", host.finder.Host(code, 1).Ready)
	a := guest.finder.Join(code)
	d, l := connect(t, guest, host, a)
	if a.Kind() != "loopback" {
		t.Fatalf("the path is of kind %q", a.Kind())
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var tasks sync.WaitGroup
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 30)
	cut := time.Now()
	before.stop(netip.MustParseAddrPort(server))
	behind.stop(netip.MustParseAddrPort(server))
	await(t, "the relay", func() bool { return a.Kind() == "server-relay" })
	flow(t, streams, 1)
	t.Logf("without a standby path the game stood still for %v", time.Since(cut))
	flow(t, streams, 30)
	before.stop()
	behind.stop()
	open := time.Now()
	await(t, "the direct path", func() bool { return a.Kind() == "loopback" && host.real(l) == guest.paths.Addr() })
	t.Logf("direct again after %v", time.Since(open))
	// The relay is a standby path still.
	flow(t, streams, 10)
	for _, s := range streams {
		s.anew()
	}
	before.stop(netip.MustParseAddrPort(server))
	behind.stop(netip.MustParseAddrPort(server))
	await(t, "the relay", func() bool { return a.Kind() == "server-relay" })
	flow(t, streams, 10)
	for i, s := range streams {
		gap := s.gap()
		t.Logf("with a standby path, way %d stood still for %v", i, gap)
		if gap > time.Second {
			t.Error("that is too long")
		}
	}
	cancel()
	tasks.Wait()
}

// roaming is a socket whose address can change, as that of a phone does.
type roaming struct {
	*net.UDPConn // the first; for what quic-go asks of it
	now          atomic.Pointer[net.UDPConn]
}

func newRoaming(t testing.TB) *roaming {
	t.Helper()
	r := &roaming{}
	r.UDPConn = r.move(t)
	return r
}

// move takes another port; the old one is closed.
func (r *roaming) move(t testing.TB) *net.UDPConn {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if old := r.now.Swap(udp); old != nil {
		old.Close()
	}
	return udp
}

func (r *roaming) LocalAddr() net.Addr { return r.now.Load().LocalAddr() }

func (r *roaming) ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, from netip.AddrPort, err error) {
	for {
		udp := r.now.Load()
		n, oobn, flags, from, err = udp.ReadMsgUDPAddrPort(b, oob)
		if !errors.Is(err, net.ErrClosed) || r.now.Load() == udp {
			return n, oobn, flags, from, err
		}
	}
}

func (r *roaming) WriteMsgUDPAddrPort(b, oob []byte, to netip.AddrPort) (int, int, error) {
	return r.now.Load().WriteMsgUDPAddrPort(b, oob, to)
}

func (r *roaming) WriteTo(b []byte, to net.Addr) (int, error) { return r.now.Load().WriteTo(b, to) }

func (r *roaming) SetReadDeadline(t time.Time) error { return r.now.Load().SetReadDeadline(t) }

func (r *roaming) Close() error { return r.now.Load().Close() }

// TestRoaming: the address of one side changes in the middle of a game, that of
// the side that dialled or that of the other, however they have met.
func TestRoaming(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"host code", "guest code", "host address", "guest address"} {
		t.Run(how, func(t *testing.T) {
			who, by, _ := strings.Cut(how, " ")
			config := Config{}
			if by == "code" {
				config.Rendezvous, _ = serve(t, false)
			}
			socket := newRoaming(t)
			var host, guest *player
			if who == "host" {
				host, guest = playerOn(t, over(socket), 1, config), newPlayer(t, 2, config)
			} else {
				host, guest = newPlayer(t, 1, config), playerOn(t, over(socket), 2, config)
			}
			var d, l *quic.Conn
			if by == "code" {
				code := newCode(t)
				await(t, "the code to work", host.finder.Host(code, 1).Ready)
				d, l = connect(t, guest, host, guest.finder.Join(code))
			} else {
				d, l = dial(t, guest, host, guest.paths.Virtual(host.paths.Addr()))
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var tasks sync.WaitGroup
			streams := play(ctx, &tasks, d, l)
			flow(t, streams, 30)
			socket.move(t)
			for i := range streams {
				streams[i].anew()
			}
			flow(t, streams, 60)
			cancel()
			tasks.Wait()
			for i, s := range streams {
				gap := s.gap()
				t.Logf("way %d: %d sent, %d lost, longest gap %v", i, s.sent.Load(), s.sent.Load()-s.received.Load(), gap)
				if gap > 2*time.Second {
					t.Error("that is too long")
				}
			}
		})
	}
}
