package screens

import (
	"slices"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
)

// vigil notices that the players here are not at the game: the window is put away, or
// nothing was pressed for long. What it finds the others are told, in the wish of each
// player; attendance is what they make of it, and so all read the same.
type vigil struct {
	still int // ticks for which nothing was pressed that could have been
}

// awayAfter is how many ticks that are for somebody who is away.
const awayAfter = 20 * 60

// look takes in a tick, and reports whether the players are away.
func (v *vigil) look(hidden, busy bool) bool {
	if v.still++; busy {
		v.still = 0
	}
	return hidden || v.still >= awayAfter
}

// canPlay reports whether any frog of some seats is in play: in sudden death most people
// have nothing to press.
func canPlay(w *rules.World, seats []int) bool {
	return slices.ContainsFunc(seats, func(seat int) bool { return w.Frogs[seat].State != rules.Out })
}

// attendance is which of the others are away, by machine, as was said last.
type attendance map[int]*attended

type attended struct {
	away  bool
	quiet int // looks until more may be said of it
}

// quietLooks are five seconds: who is away now and here now fills nobody's screen.
const quietLooks = 5 * 60 / castTicks

// appendNews appends a line for everybody who has gone away since the last look, or is here
// again.
func (a attendance) appendNews(dst []netcode.Line, members []netcode.Member) []netcode.Line {
	for _, m := range members {
		if m.You {
			continue
		}
		at := a[m.Machine]
		if at == nil {
			at = &attended{}
			a[m.Machine] = at
		}
		away := isAway(m)
		if at.quiet > 0 {
			at.quiet--
		} else if at.away != away {
			at.away, at.quiet = away, quietLooks
			dst = append(dst, netcode.Line{About: m.Name, Text: awayWords(m.Name, away)})
		}
	}
	return dst
}

// isAway reports whether a machine has said so of its players.
func isAway(m netcode.Member) bool { return len(m.Players) > 0 && wishOf(m.Players[0].Own).away }

func awayWords(name string, away bool) string {
	if away {
		return name + " is away."
	}
	return name + " is back."
}
