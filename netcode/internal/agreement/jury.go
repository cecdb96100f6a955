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

// Jury judges whose world is another one. Owner: the match.
type Jury struct {
	ledger  // what all have said of confirmed frames,
	closing // and of the last one
	holdings
	standings
	verdicts

	config Config
	order  []uint8 // the others, in the order in which they were met

	doubt    doubt
	dispute  dispute
	differ   membership.Machines // who has told this machine of another world than its own
	accusers membership.Machines // who say that they have found a desync
	scratch  []wire.Checksum
}

// New returns a jury that knows nobody yet.
func New(c Config) *Jury { return &Jury{config: c, standings: standings{this: c.Me}} }

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
