package nat

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	maxUnproven   = 3                // whole packets to one IP address that nobody has answered from
	maxOpeners    = 40               // packets that are to die on the way there: two searches' worth
	restrainRest  = 10 * time.Minute // until it is given as many again: for so long nobody must have wanted to send there
	trustLife     = time.Minute      // after an answer an address and port is the peer's
	vouchLife     = 10 * time.Minute // after a server of our own choice has said that it sees the peer there
	trickleEvery  = 15 * time.Second // see Trickle
	maxRestrained = 4096             // IP addresses remembered; when full, nothing is sent to others that are only named: see prefer
	maxTrusted    = 1024             // addresses and ports remembered; when full, one of the site that has most is forgotten: see distrust
	maxTrustedOf  = 64               // of them of one site; when full, one of its own is

	maxSearches   = 2                // for ports of one computer
	searchLife    = time.Minute      // in this time, where a server vouches for it
	enteredLife   = 10 * time.Minute // and in this, where the player has entered its address
	maxSearching  = 64               // remembered, of all computers; when full, no further search begins
	restraintLook = time.Second      // between two looks for what can be forgotten

	widestNear4 = 16 // bits of what is one network: some tunnels call half of the internet theirs
	widestNear6 = 64
)

// Restraint keeps players who name the addresses of strangers as their own, or as
// those of others, from aiming us at them: an IP address from which no proven
// answer has come gets at most three packets, to all its ports together, whoever
// has named it and how often; another three when for ten minutes nobody has wanted
// to send it any. An IPv6 address counts with its whole network of /64. Packets
// that die on the way because of their TTL (Open) are counted apart, as they reach
// whoever lives near: forty, and none to our own networks, in which there is no
// router for them to die at. What is everybody's address there gets nothing.
//
// More goes only to who has proven to be there: an address that has answered
// (Trust), and an IP address at which a server of our own choice sees the peer
// (Vouch), whose ports may be searched through as well.
//
// One Restraint is shared by all that a program sends on others' word. The zero
// value is ready. It is safe for concurrent use, if all take the time from Now or
// from the same clock.
type Restraint struct {
	mu       sync.Mutex
	born     time.Time
	accounts map[netip.Addr]*account
	looked   time.Duration
	trusted  map[netip.Addr]map[netip.AddrPort]time.Duration // until when, by site
	searches []search
	networks []netip.Prefix
}

// account is what an IP address, or a network of IPv6, has been sent.
type account struct {
	sent     int
	opened   int           // packets that were to die on the way
	wanted   time.Duration // when somebody last wanted to send there
	vouched  time.Duration // until when somebody vouches for it
	trickled time.Duration // when it was last sent one beyond the budget; 0 for never
}

type search struct {
	of    netip.Addr
	until time.Duration
}

// placeOf is where an address is counted.
func placeOf(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}

// siteOf is whose an address is: somebody with IPv6 mostly has a whole /48.
func siteOf(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 48).Masked().Addr()
	}
	return addr
}

// Now is the time since it was first asked for, for those who share a Restraint
// and have no clock in common.
func (r *Restraint) Now() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.born.IsZero() {
		r.born = time.Now()
	}
	return time.Since(r.born)
}

// Spend reports whether another packet may be sent to an address, and counts it.
func (r *Restraint) Spend(now time.Duration, addr netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch left := r.left(now, addr); {
	case left <= 0:
		return false
	case left <= maxUnproven:
		r.accounts[placeOf(addr.Addr())].sent++
	}
	return true
}

// Left is how many packets may be sent to an address now, math.MaxInt if as many
// as one likes.
func (r *Restraint) Left(now time.Duration, addr netip.AddrPort) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left(now, addr)
}

func (r *Restraint) left(now time.Duration, addr netip.AddrPort) int {
	if r.everybodys(addr.Addr()) {
		return 0
	}
	if now < r.trusted[siteOf(addr.Addr())][addr] {
		return math.MaxInt
	}
	a := r.account(now, placeOf(addr.Addr()))
	switch {
	case a == nil:
		return 0
	case r.vouched(now, addr.Addr()):
		return math.MaxInt
	}
	return maxUnproven - a.sent
}

// SetNetworks tells in which networks this computer is: its address in each, and how
// long their common prefix is.
func (r *Restraint) SetNetworks(list []netip.Prefix) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.networks = slices.Clone(list)
}

// Near reports whether an address is in one of our own networks, so that what goes
// there meets no router.
func (r *Restraint) Near(addr netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.near(addr)
}

func (r *Restraint) near(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(r.networks, func(p netip.Prefix) bool {
		widest := widestNear6
		if p.Addr().Is4() {
			widest = widestNear4
		}
		return p.Bits() >= widest && p.Contains(addr)
	})
}

// everybodys reports whether an address is one at which all of one of our networks
// listen, the broadcast address of IPv4 (RFC 919).
func (r *Restraint) everybodys(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.Is4() && slices.ContainsFunc(r.networks, func(p netip.Prefix) bool {
		const point = 31 // two addresses, and none for all (RFC 3021)
		if !p.Addr().Is4() || p.Bits() >= point || !p.Contains(addr) {
			return false
		}
		b := addr.As4()
		hosts := uint32(1)<<(32-p.Bits()) - 1
		return binary.BigEndian.Uint32(b[:])&hosts == hosts
	})
}

// Open reports whether a packet may be sent towards an address whose TTL is so low
// that it dies on the way, and counts it.
func (r *Restraint) Open(now time.Duration, addr netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.near(addr.Addr()):
		return false
	case now < r.trusted[siteOf(addr.Addr())][addr]:
		return true
	}
	a := r.account(now, placeOf(addr.Addr()))
	switch {
	case a == nil:
		return false
	case r.vouched(now, addr.Addr()):
		return true
	case a.opened >= maxOpeners:
		return false
	}
	a.opened++
	return true
}

