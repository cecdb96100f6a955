package screens

import (
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/netcode"
)

// wish is a player's own word to the others in a lobby: what the frog shall look like,
// whether the player wants a rematch, and whether he is away from the game. It travels as
// four bytes: the format, colour and hat as in art.Wish, and a bit for each of the others.
type wish struct {
	look  art.Wish
	again bool
	away  bool
}

const (
	wishFormat = 1
	wishLength = 4

	wishAgain = 1 << 0
	wishAway  = 1 << 1
)

func (w wish) bytes() []byte {
	bits := byte(0)
	if w.again {
		bits |= wishAgain
	}
	if w.away {
		bits |= wishAway
	}
	return []byte{wishFormat, w.look.Colour, w.look.Hat, bits}
}

// wishOf reads a stranger's bytes: what makes no sense is no wish.
func wishOf(own []byte) (w wish) {
	if len(own) != wishLength || own[0] != wishFormat {
		return w
	}
	return wish{look: art.Wish{Colour: own[1], Hat: own[2]}, again: own[3]&wishAgain != 0, away: own[3]&wishAway != 0}
}

// look is what the frog of a player of this machine shall look like.
func (s *Settings) look(local int) art.Wish {
	look := s.Looks[min(local, len(s.Looks)-1)]
	return art.Wish{Colour: uint8(look.Colour), Hat: uint8(look.Hat)}
}

// players are the players of this machine, as a lobby takes them.
func (s *Settings) players() []netcode.Player {
	players := make([]netcode.Player, s.PlayersHere+1)
	for local := range players {
		players[local].Own = wish{look: s.look(local)}.bytes()
	}
	return players
}

// tell lets the others know what this machine's players wish for and how many they are,
// if that is news. The error says why there is no seat for so many.
func (o *online) tell(s *Settings) (err error) {
	if want := s.PlayersHere + 1; o.seats != want {
		o.seats = want
		err = o.lobby.SetLocalSeats(want)
	}
	for local := range o.lobby.LocalSeats() {
		own := wish{look: s.look(local), again: o.again, away: o.away}.bytes()
		if local < len(o.told) && string(own) != o.told[local] && o.lobby.SetPlayer(local, netcode.Player{Own: own}) == nil {
			o.told[local] = string(own)
		}
	}
	return err
}

// stylesOf are what the frogs look like whose players have these own words, by seat.
func stylesOf(own [][]byte) art.Styles {
	var wishes [art.Seats]art.Wish
	for seat := range min(len(own), len(wishes)) {
		wishes[seat] = wishOf(own[seat]).look
	}
	return art.Settle(wishes)
}

// wanting says which seats want a rematch, as the lobby's members say now. Seats are a
// match's: those of a machine stand in the order of its players.
func wanting(seats []netcode.Seat, members []netcode.Member) (all [rules.MaxSeats]bool) {
	next := map[int]int{} // by machine: its player that has not been met yet
	for i, seat := range seats {
		player := next[seat.Machine]
		next[seat.Machine]++
		for _, m := range members {
			if m.Machine == seat.Machine && player < len(m.Players) && i < len(all) {
				all[i] = wishOf(m.Players[player].Own).again
			}
		}
	}
	return all
}

// Names of colours and hats for a choice; the first leaves it to the seat.
var colourNames, hatNames = func() (colours, hats []string) {
	colours, hats = []string{"any"}, []string{"any"}
	for seat := range art.Seats {
		look := art.Look(seat)
		colours, hats = append(colours, look.Name), append(hats, look.Hat)
	}
	return colours, hats
}()
