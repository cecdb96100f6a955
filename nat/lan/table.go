package lan

import (
	"cmp"
	"crypto/ed25519"
	"net/netip"
	"slices"
	"time"
)

const (
	// MaxFound is how many lobbies a list holds. When it is full a lobby from
	// a new source takes the place of one from the source that has most;
	// if each source has one, new lobbies are dropped and counted as Crowded.
	MaxFound = 64

	// MaxPerSource is how many lobbies of one source address are listed; more
	// are dropped and counted as Crowded.
	MaxPerSource = 4

	// MaxAddrs is how many addresses of one lobby are kept; more are ignored.
	MaxAddrs = 8

	// GoneAfter is how long a lobby stays on the list after its last beacon.
	GoneAfter = 5 * time.Second

	// rememberGone is how long the last sequence of a lobby that is gone is
	// remembered, so that its recorded beacons do not bring it back. Not for
	// ever: its clock may have been set back, and then it could not come back.
	rememberGone = time.Minute
)

// How many packets are worth a signature check (some 60 microseconds). One
// machine with MaxPerSource lobbies sends 8 beacons a second on one link.
var (
	beaconsPerSource = pace{interval: 50 * time.Millisecond, burst: 40}
	beaconsStrangers = pace{interval: 5 * time.Millisecond, burst: 100}
)

// Found is one lobby on the list.
type Found struct {
	Key   [ed25519.PublicKeySize]byte // the lobby's key: whoever is reached at Addr must prove that it is theirs
	Addr  netip.AddrPort              // the best of Addrs
	Addrs []netip.AddrPort            // where beacons came from, best first; IPv6 link-local ones with a zone
	Game  string

	// Written by strangers: valid UTF-8 and bounded, but not cleaned of
	// control or direction characters.
	Name, Title string

	Flags        Flags
	Taken, Seats uint8         // seats taken, seats in all
	SeenAgo      time.Duration // since the last beacon, 0 to GoneAfter

	// RTT is the quickest of the last answers to this list's questions, over the best
	// address; 0 if there was none yet. A question goes to everybody, which takes
	// longer on some Wi-Fi: a call takes no longer than that.
	RTT time.Duration
}

// Stats counts packets since Browse. Those of other games, of other programs
// and of sources that are not on a link of this computer count nowhere.
type Stats struct {
	Beacons  uint64 // accepted
	Copies   uint64 // of a beacon that was accepted on the same path
	Forged   uint64 // the signature is not of the lobby's key
	Replayed uint64 // older than what is known of the lobby
	Limited  uint64 // beyond what one source, or all unknown ones, may send
	Crowded  uint64 // beyond MaxFound or MaxPerSource
}

// table is the list: pure, time is an argument.
type table struct {
	game    string
	entries []*entry // in the order of first sight
	gone    []departed
	asked   time.Time // when everybody was asked last
	limits  limiter
	stats   Stats
}

// entry is one lobby. It has at least one source, or it is not on the list.
type entry struct {
	newest  beacon
	sources []source // best first
}

// source is an address that beacons of a lobby came from.
type source struct {
	addr     netip.Addr
	sequence uint64 // of the last beacon from here
	heard    time.Time

	answered time.Time                // the question that it has answered last
	trips    [tripsKept]time.Duration // of its last answers, the newest first; 0 for none
}

const (
	// tripsKept is how many answers are remembered: those of ten seconds.
	tripsKept = 5

	// longestTrip is how late an answer may come: what comes later is an answer to
	// something else, as a door's to a question that it was asked alone.
	longestTrip = 500 * time.Millisecond
)

// departed remembers the last sequence of a lobby that is gone.
type departed struct {
	key      [ed25519.PublicKeySize]byte
	sequence uint64
	until    time.Time
}

func newTable(game string) *table {
	return &table{game: game, limits: limiter{each: beaconsPerSource, strangers: beaconsStrangers}}
}

