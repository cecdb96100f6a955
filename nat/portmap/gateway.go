package portmap

import (
	"net"
	"net/netip"
	"slices"
)

// gatewaysMax bounds how many routers are asked.
const gatewaysMax = 3

// findSites returns the routers to ask and the ways to ask them.
func findSites(c Config) ([]site, error) {
	around := localNetworks()
	gateways := []netip.Addr{c.Gateway.Unmap()}
	if !c.Gateway.IsValid() {
		gateways = defaultGateways(around)
	}
	var sites []site
	var public bool
	for _, gateway := range gateways {
		if !gateway.Is4() || len(sites) == gatewaysMax {
			continue
		}
		local, ok := localTowards(gateway, around)
		if !ok {
			continue
		}
		if isPublic(local.prefix.Addr()) {
			public = true // no address is translated here
			continue
		}
		sites = append(sites, site{ways: []way{
			&pcp{gateway: gateway, port: c.Port, lifetime: c.Lifetime, random: c.Random},
			&pmp{gateway: gateway, port: c.Port, lifetime: c.Lifetime},
			&upnp{gateway: gateway, local: local, search: c.Search, port: c.Port,
				lifetime: c.Lifetime, description: c.Description, random: c.Random},
		}})
	}
	switch {
	case len(sites) > 0:
		return sites, nil
	case public:
		return nil, errOwnPublic
	default:
		return nil, errNoGateway
	}
}

// Gateways returns the IPv4 addresses of this computer's default routers, the one
// in use first; where the system does not tell them, those that are likely.
func Gateways() []netip.Addr { return defaultGateways(localNetworks()) }

// localNetwork is an IPv4 address of this computer.
type localNetwork struct {
	prefix         netip.Prefix // our address, and how much of it is the network's
	interfaceIndex int          // 0 if not known
}

// contains reports whether a is in this network.
func (l localNetwork) contains(a netip.Addr) bool {
	return l.prefix.Masked().Contains(a)
}

// localNetworks returns the IPv4 addresses of all interfaces that are up.
func localNetworks() []localNetwork {
	var all []localNetwork
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil // as on systems that do not let programs see them
	}
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 {
			continue
		}
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			if !ok || n.IP.To4() == nil {
				continue
			}
			addr, _ := netip.AddrFromSlice(n.IP.To4())
			ones, bits := n.Mask.Size()
			if bits == 0 {
				continue
			}
			ones -= bits - 32 // a mask may be written as one of IPv6
			if ones >= 0 {
				all = append(all, localNetwork{netip.PrefixFrom(addr, ones), i.Index})
			}
		}
	}
	return all
}

// localTowards returns the network of ours through which the system sends to a
// gateway.
func localTowards(gateway netip.Addr, around []localNetwork) (localNetwork, bool) {
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(gateway, pcpPort)))
	if err != nil {
		return localNetwork{}, false // no route
	}
	defer conn.Close() // nothing was sent
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	for _, l := range around {
		if l.prefix.Addr() == local {
			return l, true
		}
	}
	return localNetwork{prefix: netip.PrefixFrom(local, 32)}, true
}

// likelyGateways guesses gateways where the system does not tell them: the first
// address of each private network, which nearly all home routers take.
func likelyGateways(around []localNetwork) []netip.Addr {
	var guesses []netip.Addr
	for _, l := range around {
		a := l.prefix.Addr()
		if !a.IsPrivate() || l.prefix.Bits() > 30 {
			continue
		}
		first := l.prefix.Masked().Addr().Next()
		if first != a && !slices.Contains(guesses, first) {
			guesses = append(guesses, first)
		}
	}
	return guesses
}
