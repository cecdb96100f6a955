package pathfinder

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// reflexive are the public addresses of an offer.
func reflexive(t *testing.T, f *Finder) (list []netip.AddrPort) {
	t.Helper()
	_, o, err := parseKeyed(f.Offer())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.Candidates {
		if c.Kind == nat.KindReflexive {
			list = append(list, c.Addr)
		}
	}
	return list
}

// TestNamesAreLookedUpAgain: a resolver that is not there yet, does not answer, or
// answers nonsense, and is right in the end. Until then the player who invites is
// told, and afterwards not any more.
func TestNamesAreLookedUpAgain(t *testing.T) {
	nonsense := []netip.Addr{{}, netip.IPv4Unspecified(), netip.MustParseAddr("224.0.0.1"), netip.MustParseAddr("255.255.255.255"), netip.MustParseAddr("fe80::1")}
	for name, before := range map[string]func(context.Context) ([]netip.Addr, error){
		"refuses":  func(context.Context) ([]netip.Addr, error) { return nil, errors.New("no such host") },
		"nothing":  func(context.Context) ([]netip.Addr, error) { return nil, nil },
		"nonsense": func(context.Context) ([]netip.Addr, error) { return nonsense, nil },
		"hangs": func(ctx context.Context) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"leads to nobody": func(context.Context) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.99")}, nil
		},
	} {
		for _, until := range []time.Duration{4 * time.Second, 3 * time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				sim := natsim.New(1)
				server := sim.STUNServerOfTwoPorts()
				home := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
				sim.Start()
				defer sim.Stop()
				begin := time.Now()
				var mu sync.Mutex
				asked, running, most := 0, 0, 0
				f := simulated(t, home.Hosts[0], 1, Config{STUN: []string{"stun.example:3478"}, resolver: func(ctx context.Context, _, host string) ([]netip.Addr, error) {
					mu.Lock()
					asked++
					running++
					most = max(most, running)
					mu.Unlock()
					defer func() {
						mu.Lock()
						running--
						mu.Unlock()
					}()
					if time.Since(begin) < until {
						return before(ctx)
					}
					return []netip.Addr{server.Addr()}, nil
				}})
				inviting, err := f.Invite(1, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(until - time.Millisecond)
				synctest.Wait()
				// A look-up that hangs is not known to be in vain for ten seconds.
				if s := inviting.Status(); !strings.Contains(s, "only players in your own network") && (name != "hangs" || until > lookUpLimit) {
					t.Errorf("%s: while nothing is known the host reads %q", name, s)
				}
				time.Sleep(2 * lastLookUp)
				synctest.Wait()
				if got := reflexive(t, f); len(got) != 1 || got[0].Addr() != home.Router.WAN() {
					t.Errorf("%s until %v: our public address is %v", name, until, got)
				}
				if s := inviting.Status(); strings.Contains(s, "only players") {
					t.Errorf("%s: when all is known the host reads %q", name, s)
				}
				if limit := int(until/lastLookUp) + 8; asked > limit || most > 1 {
					t.Errorf("%s until %v: the resolver was asked %d times, %d at once", name, until, asked, most)
				}
			})
		}
	}
}

// TestServerOfSeveralAddresses: whichever of the rendezvous server's addresses is
// the living one, two players meet by it.
func TestServerOfSeveralAddresses(t *testing.T) {
	for _, alive := range []int{0, 1, 2} { // a fourth would be asked when TCP is tried, too
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(1)
			addrs := make([]netip.Addr, 3)
			for i := range addrs {
				addrs[i] = sim.PublicHost().Addr()
			}
			living := sim.PublicHost()
			addrs[alive] = living.Addr()
			meeting, err := living.ListenPacket(3478)
			if err != nil {
				t.Fatal(err)
			}
			o := natsim.Options{Delay: 15 * time.Millisecond}
			homes := [2]*natsim.Home{sim.Home("portrestricted", o), sim.Home("fullcone", o)}
			sim.Start()
			defer sim.Stop()
			ctx, cancel := context.WithCancel(t.Context())
			var serving sync.WaitGroup
			serving.Go(func() {
				_ = rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, meeting, nil)
			})
			defer serving.Wait()
			defer cancel()
			config := Config{Rendezvous: "frogs.example:3478", Relay: Never,
				resolver: func(context.Context, string, string) ([]netip.Addr, error) { return addrs, nil }}
			host, guest := simulated(t, homes[0].Hosts[0], 1, config), simulated(t, homes[1].Hosts[0], 2, config)
			code := newCode(t)
			host.Host(code, 1)
			attempt := guest.Join(code)
			for range 100 {
				time.Sleep(100 * time.Millisecond)
				synctest.Wait()
				if attempt.Kind() != "" {
					break
				}
			}
			if attempt.Kind() != "direct" {
				t.Errorf("with address %d: the path is %q; %s; %v", alive, attempt.Kind(), attempt.Status(), attempt.Err())
			}
			if got := reflexive(t, guest); len(got) != 1 {
				t.Errorf("with address %d our public address is %v", alive, got)
			}
		})
	}
}

// TestUsable: of what a resolver says, however much it is, only a few addresses
// that packets can be sent to are taken, of both families.
func TestUsable(t *testing.T) {
	var many []netip.AddrPort
	for i := range 5000 {
		four := netip.AddrFrom4([4]byte{byte(i >> 8), byte(i), 2, 1})
		six := netip.AddrFrom16([16]byte{byte(i), byte(i >> 8), 15: 1})
		many = append(many, netip.AddrPortFrom(four, 1), netip.AddrPortFrom(six, 1), netip.AddrPortFrom(six, 0), netip.AddrPort{})
	}
	got := usable(many)
	if len(got) != maxAddresses || !got[0].Addr().Is4() || !got[1].Addr().Is6() {
		t.Errorf("%v", got)
	}
}
