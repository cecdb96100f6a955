package matchlog

import (
	"slices"

	"github.com/visavis-netcode/visavis/rollback"
)

// Command is a command of the game that comes into effect in a frame. It stands before the
// Frames that hold that frame, and those of one frame stand in their order. The pieces in
// which it came are in the records as well: nobody has to put them together again.
type Command struct {
	Frame rollback.Frame
	rollback.Command
}

func (b *Command) append(dst []byte) []byte {
	return appendBytes(append(appendFrame(dst, b.Frame), byte(b.Seat)), b.Bytes)
}

func (b *Command) parse(p *parser) {
	b.Frame, b.Seat = p.Frame(), int(p.Byte())
	b.Bytes = string(p.bytes(rollback.MaxCommandBytes))
	p.Bad = p.Bad || b.Frame < 0 || b.Seat >= MaxSeats
}

// Commands are those of some frames of a log, oldest first.
type Commands []*Command

// Take notes one more. It reports false if it is of an earlier frame than the one before.
func (c *Commands) Take(b *Command) bool {
	if n := len(*c); n > 0 && (*c)[n-1].Frame > b.Frame {
		return false
	}
	*c = append(*c, b)
	return true
}

// At returns the commands of a frame.
func (c Commands) At(f rollback.Frame) (commands []rollback.Command) {
	i, _ := slices.BinarySearchFunc(c, f, func(b *Command, f rollback.Frame) int { return int(b.Frame - f) })
	for ; i < len(c) && c[i].Frame == f; i++ {
		commands = append(commands, c[i].Command)
	}
	return commands
}
