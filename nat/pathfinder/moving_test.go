package pathfinder

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
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

// TestMoves: a change of addresses is noticed and offered, and so is sleep.
func TestMoves(t *testing.T) {
	t.Parallel()
	paths, err := pathconn.Open(netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	var home atomic.Pointer[netip.Addr]
	var asleep atomic.Int64
	at := func(text string) { addr := netip.MustParseAddr(text); home.Store(&addr) }
	at("10.0.0.1")
	p := playerOn(t, paths, 1, Config{
		networks: func() ([]nat.Interface, error) {
			return []nat.Interface{{Name: "eth0", Addrs: []netip.Addr{*home.Load()}}}, nil
		},
		wall: func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) },
	})
	offered := func() netip.Addr {
		_, offer, err := parseOffer(p.finder.Offer())
		if err != nil || len(offer.Candidates) == 0 {
			t.Fatalf("%v, %v", offer, err)
		}
		return offer.Candidates[0].Addr.Addr()
	}
	if got := offered(); got != *home.Load() || p.finder.Moves() != 0 {
		t.Fatalf("%v is offered after %d moves", got, p.finder.Moves())
	}
	at("10.0.0.2")
	// A machine that is held up for seconds looks like one that has slept: more moves
	// than these there may be.
	await(t, "the move to be noticed", func() bool { return p.finder.Moves() > 0 && offered() == *home.Load() })
	moves := p.finder.Moves()
	asleep.Store(int64(time.Hour))
	await(t, "the sleep to be noticed", func() bool { return p.finder.Moves() > moves })
}
