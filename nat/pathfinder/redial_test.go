package pathfinder

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// TestOldPairLetsGo: when the pair of an older connection by the same virtual address
// ends, packets go as the newer one's means them to go, and take a second way if that
// has begun to.
func TestOldPairLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		home := sim.Home("portrestricted", natsim.Options{})
		sim.Start()
		defer sim.Stop()
		f := simulated(t, home.Hosts[0], 1, Config{})
		virtual := f.paths.Virtual(netip.MustParseAddrPort("192.0.2.1:1"))
		adopt := func(secret byte, peer byte) *pair {
			f.Adopt(Link{Virtual: virtual, Peer: [32]byte{peer}, Secret: [32]byte{secret}, Received: func() uint64 { return 0 }})
			time.Sleep(time.Millisecond)
			synctest.Wait()
			return f.pairs[len(f.pairs)-1]
		}
		adopt(1, 9)
		if adopt(2, 9); len(f.pairs) != 1 || f.pairs[0].bond.Secret != [32]byte{2} {
			t.Fatalf("%d pairs look after one connection", len(f.pairs))
		}
		old, newer := f.pairs[0], adopt(3, 8) // another player at the address of the one before
		if len(f.pairs) != 2 {
			t.Fatalf("%d pairs", len(f.pairs))
		}
		by := pathconn.Route{Addr: netip.MustParseAddrPort("192.0.2.7:1")}
		now := f.now()
		newer.keep.add(now, by, "direct").prove(now, time.Millisecond)
		newer.doubled = by
		f.paths.Double(virtual, by)
		f.paths.SetRoute(virtual, pathconn.Nowhere)
		f.pairs = f.pairs[1:]
		old.end()
		if route, _ := f.paths.Route(virtual); route != newer.keep.active.route {
			t.Errorf("packets go by %v", route)
		}
		if route, _ := f.paths.Doubled(virtual); route != by {
			t.Errorf("packets go by %v as well", route)
		}
	})
}
