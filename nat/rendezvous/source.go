package rendezvous

import (
	"fmt"
	"net/netip"
	"slices"
)

// Source is where a packet comes from or goes to: an address, for TCP the number
// of the connection, which is never 0, and whether it is by the second UDP port.
type Source struct {
	Addr   netip.AddrPort
	Stream uint64
	Second bool
}

// Hall is a network known to the operator whose many players come from one address
// or a few: a school, a festival, a provider that shares addresses.
type Hall struct {
	Prefix netip.Prefix // an address is one of 32 or 128 bits
	Places int          // as ServerConfig.MaxPerSource, for all of the prefix together
}

// maxHalls bounds what is looked through for every packet.
const maxHalls = 64

func (c *ServerConfig) fillHalls() error {
	if len(c.Halls) > maxHalls {
		return fmt.Errorf("rendezvous: %d halls; there can be %d", len(c.Halls), maxHalls)
	}
	halls := make([]Hall, 0, len(c.Halls))
	for _, h := range c.Halls {
		if !h.Prefix.IsValid() || h.Prefix.Addr().Is4In6() || h.Prefix.Addr().Zone() != "" {
			return fmt.Errorf("rendezvous: the hall %v is no prefix such as 192.0.2.7/32 or 2001:db8:1::/48", h.Prefix)
		}
		h.Prefix = h.Prefix.Masked()
		if h.Places < 1 || h.Places > highestPerSource {
			return fmt.Errorf("rendezvous: the hall %v has %d places; it must be 1 to %d", h.Prefix, h.Places, highestPerSource)
		}
		if slices.ContainsFunc(halls, func(o Hall) bool { return o.Prefix == h.Prefix }) {
			return fmt.Errorf("rendezvous: the hall %v is named twice", h.Prefix)
		}
		halls = append(halls, h)
	}
	// The narrowest one counts.
	slices.SortStableFunc(halls, func(a, b Hall) int { return b.Prefix.Bits() - a.Prefix.Bits() })
	c.Halls = halls
	return nil
}

// path is how a source is counted: the prefixes that it is within, widest first.
type path struct {
	list   [3]netip.Prefix
	n      int
	limit  int // places of the finest one
	weight int // how many ordinary sources it stands for
}

func (p *path) prefixes() []netip.Prefix { return p.list[:p.n] }

// finest is whom limits count.
func (p *path) finest() netip.Prefix { return p.list[p.n-1] }

// path tells sources apart: an IPv4 address is one. Of IPv6 one computer has all
// the addresses of a /64, one home often all of a /56 or a /48, so there the
// prefixes are counted, too (RFC 6177). A hall is one, however many addresses it
// has.
func (c *ServerConfig) path(addr netip.Addr) path {
	addr = addr.Unmap().WithZone("")
	for _, h := range c.Halls {
		if h.Prefix.Contains(addr) {
			return path{list: [3]netip.Prefix{h.Prefix}, n: 1, limit: h.Places, weight: max(1, h.Places/c.MaxPerSource)}
		}
	}
	p := path{limit: c.MaxPerSource, weight: 1}
	bits := []int{32}
	if addr.Is6() {
		bits = []int{48, 56, 64}
	}
	for _, n := range bits {
		p.list[p.n], _ = addr.Prefix(n) // all fit their family
		p.n++
	}
	return p
}
