package pathfinder

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// Looking up names. A network that has just come up may have no resolver for a
// while, one with a login page gives false answers, and some give none.
const (
	lookUpLimit  = 10 * time.Second // for one answer
	firstLookUp  = time.Second      // until the next try after a failure, then twice as long each time
	lastLookUp   = 30 * time.Second // and in the end
	maxAddresses = 8                // of one name that are tried; further ones are not looked at
)

// name is the HOST:PORT of a server. It is looked up until it has an address, and
// again when the computer has moved or nobody answers there.
type name struct {
	text    string
	looking bool // one task at a time
	tried   bool // at least once to the end
	tries   int  // since the last success that was of use
	due     time.Duration
	addrs   []netip.AddrPort // as they were last found, best first; kept when a later look-up fails
	err     error            // of the last look-up
}

// missing reports whether nothing is known of where a name leads, though it has
// been asked for.
func (n *name) missing() bool { return n.tried && len(n.addrs) == 0 }

// anew makes a name be looked up at once: the computer has moved.
func (n *name) anew(now time.Duration) { n.tries, n.due = 0, now }

// doubt makes a name be looked up again some time: nobody answers where it leads.
func (n *name) doubt(now time.Duration) {
	if n.due == nat.Never && !n.looking {
		n.due = now + n.pause()
	}
}

// pause is how long to wait before the next try, ever longer.
func (n *name) pause() time.Duration {
	n.tries++
	return min(firstLookUp<<min(n.tries-1, 8), lastLookUp)
}

// lookUp begins to resolve a name if that is due, in the background, and says so
// on the goroutine when there is news. Addresses in digits need no resolving.
func (f *Finder) lookUp(now time.Duration, n *name, news func()) {
	if n.looking || now < n.due {
		return
	}
	n.due = nat.Never
	if addr, err := netip.ParseAddrPort(n.text); err == nil {
		n.tried = true
		n.addrs = usable([]netip.AddrPort{addr})
		news()
		return
	}
	n.looking = true
	f.spawn(func() {
		addrs, err := f.resolve(n.text)
		f.do(func() {
			n.looking, n.tried, n.err = false, true, err
			if len(addrs) > 0 {
				n.addrs = addrs
			} else {
				n.due = f.now() + n.pause()
				f.log.Debug("pathfinder: no address", "name", n.text, "err", err)
			}
			news()
		})
	})
}

// next is when lookUp is due.
func (n *name) next() time.Duration {
	if n.looking {
		return nat.Never
	}
	return n.due
}

// resolve asks for the addresses of HOST:PORT.
func (f *Finder) resolve(text string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(f.ctx, lookUpLimit)
	defer cancel()
	ips, err := f.config.resolver(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var addrs []netip.AddrPort
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(ip, uint16(port)))
	}
	return usable(addrs), nil
}

// usable picks the addresses of a server that packets can be sent to, the two
// families by turns, IPv4 first: most of what is to be found out is about it.
func usable(addrs []netip.AddrPort) (list []netip.AddrPort) {
	var families [2][]netip.AddrPort
	for _, a := range addrs {
		ip := a.Addr().Unmap()
		a = netip.AddrPortFrom(ip, a.Port())
		switch {
		case a.Port() == 0, !ip.IsValid(), ip.IsUnspecified(), ip.IsMulticast(), ip.IsLinkLocalUnicast() && ip.Zone() == "",
			ip.Is4() && ip.As4()[0] >= 240: // reserved, and broadcast
			continue
		}
		family := &families[0]
		if ip.Is6() {
			family = &families[1]
		}
		if !slices.Contains(*family, a) && len(*family) < maxAddresses {
			*family = append(*family, a)
		}
	}
	return byTurns(families[:], maxAddresses)
}

// byTurns takes the first of each list, then the second of each, up to limit, and
// none twice.
func byTurns(lists [][]netip.AddrPort, limit int) (all []netip.AddrPort) {
	for k, more := 0, true; more; k++ {
		more = false
		for _, list := range lists {
			if k >= len(list) {
				continue
			}
			more = true
			if len(all) < limit && !slices.Contains(all, list[k]) {
				all = append(all, list[k])
			}
		}
	}
	return all
}
