//go:build !race

package nat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

func TestRestraint(t *testing.T) {
	var r Restraint
	a := netip.MustParseAddrPort("203.0.113.9:4000")
	port := func(k int) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), uint16(1024+k)) }
	spend := func(now time.Duration, tries int) (n int) {
		for k := range tries {
			if r.Spend(now, port(k)) {
				n++
			}
		}
		return n
	}
	if n := spend(0, 10); n != maxUnproven {
		t.Errorf("%d packets to ten ports of one address", n)
	}
	r.Hear(0, a)
	if n := spend(0, 10); n != 1 {
		t.Errorf("what is heard pays for %d packets, want 1", n)
	}
	for now := time.Duration(0); now < 3*time.Hour; now += time.Second { // named again and again
		if n := spend(now, 1); n != 0 {
			t.Fatalf("another packet at %v", now)
		}
	}
	if n := spend(3*time.Hour+restrainRest, 10); n != maxUnproven {
		t.Errorf("%d packets after a long rest", n)
	}
	now := 4 * time.Hour
	r.Trust(now, a)
	for range 10 {
		if !r.Spend(now+time.Second, a) {
			t.Error("who has answered is restrained")
		}
	}
	if n := spend(now, 10); n != maxUnproven {
		t.Errorf("an answer pays for %d packets to other ports", n)
	}
	for k := range 10 {
		r.Trust(now+time.Duration(k)*time.Second, a)
	}
	if n := spend(now+10*time.Second, 10); n != 0 {
		t.Errorf("further answers from the same port pay for %d packets", n)
	}
}

func TestRestraintVouched(t *testing.T) {
	var r Restraint
	a := netip.MustParseAddrPort("203.0.113.9:4000")
	if r.Search(0, a.Addr(), false) {
		t.Error("ports of an address that nobody vouches for may be searched")
	}
	for range 10 {
		r.Spend(0, a)
	}
	r.Vouch(0, a.Addr())
	for range 100 {
		if !r.Spend(time.Second, a) {
			t.Fatal("a server vouches for the address, and still it is restrained")
		}
	}
	if r.Left(time.Second, a) != math.MaxInt || r.Left(time.Second, netip.MustParseAddrPort("203.0.113.10:4000")) != maxUnproven {
		t.Error("somebody else is vouched for, or nobody is")
	}
	for k, want := range []bool{true, true, false} {
		if got := r.Search(time.Second, a.Addr(), false); got != want {
			t.Errorf("search %d: %v", k, got)
		}
	}
	if r.Spend(vouchLife, a) || r.Search(vouchLife+searchLife, a.Addr(), false) {
		t.Error("a server's word holds for ever")
	}
	entered := netip.MustParseAddr("198.51.100.1")
	count := 0
	for now := time.Duration(0); now < enteredLife; now += time.Second {
		if r.Search(now, entered, true) {
			count++
		}
	}
	if count != maxSearches {
		t.Errorf("%d searches for what the player has entered", count)
	}
}

// An IPv6 address counts with its network.
func TestRestraintPlaces(t *testing.T) {
	for _, row := range []struct {
		format string
		want   int // of 20
	}{
		{"203.0.113.9:%d", 3}, {"[::ffff:203.0.113.9]:%d", 3}, {"[2001:db8::%x]:4000", 3}, {"[fe80::%x%%eth0]:4000", 3},
		{"[2001:db8:0:%x::1]:4000", 20}, {"127.0.0.1:%d", 3}, {"[::1]:%d", 3},
	} {
		var r Restraint
		got := 0
		for k := range 20 {
			if r.Spend(0, netip.MustParseAddrPort(fmt.Sprintf(row.format, 1024+k))) {
				got++
			}
		}
		if got != row.want {
			t.Errorf("%s: %d of 20 packets, want %d", row.format, got, row.want)
		}
	}
}

// Whatever is named in between, nobody gets more, and no more is remembered.
func TestRestraintIsFull(t *testing.T) {
	var r Restraint
	rng := rand.New(rand.NewPCG(1, 2))
	got := map[netip.Addr]int{}
	now := time.Duration(0)
	for k := range 20 * maxRestrained {
		now += time.Millisecond
		addr := netip.AddrFrom4([4]byte{198, 51, byte(rng.IntN(64)), byte(rng.IntN(256))})
		if r.Spend(now, netip.AddrPortFrom(addr, uint16(rng.IntN(1<<16)))) {
			got[addr]++
		}
		if k%16 == 0 {
			r.Trust(now, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(rng.IntN(256)), byte(rng.IntN(256)), 1}), 4000))
		}
	}
	for addr, n := range got {
		if n > maxUnproven {
			t.Errorf("%v got %d packets", addr, n)
		}
	}
	if len(r.accounts) != maxRestrained || r.trusts() != maxTrusted {
		t.Errorf("%d and %d addresses are remembered", len(r.accounts), r.trusts())
	}
	fresh := netip.MustParseAddrPort("192.0.2.1:4000")
	if r.Spend(now, fresh) || !r.Spend(now+restrainRest, fresh) {
		t.Error("a full list takes another address, or never again")
	}
}

