package wire

import "unicode/utf8"

// Bounds of what is said of a player.
const (
	MaxNameBytes = 64 // as the host shows it
	MaxOwnBytes  = 64 // the player's own word to the game
)

// Player is one of a machine's players.
type Player struct {
	Name string // from the host: as all show it. From a member: as it wants; "" if it wants none of its own
	Own  []byte // as the player says
}

// saidPlayers reports whether players are a list that a member may send of itself.
func saidPlayers(players []Player) bool {
	for _, p := range players {
		if len(p.Name) > MaxNameBytes || len(p.Own) > MaxOwnBytes {
			return false
		}
	}
	return len(players) >= 1 && len(players) <= MaxMachines
}

// shownPlayers reports whether players are a list that a host may send: with names
// that can be shown as they stand.
func shownPlayers(players []Player) bool {
	for _, p := range players {
		if !Shown(p.Name) {
			return false
		}
	}
	return saidPlayers(players)
}

// Shown reports whether a name can be a host's word: whole UTF-8 without what steers
// the text around it. These names go into worlds as they are, so the rule must be
// the same for ever, which those of Unicode's tables are not. What is shown to players
// is cleaned further.
func Shown(name string) bool {
	if name == "" || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, // control characters
			r == 0x061c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, // marks, breaks, directions
			r == 0xfeff, r >= 0xfff9 && r <= 0xfffb:
			return false
		}
	}
	return true
}

// Seats counts the players of all members.
func (m *Start) Seats() (n int) {
	n = int(m.Empty)
	for _, s := range m.Machines {
		n += len(s.Players)
	}
	return n
}
