package replay

import (
	"crypto/ed25519"
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Signed is what of one machine's part in a recording its player has signed, with the key of his
// identity, as he played.
type Signed struct {
	Name        string // of its first player, as the recording calls him; not printable in itself
	Machine     uint8
	Key         [32]byte       // zero: the recording does not say whose it is
	First, Last rollback.Frame // of its part in the recording
	// From and Through are the frames that are signed, both included. Through is before From if
	// none is: in a match of two nobody signs, and what comes last is not signed any more.
	From, Through rollback.Frame
}

// SignedBy looks at what of a recording its players have signed: those who have left or come again
// first, the others by machine. An error says that the recording does not hold what somebody has
// signed (a *matchlog.ForgedError), or why it cannot be read. Matches of a netcode.MemoryNetwork are signed by nobody.
func SignedBy(log *matchlog.Log) ([]Signed, error) {
	simulated := false
	found, err := seals.OfLog(log, func(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
		if memlink.Named(key, b, signature) {
			simulated = true
			return true
		}
		return ed25519.Verify(key[:], b, signature[:])
	})
	var list []Signed
	for _, s := range found {
		one := Signed{Name: nameOf(s), Machine: s.Stream.Machine, Key: s.Key, First: s.First, Last: s.Last, From: s.From, Through: s.Through}
		if simulated {
			one.Through = one.From - 1
		}
		list = append(list, one)
	}
	return list, err
}

// nameOf is what a machine's first player is called.
func nameOf(s seals.Signed) string {
	if s.Name != "" {
		return s.Name
	}
	return fmt.Sprintf("machine %d", s.Stream.Machine)
}

// signedWords says in a sentence who has signed what.
func signedWords(list []Signed) string {
	var by, not []string
	for _, s := range list {
		if name := printable(s.Name); s.Through >= s.From {
			by = append(by, fmt.Sprintf("%s (frames %d to %d)", name, s.From, s.Through))
		} else {
			not = append(not, name)
		}
	}
	switch {
	case len(by) == 0:
		return "nobody has signed what he pressed: in a match of two, or in one computer, nobody does, and a recording that was cut off in its first minute has nothing of it yet"
	case len(not) == 0:
		return "signed by " + strings.Join(by, ", ")
	}
	return fmt.Sprintf("signed by %s; not by %s", strings.Join(by, ", "), strings.Join(not, ", "))
}