// TestRestraintPrefers: whoever names addresses until the list is full does not keep
// out an address that a server vouches for or that proven packets come from.
func TestRestraintPrefers(t *testing.T) {
	var r Restraint
	named := func(k int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(k >> 8), byte(k)}), 4000)
	}
	now := time.Duration(0)
	for k := range 2 * maxRestrained {
		now += time.Millisecond
		r.Spend(now, named(k))
	}
	heard, vouched := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.2:4000")
	if r.Spend(now, heard) || r.Spend(now, vouched) {
		t.Fatal("the list is not full")
	}
	r.Hear(now, heard)
	r.Vouch(now, vouched.Addr())
	if got := r.Left(now, heard); got != maxUnproven {
		t.Errorf("%d packets may go to who is heard", got)
	}
	if got := r.Left(now, vouched); got != math.MaxInt {
		t.Errorf("%d packets may go to whom a server vouches for", got)
	}
	for k := range maxRestrained { // and it stays so, whoever is heard
		now += time.Millisecond
		r.Hear(now, named(k))
	}
	if !r.Vouched(now, vouched.Addr()) || len(r.accounts) != maxRestrained {
		t.Errorf("vouched for: %v; %d addresses are remembered", r.Vouched(now, vouched.Addr()), len(r.accounts))
	}
}

// TestTrustIsShared: whoever answers from however many ports, or from a whole /48,
// takes away his own places only, and of many such the largest lose theirs.
func TestTrustIsShared(t *testing.T) {
	var r Restraint
	friends := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("[2001:db8:7::1]:4000")}
	now := time.Duration(0)
	hold := func() {
		t.Helper()
		for _, friend := range friends {
			if got := r.Left(now, friend); got != math.MaxInt {
				t.Fatalf("%d packets may go to %v, who has answered, after %v", got, friend, now)
			}
		}
		if r.trusts() > maxTrusted {
			t.Fatalf("%d addresses are remembered", r.trusts())
		}
	}
	for _, friend := range friends {
		r.Trust(now, friend)
	}
	for port := range uint16(3000) { // of one computer
		now += time.Millisecond
		r.Trust(now, netip.AddrPortFrom(netip.MustParseAddr("198.51.100.1"), 1024+port))
	}
	hold()
	for k := range 3000 { // of all networks of one home
		now += time.Millisecond
		r.Trust(now, netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 9, byte(k >> 8), byte(k), 15: 1}), 4000))
	}
	hold()
	if n := r.trusts(); n != 2+2*maxTrustedOf {
		t.Errorf("%d addresses of two sites are remembered", n)
	}
	for k := range 3000 { // of a hundred computers
		now += time.Millisecond
		r.Trust(now, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 101, byte(k % 100)}), uint16(1024+k)))
	}
	hold()
}

// victims are sixteen addresses of strangers, of every sort: some of one computer.
func victims() (o Offer) {
	for i := range MaxCandidates {
		addr := netip.AddrFrom4([4]byte{203, 0, 113, 9})
		switch i % 4 {
		case 0:
			addr = netip.AddrFrom4([4]byte{198, 51, 100, byte(i / 8)})
		case 1:
			addr = netip.AddrFrom4([4]byte{192, 168, 1, byte(i)})
		case 2:
			addr = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(i)})
		}
		o.Candidates = append(o.Candidates, Candidate{[]Kind{KindReflexive, KindHost, KindHost, KindMapped}[i%4], netip.AddrPortFrom(addr, uint16(4000+i))})
	}
	return o
}

