package netcode

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Player is one of a machine's players.
type Player struct {
	// Name is what the others read, at most 16 characters. In a lobby it is the host who
	// numbers names that look alike, so all read the same: "Ana 2". Of this machine's own
	// players "" is the node's name for the first, and that name numbered for the others.
	Name string
	// Own is the player's own word to the game, at most 64 bytes: a character, a colour.
	// The others' is a stranger's bytes.
	Own []byte
}

// ownPlayers are whom this machine wants seats for. What the host makes of it is in
// the roster. Owner: the room.
type ownPlayers struct {
	node   *Node
	wanted []Player
	asked  uint32 // bit n: the host may seat n players here, who have been asked for once: it may not have read yet that they were taken back
	denied string // why there are no more seats, until others are asked for
}

// NotSeatedError: there are no such seats for this machine's players.
type NotSeatedError struct {
	Reason string // a sentence
}

func (e *NotSeatedError) Error() string { return e.Reason }

// resize makes room for so many players; new ones have no names of their own.
func (o *ownPlayers) resize(seats int) {
	o.wanted = slices.Clone(o.wanted[:min(seats, len(o.wanted))])
	for len(o.wanted) < seats {
		o.wanted = append(o.wanted, Player{})
	}
	o.asked |= 1 << seats
}

// may reports whether the host may seat so many players here.
func (o *ownPlayers) may(seats int) bool { return o.asked>>seats&1 != 0 }

// said are this machine's players as the host is told of them.
func (o *ownPlayers) said() []wire.Player {
	players := make([]wire.Player, len(o.wanted))
	for i, p := range o.wanted {
		if i == 0 && cleanText(p.Name, maxNameRunes) == "" {
			p.Name = o.node.name
		}
		players[i] = wire.Player{Name: cleanText(p.Name, maxNameRunes), Own: p.Own}
	}
	return players
}

// LocalSeats returns how many players of this machine have a seat in the lobby. In a
// match it is Match.LocalSeats that says whose inputs Tick wants.
func (r *Room) LocalSeats() int {
	if me := r.members[r.me]; me != nil {
		return len(me.Players)
	}
	return len(r.own.wanted)
}

// SetLocalSeats asks for so many seats for this machine's players, 1 to 16: a second
// pad has been plugged in, or out. At the host it is done at once, or refused with a
// *NotSeatedError. A guest's host is asked; until it has answered, and if it has no
// room, Seating says so, and LocalSeats stays as it is. While a match runs this is
// about the next one: who plays in a match is what its host has said at the start.
func (r *Room) SetLocalSeats(seats int) error {
	switch {
	case seats < 1 || seats > rollback.MaxSeats:
		return fmt.Errorf("netcode: SetLocalSeats(%d); allowed is 1 to %d", seats, rollback.MaxSeats)
	case r.state == Ended:
		return &NotSeatedError{Reason: "the lobby is over"}
	case r.terms.tooMuch(seats) != "":
		return &NotSeatedError{Reason: r.terms.tooMuch(seats)}
	}
	if r.Hosting() {
		if why := r.authority.noRoom(r.LocalSeats(), seats); why != "" {
			return &NotSeatedError{Reason: why}
		}
	}
	r.own.denied = ""
	r.own.resize(seats)
	r.playersChanged()
	return nil
}

// SetPlayer changes what the others see of one of this machine's players, of whom 0 is
// the first: the name, or the own word to the game. Who changes it all the time is
// heard once a second.
func (r *Room) SetPlayer(local int, player Player) error {
	if local < 0 || local >= len(r.own.wanted) {
		return fmt.Errorf("netcode: SetPlayer(%d) of %s", local, inPlayers(len(r.own.wanted)))
	}
	if err := player.check(); err != nil {
		return fmt.Errorf("netcode: SetPlayer(%d): %w", local, err)
	}
	player.Own = slices.Clone(player.Own)
	r.own.wanted = slices.Clone(r.own.wanted)
	r.own.wanted[local] = player
	r.playersChanged()
	return nil
}

// Seating says in words how it stands with seats that were asked for and are not
// there, "" if this machine has all that it wants.
func (r *Room) Seating() string {
	switch {
	case r.own.denied != "":
		return r.own.denied
	case r.state != Ended && r.LocalSeats() != len(r.own.wanted):
		return fmt.Sprintf("asking the host for %d seats instead of %d", len(r.own.wanted), r.LocalSeats())
	}
	return ""
}

// check reports what is wrong with a player's own bytes.
func (p Player) check() error {
	if len(p.Own) > wire.MaxOwnBytes {
		return fmt.Errorf("has %d bytes of its own (Own); at most %d", len(p.Own), wire.MaxOwnBytes)
	}
	return nil
}

// playersChanged tells the others of this machine's players.
func (r *Room) playersChanged() {
	if r.Hosting() {
		r.members.seat(r.members[r.me], r.own.said())
	}
	r.tellStatus()
}

// seatsAsked takes over whom a member wants seats for, as far as there is room. Fewer
// always fit. Only the host is asked.
func (a *authority) seatsAsked(m *member, said []wire.Player) {
	if has := len(m.Players); len(said) > has && a.noRoom(has, len(said)) != "" {
		said = said[:has]
		a.room.mesh.To(m.Machine).Send(&wire.NotSeated{Seats: uint8(has)})
	}
	a.room.members.seat(m, said)
}

// samePlayers reports whether two lists say the same.
func samePlayers(a, b []wire.Player) bool {
	return slices.EqualFunc(a, b, func(a, b wire.Player) bool { return a.Name == b.Name && bytes.Equal(a.Own, b.Own) })
}

// Seated is a player at a seat of a match, the same on every machine.
type Seated struct {
	Player
	Machine int // NoMachine: nobody plays it yet
}

// NoMachine is the machine of a seat that nobody plays as a match begins: it waits for who
// comes late (Config.LateSeats).
const NoMachine = -1

// emptySeats is a bit for each seat that nobody plays as a match begins.
func emptySeats(start *wire.Start) uint16 {
	seats := start.Seats()
	return uint16(1<<seats - 1<<(seats-int(start.Empty)))
}

// rosterOf is who sits where in the match that start describes, seat 0 first: the
// host's words as they are, and not cleaned by this machine's tables, which may be
// older or newer than another's. No own word is nil, whether it was said or not.
func rosterOf(start *wire.Start) (roster []Seated) {
	for _, machine := range start.Machines {
		for _, p := range machine.Players {
			roster = append(roster, Seated{Player{p.Name, append([]byte(nil), p.Own...)}, int(machine.Machine)})
		}
	}
	for range start.Empty {
		roster = append(roster, Seated{Machine: NoMachine})
	}
	return roster
}
