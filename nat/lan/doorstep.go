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

// doorstep is who has knocked at a lobby. The Announcer's mu guards it.
type doorstep struct {
	waiting []netip.AddrPort
	heard   [maxKnocks]heardKnock // the last ones, as a ring
	next    int
	limits  limiter
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

// knocked takes a knock that came from an address: only of a neighbour who calls
// this lobby at our address on the network that he is on. Where he can be answered
// is his own address, whatever he says.
func (a *Announcer) knocked(k knock, from netip.Addr, places []place) {
	at := slices.IndexFunc(places, func(p place) bool { return p.prefix.Addr() == k.to.Addr() && p.holds(from) })
	if at < 0 || !mayAsk(from, places[at:at+1]) || a.loop.stopped() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.to.Port() == a.said.info.Port {
		a.doorstep.hear(k.nonce, netip.AddrPortFrom(from, k.port), time.Now())
	}
}

// AppendKnocks appends whence the lobby is called by those who have knocked since
// the last time: see Knock. A packet from the lobby's socket to there lets the next
// call through a firewall. A sender's address may be forged, so bound what you send
// with a nat.Restraint.
func (a *Announcer) AppendKnocks(dst []netip.AddrPort) []netip.AddrPort {
	a.mu.Lock()
	defer a.mu.Unlock()
	dst = append(dst, a.doorstep.waiting...)
	a.doorstep.waiting = a.doorstep.waiting[:0]
	return dst
}
