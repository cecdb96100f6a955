package pathfinder

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// firewall is a socket that hears only those whom it lets through.
type firewall struct {
	*net.UDPConn
	stops atomic.Pointer[func(from netip.AddrPort) bool]
}

func (f *firewall) ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, from netip.AddrPort, err error) {
	for {
		n, oobn, flags, from, err = f.UDPConn.ReadMsgUDPAddrPort(b, oob)
		stops := f.stops.Load()
		if err != nil || stops == nil || !(*stops)(from) {
			return n, oobn, flags, from, err
		}
	}
}

// stop drops what comes from others than these, until it is called without any.
func (f *firewall) stop(except ...netip.AddrPort) {
	if len(except) == 0 {
		f.stops.Store(nil)
		return
	}
	stops := func(from netip.AddrPort) bool { return !slices.Contains(except, from) }
	f.stops.Store(&stops)
}

func newFirewalled(t testing.TB, seed byte, config Config) (*player, *firewall) {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	f := &firewall{UDPConn: udp}
	f.stop(netip.MustParseAddrPort(config.Rendezvous))
	return playerOn(t, pathconn.Over(f), seed, config), f
}

// stream is datagrams that are sent 60 times a second.
type stream struct {
	sent, received atomic.Int64
	longest        atomic.Int64 // ns between two that came
	late           atomic.Int64 // ns by which this computer was too late to send one, at most
}

// gap is for how long nothing came, but for what this computer, which may be busy,
// was late by.
func (s *stream) gap() time.Duration { return time.Duration(s.longest.Load() - s.late.Load()) }

// anew forgets what was.
func (s *stream) anew() {
	s.longest.Store(0)
	s.late.Store(0)
}

// play sends datagrams both ways until the context ends.
func play(ctx context.Context, tasks *sync.WaitGroup, a, b *quic.Conn) [2]*stream {
	streams := [2]*stream{{}, {}}
	for i, way := range [][2]*quic.Conn{{a, b}, {b, a}} {
		s := streams[i]
		tasks.Go(func() {
			tick := time.NewTicker(time.Second / 60)
			defer tick.Stop()
			for last := time.Now(); ; {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				s.late.Store(max(s.late.Load(), int64(time.Since(last)-time.Second/60)))
				last = time.Now()
				if way[0].SendDatagram(binary.BigEndian.AppendUint64(nil, uint64(s.sent.Load()))) == nil {
					s.sent.Add(1)
				}
			}
		})
		tasks.Go(func() {
			last := time.Now()
			for {
				_, err := way[1].ReceiveDatagram(ctx)
				if err != nil {
					return
				}
				s.received.Add(1)
				s.longest.Store(max(s.longest.Load(), int64(time.Since(last))))
				last = time.Now()
			}
		})
	}
	return streams
}

// flow waits for so many datagrams each way.
func flow(t testing.TB, streams [2]*stream, count int64) {
	t.Helper()
	from := [2]int64{streams[0].received.Load(), streams[1].received.Load()}
	await(t, "datagrams", func() bool {
		return streams[0].received.Load() >= from[0]+count && streams[1].received.Load() >= from[1]+count
	})
}

// TestUpgrade: a game begins on the relay because firewalls stop all else, and
// goes over to the direct path when they do not any more, without losing what is
// sent meanwhile.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	host, before := newFirewalled(t, 1, Config{Rendezvous: server})
	guest, behind := newFirewalled(t, 2, Config{Rendezvous: server})
	code := newCode(t)
	hosting := host.finder.Host(code, 1)
	await(t, "the code to work", hosting.Ready)
	a := guest.finder.Join(code)
	d, l := connect(t, guest, host, a)
	if a.Kind() != "server-relay" {
		t.Fatalf("the path is of kind %q", a.Kind())
	}
	t.Logf("on the relay after %v", a.Found())
	virtual, _ := a.Virtual()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var tasks sync.WaitGroup
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 30)
	start := time.Now()
	before.stop()
	behind.stop()
	await(t, "the direct path", func() bool { return a.Kind() == "loopback" && host.real(l) == guest.paths.Addr() })
	t.Logf("direct %v after it became possible", time.Since(start))
	flow(t, streams, 60)
	cancel()
	tasks.Wait()
	for i, s := range streams {
		lost := s.sent.Load() - s.received.Load()
		t.Logf("way %d: %d sent, %d lost, longest gap %v", i, s.sent.Load(), lost, s.gap())
		if lost > 2 {
			t.Errorf("%d datagrams were lost", lost)
		}
	}
	if now, _ := a.Virtual(); now != virtual || guest.real(d) != host.paths.Addr() {
		t.Error("the virtual address has changed")
	}
}

// over is a Conn over a socket that stands for a real one.
func over(socket net.PacketConn) *pathconn.Conn { return pathconn.Over(socket) }

// TestConnectByRelay: two who share a secret but no code, and cannot reach each
// other, meet at the server for a relay.
func TestConnectByRelay(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	one, _ := newFirewalled(t, 1, Config{Rendezvous: server})
	two, _ := newFirewalled(t, 2, Config{Rendezvous: server})
	secret := []byte("from the roster of a lobby")
	a, err := one.finder.Connect(two.finder.Offer(), secret, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.finder.Connect(one.finder.Offer(), secret, false)
	if err != nil {
		t.Fatal(err)
	}
	d, l := connect(t, one, two, a)
	awaitPath(t, b)
	echo(t, d, l, 5)
	if a.Kind() != "server-relay" || b.Kind() != "server-relay" {
		t.Errorf("the paths are of kind %q and %q", a.Kind(), b.Kind())
	}
	t.Logf("relays after %v and %v", a.Found(), b.Found())
	// Those who relay never have none, and say why.
	three, _ := newFirewalled(t, 3, Config{Rendezvous: server, Relay: Never})
	c, err := three.finder.Connect(two.finder.Offer(), secret, true)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the end", func() bool { return c.Err() != nil })
	t.Log(c.Err())
	if _, ok := c.Virtual(); ok {
		t.Error("there is a path")
	}
}
