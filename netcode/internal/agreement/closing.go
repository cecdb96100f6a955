package agreement

import (
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// closing is what is known of the last world. Owner: Jury.
type closing struct {
	closed bool // it is known here
	mine   rollback.Checksum
	last   [wire.MaxMachines]*wire.Checksum // what each peer has said of its own; nil: nothing
	some   bool
}

// TakeLast takes what a peer says of the world that is the last one for it.
func (c *closing) TakeLast(machine uint8, theirs *wire.Checksum) {
	c.last[machine], c.some = theirs, true
}

// HasLast reports whether for any peer the match is over.
func (c *closing) HasLast() bool { return c.some }

// SaidLast reports whether a peer has said what its last world is.
func (c *closing) SaidLast(machine uint8) bool { return c.last[machine] != nil }

// Close says what the last world is here.
func (c *closing) Close(mine rollback.Checksum) { c.mine, c.closed = mine, true }

// lastWord is what a peer has said of its last world, as far as this machine can judge it.
func (c *closing) lastWord(s *State, machine uint8) *wire.Checksum {
	if sum := c.last[machine]; sum != nil && sum.View <= s.View && s.Members.Has(machine) {
		return sum
	}
	return nil
}

// LookForEnded asks whether a peer has taken a frame for the end, through another one, that
// was none here.
func (j *Jury) LookForEnded(s *State, through rollback.Frame) {
	for _, m := range j.order {
		theirs := j.lastWord(s, m)
		if theirs != nil && theirs.Frame <= int32(through) && !j.strays(s, m, rollback.Frame(theirs.Frame)) && !j.overrules(s, m, theirs) && j.mayEnd(s, m, theirs) {
			j.decide(Verdict{Kind: EndedEarlier, Machine: m, Theirs: *theirs})
			return
		}
	}
}

// CompareLast compares the last worlds, of the world before frame at, and reports whether
// somebody's is still to be waited for.
func (j *Jury) CompareLast(s *State, at rollback.Frame) (missing bool) {
	for _, m := range j.order {
		theirs := j.lastWord(s, m)
		if !j.heeds(s, m, theirs, at) {
			continue
		}
		if theirs == nil || theirs.Frame > int32(at) {
			missing = missing || ((s.Members&s.Linked | s.Unmet) &^ s.Late).Has(m) // who is further on will see what is said here
			continue
		}
		earlier, differs := theirs.Frame < int32(at), j.closed && theirs.World != j.mine.World
		switch {
		case (earlier || differs) && j.overrules(s, m, theirs):
		case earlier:
			j.decide(Verdict{Kind: EndedEarlier, Machine: m, Theirs: *theirs})
			return missing
		case differs:
			j.differs(s, m, j.mine, theirs)
			return missing
		case j.closed && j.Doubts():
			j.weigh(s, m, at, true)
		}
	}
	return missing
}

// heeds reports whether a peer's last word is to be compared with this machine's:
// otherwise nothing is to be waited for from it.
func (j *Jury) heeds(s *State, machine uint8, theirs *wire.Checksum, at rollback.Frame) bool {
	if theirs == nil || theirs.Frame > int32(at) || theirs.Frame == int32(at) && (!j.closed || theirs.World == j.mine.World) {
		return !j.hasStrayed(machine)
	}
	return !j.strays(s, machine, rollback.Frame(theirs.Frame))
}

// overrules reports whether what a peer says of the end ends nothing: where a majority goes
// on, among three and more, unless more than half have ended as it has.
func (j *Jury) overrules(s *State, machine uint8, theirs *wire.Checksum) bool {
	if !j.config.Outvotes || !s.hasThird() {
		return false
	}
	members := 2 + (s.Members &^ membership.One(machine)).Len() // with the peer and this machine
	if 2*j.endsAlike(s, machine, theirs) > members {
		return false
	}
	if !j.hasStrayed(machine) {
		j.stray(machine, s.Now)
	}
	return true
}

// mayEnd reports whether a match that runs may end for what a peer says of its end: not while a
// third may come in again who can judge that, and among three and more not by the word of one
// alone. The others are asked for it.
func (j *Jury) mayEnd(s *State, machine uint8, theirs *wire.Checksum) bool {
	j.differ |= membership.One(machine)
	switch {
	case !s.hasThird():
		return s.Now >= j.dispute.until
	case j.endsAlike(s, machine, theirs) > 1 || j.isBorneOut(s, machine):
		return true
	case s.Now-j.dispute.shown >= showAgain:
		j.dispute.shown = s.Now
		j.decide(Verdict{Kind: ShowSeals, Frame: rollback.Frame(theirs.Frame)})
	}
	return false
}

// endsAlike is for how many of the others the match has ended as it has for one of them.
func (j *Jury) endsAlike(s *State, machine uint8, theirs *wire.Checksum) (alike int) {
	alike = 1
	for m := range (s.Members &^ membership.One(machine)).All {
		if sum := j.lastWord(s, m); sum != nil && sum.Frame == theirs.Frame && sum.World == theirs.World {
			alike++
		}
	}
	return alike
}

// Confirmed returns who has told this machine the same result, the world before frame at, in
// ascending order, and whether that makes it the match's: two majorities of one view have a
// machine in common, and each view was agreed on by a majority of the one before, so whom
// that has left out is on no other side that could read the same. Where somebody who is there has told something else, that machine may be the one who
// tells each side what it likes to hear, and one more is needed. Who has left of himself before
// he had a result has none, and so is on no other side.
func (j *Jury) Confirmed(s *State, at rollback.Frame, world uint64) (by []int, agreed bool) {
	machines, contradicted := 1, false
	for _, m := range j.order {
		theirs, gone := j.last[m], !(s.Members & s.Linked).Has(m)
		switch {
		case theirs != nil && theirs.Frame == int32(at) && theirs.World == world:
			by = append(by, int(m))
		case !gone && s.Late.Has(m), j.hasStrayed(m) && (!j.config.Outvotes || theirs == nil):
			continue
		case !gone:
			contradicted = true
		case s.Left.Has(m), !s.InView.Has(m) && !j.hasStrayed(m):
			continue
		}
		machines++
	}
	slices.Sort(by)
	if contradicted {
		return by, j.config.Outvotes && 2*len(by) > machines
	}
	return by, (len(by) > 0 || len(j.order) == 0) && 2*(len(by)+1) > machines
}
