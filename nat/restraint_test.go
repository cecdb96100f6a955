package nat

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func TestRestraint(t *testing.T) {
	var r Restraint
	a := netip.MustParseAddrPort("203.0.113.9:4000")
	for i := range 10 {
		if got := r.Spend(0, a); got != (i < maxUnproven) {
			t.Errorf("packet %d: %v", i, got)
		}
	}
	if r.Guess(0, a) || !r.Guess(0, netip.AddrPortFrom(a.Addr(), 1)) {
		t.Error("guesses are not counted right")
	}
	r.Hear(a)
	if !r.Spend(0, a) || r.Spend(0, a) {
		t.Error("what is heard pays for one packet")
	}
	r.Trust(time.Second, a)
	for range 10 {
		if !r.Spend(2*time.Second, a) {
			t.Error("who has answered is restrained")
		}
	}
	for i := range 10 {
		if got := r.Spend(2*trustLife+restrainLast, a); got != (i < maxUnproven) {
			t.Errorf("much later, packet %d: %v", i, got)
		}
	}
	for i := range 3 * maxRestrained {
		r.Spend(0, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1))
	}
	if len(r.known) != maxRestrained || len(r.order) != maxRestrained {
		t.Errorf("%d addresses are remembered, %d in order", len(r.known), len(r.order))
	}
}

// victims are sixteen addresses of strangers, of every sort.
func victims() (o Offer) {
	for i := range MaxCandidates {
		addr := netip.AddrFrom4([4]byte{203, 0, 113, 9})
		switch i % 4 {
		case 1:
			addr = netip.AddrFrom4([4]byte{192, 168, 1, byte(i)})
		case 2:
			addr = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(i)})
		}
		o.Candidates = append(o.Candidates, Candidate{[]Kind{KindReflexive, KindHost, KindHost, KindMapped}[i%4], netip.AddrPortFrom(addr, uint16(4000+i))})
	}
	return o
}

// TestStrangersAreSpared: a player who names strangers as himself, in every
// combination of what he says of his router and what ours is like, in offer after
// offer, to one search after another, and knocks from there, has three packets
// sent to each.
func TestStrangersAreSpared(t *testing.T) {
	everything := 0
	for local := range mappings {
		for remote := range mappings {
			for _, first := range []bool{false, true} {
				name := fmt.Sprintf("%v, %v, learns first %v", local, remote, first)
				var shared Restraint
				total := map[netip.AddrPort]int{}
				probes := map[netip.AddrPort]int{}
				offer := victims()
				offer.Descriptor = Descriptor{Mapping: remote, Delta: 1, Port: 4000}
				for search := range 5 {
					got := map[netip.AddrPort]int{}
					p, _ := newPunch(t, func(c *PunchConfig) {
						c.Local.Descriptor = Descriptor{Mapping: local, Delta: 1, Port: 9}
						c.LearntFirst, c.Restraint, c.Seed = first, &shared, uint64(search)
					})
					start := time.Duration(search) * 5 * time.Second
					for k := range 5 {
						begin := start + time.Duration(k)*time.Second
						p.Learn(begin, offer)
						p.Knocked(begin, offer.Candidates[k].Addr)
						sends, _, _ := advance(p, begin, begin+time.Second-1)
						for _, s := range sends {
							isCandidate := false
							for _, c := range offer.Candidates {
								isCandidate = isCandidate || c.Addr == s.To
							}
							switch {
							case s.TTL != 0:
							case isCandidate:
								got[s.To]++
							default:
								probes[s.To]++
							}
						}
					}
					for addr, n := range got {
						if search == 0 && n > maxUnproven {
							t.Errorf("%s: %v was sent %d packets by one search", name, addr, n)
						}
						total[addr] += n
					}
				}
				for addr, n := range total { // after 0, 5 and 15 s
					if n > 3*maxUnproven {
						t.Errorf("%s: %v was sent %d packets within 25 s", name, addr, n)
					}
					everything += n
				}
				if len(probes) > 5*maxProbes/2 {
					t.Errorf("%s: %d ports were probed", name, len(probes))
				}
				for addr, n := range probes {
					if n > maxUnproven {
						t.Errorf("%s: %v was probed %d times", name, addr, n)
					}
				}
			}
		}
	}
	if everything == 0 {
		t.Error("nothing was sent at all")
	}
}
