package netcode

import (
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
)

// Command says something to the game that is too long or too rare for an input: a name, a
// purchase, a piece of a drawing. In the one frame in which it comes into effect, the same on
// all machines, Step finds it in Inputs.Commands, and it stands in the match's recording.
// That is as late as another player's input comes, and later by a frame for each 64 bytes;
// for nobody guesses a command, not even the one who has said it. Commands of one machine keep
// their order. In a pause they wait for its end.
//
// player is whose of this machine's players it is, from 0, in the order of LocalSeats. A
// command is at most rollback.MaxCommandBytes long. Like inputs it comes from a stranger:
// Step bears any bytes.
//
// The error is a *NotSaidError: it is too long, nobody plays there, or too much is waiting to
// be said already (ReasonTooFast), which is about two commands of the largest size.
func (m *Match[S, I]) Command(player int, command string) error {
	p := m.play
	switch {
	case len(command) > rollback.MaxCommandBytes:
		return &NotSaidError{ReasonTooLong, fmt.Sprintf("a command of %d bytes is longer than the %d that one may have", len(command), rollback.MaxCommandBytes)}
	case p.own == nil || p.over() || player < 0 || player >= len(p.deal.mine):
		return &NotSaidError{ReasonEnded, fmt.Sprintf("this machine has no player of number %d in the match now", player)}
	case !p.deal.pen.Command(player, command):
		return &NotSaidError{ReasonTooFast, "too many commands are still on their way: say that again in a moment"}
	}
	return nil
}
