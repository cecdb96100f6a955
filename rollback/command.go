package rollback

import (
	"iter"
	"slices"
)

// MaxCommandBytes is how long a command may be.
const MaxCommandBytes = 1024

// Command is something that a seat's player has said to the game once, beside its inputs: a
// piece of a drawing, a name, a purchase. Step sees it in one frame (Inputs.Commands), which
// is the same on all machines. It is never guessed.
type Command struct {
	Seat  int    // whose it is
	Bytes string // at most MaxCommandBytes, and a stranger's like inputs
}

// Commands yields the commands of this frame, with the seats that they are of, in an order
// that is the same on all machines. There are none in a session without Config.Lineups, and
// none in a frame that is not known to all yet: where one comes, that frame is stepped again.
func (in Inputs[I]) Commands() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for _, c := range in.commands {
			if !yield(c.Seat, c.Bytes) {
				return
			}
		}
	}
}

// WithCommands returns the inputs as they are in a frame with commands, so that a test can
// call Step directly.
func (in Inputs[I]) WithCommands(commands ...Command) Inputs[I] {
	in.commands = slices.Concat(in.commands, commands)
	return in
}

// commandLog is the commands of the frames that the core has room for, oldest first: few, as
// a rule none.
type commandLog []commandsOf

type commandsOf struct {
	frame    Frame
	commands []Command
}

// add takes the commands of the next frame that has any, and drops what is before oldest.
func (l *commandLog) add(f Frame, commands []Command, oldest Frame) {
	*l = slices.DeleteFunc(*l, func(c commandsOf) bool { return c.frame < oldest })
	*l = append(*l, commandsOf{f, slices.Clone(commands)})
}

// at is the commands of a frame.
func (l commandLog) at(f Frame) []Command {
	for i := len(l) - 1; i >= 0 && l[i].frame >= f; i-- {
		if l[i].frame == f {
			return l[i].commands
		}
	}
	return nil
}

// CommandsAt returns the commands of a frame whose lineup is known, as far as they are kept:
// for as long as LineupAt tells of it. They are not to be changed.
func (s *Session[S, I]) CommandsAt(f Frame) []Command { return s.core.commandsAt(f) }

func (c *core) commandsAt(f Frame) []Command {
	if c.cast == nil {
		return nil
	}
	return c.cast.commands.at(f)
}

// checkCommands says why commands cannot be those of a frame with a lineup.
func (c *core) checkCommands(l Lineup, commands []Command) error {
	if len(commands) > 0 && l.Paused {
		return ErrCommand
	}
	for _, command := range commands {
		if uint(command.Seat) >= uint(c.seats) || len(command.Bytes) > MaxCommandBytes {
			return ErrCommand
		}
	}
	return nil
}

// addCommand takes a command of the next frame, before its inputs.
func (d *digester) addCommand(c Command) {
	d.sum ^= uint64(c.Seat+1) << 32
	d.mix([]byte(c.Bytes))
}
