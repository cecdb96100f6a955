package turn

import (
	"net/netip"
	"time"
)

const (
	// maxWays is how many addresses of peers have a channel or may get one. When
	// there are more, the newest has none: its packets are 32 bytes longer.
	maxWays = 64

	channelFor   = 10 * time.Minute            // a channel lasts (RFC 8656 section 12)
	renewChannel = 4 * time.Minute             // after its last renewal, if it is in use
	unusableFrom = channelFor - 30*time.Second // after its last renewal: the server's clock may be ahead
	lockedFor    = channelFor + 6*time.Minute  // number and address are tied to each other, a minute more than is asked
	wayIdle      = time.Minute                 // without a packet, and no channel: forgotten
)

// way is an address that we write to, and its channel.
type way struct {
	addr    netip.AddrPort
	number  uint16
	heard   bool      // a packet has come from there, so that a channel is worth it
	used    time.Time // when we last wrote
	asking  bool      // a request is pending
	asked   time.Time // when last
	bound   time.Time // when the server last agreed; zero for never
	refused time.Time // when the server last did not
}

// wants reports whether the address is to get a channel.
func (w *way) wants(now time.Time) bool {
	return w.heard && !w.asking && !w.usable(now) && now.Sub(w.refused) >= refusedFor
}

// usable reports whether there is a channel.
func (w *way) usable(now time.Time) bool { return !w.bound.IsZero() && now.Sub(w.bound) < unusableFrom }

// stale reports whether the channel is to be renewed.
func (w *way) stale(now time.Time) bool {
	return !w.asking && w.usable(now) && now.Sub(w.bound) >= renewChannel && w.used.After(w.bound) && now.Sub(w.refused) >= refusedFor
}

// idle reports whether nothing is lost if the way is forgotten.
func (w *way) idle(now time.Time) bool {
	return !w.asking && now.Sub(w.used) >= wayIdle && now.Sub(w.asked) >= lockedFor
}

func (w *way) ask(now time.Time)    { w.asking, w.asked = true, now }
func (w *way) bind(now time.Time)   { w.asking, w.bound = false, now }
func (w *way) refuse(now time.Time) { w.asking, w.refused = false, now }

// ways are the addresses we write to. A way's number is firstChannel and its place.
type ways struct {
	of     map[netip.AddrPort]*way
	places [maxWays]*way
}

// to returns the way to an address we write to now, nil if there are too many.
func (s *ways) to(now time.Time, addr netip.AddrPort) *way {
	w := s.of[addr]
	for i := 0; w == nil && i < maxWays; i++ {
		if old := s.places[i]; old == nil || old.idle(now) {
			if old != nil {
				delete(s.of, old.addr)
			}
			w = &way{addr: addr, number: uint16(firstChannel + i)}
			s.places[i], s.of[addr] = w, w
		}
	}
	if w != nil {
		w.used = now
	}
	return w
}

// numbered returns the way of a channel that was asked for, nil if there is none.
func (s *ways) numbered(number uint16) *way {
	if number < firstChannel || number >= firstChannel+maxWays {
		return nil
	}
	w := s.places[number-firstChannel]
	if w == nil || w.asked.IsZero() {
		return nil
	}
	return w
}
