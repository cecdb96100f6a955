package netcode

import (
	"errors"
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
)

// RefusedError: the lobby, or this side, would not let the two play together.
type RefusedError struct {
	Reason string // one sentence: what differs or is missing
}

func (e *RefusedError) Error() string { return e.Reason }

// ConnectError: nobody could be reached, or not the one who was meant.
type ConnectError struct {
	Address string
	Reason  string // one sentence: what happened and what to do
}

func (e *ConnectError) Error() string { return e.Reason }

// LeftError: a player left the match or the lobby.
type LeftError struct {
	Name string
}

func (e *LeftError) Error() string { return e.Name + " left" }

// LostError: a player was not heard for too long.
type LostError struct {
	Name     string
	SilentMs int
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the connection to %s was lost: nothing was heard for %.1f seconds", e.Name, float64(e.SilentMs)/1000)
}

// DesyncError: two machines computed different worlds from the match.
type DesyncError struct {
	Peer  string         // whose world differs from ours
	Frame rollback.Frame // the first frame whose world differs, as far as it is still known
	Field string         // the first field that differs, such as "Frogs[2].X"; "" if the inputs differ
	Here  string         // its value in this machine's world
	There string         // and in the peer's
	Text  string         // the finding in one sentence
}

func (e *DesyncError) Error() string { return e.Text }

// ErrNotHost: only the host can do this.
var ErrNotHost = errors.New("netcode: only the host can do this")

// NotReadyError: the match cannot start yet.
type NotReadyError struct {
	Reason string // what is missing, in words
}

func (e *NotReadyError) Error() string { return e.Reason }
