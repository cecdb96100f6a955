package netcode

import (
	"errors"
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/rollback"
)

// RefusedError: the lobby, or this side, would not let the two play together.
type RefusedError struct {
	Code   Reason // ReasonFull to ReasonUnwatched
	Reason string // one sentence: what differs or is missing
}

func (e *RefusedError) Error() string { return e.Reason }

// ConnectError: nobody could be reached, or not the one who was meant.
type ConnectError struct {
	Code    Reason // ReasonAddress to ReasonBroken
	Address string
	Reason  string // one sentence: what happened and what to do
}

func (e *ConnectError) Error() string { return e.Reason }

// LeftError: a player left the match or the lobby.
type LeftError struct {
	Name string // "" for a host who has gone before it had said it
	You  bool   // it was this machine's player
	Host bool   // it was the host, before this machine was in his lobby, or with nobody else in it
	// MayReturn: it was not the player's wish, who is still there. His game is out of the match,
	// as one that was told something else of it than the others, and may come in again.
	MayReturn bool
}

func (e *LeftError) Error() string {
	switch {
	case e.MayReturn:
		return e.Name + "'s game is out of the match, and may come in again"
	case e.You:
		return "you left"
	case e.Host:
		return "the host has closed the lobby"
	}
	return e.Name + " left"
}

// LostError: the connection to a player was lost. At most one of the other fields
// is set; none if the connection broke for another reason.
type LostError struct {
	Name         string
	SilentMs     int  // nothing was heard for so long
	StoodStillMs int  // this machine's game had stood still for so long
	Unheard      bool // the other side gave up: it had heard nothing from here
}

func (e *LostError) Error() string {
	lost := "the connection to " + e.Name + " was lost"
	switch {
	case e.StoodStillMs > 0:
		return fmt.Sprintf("%s: this game stood still for %.1f seconds", lost, float64(e.StoodStillMs)/1000)
	case e.SilentMs > 0:
		return fmt.Sprintf("%s: nothing was heard for %.1f seconds", lost, float64(e.SilentMs)/1000)
	case e.Unheard:
		return lost + ": nothing from here was heard there"
	}
	return lost
}

// ExcludedError: the others have agreed to go on without this machine.
type ExcludedError struct {
	Stalled  bool   // it was heard, but held everybody up
	Kicked   bool   // the host has asked for it
	Lied     bool   // it has signed two words about the match of which only one can be true
	Conflict string // it does not know what the others know: what does not fit, for a developer
	// Astray: it has come late, and its world was not the others' when they were first compared.
	// It was fed something else by the one who let it in, its game computes something else, or it
	// keeps some of itself outside its world, which nobody can send. With DesyncOutvotes it may
	// also have strayed later: Desync says from what is known.
	Astray bool
	Desync *DesyncError // nil but for that
}

// Unwrap returns the finding with which the others have gone on, if it was one.
func (e *ExcludedError) Unwrap() error {
	if e.Desync == nil {
		return nil
	}
	return e.Desync
}

func (e *ExcludedError) Error() string {
	switch {
	case e.Conflict != "":
		return "this game knows something else of the match than the others, and cannot go on with them (" + e.Conflict + ")"
	case e.Desync != nil:
		return "the others have gone on without you, with the world that most of them have: " + e.Desync.Text
	case e.Astray:
		return "the others have gone on without you: this game had come in later, and its world was not theirs"
	case e.Kicked:
		return "the host has asked you to leave"
	case e.Lied:
		return "the others have gone on without you: they can prove that this game has told them different things about the match"
	case e.Stalled:
		return "the others have gone on without you: this game held everybody up for too long"
	}
	return "the others have gone on without you: they had heard nothing from here for too long"
}

// CrashedError: a mistake in the game's code has ended another player's game.
type CrashedError struct {
	Name  string
	Host  bool           // it was the host of the lobby
	Frame rollback.Frame // the last one that an input of it has come for; rollback.NoFrame in a lobby
	In    rollback.Frame // in which it has crashed, as it says itself; rollback.NoFrame if it does not
	New   []string       // the players whose input was new in that frame, as it says itself
}

func (e *CrashedError) Error() string {
	crashed := e.Name + "'s game has crashed"
	switch {
	case e.In >= 0 && len(e.New) > 0:
		return fmt.Sprintf("%s (in frame %d, it says, which had a new input of %s)", crashed, e.In, strings.Join(e.New, " and "))
	case e.In >= 0:
		return fmt.Sprintf("%s (in frame %d, it says)", crashed, e.In)
	case e.Frame >= 0:
		return fmt.Sprintf("%s (its last input was for frame %d)", crashed, e.Frame)
	}
	return crashed
}

// DesyncError: two machines computed different worlds from the match.
type DesyncError struct {
	Peer   string         // whose world differs from ours
	Frame  rollback.Frame // the first frame whose world differs, as far as it is still known
	Agreed rollback.Frame // the newest before it of which the two have told each other the same world
	Inputs bool           // the two machines were fed different inputs: it is not the simulation
	Field  string         // the first field that differs, such as "Frogs[2].X"; "" if the inputs differ
	Here   string         // its value in this machine's world
	There  string         // and in the peer's
	Text   string         // the finding in a few sentences
	// Fault is the part of this machine's copy of the game that does not do what it must,
	// where one was found: "Config.Append", "Config.Copy", "Config.Decode", "Step" or
	// "outside Step". See rollback.Fault.
	Fault string
	// Alike are the players whose machines have told this one the same world as its own,
	// Against those with the peer's: with three or more it tells who is alone.
	Alike, Against []string

	machine int // the peer's
}

func (e *DesyncError) Error() string { return e.Text }

// EquivocatedError: a player's game has signed two words about the match of which only one
// can be true, for some to see the one and for some the other. The others have both, and
// have gone on without it.
type EquivocatedError struct{ Name string }

func (e *EquivocatedError) Error() string {
	return e.Name + "'s game has told the players different things about the match, which can be proven: it is out"
}

// ErrNotHost: only the host can do this.
var ErrNotHost = errors.New("netcode: only the host can do this")

// NotReadyError: the match cannot start yet.
type NotReadyError struct {
	Code   Reason   // ReasonNotHost to ReasonTooFew, or ReasonPlaying
	Who    []string // the members that are waited for, by name, if any
	Reason string   // what is missing, in words
}

func (e *NotReadyError) Error() string { return e.Reason }
