package natsim_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/nat64"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// exchange sends from one socket to an address, and back to whom that came from.
func exchange(sim *natsim.Sim, from *natsim.Socket, to netip.AddrPort, at *natsim.Socket) (seen, back netip.AddrPort) {
	at.OnPacket = func(source netip.AddrPort, b []byte) { seen = source; at.Send(source, 0, b) }
	from.OnPacket = func(source netip.AddrPort, _ []byte) { back = source }
	from.Send(to, 0, []byte("hello"))
	sim.Run(sim.Now() + time.Second)
	return seen, back
}

func TestIPv6Firewall(t *testing.T) {
	for _, row := range []struct {
		kind string
		open bool
	}{{"ipv6", false}, {"ipv6-open", true}} {
		sim := natsim.New(1)
		inside := sim.Home(row.kind, natsim.Options{}).Hosts[0].Listen(0)
		first, second := sim.PublicHost6().Listen(4000), sim.PublicHost6().Listen(4000)
		seen, back := exchange(sim, inside, first.Addr(), first)
		if seen != inside.Addr() || back != first.Addr() {
			t.Errorf("%s: seen as %v, answered from %v", row.kind, seen, back)
		}
		if seen, back := exchange(sim, second, inside.Addr(), inside); seen.IsValid() != row.open || back.IsValid() != row.open {
			t.Errorf("%s: a stranger is seen as %v and answered from %v", row.kind, seen, back)
		}
		four := sim.PublicHost().Listen(4000)
		if seen, _ := exchange(sim, inside, four.Addr(), four); seen.IsValid() {
			t.Errorf("%s: IPv4 was reached from %v", row.kind, seen)
		}
	}
}

func TestBothFamilies(t *testing.T) {
	sim := natsim.New(1)
	home := sim.Home("portrestricted", natsim.Options{IPv6: natsim.FirewallIPv6})
	addrs := home.Hosts[0].Addrs()
	if len(addrs) != 2 || !addrs[0].Is4() || !addrs[1].Is6() {
		t.Fatalf("the host has %v", addrs)
	}
	inside := home.Hosts[0].Listen(0)
	four, six := sim.PublicHost().Listen(4000), sim.PublicHost6().Listen(4000)
	if seen, back := exchange(sim, inside, four.Addr(), four); seen.Addr() != home.Router.WAN() || back != four.Addr() {
		t.Errorf("IPv4: seen as %v, answered from %v", seen, back)
	}
	if seen, back := exchange(sim, inside, six.Addr(), six); seen != netip.AddrPortFrom(addrs[1], inside.Addr().Port()) || back != six.Addr() {
		t.Errorf("IPv6: seen as %v, answered from %v", seen, back)
	}
}

func TestNAT64(t *testing.T) {
	for _, row := range []struct {
		kind string
		same bool // one port for all
	}{{"nat64", true}, {"nat64-symmetric", false}} {
		sim := natsim.New(2)
		home := sim.Home(row.kind, natsim.Options{})
		inside := home.Hosts[0].Listen(0)
		first, second := sim.PublicHost().Listen(4000), sim.PublicHost().Listen(4000)
		mapped := func(s *natsim.Socket) netip.AddrPort {
			six, ok := nat64.Map(nat64.WellKnown, s.Addr().Addr())
			if !ok {
				t.Fatalf("%v has no address behind the prefix", s.Addr())
			}
			return netip.AddrPortFrom(six, s.Addr().Port())
		}
		seen, back := exchange(sim, inside, mapped(first), first)
		if seen.Addr() != home.Router.WAN() || !seen.Addr().Is4() || back != mapped(first) {
			t.Errorf("%s: seen as %v, answered from %v", row.kind, seen, back)
		}
		if got, _ := exchange(sim, second, seen, inside); got.IsValid() {
			t.Errorf("%s: a stranger came in as %v", row.kind, got)
		}
		if again, _ := exchange(sim, inside, mapped(second), second); (again == seen) != row.same {
			t.Errorf("%s: seen as %v and %v", row.kind, seen, again)
		}
		six := sim.PublicHost6().Listen(4000)
		if seen, back := exchange(sim, inside, six.Addr(), six); seen != inside.Addr() || back != six.Addr() {
			t.Errorf("%s: by IPv6 seen as %v, answered from %v", row.kind, seen, back)
		}
		if got, _ := exchange(sim, inside, first.Addr(), first); got.IsValid() {
			t.Errorf("%s: IPv4 was reached from %v", row.kind, got)
		}
	}
}
