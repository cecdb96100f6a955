//go:build !race

package nat

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// A guest with an invite whose addresses are all strangers': each gets three
// knocks, and nothing else that reaches it.
func TestVigilSparesStrangers(t *testing.T) {
	var offer Offer
	for k := range byte(MaxCandidates) {
		addr := netip.AddrFrom4([4]byte{203, 0, 113, k})
		switch k % 3 {
		case 0:
			addr = netip.AddrFrom4([4]byte{192, 168, 1, k})
		case 1:
			addr = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: k})
		}
		offer.Candidates = append(offer.Candidates, Candidate{Kind(k % 3), netip.AddrPortFrom(addr, 4000)})
	}
	for _, mapping := range []Mapping{MappingIndependent, MappingRandom} {
		offer.Descriptor.Mapping = mapping
		p, peer := newPunch(t, func(c *PunchConfig) { c.Patience, c.Knock = 10*time.Minute, []byte("knock") })
		p.Learn(0, offer)
		sends, _, events := advance(p, 0, 9*time.Minute)
		whole := map[netip.Addr]int{}
		for _, s := range sends {
			if s.TTL == 0 {
				whole[placeOf(s.To.Addr())]++
			}
		}
		for at, n := range whole {
			if n != 3 {
				t.Errorf("%v got %d packets that reach it", at, n)
			}
		}
		if len(whole) != 6+1+5 || len(events) != 0 { // the IPv6 ones are of one network
			t.Errorf("%d computers got a knock; events %v", len(whole), events)
		}
		// Whoever is heard of is checked at once, and after a while in vain the
		// vigil goes on.
		from := offer.Candidates[2].Addr
		p.Packet(9*time.Minute, 0, from, peer.request(TxID{1}))
		checks := 0
		sends, _, events = advance(p, 9*time.Minute, 9*time.Minute+30*time.Second)
		for _, s := range sends {
			if s.To == from && s.TTL == 0 {
				checks++
			}
		}
		if checks < 2 || checks > 10 || slices.Contains(kindsOf(events), EventFailed) {
			t.Errorf("%d checks to who was heard; events %v", checks, events)
		}
		if _, _, events = advance(p, 9*time.Minute+30*time.Second, 11*time.Minute); !slices.Contains(kindsOf(events), EventFailed) || p.Next() != Never {
			t.Errorf("the vigil does not end: events %v, next %v", events, p.Next())
		}
	}
}

// Where no TTL can be set, a whole check in 15 s takes the place of openers.
func TestVigilWithoutTTL(t *testing.T) {
	p, _ := newPunch(t, func(c *PunchConfig) {
		c.Patience, c.Knock, c.NoTTL = 10*time.Minute, []byte("knock"), true
		c.Local.Descriptor.Mapping = MappingRandom
	})
	p.Learn(0, cone)
	sends, at, _ := advance(p, 0, 9*time.Minute)
	for k := 1; k < len(sends); k++ {
		if sends[k].TTL != 0 || sends[k].Socket != 0 || at[k]-at[k-1] > 16*time.Second {
			t.Fatalf("%+v at %v, after %v", sends[k], at[k], at[k-1])
		}
	}
	if len(sends) > 3+4*9 {
		t.Errorf("%d packets in 9 minutes", len(sends))
	}
}

// A knock may be sent again from anywhere by whoever has seen it.
func TestKnocksFromStrangers(t *testing.T) {
	p, peer := newPunch(t, func(c *PunchConfig) { c.Awaited = true })
	p.Learn(0, cone)
	for k := range byte(100) {
		p.Knocked(time.Duration(k)*ms1, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, k}), 4000))
		p.Knocked(time.Duration(k)*ms1, netip.MustParseAddrPort("127.0.0.1:4000"))
	}
	got := map[netip.AddrPort]int{}
	sends, _, _ := advance(p, 100*ms1, 3*time.Second)
	for _, s := range sends {
		if s.To != cone.Candidates[0].Addr {
			got[s.To]++
		}
	}
	if len(got) != maxKnockers {
		t.Errorf("%d strangers were sent something", len(got))
	}
	for addr, n := range got {
		if n > 3 {
			t.Errorf("%v got %d packets", addr, n)
		}
	}
	// One of them is the peer: a symmetric router's port, say.
	from := netip.MustParseAddrPort("198.51.100.1:4000")
	for _, s := range sends {
		if s.To == from {
			check, _ := peer.open(s.Data)
			p.Packet(3*time.Second, 0, from, peer.reply(check.id, from))
			break
		}
	}
	if path, ok := p.Path(); !ok || path.Remote != from {
		t.Errorf("no path to who knocked: %+v", path)
	}
}
