package netcode

import (
	"bytes"
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// guest is what a machine that does not host does in a lobby: what its host says. Owner:
// the room.
type guest struct {
	joining // how it has come in
	waiting waiting

	room       *Room
	status     ownStatus
	nextRoster *wire.Roster // the host's newest word, not yet taken
	later      *wire.Roster // what was taken but for those who are still in the match that runs
	nextStart  *wire.Start  // likewise
	will       *wire.Will   // the host's, nil if it has told none
	gone       wire.Event   // how it has gone, once it is
	overruled  bool         // it was this machine, which has decided something after it was given up
}

// take handles what only the host sends. It reports false for anything
// else.
func (g *guest) take(m wire.Message) bool {
	switch m := m.(type) {
	case *wire.Roster:
		g.nextRoster = m
	case *wire.Start:
		g.nextStart = m
	case *wire.News:
		g.room.chat.take(g.room.me, m)
		return true
	case *wire.NotSeated:
		g.notSeated(int(m.Seats))
		return true
	case *wire.Will:
		g.takeWill(m)
		return true
	case *wire.Foyer:
		g.room.foyer.hear(m)
		return true
	case *wire.Audience:
		g.room.understudy.told(m)
		return true
	case *wire.Reel:
		g.takeReel(m)
		return true
	case *wire.Elsewhere:
		g.room.elsewhere(m)
		return true
	case *wire.CueNow:
		g.room.screening.cued(g.host, m)
		return true
	default:
		return false
	}
	g.takeNext()
	return true
}

// takeNext takes the host's newest word. Who is still busy with the end of a
// match takes it when that is over: the host may be a moment ahead.
func (g *guest) takeNext() {
	if g.room.state == Ended || g.room.state == Playing && !g.room.terms.livesOn() {
		return
	}
	if g.later != nil && g.nextRoster == nil && g.room.state != Playing {
		g.nextRoster = g.later
	}
	if roster := g.nextRoster; roster != nil {
		g.nextRoster, g.later = nil, nil
		g.takeRoster(roster)
	}
	if start := g.nextStart; start != nil && g.room.state == Gathering {
		g.nextStart = nil
		g.takeStart(start)
	}
}

// welcomed: the host has given this machine its place.
func (g *guest) welcomed(c *mesh.Conn, m *wire.Welcome) {
	if c.Purpose != wire.JoinLobby || g.room.state != Connecting || m.Machine == m.Host || m.Lobby == 0 {
		c.Link.Close(link.CodeProtocol, "a welcome that nobody asked for")
		return
	}
	if v := g.room.vouchers.on(c); v.by != wire.CredentialNone && !v.shown { // an honest host shows it first
		g.room.reception.refuse(c, ReasonSecretWrong, otherSecret(cleanName(v.hello.Name), v.by))
		return
	}
	g.waited(c)
	g.room.me, g.room.id, g.host = m.Machine, m.Lobby, c
	g.room.mesh.Enter(m.Lobby, m.Machine)
	g.room.office.believe(m.Machine, m.Term, m.Host)
	g.room.mesh.Use(m.Host, c)
}

// takeRoster makes the host's list this machine's own.
func (g *guest) takeRoster(roster *wire.Roster) {
	if words := g.room.office.words; words != nil && words.Rises(roster.Term) {
		g.room.office.believe(g.room.me, roster.Term, g.room.office.host) // it hosts on (succession.Rise)
	}
	if !g.makesSense(roster, g.host, g.room.office.term) {
		g.room.reception.refuse(g.host, ReasonUnplayable, "the host's list of players makes no sense")
		return
	}
	var listed [wire.MaxMachines]bool
	for _, entry := range roster.Members {
		listed[entry.Machine] = true
		g.room.places[entry.Machine] = entry.Key
		m := g.room.members[entry.Machine]
		if m == nil || m.Key != entry.Key || m.Visit != entry.Visit {
			if m != nil {
				g.room.replaced(entry.Machine)
			}
			m = new(member)
			g.room.members[entry.Machine] = m
		}
		m.RosterMember = entry
		m.show(entry.Players)
		g.room.mesh.Want(&m.RosterMember)
		if entry.Machine == g.room.office.host {
			g.room.mesh.Use(entry.Machine, g.host)
		}
	}
	for i, m := range g.room.members {
		switch {
		case m == nil || listed[i]:
		case g.room.state == Playing && g.room.play.hears(uint8(i)):
			g.later = roster // what he has said of the match may not be read yet
		default:
			g.room.mesh.Drop(uint8(i))
			g.room.members[i] = nil
		}
	}
	g.room.charter = charter{options: append([]byte(nil), roster.Options...), maxSeats: int(roster.MaxSeats)}
	if g.room.late != nil && g.room.late.start.Match != roster.Running {
		g.room.late = nil // it is over
	}
	if g.room.state == Connecting {
		g.room.state = Gathering
		g.room.events.happenedTo(g.room.members[g.room.me], EventJoined)
		g.room.tellStatus()
	}
	g.room.mesh.AdoptStrangers()
	g.room.mesh.DialAll(g.room.now())
}

// makesSense reports whether a roster names the host, whose link it has come by, and this
// machine as they are, and nobody twice, and is of a term.
func (g *guest) makesSense(roster *wire.Roster, from *mesh.Conn, term uint32) bool {
	host, me := false, false
	for i, m := range roster.Members {
		for _, other := range roster.Members[:i] {
			if other.Key == m.Key {
				return false
			}
		}
		switch m.Machine {
		case uint8(from.Machine()):
			host = m.Key == from.Link.Peer()
		case g.room.me:
			me = m.Key == g.room.node.endpoint.Key() && g.room.own.may(len(m.Players))
		}
	}
	return host && me && roster.Term == term
}

func (g *guest) takeStart(start *wire.Start) {
	if !g.room.series.isNext(start.Match) {
		return
	}
	if start.Running {
		g.comeLate(start)
		return
	}
	if why := g.unplayable(start); why != "" {
		g.room.end(&RefusedError{Code: ReasonUnplayable, Reason: why})
		return
	}
	g.room.startMatch(start)
	// The host has forgotten who was ready, and may have heard since what was said while
	// the start was on its way.
	g.status.told = nil
	g.room.tellStatus()
}

// unplayable says in words why a match cannot be played here as the host wants
// it, or "" if it can.
func (g *guest) unplayable(start *wire.Start) string {
	seats, mine := start.Seats(), false
	for _, s := range start.Machines {
		m := g.room.members[s.Machine]
		switch {
		case m == nil:
			return "the match started with players that are not in the lobby"
		case s.Machine == g.room.me && !g.room.own.may(len(s.Players)):
			return fmt.Sprintf("the match started with %s on this machine, who did not ask for it", inPlayers(len(s.Players)))
		case s.Machine == g.room.me:
			mine = true
		case g.room.mesh.Latest(s.Machine) == nil:
			return "the match started with players that this machine has no link to"
		case g.room.terms.tooMuch(len(s.Players)) != "":
			return "the match cannot be played: " + g.room.terms.tooMuch(len(s.Players))
		}
	}
	switch {
	case !mine:
		return "the match started without you"
	case seats > g.room.terms.maxSeats:
		return fmt.Sprintf("the match started with %s; your game takes %d at most", inPlayers(seats), g.room.terms.maxSeats)
	case seats < g.room.terms.minSeats:
		return fmt.Sprintf("the match started with %s; your game needs %d", inPlayers(seats), g.room.terms.minSeats)
	}
	return ""
}

// notSeated is the host's word that there is no room for more players here.
func (g *guest) notSeated(seats int) {
	if !g.room.own.may(seats) {
		g.room.reception.refuse(g.host, ReasonUnplayable, "the host's list of players makes no sense")
		return
	}
	if wanted := len(g.room.own.wanted); wanted > seats {
		g.room.own.denied = fmt.Sprintf("the lobby has no room for %d players here: %d of %d seats are taken", wanted, g.room.members.seats(), g.room.maxSeats)
		g.room.own.resize(seats)
		g.room.tellStatus()
	}
}

// ownStatus is what the host has been told of this machine. Owner: the guest.
type ownStatus struct {
	due    bool // something may have changed since
	told   *wire.Status
	notYet time.Duration // the next one does not go before
}

// sendStatus tells the host what has changed here.
func (g *guest) sendStatus(now time.Duration) {
	if !g.status.due || now < g.status.notYet || g.room.members[g.room.office.host] == nil {
		return
	}
	g.status.due = false
	status := &wire.Status{Players: g.room.own.said(), Ready: g.room.ready, Linked: g.room.mesh.Linked(), Offer: g.room.node.offer()}
	if told := g.status.told; told != nil && samePlayers(told.Players, status.Players) && told.Ready == status.Ready &&
		told.Linked == status.Linked && bytes.Equal(told.Offer, status.Offer) {
		return
	}
	g.status.told, g.status.notYet = status, now+statusPause
	g.host.Send(status)
}

// step brings what this machine's players have said to the host.
func (g *guest) step(now time.Duration) {
	g.stepTalk()
	g.sendStatus(now)
	g.stepCalling()
	g.stepWaiting(now)
}
