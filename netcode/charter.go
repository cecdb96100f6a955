package netcode

import (
	"fmt"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// charter is what the host has said of the lobby, alike for all: a guest's is the newest
// roster's. Owner: the room.
type charter struct {
	options  []byte
	maxSeats int
}

// Options returns the host's word to the game.
func (c *charter) Options() []byte { return append([]byte(nil), c.options...) }

// MaxSeats returns how many players the lobby takes.
func (c *charter) MaxSeats() int { return c.maxSeats }

// setOptions takes a host's word to the game.
func (c *charter) setOptions(options []byte) error {
	if len(options) > wire.MaxOptionBytes {
		return fmt.Errorf("netcode: options are %d bytes long; at most %d", len(options), wire.MaxOptionBytes)
	}
	c.options = append([]byte(nil), options...)
	return nil
}

// setMaxSeats takes a host's word on how many players the lobby takes.
func (c *charter) setMaxSeats(seats, least, most int) error {
	if seats < least || seats > most {
		return fmt.Errorf("netcode: a lobby for %s; allowed is %d to %d", inPlayers(seats), least, most)
	}
	c.maxSeats = seats
	return nil
}

// wrongNumber says in words that too few or too many players are here for a match of at
// least so many, or "".
func (c *charter) wrongNumber(here, least int) string {
	few := "waiting for players: %d of %d are here"
	if least < c.maxSeats {
		few = "waiting for players: %d of at least %d are here"
	}
	switch {
	case here < least:
		return fmt.Sprintf(few, here, least)
	case here > c.maxSeats:
		return fmt.Sprintf("%d players are here, and the lobby takes %d", here, c.maxSeats)
	}
	return ""
}

// noRoom says in words why a machine that has some seats cannot have so many instead, the
// others having taken theirs, or "" if it can.
func (c *charter) noRoom(taken, has, wanted int) string {
	free := max(0, c.maxSeats-taken)
	switch {
	case wanted <= has:
		return ""
	case free == 0:
		return fmt.Sprintf("the lobby is full: %d of %d seats are taken", taken, c.maxSeats)
	case wanted > free:
		return fmt.Sprintf("the lobby has no room for %d players on one machine: %d of %d seats are taken", wanted, taken, c.maxSeats)
	}
	return ""
}
