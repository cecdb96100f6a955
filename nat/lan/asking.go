package lan

import (
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

const (
	// maxTargets is how many doors a list asks at; more are ignored until one
	// is forgotten.
	maxTargets = 64

	// maxUnanswered is how many solicits in a row a door may leave unanswered. To
	// an address where nobody has ever answered no more go in all, whatever
	// strangers say of it: see nat.Restraint.
	maxUnanswered = 3

	// forgetTarget is how long a door that does not answer is remembered.
	forgetTarget = time.Minute

	// askEvery and heardLately: who has not been heard for heardLately when it
	// is time is asked, so that one lost answer leaves time for another before
	// GoneAfter. Lobbies whose beacons come anyway are heard every second and
	// never asked. The second solicit to somebody new comes after askAgain.
	askEvery    = 1500 * time.Millisecond
	askAgain    = 100 * time.Millisecond
	heardLately = 1200 * time.Millisecond
)

// asking is which doors to ask at: pure, time is an argument.
type asking struct {
	targets   []target
	restraint *nat.Restraint
	born      time.Time // the restraint's time 0
}

// target is a door that somebody named. One that has answered is trusted to be
// a lobby's until it misses maxUnanswered solicits in a row.
type target struct {
	at         netip.AddrPort
	learned    time.Time
	due        time.Time // when to ask next, if it may be asked
	answered   bool
	unanswered int // solicits since it was learned or answered last
}

// newAsking asks within a Restraint, nil for one of its own.
func newAsking(restraint *nat.Restraint, now time.Time) asking {
	if restraint == nil {
		restraint = new(nat.Restraint)
	}
	return asking{restraint: restraint, born: now.Add(-restraint.Now())}
}

// learn takes a door that somebody named and reports whether it is new.
func (a *asking) learn(at netip.AddrPort, places []place, now time.Time) bool {
	a.targets = slices.DeleteFunc(a.targets, func(t target) bool {
		return !t.answered && now.Sub(t.learned) >= forgetTarget
	})
	sameAddr := 0
	for _, t := range a.targets {
		if t.at == at {
			return false
		}
		if t.at.Addr() == at.Addr() {
			sameAddr++
		}
	}
	if !mayAsk(at.Addr(), places) || len(a.targets) == maxTargets || sameAddr == MaxPerSource {
		return false
	}
	a.targets = append(a.targets, target{at: at, learned: now, due: now})
	return true
}

// mayAsk reports whether an address that a stranger named may be asked: a
// neighbour's, or a private one, which is in another part of this network or
// nowhere. Nobody beyond hears from us.
func mayAsk(addr netip.Addr, places []place) bool {
	if addr.IsMulticast() || addr.IsUnspecified() {
		return false
	}
	for _, p := range places {
		if p.holds(addr) {
			return !addr.Is4() || p.prefix.Bits() >= 31 || addr != lastOf(p.prefix) && addr != p.prefix.Masked().Addr()
		}
	}
	return addr.IsPrivate()
}

// take appends the doors to ask at now. heard says when a beacon came from an
// address last.
func (a *asking) take(dst []netip.AddrPort, heard func(netip.Addr) time.Time, now time.Time) []netip.AddrPort {
	for i := range a.targets {
		t := &a.targets[i]
		if now.Before(t.due) {
			continue
		}
		t.due = now.Add(askEvery)
		if now.Sub(heard(t.at.Addr())) < heardLately || !a.allows(t) || !t.answered && !a.restraint.Spend(now.Sub(a.born), t.at) {
			continue
		}
		t.unanswered++
		switch {
		case !t.answered && t.unanswered == 1:
			t.due = now.Add(askAgain)
		case t.answered && t.unanswered == maxUnanswered:
			t.answered, t.learned = false, now
		}
		dst = append(dst, t.at)
	}
	return dst
}

// nextDue is when take will next have something to look at.
func (a *asking) nextDue(latest time.Time) time.Time {
	for _, t := range a.targets {
		latest = earlier(latest, t.due)
	}
	return latest
}

func (a *asking) allows(t *target) bool {
	if t.answered {
		return true
	}
	unanswered := 0
	for _, other := range a.targets {
		if other.at.Addr() == t.at.Addr() && !other.answered {
			unanswered += other.unanswered
		}
	}
	return unanswered < maxUnanswered
}

// asked reports whether an address was asked.
func (a *asking) asked(addr netip.Addr) bool {
	return slices.ContainsFunc(a.targets, func(t target) bool {
		return t.at.Addr() == addr && (t.answered || t.unanswered > 0)
	})
}

// answer notes that a lobby has answered.
func (a *asking) answer(from netip.AddrPort, now time.Time) {
	a.restraint.Trust(now.Sub(a.born), from)
	for i := range a.targets {
		if t := &a.targets[i]; t.at == from {
			t.answered, t.unanswered = true, 0
		}
	}
}
