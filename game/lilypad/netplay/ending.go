package netplay

import (
	"slices"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Ending is the word of the lobby's host that the match ends for everybody. The rules end it
// as soon as most of its players hold rules.Stop, for they do not know who hosts; the lobby
// does. So the host's program holds it, and every other program that sees that holds it, too.
// The zero value is ready.
type Ending struct {
	by   int // the seat that the host has said it by
	left int // ticks for which its word is still good
}

// endingTicks is for how long a host's word counts that is not repeated: he holds Stop all the
// time, but what was predicted of him may turn out to be wrong.
const endingTicks = 15

// Heed takes the notices of a tick of the match.
func (e *Ending) Heed(notices []rollback.Notice, room *netcode.Room, match *Match) {
	e.left = max(e.left-1, 0)
	for _, n := range notices {
		if n.Kind == rules.EventStop && slices.Contains(HostSeats(room, match), int(n.Key)) {
			e.by, e.left = int(n.Key), endingTicks
		}
	}
}

// Wanted reports whether the host wants the match to end, so that the seats of this machine are
// to hold rules.Stop.
func (e *Ending) Wanted() bool { return e.left > 0 }

// By is the seat by which the host has said so last; 0 if it never has.
func (e *Ending) By() int { return e.by }

// HostSeats are the seats that the lobby's present host plays in a match.
func HostSeats(room *netcode.Room, match *Match) []int {
	for _, m := range room.AppendMembers(nil) {
		switch {
		case !m.Host:
		case m.You:
			return match.LocalSeats()
		default:
			for _, p := range match.AppendPeers(nil) {
				if p.Machine == m.Machine && !p.Absent {
					return p.Seats
				}
			}
		}
	}
	return nil
}
