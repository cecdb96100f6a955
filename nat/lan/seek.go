package lan

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// seeker asks, by DNS service discovery, where there are lobbies, and then those.
// Only their signed beacons make entries of the list. It works on its own: the
// list neither waits for it nor fails with it.
type seeker struct {
	list    *Browser
	loop    *loop
	carrier carrier
	door    door

	mu      sync.Mutex
	asking  asking
	limits  limiter
	queries schedule
	refresh schedule
	around  []place // where was asked
}

// The pace of questions that nobody waits for: each pause twice the last
// (RFC 6762 section 5.2).
var (
	queryBurst = []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second, 31 * time.Second}
	queryEvery = time.Minute
)

// How many packets of multicast DNS are worth reading: a house full of speakers
// and printers sends a few a second.
var (
	namesPerSource = pace{interval: 50 * time.Millisecond, burst: 40}
	namesInAll     = pace{interval: 5 * time.Millisecond, burst: 100}
)

// seek begins to ask. It returns nil if there is no door to be answered at.
func seek(list *Browser, open opener, restraint *nat.Restraint) *seeker {
	door, err := open.door()
	if err != nil {
		return nil
	}
	s := &seeker{
		list:    list,
		loop:    newLoop(),
		door:    door,
		asking:  newAsking(restraint, time.Now()),
		limits:  limiter{each: namesPerSource, strangers: namesInAll},
		queries: schedule{burst: queryBurst, every: queryEvery},
		refresh: schedule{burst: []time.Duration{0}, every: refreshEvery},
	}
	s.carrier = open.carrier(s.receive)
	now := time.Now()
	s.refresh.begin(now)
	s.queries.begin(now)
	door.start(s.answered)
	s.loop.start(s.work)
	return s
}

// work does what is due and returns when it wants to be called again. That the
// port of multicast DNS cannot be opened is no error: the questions go out and
// are answered all the same, only what is said to everybody is missed.
func (s *seeker) work(now time.Time) time.Time {
	s.mu.Lock()
	refresh := s.refresh.take(now)
	s.mu.Unlock()
	if refresh {
		_ = s.carrier.refresh()
	}
	s.mu.Lock()
	if places := s.carrier.places(); refresh && !slices.Equal(places, s.around) {
		s.around = places
		s.queries.begin(now)
	}
	query := s.queries.take(now)
	ask := s.asking.take(nil, s.list.heard, now)
	next := s.asking.nextDue(earlier(s.refresh.due, s.queries.due))
	s.mu.Unlock()
	if query {
		// From ports that are not 5353: then everybody answers at once and
		// to us alone, and the socket of another program on this computer
		// does not get the answer (RFC 6762 sections 5.1 and 6.7).
		s.carrier.flood(serviceQuery(uint16(rand.Uint32())))
	}
	for _, to := range ask {
		s.door.send(appendSolicit(nil, solicit{nonce: rand.Uint64(), game: s.list.table.game}), to)
	}
	return next
}

// receive takes the doors that somebody names.
func (s *seeker) receive(packet []byte, from netip.AddrPort) {
	if from.Port() != mdnsPort || !isResponse(packet) {
		return // RFC 6762 section 6
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.limits.allow(from.Addr(), false, now) {
		return
	}
	places := s.carrier.places()
	for _, at := range readDoors(nil, packet, from.Addr(), s.list.table.game, near(places, from.Addr())) {
		if s.asking.learn(at, places, now) {
			s.loop.wake()
		}
	}
}

// answered takes a beacon that comes to the door, of somebody who was asked.
func (s *seeker) answered(packet []byte, from netip.AddrPort) {
	s.mu.Lock()
	asked := s.asking.asked(from.Addr())
	s.mu.Unlock()
	if !asked || !s.list.take(packet, from) {
		return
	}
	s.mu.Lock()
	s.asking.answer(from, time.Now())
	s.mu.Unlock()
}

func (s *seeker) close() {
	s.loop.stop()
	s.carrier.close()
	s.door.close()
}
