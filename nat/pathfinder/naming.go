package pathfinder

import (
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// Whoever names an address that is new has it take one of the Restraint's places for
// ten minutes, and when these are taken nobody is tried who is only named. So there
// are limits to how many one may name: a peer whose address is known, by itself or by
// the rendezvous server, by that address, and all others together, such as members of a lobby that its host names.
const (
	namesEach, namesEachEvery = 16, 15 * time.Second // at once, and one more in this time
	namesAll, namesAllEvery   = 512, time.Second
	maxNamers                 = 256 // remembered; when full others count with those whose address is not known
)

// namers is how much has been named by whom. The key is the address of a peer, the
// zero Addr for all others; the value is by when what was named is paid for (the
// leaky bucket as a virtual scheduling algorithm).
type namers map[netip.Addr]time.Duration

// may reports whether somebody may name a new address now, and counts it.
func (n namers) may(now time.Duration, by netip.Addr) bool {
	most, every := namesEach, namesEachEvery
	if _, known := n[by]; !known && len(n) >= maxNamers && by.IsValid() {
		n.forget(now)
		if len(n) >= maxNamers {
			by = netip.Addr{}
		}
	}
	if !by.IsValid() {
		most, every = namesAll, namesAllEvery
	}
	if n[by]-now > time.Duration(most-1)*every {
		return false
	}
	n[by] = max(n[by], now) + every
	return true
}

// forget forgets who has paid for all.
func (n namers) forget(now time.Duration) {
	for by, until := range n {
		if until <= now {
			delete(n, by)
		}
	}
}

// named returns an offer of a peer without the addresses that are one too many.
func (p *pair) named(now time.Duration, o nat.Offer) nat.Offer {
	by := p.at
	if a := p.keep.active; a != nil && a.answered >= 0 && a.rank == rankDirect {
		by = a.route.Addr.Addr()
	}
	if by.IsValid() {
		by = networkOf(by)
	}
	kept := make([]nat.Candidate, 0, len(o.Candidates))
	may := map[netip.Addr]bool{} // of the networks that were looked at
	for _, c := range o.Candidates {
		at := networkOf(c.Addr.Addr())
		if _, looked := may[at]; !looked {
			may[at] = p.f.restraint.Remembers(at) || p.f.namers.may(now, by)
		}
		if may[at] {
			kept = append(kept, c)
		}
	}
	o.Candidates = kept
	return o
}

// networkOf is where an address is counted: as in a Restraint.
func networkOf(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
