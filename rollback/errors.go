package rollback

import (
	"errors"
	"fmt"
	"strings"
)

// LayoutFault is a field that cannot be in a world or an input.
type LayoutFault struct {
	Field string // path, such as "World.Shots[].Owner"
	Kind  string // what stands there, such as "an interface"
}

// LayoutError lists all fields that keep a type from being a world or an input.
// Inputs are plain values: fixed-size numbers, bools and arrays and structs of
// them. Worlds may hold slices, maps, strings and pointers besides; see Plain.
type LayoutError struct{ Faults []LayoutFault }

func (e *LayoutError) Error() string {
	var b strings.Builder
	b.WriteString("rollback: ")
	for i, f := range e.Faults {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s is %s", f.Field, f.Kind)
	}
	return b.String()
}

// SharedError says that two ways through a world lead to the same memory: a copy
// of the world would part them, and a ring of pointers has no end. Use an index
// into an array or slice in place of one of them, or give Config.Copy, Append and
// Decode.
type SharedError struct{ Field, Other string } // paths, such as "World.Target" and "World.Units"

func (e *SharedError) Error() string {
	return fmt.Sprintf("rollback: %s and %s are in the same memory, which a copy of the world would part: use an index in place of one of them, or give Config.Copy, Append and Decode", e.Field, e.Other)
}

// ConfigError says which field of a Config is out of its range.
type ConfigError struct {
	Field  string // name in Config, such as "WindowFrames"
	Reason string // what is wrong and what is allowed
}

func (e *ConfigError) Error() string { return fmt.Sprintf("rollback: Config.%s %s", e.Field, e.Reason) }

// Errors of Session.Confirm and ConfirmLineup. None of them changes the session.
var (
	// ErrNotNext: the frame is not the next one of its seat, or not the next whose lineup
	// is wanted. An older one is a repeat, or the seat is known to be absent then, and
	// harmless; a newer one leaves a gap.
	ErrNotNext = errors.New("rollback: not the next frame")
	// ErrTooFar: the frame is more than LeadFrames ahead of the confirmed frames, which
	// no honest peer can be, or a session that follows must first step what it
	// has: Follow, then try again.
	ErrTooFar = errors.New("rollback: frame too far ahead")
	// ErrSeat: there is no such seat, or it is played here.
	ErrSeat = errors.New("rollback: not a remote seat")
	// ErrLineups: the session was made without Config.Lineups.
	ErrLineups = errors.New("rollback: this session takes no lineups")
	// ErrCommand: a command of a seat that there is not, a longer one than MaxCommandBytes,
	// or one of a paused frame, in which nobody would see it.
	ErrCommand = errors.New("rollback: not a command of this frame")
	// ErrInputSize: the bytes are not InputBytes long.
	ErrInputSize = errors.New("rollback: input of the wrong length")
)
