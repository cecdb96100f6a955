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
	// Networks are those that it is in, each with its own address there.
	Networks []netip.Prefix
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
				entry.Networks = append(entry.Networks, prefix)
			}
		}
		list = append(list, entry)
	}
	return list, nil
}

// HostCandidates picks at most MaxHosts addresses to offer, best first: those of
// RankAddresses that mean something on another computer.
func HostCandidates(interfaces []Interface, port uint16) []Candidate {
	var out []Candidate
	for _, addr := range RankAddresses(interfaces) {
		c := Candidate{KindHost, netip.AddrPortFrom(addr, port)}
		if len(out) < MaxHosts && c.valid() {
			out = append(out, c)
		}
	}
	return out
}

// RankAddresses lists the addresses at which this computer may be reached, those
// first that are likeliest to work, whatever the order of the interfaces: cards
// before tunnels, and those before the bridges of containers and virtual machines.
// Of each interface it takes all IPv4 addresses and one global IPv6 address, a
// temporary one if it can be told. An IPv4 address that a card has given itself,
// having found nobody who gives one (RFC 3927), counts where it is the card's
// only one, as on a cable between two computers. A link-local IPv6 address comes
// with its interface as the zone, and only if there is nothing else at all.
func RankAddresses(interfaces []Interface) []netip.Addr {
	type ranked struct {
		addr netip.Addr
		rank int
	}
	var list []ranked
	var last []netip.Addr
	for _, i := range interfaces {
		rank := 4 * kindOf(i.Name)
		var four, own, six []netip.Addr
		for _, addr := range i.Addrs {
			addr = addr.Unmap().WithZone("")
			switch {
			case addr.IsLinkLocalUnicast() && addr.Is6():
				last = append(last, addr.WithZone(i.Name))
			case !reachable(addr, false):
			case addr.IsLinkLocalUnicast():
				own = append(own, addr)
			case addr.Is4():
				four = append(four, addr)
			case len(six) == 0 || fromHardware(six[0]) && !fromHardware(addr):
				six = []netip.Addr{addr}
			}
		}
		if len(four) > 0 {
			own = nil
		}
		for k, family := range [][]netip.Addr{four, six, own} {
			for _, addr := range family {
				list = append(list, ranked{addr, rank + k})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	var out []netip.Addr
	for _, r := range list {
		if !slices.Contains(out, r.addr) {
			out = append(out, r.addr)
		}
	}
	if len(out) == 0 {
		return last
	}
	return out
}

// Kinds of interfaces, in the order of trying.
const (
	card = iota
	tunnel
	bridge
)

// interfaceKinds are told by how a name begins. Nothing else tells them apart on
// all systems; a name that is not here is taken for a card.
var interfaceKinds = [...]struct {
	kind     int
	prefixes []string
}{
	{bridge, []string{"docker", "veth", "br-", "virbr", "vmnet", "vboxnet", "cni", "podman", "lxcbr", "lxdbr", "flannel", "cali", "kube",
		"bridge", "vnet", "vethernet", "virtualbox", "vmware", "awdl", "llw", "anpi"}},
	{tunnel, []string{"utun", "tun", "tap", "wg", "tailscale", "zt", "zerotier", "ipsec", "nordlynx", "proton", "ham", "openvpn", "wireguard"}},
}

func kindOf(name string) int {
	name = strings.ToLower(name)
	for _, of := range interfaceKinds {
		if slices.ContainsFunc(of.prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			return of.kind
		}
	}
	return card
}

// Rank orders interfaces by their names as RankAddresses does: the smaller the
// likelier it leads to other players.
func (i Interface) Rank() int { return kindOf(i.Name) }

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
		addr.Is6() && addr.IsLinkLocalUnicast(): // which means nothing without a zone
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
	return onLAN(addr) || shared.Contains(addr)
}

// onLAN says whether an address is of the kind that homes use inside.
func onLAN(addr netip.Addr) bool {
	return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast()
}

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
