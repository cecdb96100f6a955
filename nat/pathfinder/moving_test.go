package pathfinder

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// TestSlept: the clock on the wall is ahead after sleep; small corrections and
// steps back are none.
func TestSlept(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for _, tt := range []struct {
		own, wall time.Duration
		want      bool
	}{
		{2 * time.Second, 2 * time.Second, false},
		{2 * time.Second, 3 * time.Second, false},
		{2 * time.Second, 2*time.Second + sleptFor - 1, false},
		{2 * time.Second, 2*time.Second + sleptFor, true},
		{2 * time.Second, 8 * time.Hour, true},
		{time.Hour, time.Hour, false},
		{2 * time.Second, -time.Hour, false},
	} {
		var w watch
		if w.slept(time.Second, start) {
			t.Error("slept before it was ever asked")
		}
		if got := w.slept(time.Second+tt.own, start.Add(tt.wall)); got != tt.want {
			t.Errorf("%v, on the wall %v: slept %v", tt.own, tt.wall, got)
		}
		if w.slept(2*time.Second+tt.own, start.Add(tt.wall+time.Second)) {
			t.Errorf("%v, on the wall %v: slept twice", tt.own, tt.wall)
		}
	}
}

// anyAddress is a socket on all addresses of its computer.
type anyAddress struct{ net.PacketConn }

func (anyAddress) LocalAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4zero, Port: 7001} }

// TestMoves: a change of addresses is noticed and offered, and so is sleep, by a
// Finder that had nothing to do until somebody took its offer.
func TestMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		host := sim.Home("portrestricted", natsim.Options{}).Hosts[0]
		sim.Start()
		defer sim.Stop()
		var home atomic.Pointer[netip.Addr]
		var asleep atomic.Int64
		at := func(text string) { addr := netip.MustParseAddr(text); home.Store(&addr) }
		at("10.0.0.1")
		conn, err := host.ListenPacket(7001)
		if err != nil {
			t.Fatal(err)
		}
		paths := pathconn.Over(anyAddress{conn})
		defer paths.Close()
		f := New(Config{
			Paths: paths, Key: [32]byte{1},
			networks: func() ([]nat.Interface, error) {
				return []nat.Interface{{Name: "eth0", Addrs: []netip.Addr{*home.Load()}, Networks: []netip.Prefix{netip.PrefixFrom(*home.Load(), 31)}}}, nil
			},
			wall: func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) },
		})
		defer f.Close()
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		expect := func(when string, moves uint64) {
			t.Helper()
			if got := f.Moves(); got != moves {
				t.Errorf("%s: %d moves", when, got)
			}
		}
		wait(time.Minute)
		f.Offer()
		wait(lookAgain)
		expect("in one place", 0)
		at("10.0.0.2")
		wait(lookAgain)
		expect("after a change of address", 1)
		if f.restraint.Near(netip.MustParseAddr("10.0.0.1")) || !f.restraint.Near(netip.MustParseAddr("10.0.0.3")) {
			t.Error("the Restraint is not told of the other network")
		}
		if _, offer, err := parseKeyed(f.Offer()); err != nil || len(offer.Candidates) == 0 || offer.Candidates[0].Addr.Addr() != *home.Load() {
			t.Errorf("%v, %v is offered", offer, err)
		}
		asleep.Store(int64(time.Hour))
		wait(lookAgain)
		expect("after sleep", 2)
		wait(offerLife)
		at("10.0.0.3")
		wait(time.Minute)
		expect("while nobody counts on an offer", 2)
		f.Offer()
		wait(lookAgain)
		expect("when somebody does again", 3)
	})
}
