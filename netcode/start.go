package netcode

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Blocker says in words why a match cannot start now, or "" if it can.
func (a *authority) Blocker() string {
	if why := a.Blocked(); why != nil {
		return why.Reason
	}
	return ""
}

// Blocked says why a match cannot start now, nil if it can.
func (a *authority) Blocked() *NotReadyError {
	switch {
	case a == nil:
		return &NotReadyError{Code: ReasonNotHost, Reason: "only the host can start"}
	case a.room.state == Playing:
		return &NotReadyError{Code: ReasonPlaying, Reason: "a match is running"}
	case a.room.state != Gathering:
		return &NotReadyError{Code: ReasonEnded, Reason: "the lobby is closed"}
	}
	if why := a.room.charter.wrongNumber(a.room.members.seats(), a.room.terms.minSeats); why != "" {
		return &NotReadyError{Code: ReasonTooFew, Reason: why}
	}
	a.room.members[a.room.me].Linked = a.room.mesh.Linked()
	var waiting []string
	for _, m := range a.room.members {
		if m != nil {
			if !m.Ready && m.Machine != a.room.me {
				waiting = append(waiting, m.Name)
			}
		}
	}
	if len(waiting) > 0 {
		return &NotReadyError{Code: ReasonNotReady, Who: waiting, Reason: "waiting until ready: " + strings.Join(waiting, ", ")}
	}
	if one, other := a.room.members.apart(); one != nil {
		return &NotReadyError{Code: ReasonNotLinked, Who: []string{one.Name, other.Name},
			Reason: fmt.Sprintf("%s and %s have not reached each other yet", one.Name, other.Name)}
	}
	return nil
}

// UntilOver is the length of a match that lasts until Config.Over says so, or somebody
// leaves: see Room.Start.
const UntilOver = 0

// RandomSeed returns a seed that nobody can guess: see Room.Start.
func RandomSeed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.LittleEndian.Uint64(b[:])
}

// Start begins a match with all members. All machines start at the same
// moment, as well as the pings tell. seed is what chance starts from: RandomSeed()
// for a match like no other. frames is the length of the match; UntilOver is until the
// game says that it is over. It returns ErrNotHost or a *NotReadyError that says what
// is missing.
func (a *authority) Start(seed uint64, frames int32) error {
	if a == nil {
		return ErrNotHost
	}
	if why := a.Blocked(); why != nil {
		return why
	}
	start := &wire.Start{Seed: seed, Frames: max(0, frames), Options: a.room.options}
	start.Machines, _ = a.room.members.seated(func(*member) bool { return true })
	start.Empty = uint8(max(0, min(a.room.terms.lateSeats, a.room.maxSeats)-start.Seats()))
	a.send(start)
	return nil
}

// send begins a match for all: who has no seat is told that it runs.
func (a *authority) send(start *wire.Start) {
	if a.room.late != nil {
		a.staysOut()
	}
	if a.room.spectators != nil {
		rand.Read(a.watchSecret[:]) // who has left since knows that of another match; never fails (crypto/rand)
		a.arrivals.rosterDue = true
	}
	if a.arrivals.rosterDue {
		a.giveRoster(a.room.now(), true) // the start is about what it says
	}
	a.room.matches = a.room.series.next()
	start.Match = a.room.matches
	farthest := time.Duration(0)
	for _, s := range start.Machines {
		farthest = max(farthest, oneWay(a.room.mesh.To(s.Machine)))
	}
	start.WaitMicros = uint32(farthest / time.Microsecond)
	for _, s := range start.Machines {
		a.room.mesh.To(s.Machine).Send(start)
	}
	a.room.startMatch(start)
	for _, m := range a.room.members {
		if m != nil && !plays(start, m.Machine) {
			a.room.mesh.To(m.Machine).Send(a.room.running)
		}
	}
}

// oneWay is how long the start takes over a link, at most two seconds; over none no time.
func oneWay(c *mesh.Conn) time.Duration {
	if c == nil {
		return 0
	}
	return min(c.Link.Stats().RTT/2, 2*time.Second)
}

// plays reports whether a machine is in a match from its beginning.
func plays(start *wire.Start, machine uint8) bool {
	return slices.ContainsFunc(start.Machines, func(s wire.StartMachine) bool { return s.Machine == machine })
}

// earlyWord is a word on a match whose start has not come.
type earlyWord struct {
	conn *mesh.Conn
	word wire.Message
}

// maxEarly bounds those of one member; later ones are dropped, but for the last world, one of
// which is kept in any case: who comes in just before the end has been told much by then.
const maxEarly = 8

// earlyWords are all of them, in the order in which they came. Owner: the room.
type earlyWords []earlyWord

// hold keeps a word on the next match until it starts here.
func (all *earlyWords) hold(c *mesh.Conn, m wire.Message) {
	held, last := 0, isLastWord(m)
	for i, e := range *all {
		switch {
		case e.conn != c:
		case !isLastWord(e.word):
			held++
		case last:
			(*all)[i].word = m
			return
		}
	}
	if last || held < maxEarly {
		*all = append(*all, earlyWord{c, m})
	}
}

func isLastWord(m wire.Message) bool {
	sum, ok := m.(*wire.Checksum)
	return ok && sum.Last
}

// forget drops those of a link.
func (all *earlyWords) forget(c *mesh.Conn) {
	*all = slices.DeleteFunc(*all, func(e earlyWord) bool { return e.conn == c })
}

// matchOf is the number of the match that a message is about, 0 for none, as far as
// it may be said before that match has started here. Worlds are not: they are sent
// to who has compared hashes.
func matchOf(m wire.Message) uint32 {
	switch m := m.(type) {
	case *wire.Checksum:
		return m.Match
	case *wire.Members:
		return m.Match
	case *wire.DesyncHashes:
		return m.Match
	}
	return 0
}

// startMatch begins the match that start describes, here.
func (r *Room) startMatch(start *wire.Start) {
	r.matches = start.Match
	p, err := r.begin(start)
	if err != nil {
		r.end(&RefusedError{Code: ReasonUnplayable, Reason: "the match cannot be played here: " + err.Error()})
		return
	}
	r.series.begins(start, p, &r.members)
	r.state, r.ready = Playing, false
	r.events.happened(Event{Kind: EventStarted, Count: len(start.Machines)})
	for _, m := range r.members {
		if m != nil {
			m.Ready, m.shownReady = false, false
		}
	}
	r.spectators.begins(p, start)
	for _, q := range p.peers {
		if q.conn.Link.State() == link.Closed {
			p.lostLink(q.machine, q.conn.Link.Err()) // gone at this very moment
		}
	}
	r.tellEarly()
}

// finishMatch sorts out the members when a match is over: links that were lost
// meanwhile take their members with them.
func (r *Room) finishMatch() {
	start := r.series.over()
	if r.Hosting() && r.play.givenUp() && r.mesh.Linked() != 1<<r.me {
		r.authority.stepDown(r.now(), &LostError{Name: r.play.others(), Unheard: true})
	}
	r.authority.rosterChanged()
	for _, m := range r.members {
		if m == nil || m.Machine == r.me {
			continue
		}
		if r.mesh.To(m.Machine) == nil {
			r.memberGone(m, r.play.lastWord(m.Machine))
			if r.state == Ended {
				return
			}
		}
	}
	r.tellStatus()
	if r.guest != nil {
		r.guest.takeNext()
	}
	r.comeAgain(start)
}
