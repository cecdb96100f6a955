package netcode

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// misfits are those whose game is not the host's, or another version or setting of it:
// they wanted to come in, were refused, and the host has not been told yet. The host's
// player may be the one who has to get the other version. Names are cleaned.
type misfits struct {
	tally
	why   Reason
	words string // what differs about the first
}

// misfit refuses a guest whose game does not fit this one's, as the words say, and
// notes that for the host; but not of those who were sent away.
func (r *Room) misfit(c *conn, name string, why Reason, words string) {
	if r.host && r.keptOut(c) == "" {
		f := &r.guarding.misfits
		if f.add(name) {
			f.why, f.words = why, words
		}
	}
	r.refuse(c, why, words)
}

// tellMisfits tells the host of them, if it is time to.
func (r *Room) tellMisfits(now time.Duration) {
	f := &r.guarding.misfits
	if !f.due(now) {
		return
	}
	name := f.name
	count, who, often := f.take(now)
	r.happenedIn(Event{Kind: EventRefused, Name: name, Count: count, Err: &RefusedError{Code: f.why, Reason: f.words},
		Text: fmt.Sprintf("%s tried to join%s and could not: %s", who, often, f.words)})
}

// seatsDiffer says in words why a guest's game, by how many players it takes, does not
// fit this lobby, or "" if it does.
func (r *Room) seatsDiffer(theirs *wire.Hello, name string) string {
	switch {
	case int(theirs.MaxSeats) < r.maxSeats:
		return fmt.Sprintf("%s's game takes %d players at most, your lobby %d", name, theirs.MaxSeats, r.maxSeats)
	case int(theirs.MinSeats) > r.terms.minSeats:
		return fmt.Sprintf("%s's game needs %d players, your lobby plays with %d", name, theirs.MinSeats, r.terms.minSeats)
	}
	return ""
}
