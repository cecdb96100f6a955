package agreement

import (
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// VerdictKind is what is to be done.
type VerdictKind uint8

const (
	// Differs: Machine's world is another one, which ends the match. Theirs and Mine are
	// the two checksums.
	Differs VerdictKind = iota + 1
	// EndedEarlier: for Machine the match was over at Theirs.Frame, and for this one it
	// goes on. That ends it.
	EndedEarlier
	// Astray: this machine has come late, and its world is not the others'.
	Astray
	// Outvoted: the machines of Alike, Machine the first of them, have a world that is not
	// this machine's, and are more than half.
	Outvoted
	// Strayed: the machines of Alike are more than half, and Machine's world is another one.
	Strayed
	// ShowSeals: the members are to show each other by what seals they go, and to say what
	// records they hold before Frame.
	ShowSeals
	// Expel: Machine's world is another one, and it has not gone of itself.
	Expel
	// Gone: Machine says of itself that it has been told another match.
	Gone
	// Deceived: this machine holds other records than the most of those whom their author
	// has sent them, and is to go. Nobody is to be named for it.
	Deceived
)

// Verdict is something to be done.
type Verdict struct {
	Kind    VerdictKind
	Machine uint8
	Frame   rollback.Frame // of which the worlds differ
	Agreed  rollback.Frame // the newest of which Machine has told the same world
	Mine    rollback.Checksum
	Theirs  wire.Checksum
	Inputs  bool                // the inputs differ as well
	Alike   membership.Machines // who have the same world
}

// verdicts are those that nobody has been told yet. Owner: Jury.
type verdicts struct {
	waiting []Verdict // oldest first
	decided bool      // one of all that there were ends the match here: nobody is judged any more
}

// Next returns the oldest verdict that was not returned before.
func (l *verdicts) Next() (v Verdict, more bool) {
	if len(l.waiting) == 0 {
		return v, false
	}
	v = l.waiting[0]
	l.waiting = l.waiting[:copy(l.waiting, l.waiting[1:])]
	return v, true
}

// decide says what is to be done. The match ends once.
func (l *verdicts) decide(v Verdict) {
	switch v.Kind {
	case Differs, EndedEarlier, Astray, Outvoted, Deceived:
		if l.decided {
			return
		}
		l.decided = true
	}
	l.waiting = append(l.waiting, v)
}
