// Package source judges strangers by where they come from. One party may hold a
// whole network, so sources are nested: an address lies in ever wider prefixes,
// and what is counted for it is counted for each of them.
package source

import "net/netip"

// Nest returns the prefixes in which an address lies, the narrowest first: what
// one computer, one household and one customer of a carrier may hold. For IPv4
// these are /32 and /24, for IPv6 /64, /56 and /48 (RFC 6177 section 2), and /32, the
// least that a carrier has: whoever is one has 65,536 networks of /48. It is empty for
// an address that is not valid.
func Nest(addr netip.Addr) (nest []netip.Prefix) {
	addr = addr.Unmap().WithZone("")
	for _, bits := range widths(addr) {
		prefix, _ := addr.Prefix(bits) // fits: see widths
		nest = append(nest, prefix)
	}
	return nest
}

func widths(addr netip.Addr) []int {
	switch {
	case addr.Is4():
		return []int{32, 24}
	case addr.Is6():
		return []int{64, 56, 48, 32}
	}
	return nil
}

// Household is what one household's computer may choose its addresses from, the
// zero Prefix if the address is not known.
func Household(addr netip.Addr) netip.Prefix {
	if nest := Nest(addr); len(nest) > 0 {
		return nest[0]
	}
	return netip.Prefix{}
}
