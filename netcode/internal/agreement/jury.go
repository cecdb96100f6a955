package agreement

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Config is what a jury goes by.
type Config struct {
	Me       uint8 // this machine
	Outvotes bool  // the match goes on with the world that more than half of the machines have

	// Sealed reports whether its author has sealed what this machine holds of a stream before a
	// frame: then it is nobody's invention. nil: nobody seals.
	Sealed func(records.StreamID, rollback.Frame) bool
}

// State is how a match stands, as far as a jury must know it.
type State struct {
	Now     time.Duration
	Playing bool   // frames are stepped,
	Closing bool   // or the last worlds are compared: else nobody is judged
	View    uint32 // the newest one's number

	Members membership.Machines // the others who are in the match, as far as this machine knows
	Linked  membership.Machines // the others to whom there is a link
	InView  membership.Machines // who is in the newest view, this machine among them
	Liars   membership.Machines // of whom it is proven that they lie
	RTT     time.Duration       // to the farthest

	// Of the others, while the last worlds are compared:
	Unmet membership.Machines // to whom the first link is still being made
	Late  membership.Machines // who were let in too late to have a part in the match, for all that is known
	Left  membership.Machines // who have left of themselves, or were asked to
}

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

// Jury judges whose world is another one. Owner: the match.
type Jury struct {
	ledger  // what all have said of confirmed frames,
	closing // and of the last one
	holdings
	standings

	config Config
	order  []uint8 // the others, in the order in which they were met

	doubt    doubt
	dispute  dispute
	differ   membership.Machines // who has told this machine of another world than its own
	accusers membership.Machines // who say that they have found a desync
	decided  bool                // a verdict ends the match here: nobody is judged any more
	verdicts []Verdict
	scratch  []wire.Checksum
}

// standings are what is thought of all machines. Owner: Jury.
type standings struct {
	standing [wire.MaxMachines]standing
	strayed  membership.Machines // who has another world, and is to be put out for it
}

// standing is what is thought of a machine.
type standing struct {
	stream    records.StreamID
	from      rollback.Frame
	proven    bool          // it has come late, and its world is the others'
	strayedAt time.Duration // it is not, as was seen then; 0: no
	expelled  bool          // for that
}

// New returns a jury that knows nobody yet.
func New(c Config) *Jury { return &Jury{config: c} }

// Enter says by which stream this machine is in the match, and from which frame on.
func (j *Jury) Enter(own records.StreamID, from rollback.Frame) {
	j.standing[own.Machine] = standing{stream: own, from: from}
}

// Meet says by which stream another machine is in the match, and from which frame on. What
// was said by its former self counts for nothing.
func (j *Jury) Meet(stream records.StreamID, from rollback.Frame) {
	m := stream.Machine
	if !slices.Contains(j.order, m) {
		j.order = append(j.order, m)
	}
	j.standing[m] = standing{stream: stream, from: from}
	j.strayed &^= membership.One(m)
	j.differ &^= membership.One(m)
	j.said[m], j.holdings[m] = saying{}, nil
}

// Differing are those who have told this machine of another world than its own.
func (j *Jury) Differing() membership.Machines { return j.differ }

// isBorneOut reports whether a match of three and more may end for what a machine says of its
// world: others have heard it, too. Who tells one of them something else than the rest ends
// nothing with it.
func (j *Jury) isBorneOut(s *State, machine uint8) bool {
	return !s.hasThird() || j.holdings.differs(machine, j.counted(s)&^membership.One(machine))
}

// Next returns the oldest verdict that was not returned before.
func (j *Jury) Next() (v Verdict, more bool) {
	if len(j.verdicts) == 0 {
		return v, false
	}
	v = j.verdicts[0]
	j.verdicts = j.verdicts[:copy(j.verdicts, j.verdicts[1:])]
	return v, true
}

// decide says what is to be done. The match ends once.
func (j *Jury) decide(v Verdict) {
	switch v.Kind {
	case Differs, EndedEarlier, Astray, Outvoted, Deceived:
		if j.decided {
			return
		}
		j.decided = true
	}
	j.verdicts = append(j.verdicts, v)
}

// Idle reports whether Step has nothing to do.
func (j *Jury) Idle() bool { return j.strayed == 0 && !j.dispute.open && !j.Doubts() }

// Step judges what has had its time.
func (j *Jury) Step(s *State) {
	j.strayed &= s.Members
	for _, m := range j.order {
		if who := &j.standing[m]; j.strayed.Has(m) && s.Now-who.strayedAt >= strayTime {
			who.expelled = true
			j.strayed &^= membership.One(m)
			j.decide(Verdict{Kind: Expel, Machine: m})
		}
	}
	if j.Doubts() {
		j.judgeDoubt(s)
	}
	j.judgeDispute(s)
}

// hasStrayed reports whether a machine's world is known to be another one.
func (s *standings) hasStrayed(machine uint8) bool { return s.standing[machine].strayedAt > 0 }

// stray notes that a machine's world is another one.
func (s *standings) stray(machine uint8, now time.Duration) {
	who := &s.standing[machine]
	if who.strayedAt = now; !who.expelled {
		s.strayed |= membership.One(machine)
	}
}

// compare compares a peer's checksum with this machine's of the same frame.
func (j *Jury) compare(s *State, machine uint8, mine rollback.Checksum, theirs *wire.Checksum) {
	switch {
	case !s.Members.Has(machine):
	case mine.World == theirs.World:
		j.agree(s, machine, mine.Frame)
	default:
		j.differ |= membership.One(machine)
		if !j.strays(s, machine, mine.Frame) && !j.disputes(s, machine, mine.Frame) {
			j.differs(s, machine, mine, theirs)
		}
	}
}

// differs ends the match: a peer's world is another one.
func (j *Jury) differs(s *State, machine uint8, mine rollback.Checksum, theirs *wire.Checksum) {
	if s.Playing || s.Closing {
		j.decide(Verdict{Kind: Differs, Machine: machine, Frame: mine.Frame, Agreed: j.Agreed(machine), Mine: mine, Theirs: *theirs, Inputs: mine.Inputs != theirs.Inputs})
	}
}

// hasThird reports whether there are three machines in the match, and so one who can tell
// which of two others is wrong.
func (s *State) hasThird() bool { return s.InView.Len() > 2 }

// votes reports whether a majority is to go on.
func (j *Jury) votes(s *State) bool { return s.Playing && j.config.Outvotes }

// Judges reports whether this machine judges by itself whether the match goes on: what a
// single one has found does not end it. That holds as well while a third has gone who was told
// another match, and may come in again.
func (j *Jury) Judges(s *State) bool {
	return j.votes(s) || s.Playing && (s.hasThird() || s.Now < j.dispute.until)
}

// Accuse notes that a peer says to have found a desync between itself and somebody else, and
// reports whether the match is to end for that: among three and more everybody sees for
// himself whose world is another one, so what one says of another ends nothing, unless
// somebody else says it, too.
func (j *Jury) Accuse(s *State, machine uint8) bool {
	j.accusers |= membership.One(machine)
	return !j.Doubtful(machine) && !j.votes(s) && !(s.hasThird() && j.accusers.Len() < 2)
}

// StandDown notes that a peer knows itself that it has been told another match than the
// others. It is not to be waited for.
func (j *Jury) StandDown(s *State, machine uint8) {
	if s.Playing && !j.hasStrayed(machine) {
		j.dismiss(s, machine)
		j.decide(Verdict{Kind: Gone, Machine: machine})
	}
}
