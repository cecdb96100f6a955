package natsim

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/nat/nat64"
)

// Options vary a home. The zero value is one host on a wire without delay.
type Options struct {
	Hosts   int           // computers in the home, 0 stands for 1
	Delay   time.Duration // one way between the home and its network
	Jitter  time.Duration // see Wire
	Loss    float64       // see Wire
	Hairpin bool          // the router turns packets to its own address round
	Timeout time.Duration // life of a mapping, 0 stands for 120 s
	Carrier *Router       // the home hangs behind this carrier, not on the Internet
	Subnet  int           // third octet of 192.168.x.0/24, 0 draws a new one
	IPv6    IPv6          // beside IPv4
}

// IPv6 says what a home has of it, besides what its kind says.
type IPv6 uint8

const (
	NoIPv6       IPv6 = iota
	FirewallIPv6      // behind a firewall that lets answers in
	OpenIPv6          // without any
)

// Home is what a preset built.
type Home struct {
	Name   string
	Hosts  []*Host
	Router *Router // the one the hosts hang on; nil for a home without any
	Six    *Router // the same for IPv6; nil for a home with IPv4 only
}

// lanDelay is what a packet takes within a home.
const lanDelay = 200 * time.Microsecond

var behaviors = map[string]Behavior{
	"open-firewall":        {Filtering: AddressPortDependent, Firewall: true},
	"fullcone":             {},
	"restricted":           {Filtering: AddressDependent},
	"portrestricted":       {Filtering: AddressPortDependent},
	"symmetric":            {Mapping: AddressPortDependent, Filtering: AddressPortDependent, LowPort: 1024, HighPort: 65535},
	"symmetric-sequential": {Mapping: AddressPortDependent, Filtering: AddressPortDependent, LowPort: 20000, HighPort: 60000, Sequential: true},
	"cgnat":                {Filtering: AddressPortDependent},
	"racy":                 {Filtering: AddressPortDependent, AcceptsWAN: true},
	"upnp":                 {Filtering: AddressPortDependent, PortMap: true},
	"udp-blocked":          {Filtering: AddressPortDependent, Blocked: true},
	"ipv6":                 {Filtering: AddressPortDependent, Firewall: true},
	"ipv6-open":            {Firewall: true},
	"nat64":                {Filtering: AddressPortDependent, Firewall: true, NAT64: nat64.WellKnown},
	"nat64-symmetric":      {Mapping: AddressPortDependent, Filtering: AddressPortDependent, Firewall: true, NAT64: nat64.WellKnown},
}

// Presets lists the kinds of home that Home builds.
//
//	none                  a host directly on the Internet
//	open-firewall         a public address behind a stateful firewall
//	fullcone              EIM and EIF: everybody may send to the mapped port
//	restricted            EIM and ADF: whoever we sent to, from any port
//	portrestricted        EIM and APDF: the common home router
//	symmetric             APDM and APDF: a random port for each destination
//	symmetric-sequential  the same with ports counted upwards
//	cgnat                 portrestricted behind a portrestricted carrier
//	racy                  portrestricted that accepts stray packets itself
//	upnp                  portrestricted with Router.Map
//	udp-blocked           no UDP leaves
//
// Home knows these as well, of which hosts have IPv6 only:
//
//	ipv6                  behind a firewall that lets answers in
//	ipv6-open             with an open one
//	nat64                 as ipv6, and a port-restricted translator to IPv4
//	nat64-symmetric       the same with a random port for each destination
func Presets() []string {
	return []string{"none", "open-firewall", "fullcone", "restricted", "portrestricted", "symmetric",
		"symmetric-sequential", "cgnat", "racy", "upnp", "udp-blocked"}
}

// Preset is how the router of a home of this kind behaves; false for "none",
// which has no router that does anything, and for what Presets does not list.
func Preset(kind string) (Behavior, bool) {
	b, ok := behaviors[kind]
	return b, ok
}

