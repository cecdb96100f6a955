package lan

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// publisher says by DNS service discovery where a lobby can be asked. It works
// on its own: the lobby neither waits for it nor fails with it.
type publisher struct {
	lobby   *Announcer
	loop    *loop
	carrier carrier
	door    door
	plate   plate

	mu            sync.Mutex
	announcements schedule
	refresh       schedule
	around        []place   // what was announced
	answerDue     time.Time // of the answer to everybody that somebody waits for; zero is none
	said          time.Time // to everybody, last
	limits        limiter
}

// opener opens what DNS service discovery needs.
type opener struct {
	carrier func(receiver) carrier
	door    func() (door, error)
}

// Two announcements a second apart, at first and when the network has changed
// (RFC 6762 section 8.3), and then never again unless somebody asks.
var announceBurst = []time.Duration{0, time.Second}

const (
	never = 100 * 365 * 24 * time.Hour

	// RFC 6762 section 6: an answer to everybody waits, so that not all speak
	// at once, and is not repeated within a second.
	minAnswerDelay = 20 * time.Millisecond
	maxAnswerDelay = 120 * time.Millisecond
	multicastGap   = time.Second
)

// publish begins to say where the lobby can be asked. It returns nil if there is
// no door to ask at.
func publish(lobby *Announcer, open opener) *publisher {
	door, err := open.door()
	if err != nil {
		return nil
	}
	p := &publisher{
		lobby:         lobby,
		loop:          newLoop(),
		door:          door,
		plate:         newPlate(&lobby.said, door.port()),
		announcements: schedule{burst: announceBurst, every: never},
		refresh:       schedule{burst: []time.Duration{0}, every: refreshEvery},
		limits:        limiter{each: answersPerSource, strangers: answersInAll},
	}
	p.carrier = open.carrier(p.receive)
	p.refresh.begin(time.Now())
	p.announcements.due = p.refresh.due.Add(never) // begins when there is a place
	door.start(p.asked)
	p.loop.start(p.work)
	return p
}

// work does what is due and returns when it wants to be called again. That the
// port of multicast DNS cannot be opened is no error: the lobby's own beacons
// come first.
func (p *publisher) work(now time.Time) time.Time {
	p.mu.Lock()
	refresh := p.refresh.take(now)
	p.mu.Unlock()
	if refresh {
		_ = p.carrier.refresh()
	}
	p.mu.Lock()
	if places := p.carrier.places(); refresh && !slices.Equal(places, p.around) {
		p.around = places
		p.announcements.begin(now)
	}
	speak := p.announcements.take(now)
	if !p.answerDue.IsZero() && !now.Before(p.answerDue) {
		speak = true
	}
	if speak {
		p.said, p.answerDue = now, time.Time{}
	}
	next := earlier(p.refresh.due, p.announcements.due)
	if !p.answerDue.IsZero() {
		next = earlier(next, p.answerDue)
	}
	p.mu.Unlock()
	if speak {
		p.carrier.floodEach(func(here []place) []byte { return p.plate.announcement(here, false) })
	}
	return next
}

// receive answers a question of multicast DNS, and hears a knock.
func (p *publisher) receive(packet []byte, from netip.AddrPort) {
	if k, err := readKnockQuery(packet); err == nil {
		p.lobby.knocked(k, from.Addr(), p.carrier.places())
		return
	}
	q := p.plate.readQuery(packet)
	if len(q.asked) == 0 || p.loop.stopped() {
		return
	}
	legacy := from.Port() != mdnsPort
	if legacy || q.unicast {
		if p.allow(from.Addr()) {
			if answer := p.plate.answer(q, near(p.carrier.places(), from.Addr()), legacy); answer != nil {
				p.carrier.answer(answer, from)
			}
		}
		return
	}
	if q.known {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.answerDue.IsZero() {
		return // one for all
	}
	now := time.Now()
	p.answerDue = now.Add(minAnswerDelay + rand.N(maxAnswerDelay-minAnswerDelay))
	if soonest := p.said.Add(multicastGap); p.answerDue.Before(soonest) {
		p.answerDue = soonest
	}
	p.loop.wake()
}

func (p *publisher) allow(from netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits.allow(from, false, time.Now())
}

// asked answers a solicit at the door, of a neighbour or of somebody in another
// part of the same private network.
func (p *publisher) asked(packet []byte, from netip.AddrPort) {
	if !from.Addr().IsPrivate() && near(p.carrier.places(), from.Addr()) == nil {
		return
	}
	if answer := p.lobby.answerTo(packet, from, true); answer != nil {
		p.door.send(answer, from)
	}
}

// close takes the records back and gives farewell, a last beacon, to those who
// asked at the door: they may hear nothing else of the lobby.
func (p *publisher) close(farewell []byte, askers []netip.AddrPort) {
	p.loop.stop()
	for range 2 { // in case one is lost
		for _, asker := range askers {
			p.door.send(farewell, asker)
		}
	}
	p.carrier.floodEach(func(here []place) []byte { return p.plate.announcement(here, true) })
	p.carrier.close()
	p.door.close()
}
