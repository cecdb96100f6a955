package netcode

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// nextMisfitLine is how long after a line that tells the host of a game that does not
// fit the next one comes. What comes meanwhile is one line.
const nextMisfitLine = 10 * time.Second

// misfits are those whose game is not the host's, or another version or setting of it:
// they wanted to come in, were refused, and the host has not been told yet. The host's
// player may be the one who has to get the other version. Anybody can come so, under
// any name, as often as he likes: of all that come within a while the first is named
// and the others are counted. Owner: the room.
type misfits struct {
	count  int
	name   string // the first one's, cleaned
	more   bool   // others came under other names
	why    Reason
	words  string // what differs about the first
	lineAt time.Duration
}

// misfit refuses a guest whose game does not fit this one's, as the words say, and
// notes that for the host; but not of those who were sent away.
func (r *Room) misfit(c *conn, name string, why Reason, words string) {
	if r.host && r.keptOut(c) == "" {
		f := &r.guarding.misfits
		switch f.count++; {
		case f.count == 1:
			f.name, f.more, f.why, f.words = name, false, why, words
		case name != f.name:
			f.more = true
		}
	}
	r.refuse(c, why, words)
}

// tellMisfits tells the host of them, if it is time to.
func (r *Room) tellMisfits(now time.Duration) {
	f := &r.guarding.misfits
	if f.count == 0 || now < f.lineAt {
		return
	}
	who, tried := f.name, "tried to join"
	if f.more {
		who += ", and others,"
	}
	if f.count > 1 {
		tried += fmt.Sprintf(" %d times", f.count)
	}
	r.happenedIn(Event{Kind: EventRefused, Name: f.name, Count: f.count, Err: &RefusedError{Code: f.why, Reason: f.words},
		Text: fmt.Sprintf("%s %s and could not: %s", who, tried, f.words)})
	f.count, f.lineAt = 0, now+nextMisfitLine
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
