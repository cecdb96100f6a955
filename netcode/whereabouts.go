package netcode

import (
	"net/netip"
	"slices"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
)

// sight is where the host sees a member, and where the member says that it is. The
// host tells each member only those addresses of another that can be of use to it:
// private ones to who may be in the same private network, public ones to others.
type sight struct {
	seen   netip.Addr // by the host; the zero Addr if the link goes through a relay, and of this host itself
	said   []netip.Addr
	isHost bool
}

// sightOf is what this machine, the host, knows of a member's whereabouts.
func (a *authority) sightOf(m *member) sight {
	seen := netip.Addr{}
	if c := a.room.mesh.To(m.Machine); c != nil && !a.room.pathOf(m.Machine, c).Relayed() {
		seen = c.Link.RemoteAddr().Addr()
	}
	s := sightAt(seen, m.Addrs, m.Offer)
	s.isHost = m.Machine == a.room.me
	return s
}

// sightAt is that of somebody who is seen at an address and says that others are his.
func sightAt(seen netip.Addr, addrs []string, offer []byte) sight {
	s := sight{seen: seen.Unmap().WithZone("")}
	for _, text := range addrs {
		if addr, err := netip.ParseAddrPort(text); err == nil {
			s.said = append(s.said, addr.Addr().Unmap())
		}
	}
	for _, c := range pathfinder.Candidates(offer) {
		s.said = append(s.said, c.Addr.Addr())
	}
	return s
}

// isNear reports whether an address means something only in one network.
func isNear(addr netip.Addr) bool {
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.Is4() && sharedSpace.Contains(addr)
}

// neighbours reports whether two addresses are of one small network.
func neighbours(a, b netip.Addr) bool {
	if a.BitLen() != b.BitLen() || !a.IsValid() {
		return false
	}
	bits := 24
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).Masked() == netip.PrefixFrom(b, bits).Masked()
}

// together reports whether two members may be in one private network: in the
// host's, or behind one public address.
func (s sight) together(to sight) bool {
	if s.isHost || to.isHost {
		return isNear(s.seen) || isNear(to.seen)
	}
	if isNear(s.seen) && isNear(to.seen) || s.seen.IsValid() && s.seen == to.seen || s.seen.Is6() && neighbours(s.seen, to.seen) {
		return true
	}
	return slices.ContainsFunc(s.said, func(a netip.Addr) bool { return !isNear(a) && slices.Contains(to.said, a) })
}

// near reports whether another is surely in the same network as one of the member's
// addresses, so that no way round is needed.
func (s sight) near(to sight) bool {
	return isNear(to.seen) && s.together(to) && slices.ContainsFunc(append(s.said, s.seen), func(a netip.Addr) bool { return neighbours(a, to.seen) })
}

// useTo reports whether an address of the member can be of use to another one.
func (s sight) useTo(to sight, addr netip.Addr) bool {
	switch {
	case addr.IsLoopback():
		return to.seen.IsLoopback() && (s.seen.IsLoopback() || s.isHost)
	case !isNear(addr):
		return !s.near(to)
	case s.seen != to.seen && slices.Contains(to.said, addr):
		return false // a bridge for containers has the same address everywhere
	}
	return s.together(to)
}

// tell returns of a member's addresses and offer what can be of use to another.
func (s sight) tell(to sight, addrs []string, offer []byte) (told []string, narrowed []byte) {
	for _, text := range addrs {
		if addr, err := netip.ParseAddrPort(text); err == nil && s.useTo(to, addr.Addr().Unmap()) {
			told = append(told, text)
		}
	}
	return told, pathfinder.Narrow(offer, func(c nat.Candidate) bool {
		return c.Kind == nat.KindRelay || s.useTo(to, c.Addr.Addr())
	})
}

// usefulOffer is this machine's offer for a peer that it has a link to and sees at
// an address, the zero Addr behind a relay: without what means something only in a
// home, if the peer is elsewhere.
func usefulOffer(offer []byte, peer netip.Addr) []byte {
	if isNear(peer) || slices.ContainsFunc(pathfinder.Candidates(offer), func(c nat.Candidate) bool { return c.Addr.Addr() == peer }) {
		return offer
	}
	return pathfinder.Narrow(offer, func(c nat.Candidate) bool { return c.Kind == nat.KindRelay || !isNear(c.Addr.Addr()) })
}

// offerTo is how this node is reached, as far as it is of use to a peer at an address.
func (n *Node) offerTo(peer netip.Addr) []byte { return usefulOffer(n.offer(), peer) }
