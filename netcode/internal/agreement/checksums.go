package agreement

import (
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// keptChecksums is how many of this side's checksums wait for the peers'.
	keptChecksums = 16
	// maxPending is how many of a peer's checksums wait for this side's; when
	// full the oldest is dropped. One that runs further ahead than that has
	// stopped listening, and other bounds end it.
	maxPending = 8
	// keptOfPeer is how many of a peer's newest checksums are kept: they tell on whose
	// side it is in a desync.
	keptOfPeer = 4
)

// ledger is what all have said of confirmed frames. Owner: Jury.
type ledger struct {
	own  [keptChecksums]rollback.Checksum // the newest of this machine's
	n    int                              // of them, so far
	said [wire.MaxMachines]saying
}

// saying is what a peer has said of them.
type saying struct {
	pending []wire.Checksum // until this machine can compare them
	newest  [keptOfPeer]wire.Checksum
	came    int
	agreed  rollback.Frame // newest frame of which it has the same world
}

// Note takes a checksum of this machine's. Rewait then compares what came early.
func (l *ledger) Note(sum rollback.Checksum) {
	l.own[l.n%keptChecksums] = sum
	l.n++
}

// find returns this machine's checksum of the frame of a peer's, if the peer is of no later
// view than this machine.
func (l *ledger) find(theirs *wire.Checksum, view uint32) (mine rollback.Checksum, found bool) {
	for i := range min(l.n, keptChecksums) {
		if l.own[i].Frame == rollback.Frame(theirs.Frame) && theirs.View <= view {
			return l.own[i], true
		}
	}
	return rollback.Checksum{}, false
}

// wait keeps a peer's checksum until it can be compared.
func (l *ledger) wait(machine uint8, theirs *wire.Checksum) {
	waiting := &l.said[machine].pending
	if len(*waiting) == maxPending {
		*waiting = (*waiting)[:copy(*waiting, (*waiting)[1:])]
	}
	*waiting = append(*waiting, *theirs)
}

// Agreed is the newest frame of which a peer has told the same world as this machine's, 0 if
// there is none.
func (l *ledger) Agreed(machine uint8) rollback.Frame { return l.said[machine].agreed }

// AgreedByAll is the newest frame, through another one, of which all who are in the match
// have the same world.
func (l *ledger) AgreedByAll(s *State, through rollback.Frame) rollback.Frame {
	for m := range s.Members.All {
		through = min(through, l.said[m].agreed)
	}
	return max(0, through)
}

// worldOf returns what a peer has said of a frame, if that is one of its newest words.
func (l *ledger) worldOf(machine uint8, f rollback.Frame) (sum wire.Checksum, said bool) {
	for i, sum := range l.said[machine].newest {
		if sum.Frame == int32(f) && i < l.said[machine].came {
			return sum, true
		}
	}
	return wire.Checksum{}, false
}

// Take takes a peer's checksum of a confirmed frame.
func (j *Jury) Take(s *State, machine uint8, theirs *wire.Checksum) {
	said := &j.said[machine]
	said.newest[said.came%keptOfPeer] = *theirs
	said.came++
	j.compareOrWait(s, machine, theirs)
}

// Rewait compares what peers have said early: of frames that this machine had not confirmed,
// or as members of a view that it did not know.
func (j *Jury) Rewait(s *State) {
	for _, m := range j.order {
		waiting := append(j.scratch[:0], j.said[m].pending...)
		j.scratch = waiting
		j.said[m].pending = j.said[m].pending[:0]
		for i := range waiting {
			j.compareOrWait(s, m, &waiting[i])
		}
	}
}

// compareOrWait compares a peer's checksum, or keeps it until that can be done.
func (j *Jury) compareOrWait(s *State, machine uint8, theirs *wire.Checksum) {
	if mine, found := j.find(theirs, s.View); found {
		j.compare(s, machine, mine, theirs)
		return
	}
	j.wait(machine, theirs)
}

// Sides returns on whose side the other players are, as far as their machines have told this
// one what they have computed: who has the same world of a frame as this machine, and who the
// one that another machine has. Of the one whose word that is nobody else needs to be believed.
func (j *Jury) Sides(f rollback.Frame, mine, theirs uint64, other uint8) (alike, against []uint8) {
	for _, m := range j.order {
		if m == other {
			continue
		}
		said := j.last[m]
		if sum, known := j.worldOf(m, f); known {
			said = &sum
		}
		switch {
		case said == nil || said.Frame != int32(f):
		case said.World == mine:
			alike = append(alike, m)
		case said.World == theirs:
			against = append(against, m)
		}
	}
	return alike, against
}
