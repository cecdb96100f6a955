package screens

import (
	"fmt"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// cast is who plays the seats of a match over the network, as long as that may change: whoever
// is gone has a bot for his seat, and others come late, or back.
type cast struct {
	seats []sitter
	known map[string]bool // who has had a seat in this match
	bots  bool            // the host's word: they play the seats of those who are gone
	me    int             // this machine
	here  attendance
	news  []netcode.Line // of that, not shown yet
	peers []netcode.PeerStats
	rest  int // ticks until it is looked at again unasked
}

// sitter is who plays a seat now.
type sitter struct {
	name    string // the bot's, if one plays for who is away
	machine int    // -1 if away
	away    bool   // nobody is there
	had     bool   // somebody was, in this match
	dozes   bool   // somebody is, and not at the game
}

// castTicks is how often it is looked who plays which seat, beside when it is news.
const castTicks = 30

// newCast is the cast of a match that begins, or that this machine has just come into.
func newCast(d *duel) *cast {
	c := &cast{known: map[string]bool{}, here: attendance{}, me: -1, bots: d.match.Absent() == netcode.AbsentBot}
	for _, seat := range d.match.Seats() {
		had := seat.Machine != netcode.NoMachine
		c.seats = append(c.seats, sitter{name: seat.Name, machine: seat.Machine, had: had})
		if had {
			c.known[seat.Name] = true
		}
	}
	for _, m := range d.online.lobby.AppendMembers(nil) {
		if m.You {
			c.me = m.Machine
		}
	}
	c.look(d)
	return c
}

// look takes in who plays which seat now. The end of a match keeps those who were there.
func (c *cast) look(d *duel) {
	c.rest = castTicks
	if _, over := d.match.Result(); over || d.online.lobby == nil {
		return
	}
	for seat := range c.seats {
		c.away(seat)
	}
	members := d.online.lobby.AppendMembers(nil)
	c.news = c.here.appendNews(c.news, members)
	c.seat(members, c.me, "", d.match.LocalSeats())
	c.peers = d.match.AppendPeers(c.peers[:0])
	for _, p := range c.peers {
		if !p.Absent {
			c.seat(members, p.Machine, p.Name, p.Seats)
		}
	}
}

// away leaves a seat to its bot, if there are any.
func (c *cast) away(seat int) {
	name, had := c.seats[seat].name, c.seats[seat].had
	if c.bots || !had {
		name = botNames[seat%len(botNames)]
	}
	c.seats[seat] = sitter{name: name, machine: -1, away: true, had: had}
}

// seat gives a machine's players their seats: name is its first player's, if the lobby does
// not know it any more.
func (c *cast) seat(members []netcode.Member, machine int, name string, seats []int) {
	var players []netcode.Player
	dozes := false
	for _, m := range members {
		if m.Machine == machine {
			players, dozes = m.Players, isAway(m)
		}
	}
	for nth, seat := range seats {
		if seat >= len(c.seats) {
			continue
		}
		if nth < len(players) {
			name = players[nth].Name
		}
		c.seats[seat] = sitter{name: name, machine: machine, had: true, dozes: dozes}
	}
}

// free reports whether a bot plays a seat that somebody may have.
func (c *cast) free() bool {
	for _, s := range c.seats {
		if s.away {
			return true
		}
	}
	return false
}

// others reports whether anybody else has a seat.
func (c *cast) others() bool {
	for _, s := range c.seats {
		if !s.away && s.machine != c.me {
			return true
		}
	}
	return false
}

// appendNews appends the lines for what an event says of who plays.
func (c *cast) appendNews(dst []netcode.Line, e netcode.Event) []netcode.Line {
	text := ""
	switch e.Kind {
	case netcode.EventAbsent:
		text = goneWords(e, c.takeOver(e.Machine))
	case netcode.EventPresent:
		text = presentWords(e.Name, e.Machine == c.me, c.known[e.Name])
		c.known[e.Name] = true
	default:
		return dst
	}
	c.rest = 0
	return append(dst, netcode.Line{Kind: e.Kind, About: e.Name, Text: text})
}

// takeOver leaves the seats of a machine to bots, and names these.
func (c *cast) takeOver(machine int) (bots []string) {
	for seat := range c.seats {
		if c.seats[seat].away || c.seats[seat].machine != machine {
			continue
		}
		if c.away(seat); c.bots {
			bots = append(bots, c.seats[seat].name)
		}
	}
	return bots
}

// goneWords say why somebody is in the match no more, and who plays on.
func goneWords(e netcode.Event, bots []string) string {
	text := e.Name + " was lost"
	switch netcode.ReasonOf(e.Err) {
	case netcode.ReasonLeft:
		text = e.Name + " left"
	case netcode.ReasonCrashed:
		text = e.Name + "'s game has crashed"
	}
	switch len(bots) {
	case 0:
	case 1:
		text += fmt.Sprintf(": the bot %s took over", bots[0])
	default:
		text += fmt.Sprintf(": the bots %s took over", listOf(bots))
	}
	return text + "."
}

// strayedWords say that the match goes on without one whose world is not the others'.
func strayedWords(name string, frame rollback.Frame) string {
	return fmt.Sprintf("Since %s %s's computer has computed another match than most. This one goes on, and %s may come back into it.", clock(int32(frame)), name, name)
}

// presentWords say that somebody plays who did not before.
func presentWords(name string, you, back bool) string {
	switch {
	case you:
		return "You play now: yours is the frog with the golden line."
	case back:
		return name + " is back."
	}
	return name + " plays now."
}

// seatNames are the names of all seats of a match that is looked at from outside: those of who
// plays them, as the log of the match tells, and bots' names where nobody does.
func seatNames(seated []netcode.Seated) [rules.MaxSeats]string {
	names := botNames
	for seat, who := range seated {
		if seat < len(names) && who.Machine != netcode.NoMachine && cleanName(who.Name) != "" {
			names[seat] = cleanName(who.Name)
		}
	}
	return names
}

// names gives every seat its player's name, and the rest the bots'.
func (d *duel) names() []string {
	d.called = d.called[:0]
	for _, s := range d.cast.seats {
		d.called = append(d.called, s.name)
	}
	for seat := len(d.called); seat < int(d.world().Seats) && seat < rules.MaxSeats; seat++ {
		d.called = append(d.called, botNames[seat])
	}
	return d.called
}

// bench is what a player reads who has no seat yet.
func (d *duel) bench() string {
	if d.cast.free() {
		return "You come in in a moment: a frog is free."
	}
	if d.match.LateJoin() != netcode.LateAnybody {
		return "You watch: you play in the next match."
	}
	return "You watch: you play in the next match, or when somebody leaves."
}
