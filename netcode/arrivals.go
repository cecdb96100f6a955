package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Bounds of what all are told of those who come and go.
const (
	arrivalCost  = 2 * time.Second        // one newcomer in two seconds,
	arrivalBurst = 32 * time.Second       // and sixteen at once: a full lobby
	rosterPause  = 50 * time.Millisecond  // between two rosters, whatever the members do,
	rosterCost   = 250 * time.Millisecond // and four a second
	rosterBurst  = 16 * time.Second       // after the first 64
)

// arrivals is what the host has told all of those who come and go. Anybody can come
// to an open lobby, go, and come again: who comes when too many have is announced
// later, is not heard before, and leaves as he came if he does not stay. So each who
// is announced costs the others two lines and what he says; and of many rosters only
// newcomers get their first one at once. Owner: the room.
type arrivals struct {
	spent     budget
	rosters   budget
	rosterDue bool          // the roster has changed since it was sent
	rosterAt  time.Duration // the next one does not go before
}

// announceArrival tells all but the newcomer himself that he is here, as soon as there may
// be news of it.
func (r *Room) announceArrival(m *member, now time.Duration) {
	if !r.arrivals.spent.take(now, arrivalCost, arrivalBurst) {
		return
	}
	m.announced = true
	news := wire.News{Event: wire.Came, Machine: m.Machine, Name: m.Name}
	r.takeNews(&news)
	for _, other := range r.members {
		if other != nil && other != m {
			other.conn.send(&news)
		}
	}
}

// stepArrivals announces who has had to wait.
func (r *Room) stepArrivals(now time.Duration) {
	if !r.host {
		return
	}
	for _, m := range r.members {
		if m != nil && m.Machine != 0 && !m.announced {
			r.announceArrival(m, now)
		}
	}
}

// rosterChanged notes that the members must be told. Only the host has a
// roster to send.
func (r *Room) rosterChanged() { r.arrivals.rosterDue = r.host }

// sendRoster sends a roster that has changed to all members, or to those only who
// have none yet if there were many of late; but not while a match runs: nobody would
// look at it before the end.
func (r *Room) sendRoster(now time.Duration) {
	a := &r.arrivals
	if !a.rosterDue || now < a.rosterAt || r.state == Playing {
		return
	}
	r.giveRoster(now, a.rosters.take(now, rosterCost, rosterBurst))
}

// giveRoster sends the roster to all members, or to those who have none yet.
func (r *Room) giveRoster(now time.Duration, all bool) {
	if all {
		r.arrivals.rosterDue, r.arrivals.rosterAt = false, now+rosterPause
	}
	r.members[0].Linked = r.linkedMachines()
	for _, to := range r.members {
		if to != nil && to.conn != nil && (all || !to.told) {
			to.told = true
			to.conn.send(r.rosterFor(to))
		}
	}
}
