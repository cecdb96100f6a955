package pathfinder

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// TestNamersAreBounded: a host who makes up members, each at sixteen addresses that
// nobody has heard of, does not fill the Restraint; who is named afterwards is tried.
func TestNamersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		home := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
		sim.Start()
		defer sim.Stop()
		f := simulated(t, home.Hosts[0], 1, Config{})
		made := func(k uint32) (o nat.Offer) {
			for i := range uint32(nat.MaxCandidates) {
				var addr [4]byte
				binary.BigEndian.PutUint32(addr[:], 0xC6120000+16*k+i) // 198.18.0.0/15
				o.Candidates = append(o.Candidates, nat.Candidate{Kind: nat.KindReflexive, Addr: netip.AddrPortFrom(netip.AddrFrom4(addr), 4000)})
			}
			return o
		}
		for k := range uint32(600) {
			key := [32]byte{9}
			binary.BigEndian.PutUint32(key[1:], k)
			a, err := f.Connect(appendKeyed(nil, key, made(k)), []byte("of the pair"), true)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond)
			a.Close()
		}
		synctest.Wait()
		if left := f.restraint.Left(f.now(), netip.MustParseAddrPort("203.0.113.9:4000")); left <= 0 {
			t.Errorf("%d packets may go to who is named now", left)
		}
		another, seen := &pair{f: f}, &pair{f: f, introduction: introduction{at: netip.MustParseAddr("203.0.113.9")}}
		if n := len(another.named(f.now(), made(700)).Candidates); n > 1 {
			t.Errorf("another made-up member is tried at %d addresses", n)
		}
		if n := len(seen.named(f.now(), made(701)).Candidates); n != nat.MaxCandidates {
			t.Errorf("of whom a server sees %d addresses are tried", n)
		}
	})
}

// TestNamers: everybody may name as many as an offer holds at once, and then a few;
// nobody uses up what others may, and what is remembered is bounded.
func TestNamers(t *testing.T) {
	n := namers{}
	named := func(now time.Duration, by netip.Addr) (count int) {
		for n.may(now, by) {
			count++
		}
		return count
	}
	one, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for _, row := range []struct {
		at   time.Duration
		by   netip.Addr
		want int
	}{
		{0, one, namesEach}, {0, other, namesEach}, {0, netip.Addr{}, namesAll},
		{namesEachEvery - 1, one, 0}, {namesEachEvery, one, 1}, {namesEachEvery, netip.Addr{}, int(namesEachEvery / namesAllEvery)},
		{time.Hour, one, namesEach}, {time.Hour, netip.Addr{}, namesAll},
	} {
		if got := named(row.at, row.by); got != row.want {
			t.Errorf("at %v %v may name %d, want %d", row.at, row.by, got, row.want)
		}
	}
	for k := range 1000 {
		n.may(2*time.Hour, netip.AddrFrom4([4]byte{10, 0, byte(k >> 8), byte(k)}))
	}
	if len(n) > maxNamers+1 {
		t.Errorf("%d are remembered", len(n))
	}
}
