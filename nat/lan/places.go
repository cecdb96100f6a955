package lan

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/visavis-netcode/visavis/nat"
)

// place is one address of one interface from which packets are sent.
type place struct {
	index     int
	name      string
	prefix    netip.Prefix // the address and its network; IPv6 ones are link-local, with a zone
	multicast bool
	broadcast bool
	loopback  bool
}

// maxPlaces is how many addresses are sent from. A computer with more leaves out
// those of the bridges of containers and virtual machines first.
const maxPlaces = 32

// addr is the address itself.
func (p place) addr() netip.Addr {
	if p.prefix.Addr().Is4() {
		return p.prefix.Addr()
	}
	return p.prefix.Addr().WithZone(p.name)
}

// holds reports whether a neighbour's address is on the network of this place.
func (p place) holds(neighbour netip.Addr) bool {
	if neighbour.Is4() {
		return p.prefix.Contains(neighbour)
	}
	zone := neighbour.Zone()
	return p.prefix.Addr().Is6() && neighbour.IsLinkLocalUnicast() && (zone == p.name || zone == strconv.Itoa(p.index))
}

// shares reports whether two places are on one interface, in one IP version.
func (p place) shares(other place) bool {
	return p.index == other.index && version(p.prefix.Addr()) == version(other.prefix.Addr())
}

// near returns the places of the interface that a neighbour is on, none if the
// address is on no network of this computer.
func near(places []place, neighbour netip.Addr) []place {
	for _, p := range places {
		if p.holds(neighbour) {
			return onInterface(places, p.index)
		}
	}
	return nil
}

func onInterface(places []place, index int) (here []place) {
	for _, p := range places {
		if p.index == index {
			here = append(here, p)
		}
	}
	return here
}

// lastOf is the last address of an IPv4 network: its directed broadcast
// address, which needs no default route.
func lastOf(prefix netip.Prefix) netip.Addr {
	a := prefix.Addr().As4()
	for bit := prefix.Bits(); bit < 32; bit++ {
		a[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(a)
}

// findPlaces lists the places of this computer's interfaces, of those named or
// of all.
func findPlaces(names []string) ([]place, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var places []place
	for _, ifi := range interfaces {
		if names != nil && !slices.Contains(names, ifi.Name) {
			continue
		}
		addrs, err := ifi.Addrs()
		if err != nil {
			continue // it vanished just now
		}
		places = append(places, placesOf(ifi, addrs)...)
	}
	return likeliest(places), nil
}

// likeliest cuts a list to maxPlaces, and puts IPv4 first.
func likeliest(places []place) []place {
	family := func(a, b place) int { return cmp.Compare(a.prefix.Addr().BitLen(), b.prefix.Addr().BitLen()) }
	rank := func(p place) int { return nat.Interface{Name: p.name}.Rank() }
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), family(a, b), cmp.Compare(a.index, b.index))
	})
	places = places[:min(len(places), maxPlaces)]
	slices.SortStableFunc(places, family)
	return places
}

// placesOf returns the places of one interface. Point-to-point interfaces have
// none: tunnels and modems carry no LAN, and a packet a second there may cost
// money. IPv6 goes from the link-local address, which every interface has, and
// on loopback not at all: IPv4 is always there.
func placesOf(ifi net.Interface, addrs []net.Addr) (places []place) {
	if ifi.Flags&net.FlagUp == 0 || ifi.Flags&net.FlagPointToPoint != 0 {
		return nil
	}
	p := place{
		index:    ifi.Index,
		name:     ifi.Name,
		loopback: ifi.Flags&net.FlagLoopback != 0,
	}
	// Linux calls its loopback interface neither, yet it does both.
	p.multicast = ifi.Flags&net.FlagMulticast != 0 || p.loopback
	p.broadcast = ifi.Flags&net.FlagBroadcast != 0 || p.loopback
	six := false
	for _, a := range addrs {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(network.IP)
		bits, size := network.Mask.Size()
		if !ok || size == 0 {
			continue
		}
		addr = addr.Unmap()
		if size == 128 && addr.Is4() {
			bits -= 96
		}
		switch {
		case addr.Is4() && bits >= 0 && (p.multicast || p.broadcast):
		case addr.Is6() && addr.IsLinkLocalUnicast() && p.multicast && !p.loopback && !six:
			six = true // one is enough to reach everybody
		default:
			continue
		}
		p.prefix = netip.PrefixFrom(addr, bits)
		places = append(places, p)
	}
	return places
}
