//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package portmap

import (
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/net/route"
)

// defaultGateways returns the gateways of the IPv4 default routes in the order
// of the system's table.
func defaultGateways(around []localNetwork) []netip.Addr {
	table, err := route.FetchRIB(syscall.AF_INET, route.RIBTypeRoute, 0)
	if err != nil {
		return likelyGateways(around)
	}
	messages, err := route.ParseRIB(route.RIBTypeRoute, table)
	if err != nil {
		return likelyGateways(around)
	}
	const want = syscall.RTF_UP | syscall.RTF_GATEWAY
	var gateways []netip.Addr
	for _, message := range messages {
		r, ok := message.(*route.RouteMessage)
		if !ok || r.Flags&want != want || !isDefault(r.Addrs) {
			continue
		}
		gateway, ok := r.Addrs[syscall.RTAX_GATEWAY].(*route.Inet4Addr)
		if !ok {
			continue
		}
		if a := netip.AddrFrom4(gateway.IP); !slices.Contains(gateways, a) {
			gateways = append(gateways, a)
		}
	}
	return gateways
}

// isDefault reports whether a route is one to everywhere.
func isDefault(addrs []route.Addr) bool {
	if len(addrs) <= syscall.RTAX_NETMASK {
		return false
	}
	destination, ok := addrs[syscall.RTAX_DST].(*route.Inet4Addr)
	if !ok || destination.IP != [4]byte{} {
		return false
	}
	mask, ok := addrs[syscall.RTAX_NETMASK].(*route.Inet4Addr)
	return !ok || mask.IP == [4]byte{}
}
