package netcode

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	maxMisfits     = 8 // sources that are told apart; more are counted with the last
	maxMisfitsNear = 2 // of them in one wide network; likewise
)

// misfits are those whose game is not the host's, or another version or setting of it:
// they wanted to come in, were refused, and the host has not been told yet. The host's
// player may be the one who has to get the other version. Each source has lines of its
// own, so that nobody hides another's name by coming under many.
type misfits []*misfitsOf

// misfitsOf are those of one source. Names are cleaned.
type misfitsOf struct {
	tally
	from, wide netip.Prefix // the host's network, and the widest around it; zero if not known
	why        Reason
	words      string // what differs about the first
}

// of returns where misfits from an address are counted.
func (f *misfits) of(addr netip.Addr, now time.Duration) *misfitsOf {
	*f = slices.DeleteFunc(*f, func(one *misfitsOf) bool { return one.count == 0 && now >= one.lineAt })
	another := &misfitsOf{from: source.Household(addr)}
	if nest := source.Nest(addr); len(nest) > 0 {
		another.wide = nest[len(nest)-1]
	}
	var last *misfitsOf
	near := 0
	for _, one := range *f {
		switch {
		case one.from == another.from:
			return one
		case one.wide == another.wide:
			near++
			last = one
		}
	}
	switch {
	case near >= maxMisfitsNear:
		return last
	case len(*f) == maxMisfits:
		return (*f)[maxMisfits-1]
	}
	*f = append(*f, another)
	return another
}

// misfit refuses a guest whose game does not fit this one's, as the words say, and
// notes that for the host; but not of those who were sent away.
func (g *guarding) misfit(c *mesh.Conn, name string, why Reason, words string) {
	if g.keptOut(c) == "" {
		f := g.misfits.of(c.Link.Source(), g.room.now())
		if f.add(name) {
			f.why, f.words = why, words
		}
	}
	g.room.reception.refuse(c, why, words)
}

// tellMisfits tells the host of them, as far as it is time to.
func (g *guarding) tellMisfits(now time.Duration) {
	for _, f := range g.misfits {
		if !f.due(now) {
			continue
		}
		name := f.name
		count, who, often := f.take(now)
		g.lastMisfit = fmt.Sprintf("%s tried to join%s and could not: %s", who, often, f.words)
		g.room.chat.happened(Event{Kind: EventRefused, Name: name, Count: count, Err: &RefusedError{Code: f.why, Reason: f.words}, Text: g.lastMisfit})
	}
}

// seatsDiffer says in words why a guest's game, by how many players it takes, does not
// fit this lobby, or "" if it does.
func (g *guarding) seatsDiffer(theirs *wire.Hello, name string) string {
	switch {
	case int(theirs.MaxSeats) < g.room.maxSeats:
		return fmt.Sprintf("%s's game takes %d players at most, your lobby %d", name, theirs.MaxSeats, g.room.maxSeats)
	case int(theirs.MinSeats) > g.room.terms.minSeats:
		return fmt.Sprintf("%s's game needs %d players, your lobby plays with %d", name, theirs.MinSeats, g.room.terms.minSeats)
	}
	return ""
}
