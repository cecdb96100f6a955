//go:build !race || soak

package pathfinder

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// TestRostersAreSpared: a lobby's host names one member after another, a new lot every
// second, all with ports of one stranger who lives next door. Whatever goes towards
// him, to die on the way or not, is bounded.
func TestRostersAreSpared(t *testing.T) {
	for _, victim := range []string{"198.51.100.9", "2001:db8:9::9"} {
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(1)
			home := sim.Home("none", natsim.Options{IPv6: natsim.OpenIPv6})
			sim.Start()
			defer sim.Stop()
			f := simulated(t, home.Hosts[0], 1, Config{})
			time.Sleep(2 * time.Second)
			before := f.paths.Stats().PacketsSent
			for round := range 30 {
				var attempts []*Attempt
				for m := range 14 {
					var o nat.Offer
					o.Descriptor.Mapping = nat.Mapping(1 + (round+m)%3)
					for c := range nat.MaxCandidates {
						o.Candidates = append(o.Candidates, nat.Candidate{Kind: []nat.Kind{nat.KindReflexive, nat.KindHost, nat.KindMapped}[c%3],
							Addr: netip.AddrPortFrom(netip.MustParseAddr(victim), uint16(1024+256*round+16*m+c))})
					}
					a, err := f.Connect(appendKeyed(nil, [32]byte{9, byte(round), byte(m)}, o), []byte("of the host's choice"), m%2 == 0)
					if err != nil {
						t.Fatal(err)
					}
					attempts = append(attempts, a)
				}
				time.Sleep(time.Second)
				for _, a := range attempts {
					a.Close()
				}
			}
			const most = 3 + 40 // that reach him, and that are to die on the way
			if sent := f.paths.Stats().PacketsSent - before; sent > most || sent < 3 {
				t.Errorf("%s: %d packets", victim, sent)
			}
		})
	}
}

// TestKeepHostile: a stranger who sees packets of both sides plays them again, turns
// them back and leads them round, from addresses of his own and of others, passes
// questions on and swallows QUIC, sends what looks like QUIC from anywhere, and
// knows the secret that the two have met by. The path that works is never left.
func TestKeepHostile(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		f := newFlows(t, wayA, wayB)
		his := make([]pathconn.Route, 6)
		for i := range his {
			his[i] = pathconn.Route{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), 9)}
			if random.IntN(2) == 0 {
				f.delay[his[i].Addr] = time.Duration(1+random.IntN(30)) * time.Millisecond
				f.deaf[his[i].Addr] = true // what is sent there he passes on, but for QUIC
			}
		}
		var seen []flying
		f.onSend = func(p flying) {
			if len(seen) < 200 {
				seen = append(seen, p)
			} else {
				seen[random.IntN(len(seen))] = p
			}
		}
		old := [2]keepKey{newKeepKey([]byte("a shared secret"), [32]byte{1}, [32]byte{2}), newKeepKey([]byte("a shared secret"), [32]byte{2}, [32]byte{1})}
		routes := append([]pathconn.Route{wayA, wayA, wayB, byRelay}, his...)
		pause := 1 + random.IntN(40)
		for f.now < 20*time.Second {
			f.run(f.now + time.Duration(1+random.IntN(pause))*time.Millisecond)
			to, r := random.IntN(2), routes[random.IntN(len(routes))]
			if seed%3 == 0 { // a flood as if from the other's own address
				f.latest[to][wayA] = pathconn.Mark(random.Uint64())
			}
			switch k := f.sides[to]; random.IntN(5) {
			case 0: // again, from elsewhere, to whomever
				if len(seen) > 0 {
					k.take(f.now, r, "direct", seen[random.IntN(len(seen))].b)
				}
			case 1: // as the other, by what they have met by
				k.take(f.now, r, "direct", old[1-to].packet(keepAsk, random.Uint64()))
			case 2:
				k.take(f.now, r, "direct", old[1-to].packet(keepBye, random.Uint64()))
			case 3: // as if it were QUIC
				f.latest[to][r] = pathconn.Mark(random.Uint64())
				if way := k.find(r); way != nil {
					way.hear(f.now)
				}
			case 4:
				b := make([]byte, random.IntN(60))
				for i := range b {
					b[i] = byte(random.Uint32())
				}
				k.take(f.now, r, "direct", b)
			}
		}
		for i, k := range f.sides {
			if k.left || len(f.moves[i]) > 0 || k.active.route != wayA || f.now-f.came[i] > 100*time.Millisecond {
				t.Fatalf("seed %d: side %d uses %v, moved %v, left %v, last heard %v", seed, i, k.active.route, f.moves[i], k.left, f.now-f.came[i])
			}
		}
	}
}
