package nat

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Kind is how an address was learnt (RFC 8445 section 5.1.1).
type Kind uint8

const (
	// KindHost is an address of one of the computer's own interfaces.
	KindHost Kind = iota
	// KindReflexive is a public address that a STUN server saw.
	KindReflexive
	// KindMapped is a port that the router forwards by UPnP, NAT-PMP or PCP.
	KindMapped
	// KindPeerReflexive is an address that the peer's packets came from.
	KindPeerReflexive
	// KindRelay is an address of a relay that forwards to us.
	KindRelay

	kinds
)

// String is the kind in a word or two.
func (k Kind) String() string {
	switch k {
	case KindHost:
		return "host"
	case KindReflexive:
		return "reflexive"
	case KindMapped:
		return "mapped"
	case KindPeerReflexive:
		return "peer-reflexive"
	case KindRelay:
		return "relay"
	}
	return "unknown"
}

// Candidate is one address at which a player may be reachable.
type Candidate struct {
	Kind Kind
	Addr netip.AddrPort
}

// Local says whether the address is of use only to who is in the same network.
func (c Candidate) Local() bool { return c.Kind == KindHost && inside(c.Addr.Addr()) }

// MaxCandidates is how many candidates an offer holds. MaxHosts is how many of
// them HostCandidates gives: seventeen addresses of containers and tunnels must
// not crowd out the one that works.
const (
	MaxCandidates = 16
	MaxHosts      = 8
)

// Interface is what HostCandidates wants to know of a network interface.
type Interface struct {
	Name  string
	Addrs []netip.Addr
}

// Interfaces lists the computer's interfaces that are up, without loopback.
func Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var list []Interface
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		entry := Interface{Name: i.Name}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil {
				entry.Addrs = append(entry.Addrs, prefix.Addr().Unmap())
			}
		}
		list = append(list, entry)
	}
	return list, nil
}

// HostCandidates picks at most MaxHosts addresses to offer, best first:
// physical interfaces before virtual ones, of each interface all IPv4
// addresses and one global IPv6 address, a temporary one if it can be told.
// Loopback and link-local addresses are left out.
func HostCandidates(interfaces []Interface, port uint16) []Candidate {
	type ranked struct {
		addr netip.Addr
		rank int
	}
	var list []ranked
	for _, i := range interfaces {
		rank := 0
		if virtual(i.Name) {
			rank = 2
		}
		var six netip.Addr
		for _, addr := range i.Addrs {
			addr = addr.Unmap().WithZone("")
			switch {
			case !reachable(addr, false):
			case addr.Is4():
				list = append(list, ranked{addr, rank})
			case !six.IsValid() || fromHardware(six) && !fromHardware(addr):
				six = addr
			}
		}
		if six.IsValid() {
			list = append(list, ranked{six, rank + 1})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	var out []Candidate
	for _, r := range list {
		c := Candidate{KindHost, netip.AddrPortFrom(r.addr, port)}
		if len(out) < MaxHosts && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// virtual says by its name whether an interface leads to containers, virtual
// machines or a tunnel. Such addresses may work, and are tried last.
func virtual(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"docker", "veth", "br-", "virbr", "vmnet", "vboxnet", "cni", "podman",
		"utun", "tun", "tap", "wg", "tailscale", "zt", "vethernet", "virtualbox", "vmware", "awdl", "llw"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// fromHardware says whether an IPv6 address shows the hardware address (EUI-64,
// RFC 4291 appendix A) rather than being drawn for privacy.
func fromHardware(addr netip.Addr) bool {
	b := addr.As16()
	return b[11] == 0xff && b[12] == 0xfe
}

// reachable says whether packets to an address can lead to another player.
// What fails is dropped from offers: an attacker could otherwise aim our
// checks at ourselves or at everybody in our network at once.
func reachable(addr netip.Addr, loopback bool) bool {
	switch {
	case !addr.IsValid(), addr.Is4In6(), addr.Zone() != "", addr.IsUnspecified(), addr.IsMulticast(),
		addr.IsLinkLocalUnicast():
		return false
	case addr.IsLoopback():
		return loopback
	case addr.Is4():
		b := addr.As4()
		return b[0] != 0 && b[0] < 240 // "this network" and the reserved end with the broadcast address
	}
	return true
}

// shared is what carriers use inside (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// inside says whether an address is of no meaning on the internet.
func inside(addr netip.Addr) bool {
	return onLAN(addr) || addr.IsLinkLocalUnicast() || shared.Contains(addr)
}

// onLAN says whether an address is of the kind that homes use inside.
func onLAN(addr netip.Addr) bool { return addr.IsPrivate() || addr.IsLoopback() }

// rank orders candidates for checking: the nearest first.
func (c Candidate) rank() int {
	switch {
	case c.Kind == KindRelay:
		return 5
	case onLAN(c.Addr.Addr()):
		return 0
	case c.Addr.Addr().Is6():
		return 1
	case c.Kind == KindMapped:
		return 2
	case c.Kind == KindHost:
		return 3
	}
	return 4
}
