package lan

import (
	"net/netip"
	"slices"
	"time"
)

// maxKnocks is how many knocks wait for AppendKnocks; more are dropped, and come
// again.
const maxKnocks = 16

// How many knocks are listened to. A guest knocks three times in two seconds, and
// one that is heard may do. Those of many forged sources must not fill a
// nat.Restraint, which remembers an address for ten minutes.
var (
	knocksPerSource = pace{interval: 500 * time.Millisecond, burst: 4}
	knocksInAll     = pace{interval: time.Second, burst: 32}
)

// doorstep is who has knocked at a lobby. The mu of whoever has it guards it.
type doorstep struct {
	waiting []netip.AddrPort
	heard   [maxKnocks]heardKnock // the last ones, as a ring
	next    int
	limits  limiter
}

func newDoorstep() doorstep {
	return doorstep{limits: limiter{each: knocksPerSource, strangers: knocksInAll}}
}

// heardKnock is a knock and who knocked: it comes over several links, by multicast
// and by broadcast, and counts once.
type heardKnock struct {
	nonce uint64
	from  netip.AddrPort
}

// hear takes a knock from a neighbour.
func (d *doorstep) hear(nonce uint64, from netip.AddrPort, now time.Time) {
	heard := heardKnock{nonce, from}
	if slices.Contains(d.heard[:], heard) || len(d.waiting) == maxKnocks || !d.limits.allow(from.Addr(), false, now) {
		return
	}
	d.heard[d.next] = heard
	d.next = (d.next + 1) % len(d.heard)
	d.waiting = append(d.waiting, from)
}

// knocked takes a knock that came from an address, at a lobby that is called at a port:
// only of a neighbour who calls it at our address on the network that he is on. Where he
// can be answered is his own address, whatever he says.
func (d *doorstep) knocked(k knock, port uint16, from netip.Addr, places []place, now time.Time) {
	at := slices.IndexFunc(places, func(p place) bool { return p.prefix.Addr() == k.to.Addr() && p.holds(from) })
	if at >= 0 && mayAsk(from, places[at:at+1]) && k.to.Port() == port {
		d.hear(k.nonce, netip.AddrPortFrom(from, k.port), now)
	}
}

// take appends who waits.
func (d *doorstep) take(dst []netip.AddrPort) []netip.AddrPort {
	dst = append(dst, d.waiting...)
	d.waiting = d.waiting[:0]
	return dst
}
