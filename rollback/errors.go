package rollback

import (
	"errors"
	"fmt"
)

// LayoutError says which field keeps a type from being a snapshot by plain
// copy: "World.Shots[].Trail is a slice".
type LayoutError struct {
	Field string // path, such as "World.Shots[].Trail"
	Kind  string // what stands there, such as "a slice"
}

func (e *LayoutError) Error() string {
	return fmt.Sprintf("rollback: %s is %s; worlds and inputs are fixed-size values without pointers (other worlds need Config.Copy, Append and Decode)", e.Field, e.Kind)
}

// ConfigError says which field of a Config is out of its range.
type ConfigError struct {
	Field  string // name in Config, such as "WindowFrames"
	Reason string // what is wrong and what is allowed
}

func (e *ConfigError) Error() string { return fmt.Sprintf("rollback: Config.%s %s", e.Field, e.Reason) }

// Errors of Session.Confirm. None of them changes the session.
var (
	// ErrNotNext: the frame is not the next one of its seat. An older one is
	// a repeat and harmless; a newer one leaves a gap.
	ErrNotNext = errors.New("rollback: not the seat's next frame")
	// ErrTooFar: the frame is further ahead of the confirmed frames than any
	// honest peer can be, or a session that follows must first step what it
	// has: Follow, then try again.
	ErrTooFar = errors.New("rollback: frame too far ahead")
	// ErrSeat: there is no such seat, or it is played here.
	ErrSeat = errors.New("rollback: not a remote seat")
	// ErrInputSize: the bytes are not InputBytes long.
	ErrInputSize = errors.New("rollback: input of the wrong length")
)