// TestRestraintNetworks: what is everybody's address in a network of ours gets nothing,
// proven or not, and the same number elsewhere is an address as any other.
func TestRestraintNetworks(t *testing.T) {
	var r Restraint
	r.SetNetworks([]netip.Prefix{netip.MustParsePrefix("192.168.7.20/22"), netip.MustParsePrefix("10.1.1.0/31"),
		netip.MustParsePrefix("0.0.0.1/1"), netip.MustParsePrefix("2001:db8:7::1/32"), netip.MustParsePrefix("2001:db8::1/64"), netip.MustParsePrefix("203.0.113.5/24")})
	for text, want := range map[string]struct {
		left int
		near bool
	}{
		"192.168.7.255": {0, true}, "192.168.6.255": {maxUnproven, true}, "192.168.8.255": {maxUnproven, false},
		"10.1.1.1": {maxUnproven, true}, "203.0.113.255": {0, true}, "::ffff:203.0.113.255": {0, true}, "203.0.113.9": {maxUnproven, true},
		"2001:db8::ffff:ffff:ffff:ffff": {maxUnproven, true}, "2001:db8:0:1::": {maxUnproven, false},
	} {
		addr := netip.AddrPortFrom(netip.MustParseAddr(text), 4000)
		if left, near := r.Left(0, addr), r.Near(addr.Addr()); left != want.left || near != want.near {
			t.Errorf("%s: %d packets, near %v", text, left, near)
		}
		if want.near && r.Open(0, addr) {
			t.Errorf("%s: a packet that should die on the way", text)
		}
		if want.left == 0 {
			r.Trust(0, addr)
			r.Vouch(0, addr.Addr())
			if r.Spend(1, addr) || r.Trickle(1, addr) {
				t.Errorf("%s is sent something after all", text)
			}
		}
	}
	far, opened := netip.MustParseAddrPort("198.51.100.1:4000"), 0
	for k := range 500 {
		if r.Open(time.Duration(k)*time.Second, netip.AddrPortFrom(far.Addr(), uint16(1024+k))) {
			opened++
		}
	}
	if opened != maxOpeners || !r.Spend(500*time.Second, far) {
		t.Errorf("%d packets were to die on the way", opened)
	}
	if r.Vouch(500*time.Second, far.Addr()); !r.Open(500*time.Second, far) {
		t.Error("none more where somebody vouches for the address")
	}
}

// TestStrangersAreSpared: a player who names strangers as himself, in every
// combination of what he says of his router and what ours is like, in offer after
// offer, to one search after another, has three packets in all sent to each, to
// whichever of its ports, and forty that are to die on the way, of which none goes to
// a neighbour. A player who has entered an invite keeps ways open for longer.
func TestStrangersAreSpared(t *testing.T) {
	everything := 0
	for local := range mappings {
		for remote := range mappings {
			for _, change := range []func(*PunchConfig){
				func(c *PunchConfig) { c.LearntFirst = true }, func(c *PunchConfig) {}, func(c *PunchConfig) { c.NoTTL = true },
				func(c *PunchConfig) { c.Awaited = true }, func(c *PunchConfig) { c.Patience, c.Knock = time.Minute, []byte("knock") },
			} {
				var shared Restraint
				shared.SetNetworks([]netip.Prefix{netip.MustParsePrefix("198.51.100.7/24")})
				total, opened := map[netip.Addr]int{}, map[netip.Addr]int{}
				offer := victims()
				offer.Descriptor = Descriptor{Mapping: remote, Delta: 1, Port: 4000}
				for search := range 5 {
					patient := false
					p, _ := newPunch(t, func(c *PunchConfig) {
						c.Local.Descriptor = Descriptor{Mapping: local, Delta: 1, Port: 9}
						c.Restraint, c.Seed = &shared, uint64(search)
						change(c)
						patient = c.Patience > 0
					})
					start := time.Duration(search) * 20 * time.Second
					for k := range 5 {
						begin := start + time.Duration(k)*4*time.Second
						for i := range offer.Candidates { // and other ports each time
							addr := &offer.Candidates[i].Addr
							*addr = netip.AddrPortFrom(addr.Addr(), addr.Port()+17)
						}
						p.Learn(begin, offer)
						p.Knocked(begin, offer.Candidates[k].Addr)
						sends, _, _ := advance(p, begin, begin+4*time.Second-1)
						for _, s := range sends {
							at := placeOf(s.To.Addr())
							switch {
							case s.TTL == 0:
								total[at]++
							case shared.Near(at) || onLAN(at):
								t.Fatalf("%v, %v: a neighbour, %v, was sent %+v", local, remote, at, s)
							case !patient:
								opened[at]++
							}
						}
					}
				}
				for at, n := range opened {
					if n > maxOpeners {
						t.Errorf("%v, %v: %d packets were to die on the way to %v", local, remote, n, at)
					}
				}
				for at, n := range total {
					if n > maxUnproven {
						t.Errorf("%v, %v: %v was sent %d packets", local, remote, at, n)
					}
					everything += n
				}
			}
		}
	}
	if everything == 0 {
		t.Error("nothing was sent at all")
	}
}
