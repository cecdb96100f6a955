// Package netplay says what Lilypad Scrum is to the network engine, once for
// the window, the Lab and the bots without a window:
//
//	lobby, err := netcode.OpenLobby(node, netplay.Config(), netcode.LobbyConfig{})
package netplay

import (
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
)

// DefaultPort is the UDP port that a host listens on if it is free.
const DefaultPort = 7777

// Lobby, Match and Watcher are the engine's, for this game.
type (
	Lobby   = netcode.Lobby[rules.World, rules.Pad]
	Match   = netcode.Match[rules.World, rules.Pad]
	Watcher = netcode.Watcher[rules.World, rules.Pad]
)

// Config returns what two copies of the game must have in common.
func Config() netcode.Config[rules.World, rules.Pad] {
	return netcode.Config[rules.World, rules.Pad]{
		Game:     "lilypad",
		Rules:    rules.Version,
		Start:    Start,
		Step:     (*rules.World).Step,
		Over:     (*rules.World).Over,
		Check:    (*rules.World).Check,
		Absent:   netcode.AbsentBot,
		Bot:      func(*rules.World, int) rules.Pad { return rules.Auto },
		LateJoin: netcode.LateAnybody,
		// A match between friends is worth more than a report: it goes on with the pond that most
		// have, and who strays is told so, and comes in again.
		Desync:   netcode.DesyncOutvotes,
		MinSeats: 1, // bots fill the pond
		MaxSeats: rules.MaxSeats,
	}
}

// Played are the rules whose recorded matches go as they did, the newest first: see Recorded.
// Up to 5 seat 0 alone could end a match, and in 4 no bot played for who might come late.
var Played = []uint64{rules.Version, 5, 4}

// Recorded is Config for matches that were recorded by one of the Played rules.
func Recorded(version uint64) netcode.Config[rules.World, rules.Pad] {
	config := Config()
	if config.Rules = version; version <= 5 {
		config.Step = (*rules.World).StepRules5
	}
	return config
}

// Start returns the round that the host asked for. Seats that wait for who comes late have
// bots. Options that make no sense give a plain round, the same one on every machine.
func Start(s netcode.Setup) rules.World {
	players := 0
	for _, seat := range s.Roster {
		if seat.Machine != netcode.NoMachine {
			players++
		}
	}
	if len(s.Roster) == 0 {
		players = s.Seats
	}
	setup, err := rules.DecodeSetup(s.Seed, players, s.Options)
	if err != nil {
		setup = rules.Setup{Seed: s.Seed, Seats: players}
	}
	for seat := players; seat < s.Seats; seat++ {
		setup.Waiting |= 1 << seat
	}
	return rules.New(setup)
}