// hear takes one packet and reports whether the list changed in more than when
// its lobbies were last seen. The cheap questions come first, the signature last.
func (t *table) hear(packet []byte, from netip.Addr, now time.Time) (changed bool) {
	b, err := decodeBeacon(packet)
	if err != nil || b.game != t.game {
		return false
	}
	changed = t.expire(now)
	known := t.find(b.key)
	switch {
	case known == nil && b.info.Flags&goodbye != 0:
		return changed // not on the list anyway
	case known != nil && known.through(from) == b.sequence:
		t.stats.Copies++
		known.time(from, t.asked, now)
		return changed
	case known != nil && b.sequence < known.newest.sequence, b.sequence <= t.departed(b.key, now):
		t.stats.Replayed++
		return changed
	case !t.limits.allow(from, t.lists(from), now):
		t.stats.Limited++
		return changed
	case !b.verify(packet):
		t.stats.Forged++
		return changed
	}
	return t.accept(known, b, from, now) || changed
}

// accept takes a beacon that is really from its lobby.
func (t *table) accept(known *entry, b beacon, from netip.Addr, now time.Time) (changed bool) {
	if known != nil && b.info.Flags&goodbye != 0 {
		t.stats.Beacons++
		t.remove(known, b.sequence, now)
		return true
	}
	if known == nil {
		if !t.room(from, now) {
			t.stats.Crowded++
			return false
		}
		known = &entry{newest: b}
		t.entries = append(t.entries, known)
		changed = true
	}
	t.stats.Beacons++
	if b.sequence > known.newest.sequence {
		changed = changed || b.info != known.newest.info
		known.newest = b
	}
	for i := range known.sources {
		if s := &known.sources[i]; s.addr == from {
			s.sequence, s.heard = b.sequence, now
			return changed
		}
	}
	if len(known.sources) == MaxAddrs || t.count(from) >= MaxPerSource {
		return changed
	}
	known.sources = append(known.sources, source{addr: from, sequence: b.sequence, heard: now})
	slices.SortStableFunc(known.sources, func(a, b source) int { return cmp.Compare(rank(a.addr), rank(b.addr)) })
	return true
}

// room reports whether a new lobby from a source may be listed, and makes place
// where that is fair.
func (t *table) room(from netip.Addr, now time.Time) bool {
	if t.count(from) >= MaxPerSource {
		return false
	}
	if len(t.entries) < MaxFound {
		return true
	}
	if t.count(from) > 0 {
		return false
	}
	var crowded *entry
	most := 1
	for _, e := range t.entries { // the youngest of the source that has most
		for _, s := range e.sources {
			if n := t.count(s.addr); n > most || n == most && n > 1 {
				crowded, most = e, n
			}
		}
	}
	if crowded == nil {
		return false
	}
	t.stats.Crowded++
	t.remove(crowded, crowded.newest.sequence, now)
	return true
}

// expire takes off what was not heard for GoneAfter.
func (t *table) expire(now time.Time) (changed bool) {
	for i := len(t.entries) - 1; i >= 0; i-- {
		e := t.entries[i]
		before := len(e.sources)
		e.sources = slices.DeleteFunc(e.sources, func(s source) bool { return now.Sub(s.heard) >= GoneAfter })
		changed = changed || len(e.sources) != before
		if len(e.sources) == 0 {
			t.remove(e, e.newest.sequence, now)
		}
	}
	return changed
}