// account is that of a place which somebody wants to send to, nil if there is no
// room for another.
func (r *Restraint) account(now time.Duration, at netip.Addr) *account {
	a := r.accounts[at]
	switch {
	case a == nil && !r.room(now):
		return nil
	case a == nil:
		a = &account{}
		r.accounts[at] = a
	case now-a.wanted >= restrainRest:
		a.sent, a.opened = 0, 0
	}
	a.wanted = now
	return a
}

// Remembers reports whether an IP address has a place here, so that naming it takes
// none of another's.
func (r *Restraint) Remembers(addr netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accounts[placeOf(addr)] != nil
}

// room makes room for another account, if there is none, where enough time has
// passed.
func (r *Restraint) room(now time.Duration) bool {
	if r.accounts == nil {
		r.accounts = map[netip.Addr]*account{}
	}
	if len(r.accounts) < maxRestrained {
		return true
	}
	if now-r.looked < restraintLook {
		return false
	}
	r.looked = now
	for at, a := range r.accounts {
		if now-a.wanted >= restrainRest && now >= a.vouched {
			delete(r.accounts, at)
		}
	}
	return len(r.accounts) < maxRestrained
}

// prefer is account for a place that has something to show for itself: where all
// are taken, by whatever has only been named, the one that nobody has wanted to send
// to for longest makes room.
func (r *Restraint) prefer(now time.Duration, at netip.Addr) *account {
	if a := r.account(now, at); a != nil {
		return a
	}
	var idle netip.Addr
	for addr, a := range r.accounts {
		if now >= a.vouched && (!idle.IsValid() || a.wanted < r.accounts[idle].wanted) {
			idle = addr
		}
	}
	if !idle.IsValid() {
		return nil
	}
	delete(r.accounts, idle)
	return r.account(now, at)
}

// Vouch notes that a server of our own choice sees the peer at an IP address, and
// so has proof of it: for ten minutes as much as is of use may be sent there.
func (r *Restraint) Vouch(now time.Duration, at netip.Addr) {
	if !at.IsValid() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.prefer(now, placeOf(at)); a != nil {
		a.vouched = now + vouchLife
	}
}

// Vouched reports whether somebody vouches for an IP address now.
func (r *Restraint) Vouched(now time.Duration, at netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.vouched(now, at)
}

func (r *Restraint) vouched(now time.Duration, at netip.Addr) bool {
	a := r.accounts[placeOf(at)]
	return a != nil && now < a.vouched
}

// Search reports whether ports of a computer may be searched through, and counts
// it: twice in a minute where somebody vouches for its address, and twice in ten
// minutes where the player himself has entered what names it.
func (r *Restraint) Search(now time.Duration, of netip.Addr, entered bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	life := searchLife
	if !r.vouched(now, of) {
		if !entered {
			return false
		}
		life = enteredLife
	}
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
	r.searches = append(r.searches, search{of, now + life})
	return true
}

// Trickle reports whether an IP address may be sent one packet beyond its budget,
// and counts it: one in 15 seconds, for whoever has no other means to keep the way
// in from there open.
func (r *Restraint) Trickle(now time.Duration, addr netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.everybodys(addr.Addr()):
		return false
	case now < r.trusted[siteOf(addr.Addr())][addr]:
		return true
	}
	a := r.account(now, placeOf(addr.Addr()))
	if a == nil || a.trickled != 0 && now-a.trickled < trickleEvery {
		return false
	}
	a.trickled = max(now, 1)
	return true
}

// Hear notes that a proven packet has come from an address, which may be a false
// one: it gets one packet for it.
func (r *Restraint) Hear(now time.Duration, addr netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.prefer(now, placeOf(addr.Addr())); a != nil && a.sent > 0 {
		a.sent--
	}
}

// Trust notes that an answer to us has come from an address: nobody else could
// give it. It pays for three packets to other ports of the same computer, if it is
// the first.
func (r *Restraint) Trust(now time.Duration, addr netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trusted == nil {
		r.trusted = map[netip.Addr]map[netip.AddrPort]time.Duration{}
	}
	site := siteOf(addr.Addr())
	if now >= r.trusted[site][addr] {
		delete(r.trusted[site], addr)
		r.distrust(site)
		if a := r.accounts[placeOf(addr.Addr())]; a != nil {
			a.sent = 0
		}
	}
	if r.trusted[site] == nil {
		r.trusted[site] = map[netip.AddrPort]time.Duration{}
	}
	r.trusted[site][addr] = now + trustLife
}

// distrust makes room for another address of a site, so that nobody who answers from
// many ports and addresses takes those of others away: where a site has its share it
// is one of its own that is forgotten, the one whose time is over first, and where
// all are taken one of the site that has most.
func (r *Restraint) distrust(site netip.Addr) {
	if len(r.trusted[site]) < maxTrustedOf {
		if r.trusts() < maxTrusted {
			return
		}
		for other, addrs := range r.trusted {
			if n := len(r.trusted[site]); len(addrs) > n || len(addrs) == n && other.Less(site) {
				site = other
			}
		}
	}
	var first netip.AddrPort
	for addr, until := range r.trusted[site] {
		if !first.IsValid() || until < r.trusted[site][first] {
			first = addr
		}
	}
	delete(r.trusted[site], first)
	if len(r.trusted[site]) == 0 {
		delete(r.trusted, site)
	}
}

// trusts is how many addresses are trusted.
func (r *Restraint) trusts() (n int) {
	for _, addrs := range r.trusted {
		n += len(addrs)
	}
	return n
}
