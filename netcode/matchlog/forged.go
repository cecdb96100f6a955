package matchlog

import (
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
)

// ForgedError: a log, or what is shown of a match, does not hold what one of its players has
// signed. Which of the frames is another one nobody can tell: a signature is over all of them.
type ForgedError struct {
	Machine uint8    // the player's,
	Key     [32]byte // by which he signs,
	Name    string   // and what the log calls its first player, "" if nothing; not printable in itself
	// From and Through are the frames, both included, of which at least one was altered. What
	// stands before them in the log is what he has signed, if it is not said to be unsigned.
	From, Through rollback.Frame
	// Signature: not the frames are other ones, as far as that can be said, but it is not he who
	// has signed.
	Signature bool
}

func (e *ForgedError) Error() string {
	who := fmt.Sprintf("machine %d", e.Machine)
	if e.Name != "" {
		who = fmt.Sprintf("%q", e.Name)
	}
	if e.Signature {
		return fmt.Sprintf("the log is forged: what stands in it as the signature of %s through frame %d is by somebody else", who, e.Through)
	}
	return fmt.Sprintf("the log is forged: what it has %s press in frames %d to %d is not what the player has signed", who, e.From, e.Through)
}