// nextExpiry is when expire will next have something to do; the zero time if
// the list is empty.
func (t *table) nextExpiry() (next time.Time) {
	for _, e := range t.entries {
		for _, s := range e.sources {
			if at := s.heard.Add(GoneAfter); next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	return next
}

// remove takes an entry off and remembers its sequence against replays. Of
// MaxFound lobbies at most; the oldest is forgotten first.
func (t *table) remove(e *entry, sequence uint64, now time.Time) {
	t.entries = slices.DeleteFunc(t.entries, func(other *entry) bool { return other == e })
	t.gone = slices.DeleteFunc(t.gone, func(d departed) bool { return d.key == e.newest.key || !now.Before(d.until) })
	if len(t.gone) == MaxFound {
		t.gone = slices.Delete(t.gone, 0, 1)
	}
	t.gone = append(t.gone, departed{key: e.newest.key, sequence: sequence, until: now.Add(rememberGone)})
}

func (t *table) find(key [ed25519.PublicKeySize]byte) *entry {
	for _, e := range t.entries {
		if e.newest.key == key {
			return e
		}
	}
	return nil
}

// departed returns the last sequence of a lobby that is gone, 0 if there is none.
func (t *table) departed(key [ed25519.PublicKeySize]byte, now time.Time) uint64 {
	for _, d := range t.gone {
		if d.key == key && now.Before(d.until) {
			return d.sequence
		}
	}
	return 0
}

// count is how many lobbies have an address.
func (t *table) count(addr netip.Addr) (n int) {
	for _, e := range t.entries {
		if e.has(addr) {
			n++
		}
	}
	return n
}

// heard is when a beacon came from an address last, the zero time if none of a
// lobby on the list did.
func (t *table) heard(addr netip.Addr) (last time.Time) {
	for _, e := range t.entries {
		for _, s := range e.sources {
			if s.addr == addr && s.heard.After(last) {
				last = s.heard
			}
		}
	}
	return last
}

func (t *table) lists(addr netip.Addr) bool {
	return slices.ContainsFunc(t.entries, func(e *entry) bool { return e.has(addr) })
}

// through is the last sequence that came from an address, 0 if none did.
func (e *entry) through(addr netip.Addr) uint64 {
	for _, s := range e.sources {
		if s.addr == addr {
			return s.sequence
		}
	}
	return 0
}

// time takes the copy of a beacon for the answer to a question, if the beacon was heard
// before the question was asked: what is said to everybody comes at once or not at all,
// and an answer is the newest beacon once more.
func (e *entry) time(from netip.Addr, asked, now time.Time) {
	for i := range e.sources {
		if s := &e.sources[i]; s.addr == from && s.heard.Before(asked) && s.answered != asked && now.Sub(asked) < longestTrip {
			s.answered = asked
			copy(s.trips[1:], s.trips[:])
			s.trips[0] = now.Sub(asked)
		}
	}
}

// rtt is the quickest of the last answers, 0 if there was none.
func (s *source) rtt() (least time.Duration) {
	for _, trip := range s.trips {
		if trip > 0 && (least == 0 || trip < least) {
			least = trip
		}
	}
	return least
}

// heard is when the last beacon came.
func (e *entry) heard() (last time.Time) {
	for _, s := range e.sources {
		if s.heard.After(last) {
			last = s.heard
		}
	}
	return last
}

func (e *entry) has(addr netip.Addr) bool {
	return slices.ContainsFunc(e.sources, func(s source) bool { return s.addr == addr })
}

// appendFound appends what is on the list, in the order of first sight.
func (t *table) appendFound(dst []Found, now time.Time) []Found {
	for _, e := range t.entries {
		info := e.newest.info
		f := Found{
			Key: e.newest.key, Game: e.newest.game, Name: info.Name, Title: info.Title,
			Flags: info.Flags, Taken: info.Taken, Seats: info.Seats, SeenAgo: now.Sub(e.heard()), RTT: e.sources[0].rtt(),
		}
		for _, s := range e.sources {
			f.Addrs = append(f.Addrs, netip.AddrPortFrom(s.addr, info.Port))
		}
		f.Addr = f.Addrs[0]
		dst = append(dst, f)
	}
	return dst
}

// rank orders the addresses of a lobby by how far they carry. The private IPv4
// address first: everybody on the network can use it, also whoever is told of
// it by others. Loopback last, although it surely works: a match that is joined
// through it would pass on an address that is of no use to a third player.
func rank(addr netip.Addr) int {
	switch {
	case addr.IsLoopback():
		return 5
	case addr.Is4() && addr.IsPrivate():
		return 0
	case addr.IsLinkLocalUnicast():
		if addr.Is4() {
			return 2
		}
		return 4
	case addr.Is4():
		return 1
	}
	return 3
}
