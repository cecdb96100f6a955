package nat

import (
	"net/netip"
	"slices"
	"time"
)

const (
	maxUnproven   = 3               // whole packets to one address that nobody has answered from
	restrainFirst = 5 * time.Second // until it is given another three; it doubles up to
	restrainLast  = 5 * time.Minute // and begins anew when nothing was sent for so long
	trustLife     = time.Minute     // after an answer an address is the peer's
	maxRestrained = 4096            // addresses remembered: 256 offers; when full, the oldest is forgotten

	maxSearches  = 2           // for ports of one computer
	searchLife   = time.Minute // in this time
	maxSearching = 64          // remembered, of all computers; when full, no further search begins
)

// Restraint keeps players who name the addresses of strangers as their own from
// aiming us at them: an address from which no proven answer has come gets at most
// three packets at once, whoever has named it and how often, another three after
// 5 seconds, which double each time up to 5 minutes, and a computer at most two searches for a port in a minute. Packets that die on the
// way because of their TTL do not count.
//
// One Restraint is shared by all that a program sends to others' word. The zero
// value is ready. It is not safe for concurrent use.
type Restraint struct {
	known map[netip.AddrPort]restrained
	order []netip.AddrPort

	searches []search
}

type search struct {
	of    netip.Addr
	until time.Duration
}

type restrained struct {
	sent  int
	until time.Duration // for so long it counts
	pause time.Duration // that ends then
	ours  bool          // it has answered
}

// Name notes that somebody has named an address, so that guesses at it count.
func (r *Restraint) Name(now time.Duration, addr netip.AddrPort) {
	if e, ok := r.known[addr]; !ok || now >= e.until {
		r.put(addr, e.again(now))
	}
}

// again is what an address is given after a pause.
func (e restrained) again(now time.Duration) restrained {
	pause := max(restrainFirst, min(2*e.pause, restrainLast))
	if now >= e.until+restrainLast {
		pause = restrainFirst
	}
	return restrained{until: now + pause, pause: pause}
}

// Spend reports whether another packet may be sent to an address, and counts it.
func (r *Restraint) Spend(now time.Duration, addr netip.AddrPort) bool {
	e, ok := r.known[addr]
	switch {
	case !ok || now >= e.until:
		e = e.again(now)
	case e.ours:
		return true
	case e.sent >= maxUnproven:
		return false
	}
	e.sent++
	r.put(addr, e)
	return true
}

// Search reports whether ports of a computer may be searched through, and counts
// it.
func (r *Restraint) Search(now time.Duration, of netip.Addr) bool {
	r.searches = slices.DeleteFunc(r.searches, func(s search) bool { return now >= s.until })
	count := 0
	for _, s := range r.searches {
		if s.of == of {
			count++
		}
	}
	if count >= maxSearches || len(r.searches) >= maxSearching {
		return false
	}
	r.searches = append(r.searches, search{of, now + searchLife})
	return true
}

// Guess reports whether a guessed address may be sent to. It counts only if it has
// been named as well: a guess is not repeated.
func (r *Restraint) Guess(now time.Duration, addr netip.AddrPort) bool {
	if _, named := r.known[addr]; named {
		return r.Spend(now, addr)
	}
	return true
}

// Hear notes that a proven packet has come from an address, which may be a false
// one: it gets one packet for it.
func (r *Restraint) Hear(addr netip.AddrPort) {
	if e, ok := r.known[addr]; ok && e.sent > 0 {
		e.sent--
		r.known[addr] = e
	}
}

// Trust notes that an answer to us has come from an address: nobody else could
// give it.
func (r *Restraint) Trust(now time.Duration, addr netip.AddrPort) {
	r.put(addr, restrained{until: now + trustLife, ours: true})
}

func (r *Restraint) put(addr netip.AddrPort, e restrained) {
	if r.known == nil {
		r.known = map[netip.AddrPort]restrained{}
	}
	if _, ok := r.known[addr]; !ok {
		if len(r.order) >= maxRestrained {
			delete(r.known, r.order[0])
			r.order = r.order[1:]
		}
		r.order = append(r.order, addr)
	}
	r.known[addr] = e
}
