package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/source"
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
// newcomers get their first one at once. Owner: the authority.
type arrivals struct {
	spent     source.Budget
	rosters   source.Budget
	rosterDue bool          // the roster has changed since it was sent
	rosterAt  time.Duration // the next one does not go before
}

// announceArrival tells all but the newcomer himself that he is here, as soon as there may
// be news of it.
func (a *authority) announceArrival(m *member, now time.Duration) {
	if !a.arrivals.spent.Take(now, arrivalCost, arrivalBurst) {
		return
	}
	m.announced = true
	news := wire.News{Event: wire.Came, Machine: m.Machine, Name: m.Name}
	a.room.chat.take(a.room.me, &news)
	for _, other := range a.room.members {
		if other != nil && other != m {
			a.room.mesh.To(other.Machine).Send(&news)
		}
	}
}

// stepArrivals announces who has had to wait.
func (a *authority) stepArrivals(now time.Duration) {
	if a == nil {
		return
	}
	for _, m := range a.room.members {
		if m != nil && m.Machine != a.room.me && !m.announced {
			a.announceArrival(m, now)
		}
	}
}

// rosterChanged notes that the members must be told. Only the host has a
// roster to send.
func (a *authority) rosterChanged() {
	if a != nil {
		a.arrivals.rosterDue = true
	}
}

// sendRoster sends a roster that has changed to all members, or to those only who
// have none yet if there were many of late; but not while a match runs that nobody comes
// into: nobody would look at it before the end.
func (a *authority) sendRoster(now time.Duration) {
	s := &a.arrivals
	if !s.rosterDue || now < s.rosterAt || a.room.state == Playing && !a.room.terms.livesOn() {
		return
	}
	a.giveRoster(now, s.rosters.Take(now, rosterCost, rosterBurst))
}

// giveRoster sends the roster to all members, or to those who have none yet.
func (a *authority) giveRoster(now time.Duration, all bool) {
	if all {
		a.arrivals.rosterDue, a.arrivals.rosterAt = false, now+rosterPause
	}
	a.room.members[a.room.me].Linked = a.room.mesh.Linked()
	will := a.will()
	for _, to := range a.room.members {
		if to != nil && a.room.mesh.To(to.Machine) != nil && (all || !to.told) {
			fresh := !to.told
			to.told = true
			a.room.mesh.To(to.Machine).Send(a.rosterFor(to)) // by which he knows whose will it is
			a.tellWill(to, will)
			if fresh && a.room.running != nil {
				a.room.mesh.To(to.Machine).Send(a.room.running)
			}
		}
	}
}
