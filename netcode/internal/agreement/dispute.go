package agreement

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// proofTime is how long, beside two round trips, a proof is waited for.
	proofTime = 300 * time.Millisecond
	// afterLie is for how long nobody is judged after somebody was put out who has lied:
	// whoever has confirmed what the liar has told to few finds out by itself, and comes
	// in again.
	afterLie = 3 * time.Second
)

// dispute is a frame of which not all have the same world.
type dispute struct {
	open  bool
	frame rollback.Frame
	since time.Duration
	until time.Duration // nobody is judged before: somebody has just been put out who has lied
}

// LiarOut notes that somebody was put out who has lied.
func (j *Jury) LiarOut(now time.Duration) { j.dispute = dispute{until: now + afterLie} }

// disputes opens a dispute for a frame of which a peer has another world than this machine.
// It reports false if the match is to end for it at once.
func (j *Jury) disputes(s *State, machine uint8, f rollback.Frame) bool {
	switch {
	case j.decided || !j.Judges(s):
		return false
	case j.hasStrayed(machine) || j.dispute.open || s.Now < j.dispute.until:
		return true // later frames differ as well
	}
	j.dispute = dispute{open: true, frame: f, since: s.Now}
	j.decide(Verdict{Kind: ShowSeals})
	j.judgeDispute(s)
	return true
}

// judgeDispute ends a dispute when all have said what they have, or have had the time.
func (j *Jury) judgeDispute(s *State) {
	d := &j.dispute
	if !d.open || !s.Playing || j.decided {
		return
	}
	worlds, members := j.worldsOf(s, d.frame)
	waited := s.Now - d.since
	if len(worlds) < members && waited < weighTime || s.hasThird() && waited < proofTime+2*s.RTT {
		return
	}
	if s.Liars&s.InView != 0 {
		return // he is being put out
	}
	d.open = false
	mine, kept := worlds[j.config.Me]
	most, alike := mostHave(worlds)
	switch {
	case 2*alike.Len() <= members || !j.config.Outvotes:
		j.endDisputed(s, mine, worlds)
	case kept && mine.World != most.World:
		j.goOutvoted(mine, worlds, alike)
	default:
		j.outvote(s, most, alike)
	}
}

// worldsOf returns what the members have said of a frame, this machine among them, and how
// many they are. Whoever has had the same world as this machine since had the same then: what
// he has said of an old frame is not kept, and one who speaks of it late, or again, has no
// more to say than he.
func (j *Jury) worldsOf(s *State, f rollback.Frame) (worlds map[uint8]wire.Checksum, members int) {
	worlds = map[uint8]wire.Checksum{}
	for _, sum := range j.own {
		if sum.Frame == f && sum.World != 0 {
			worlds[j.config.Me] = wire.Checksum{Frame: int32(f), World: sum.World, Inputs: sum.Inputs}
		}
	}
	members = 1
	for m := range s.Members.All {
		if j.Doubtful(m) || j.hasStrayed(m) {
			continue
		}
		members++
		mine, kept := worlds[j.config.Me]
		if sum, said := j.worldOf(m, f); said {
			worlds[m] = sum
		} else if kept && f < j.Agreed(m) {
			worlds[m] = mine
		}
	}
	return worlds, members
}

// mostHave returns the world that the most have, and who these are.
func mostHave(worlds map[uint8]wire.Checksum) (most wire.Checksum, alike membership.Machines) {
	for _, world := range worlds {
		have := membership.Machines(0)
		for machine, sum := range worlds {
			if sum.World == world.World {
				have |= membership.One(machine)
			}
		}
		if have.Len() > alike.Len() {
			most, alike = world, have
		}
	}
	return most, alike
}

// goOutvoted ends this machine's part: most of the others have another world.
func (j *Jury) goOutvoted(mine wire.Checksum, worlds map[uint8]wire.Checksum, alike membership.Machines) {
	for _, m := range j.order {
		if alike.Has(m) {
			j.decide(j.outvoted(Outvoted, m, worlds[m].Inputs != mine.Inputs, alike))
			return
		}
	}
}

// outvote says who has another world than the most, but for those of whom that is known: who
// says himself that he was told another match is nobody to be named. Who does not go of
// himself is put out (strayTime).
func (j *Jury) outvote(s *State, most wire.Checksum, alike membership.Machines) {
	for _, m := range j.order {
		theirs, said := j.worldOf(m, j.dispute.frame) // who may be gone by now
		if !said || theirs.World == most.World || j.hasStrayed(m) {
			continue
		}
		j.stray(m, s.Now)
		j.decide(j.outvoted(Strayed, m, theirs.Inputs != most.Inputs, alike))
	}
}

// outvoted is the verdict about a machine's world.
func (j *Jury) outvoted(kind VerdictKind, machine uint8, inputs bool, alike membership.Machines) Verdict {
	return Verdict{Kind: kind, Machine: machine, Frame: j.dispute.frame, Agreed: j.Agreed(machine), Inputs: inputs, Alike: alike}
}

// endDisputed ends the match as it does without a vote: no world is that of the most.
func (j *Jury) endDisputed(s *State, mine wire.Checksum, worlds map[uint8]wire.Checksum) {
	for _, m := range j.order {
		if theirs, said := worlds[m]; said && theirs.World != mine.World && mine.World != 0 {
			j.differ(s, m, rollback.Checksum{Frame: rollback.Frame(mine.Frame), World: mine.World, Inputs: mine.Inputs}, &theirs)
			return
		}
	}
}
