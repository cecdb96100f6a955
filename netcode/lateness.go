package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// The lobby while a match runs: who comes to it is let in as far as Config.LateJoin lets him
// into the match, and who was there before has his place again, by his key.

// resumer makes a match that runs, with the game's types. enter makes it the lobby's.
type resumer func(p *play, start *wire.Start, at *matchlog.Snapshot, world []byte) (enter func(), err error)

// livesOn reports whether the lobby goes on while a match runs: where others may come into
// it. Otherwise nobody comes, and who is gone is sorted out when the match is over.
func (t *terms) livesOn() bool { return t.lateJoin != LateNever }

// seatsOf is how many seats the member with a key has.
func (r *roster) seatsOf(key link.Key) int {
	if m := r.byKey(key); m != nil {
		return len(m.Players)
	}
	return 0
}

// playersOf is how many players a machine has in the lobby.
func (r *roster) playersOf(machine uint8) int {
	if m := r[machine%wire.MaxMachines]; m != nil {
		return len(m.Players)
	}
	return 1
}

// replaced ends what leads to a member in whose place somebody else is now, or he himself
// by another process.
func (r *Room) replaced(machine uint8) {
	if r.state == Playing {
		r.play.replaced(machine)
	}
	r.mesh.Drop(machine)
	r.members[machine] = nil
}

// comeLate takes note of a match that runs, into which this machine may come.
func (g *guest) comeLate(start *wire.Start) {
	r := g.room
	if r.late != nil && r.late.start.Match == start.Match {
		return
	}
	if start.Seats() > r.terms.maxSeats || start.Seats() < r.terms.minSeats {
		return
	}
	r.series.comesLate(&newcomer{room: r, start: start})
}

// cameIn: this machine is in the match that has run without it.
func (r *Room) cameIn(n *newcomer) {
	r.series.cameIn(n)
	r.state, r.ready = Playing, false
	r.events.happened(Event{Kind: EventStarted, Count: len(n.play.peers) + 1})
	r.tellEarly()
	r.tellStatus()
	r.spectators.goesOn()
}

// maxAstray is how often this machine may find that it was let into another match than the
// others play, or knew something else of it than they: then it is its own game that is wrong, or
// somebody who does not let it be.
const maxAstray = 3

// maxUnsealed is how often it may find that one of the others has sent it what he has not sealed:
// its game is not wrong then. Before it comes in again it rests, each time for twice as long, so
// that a liar who does it again and again takes little of the others' time by it.
const (
	maxUnsealed  = 8
	unsealedRest = 250 * time.Millisecond
)

// comeAgain: if the match that has just ended here runs on, and this machine was out of it
// only since it was not heard for a while, or knew something else of it than the others, it
// comes in once more. A host as well: for whoever comes to him meanwhile the match runs.
func (r *Room) comeAgain(start *wire.Start) {
	astray, again := outOfIt(r.play.ending.err)
	if !again || !r.terms.livesOn() || r.state != Gathering || r.late != nil {
		return
	}
	past, restAt := r.play.past, time.Duration(0)
	switch c := r.play.member.Conflict(); {
	case astray && c != nil && c.Unsealed:
		restAt = r.now() + unsealedRest<<past.unsealed
		past.unsealed++
	case astray:
		past.astray++
	}
	if past.astray >= maxAstray || past.unsealed >= maxUnsealed {
		return
	}
	if r.series.comesLate(&newcomer{room: r, start: start, past: past, restAt: restAt}); r.Hosting() {
		r.series.runs(start)
	}
}

// staysOut: all members say to this host that they are not in the match any more that it is on
// its way into, or another one begins. Others hear of that from their host.
func (a *authority) staysOut() {
	a.room.series.staysOut()
	a.rosterChanged()
}

// outOfIt reports whether a machine whose match has ended with an error is welcome in it again,
// and whether it had another match in mind than the others.
func outOfIt(err error) (astray, again bool) {
	excluded, lost := new(ExcludedError), new(LostError)
	switch {
	case errors.As(err, &excluded):
		return excluded.Astray || excluded.Conflict != "", !excluded.Kicked && !excluded.Lied && !excluded.Stalled
	case errors.As(err, &lost):
		return false, lost.StoodStillMs > 0
	}
	return false, false
}

// Coming is how far this machine is on its way into a match that runs in its lobby.
type Coming struct {
	Bytes, OfBytes int            // of the world, and what goes with it, that have come: OfBytes is 0 before any has
	Frame          rollback.Frame // that the match has been followed to; 0 before the world is whole
	// Denied is why it has not come in yet, in a sentence: ReasonBusy, ReasonPlaying,
	// ReasonTooBig or ReasonUnread. nil while there is no such reason. It goes on asking
	// whom it may.
	Denied *RefusedError
}

// joinAsked: a member wants to come into the match that runs.
func (p *reception) joinAsked(c *mesh.Conn, m *wire.JoinAsk) {
	r := p.room
	if r.play == nil || r.state != Playing {
		c.Send(&wire.JoinDenied{Match: m.Match, Attempt: m.Attempt, Why: wire.DenialNotThere})
		return
	}
	r.play.joinAsked(c, uint8(c.Machine()), m)
}

// absent: somebody is in the match no more. Without a link he is not in the lobby either,
// as its host says. A host who was not heard for too long hosts no more, either way.
func (r *Room) absent(machine uint8, why *link.CloseError, silent bool) {
	m, linked := r.members[machine], r.mesh.To(machine) != nil
	switch {
	case m == nil || r.state != Playing:
	case machine == r.office.host && !r.Hosting() && (silent || !linked), !linked && r.Hosting() && r.terms.livesOn():
		r.memberGone(m, why)
	}
}

// whoIs says what a machine is called, and by which link it is reached, or was last.
func (v *venue) whoIs(machine uint8) (name string, c *mesh.Conn) {
	name = "somebody"
	if m := v.members[machine]; m != nil {
		name = m.Name
	}
	if c = v.mesh.Latest(machine); c == nil {
		c = mesh.Nowhere()
	}
	return name, c
}