// Home builds a home of a kind that Presets speaks of; it panics on any other.
func (s *Sim) Home(kind string, o Options) *Home {
	s.homes++
	hosts := max(o.Hosts, 1)
	wire := Wire{Delay: o.Delay, Jitter: o.Jitter, Loss: o.Loss}
	network, address := s.Internet, s.PublicAddr
	if o.Carrier != nil {
		network, address = o.Carrier.inside, s.carrierAddr
	}
	home := &Home{Name: kind}
	if kind == "none" {
		for range hosts {
			home.Hosts = append(home.Hosts, network.Host(address(), wire))
		}
		s.addIPv6(home, o, wire)
		return home
	}
	b, ok := behaviors[kind]
	if !ok {
		panic(fmt.Sprintf("natsim: no preset %q", kind))
	}
	b.Hairpin = o.Hairpin
	b.Timeout = o.Timeout
	if kind == "cgnat" && o.Carrier == nil {
		network, address = s.Carrier("portrestricted", Options{}).inside, s.carrierAddr
	}
	subnet := byte(o.Subnet)
	if subnet == 0 {
		subnet = byte(s.homes%253 + 1)
	}
	lan := func(last byte) netip.Addr {
		if b.Firewall {
			return netip.AddrFrom4([4]byte{198, 18, subnet, last})
		}
		return netip.AddrFrom4([4]byte{192, 168, subnet, last})
	}
	if strings.HasPrefix(kind, "ipv6") || strings.HasPrefix(kind, "nat64") {
		lan = s.lan6()
		if b.NAT64 == (netip.Prefix{}) {
			address = s.publicAddr6
		}
	}
	home.Router = network.Router(address(), lan(1), b, wire)
	for i := range hosts {
		home.Hosts = append(home.Hosts, home.Router.Host(lan(byte(2+i)), Wire{Delay: lanDelay / 2}))
	}
	s.addIPv6(home, o, wire)
	return home
}

// addIPv6 gives the hosts of a home addresses of IPv6 too.
func (s *Sim) addIPv6(home *Home, o Options, wire Wire) {
	b := Behavior{Firewall: true, Timeout: o.Timeout}
	switch o.IPv6 {
	case NoIPv6:
		return
	case FirewallIPv6:
		b.Filtering = AddressPortDependent
	}
	lan := s.lan6()
	home.Six = s.Internet.Router(s.publicAddr6(), lan(1), b, wire)
	for i, h := range home.Hosts {
		home.Six.Add(h, lan(byte(2+i)), Wire{Delay: lanDelay / 2})
	}
}

// lan6 is a network of a home that has IPv6.
func (s *Sim) lan6() func(last byte) netip.Addr {
	s.six++
	n := s.six
	return func(last byte) netip.Addr {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 8), byte(n), 15: last})
	}
}

func (s *Sim) publicAddr6() netip.Addr {
	s.six++
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 14: byte(s.six >> 8), 15: byte(s.six)})
}

// Carrier builds a carrier's translator of a kind that Presets lists, for
// homes to hang behind with Options.Carrier. Its hosts have addresses of
// 100.64.0.0/10 (RFC 6598).
func (s *Sim) Carrier(kind string, o Options) *Router {
	b, ok := behaviors[kind]
	if !ok || b.Firewall {
		panic(fmt.Sprintf("natsim: no carrier of kind %q", kind))
	}
	b.Hairpin = o.Hairpin
	b.Timeout = o.Timeout
	if b.LowPort == 0 {
		b.LowPort, b.HighPort = 20000, 49999
	}
	wire := Wire{Delay: o.Delay, Jitter: o.Jitter, Loss: o.Loss}
	return s.Internet.Router(s.PublicAddr(), netip.AddrFrom4([4]byte{100, 64, 0, 1}), b, wire)
}

// PublicHost adds a computer directly on the Internet, without delay of its own.
func (s *Sim) PublicHost() *Host { return s.Internet.Host(s.PublicAddr(), Wire{}) }

// PublicHost6 is the same with an IPv6 address.
func (s *Sim) PublicHost6() *Host { return s.Internet.Host(s.publicAddr6(), Wire{}) }

// PublicAddr hands out an unused address of the Internet.
func (s *Sim) PublicAddr() netip.Addr {
	s.public++
	n := s.public + 9
	return netip.AddrFrom4([4]byte{203, 0, byte(113 + n>>8), byte(n)})
}

func (s *Sim) carrierAddr() netip.Addr {
	s.public++
	n := s.public + 9
	return netip.AddrFrom4([4]byte{100, 64 + byte(n>>16), byte(1 + n>>8), byte(n)})
}
