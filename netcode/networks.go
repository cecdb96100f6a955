package netcode

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/portmap"
)

// A network that is wider than this is not around the corner: a company's, a
// carrier's, or what a tunnel calls its own.
const (
	widestLocal4 = 16
	widestLocal6 = 64
	// networksAge is how long what was found of this computer's networks is good:
	// to look costs a few system calls, and strangers decide how often.
	networksAge = time.Second
)

// sharedSpace is what carriers, between their routers and homes, and some tunnels
// give to their customers (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// networks are the local networks of this computer, as they were lately. Owner:
// the node.
type networks struct {
	find     func() (prefixes []netip.Prefix, routers []netip.Addr) // nil for those of the system
	at       time.Duration
	known    bool
	prefixes []netip.Prefix
	routers  []netip.Addr
}

// local reports whether an address is of this computer or of a network that it
// is on now. A router is on it, too, but what comes from there may come from
// anywhere: some put their own address in place of the sender's.
func (n *networks) local(addr netip.Addr, now time.Duration) bool {
	addr = addr.Unmap()
	switch {
	case addr.IsLoopback(), addr.IsLinkLocalUnicast():
		return true
	case !addr.IsValid(), sharedSpace.Contains(addr):
		return false
	}
	if !n.known || now-n.at >= networksAge {
		find := n.find
		if find == nil {
			find = systemNetworks
		}
		n.prefixes, n.routers = find()
		n.at, n.known = now, true
	}
	return !slices.Contains(n.routers, addr) &&
		slices.ContainsFunc(n.prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func systemNetworks() (prefixes []netip.Prefix, routers []netip.Addr) {
	interfaces, _ := net.Interfaces() // none: then nobody is near
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err == nil {
			prefixes = append(prefixes, localPrefixes(i.Flags, addrs)...)
		}
	}
	return prefixes, portmap.Gateways()
}

// localPrefixes returns the networks of one interface on which others are as near
// as a local network is. Point-to-point interfaces have none: tunnels and modems
// lead elsewhere. Nor has loopback: an address that was given to it is only an
// address.
func localPrefixes(flags net.Flags, addrs []net.Addr) (prefixes []netip.Prefix) {
	if flags&net.FlagUp == 0 || flags&(net.FlagPointToPoint|net.FlagLoopback) != 0 {
		return nil
	}
	for _, a := range addrs {
		ipnet, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(ipnet.IP)
		bits, size := ipnet.Mask.Size()
		if !ok || size == 0 {
			continue
		}
		addr = addr.Unmap()
		bits -= size - addr.BitLen() // a mask may be written as one of IPv6
		if addr.Is4() && bits >= widestLocal4 || addr.Is6() && bits >= widestLocal6 {
			prefixes = append(prefixes, netip.PrefixFrom(addr, bits).Masked())
		}
	}
	return prefixes
}
