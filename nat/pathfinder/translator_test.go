package pathfinder

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// simulated is a finder on a host of natsim. Somebody reads its socket, as QUIC
// would.
func simulated(t *testing.T, host *natsim.Host, seed byte, config Config) *Finder {
	t.Helper()
	conn, err := host.ListenPacket(7000 + uint16(seed))
	if err != nil {
		t.Fatal(err)
	}
	paths := pathconn.Over(conn)
	config.Paths, config.Key = paths, [32]byte{seed}
	if os.Getenv("VISAVIS_LOG") != "" {
		config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("player", seed)
	}
	f := New(config)
	var reading sync.WaitGroup
	reading.Go(func() {
		b := make([]byte, 2000)
		for {
			if _, _, err := paths.ReadFrom(b); err != nil {
				return
			}
		}
	})
	t.Cleanup(func() {
		f.Close()
		paths.Close()
		reading.Wait()
	})
	return f
}

// dns64 is the resolver of a network that has a translator.
func dns64(_ context.Context, network, name string) ([]netip.Addr, error) {
	if network != "ip6" || name != "ipv4only.arpa" {
		return nil, errors.New("nobody asks for this")
	}
	return []netip.Addr{netip.MustParseAddr("64:ff9b::192.0.0.170"), netip.MustParseAddr("64:ff9b::192.0.0.171")}, nil
}

// TestTranslator: a player with IPv6 only, behind a carrier's NAT64, meets one at
// home behind an ordinary router of IPv4, by servers that are given as IPv4.
func TestTranslator(t *testing.T) {
	for _, late := range []time.Duration{0, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(1)
			stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
			meeting, err := sim.PublicHost().ListenPacket(3478)
			if err != nil {
				t.Fatal(err)
			}
			o := natsim.Options{Delay: 15 * time.Millisecond}
			home, phone := sim.Home("portrestricted", o), sim.Home("nat64", o)
			sim.Start()
			defer sim.Stop()
			ctx, cancel := context.WithCancel(t.Context())
			var serving sync.WaitGroup
			serving.Go(func() {
				_ = rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, meeting, nil)
			})
			defer serving.Wait()
			defer cancel()
			config := Config{STUN: stun, Rendezvous: meeting.LocalAddr().String(), Relay: Never}
			host := simulated(t, home.Hosts[0], 1, config)
			config.resolver = func(ctx context.Context, network, name string) ([]netip.Addr, error) {
				time.Sleep(late) // in the bubble's time
				return dns64(ctx, network, name)
			}
			guest := simulated(t, phone.Hosts[0], 2, config)
			code := newCode(t)
			hosting := host.Host(code, 1)
			attempt := guest.Join(code)
			for range 200 {
				time.Sleep(50 * time.Millisecond)
				synctest.Wait()
				if attempt.Kind() != "" && hosting.Kind([32]byte{2}) != "" {
					break
				}
			}
			synctest.Wait()
			if attempt.Kind() != "direct" || hosting.Kind([32]byte{2}) != "direct" {
				t.Fatalf("resolver late by %v: the path is %q, on the other side %q; %s; %v", late, attempt.Kind(), hosting.Kind([32]byte{2}), attempt.Status(), attempt.Err())
			}
			virtual, _ := attempt.Virtual()
			if real := guest.paths.Real(virtual); real.Addr() != home.Router.WAN() {
				t.Errorf("the guest takes the host to be at %v, it is behind %v", real, home.Router.WAN())
			}
			_, offer, err := parseKeyed(guest.Offer())
			if err != nil || offer.Descriptor.Mapping != nat.MappingIndependent {
				t.Errorf("the offer is %+v, %v", offer, err)
			}
			t.Logf("resolver late by %v: direct %v after both offers were known; %v", late, attempt.Found(), offer)
		})
	}
}

// TestTranslatorIsNotLookedFor where there is IPv4, and not again and again where
// there is neither.
func TestTranslatorIsNotLookedFor(t *testing.T) {
	for _, tt := range []struct {
		kind string
		want int
	}{{"portrestricted", 0}, {"ipv6", discoverTries}} {
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(1)
			home := sim.Home(tt.kind, natsim.Options{})
			sim.Start()
			defer sim.Stop()
			asked := 0
			f := simulated(t, home.Hosts[0], 1, Config{resolver: func(context.Context, string, string) ([]netip.Addr, error) {
				asked++
				return nil, errors.New("no such host")
			}})
			time.Sleep(time.Minute)
			synctest.Wait()
			if asked != tt.want || f.paths.NAT64().IsValid() {
				t.Errorf("%s: the resolver was asked %d times; the prefix is %v", tt.kind, asked, f.paths.NAT64())
			}
			if _, offer, err := parseKeyed(f.Offer()); err != nil || len(offer.Candidates) != 1 {
				t.Errorf("%s: the offer is %v, %v", tt.kind, offer, err)
			}
		})
	}
}

// TestSixOnly decides by addresses alone.
func TestSixOnly(t *testing.T) {
	for _, tt := range []struct {
		addrs []string
		want  bool
	}{
		{nil, false},
		{[]string{"127.0.0.1"}, false},
		{[]string{"2001:db8::1"}, true},
		{[]string{"2001:db8::1", "127.0.0.1"}, true},
		{[]string{"2001:db8::1", "192.0.0.4"}, false}, // the carrier's translator in the phone itself
	} {
		var hosts []nat.Candidate
		for _, a := range tt.addrs {
			hosts = append(hosts, nat.Candidate{Addr: netip.AddrPortFrom(netip.MustParseAddr(a), 1)})
		}
		if got := sixOnly(hosts); got != tt.want {
			t.Errorf("%v: %v", tt.addrs, got)
		}
	}
}
