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
	// openTime is how long two contents of somebody's records are borne with of which as many
	// hold the one as the other, and showAgain how often seals are shown, which may tell them
	// apart: whoever holds what its author has sealed to nobody goes of himself.
	openTime, showAgain = 2 * time.Second, 500 * time.Millisecond
	// awayTime is for how long nobody is judged where only two are left of more, as the others
	// were told another match: one of the two might be who has told it, and when the others
	// have come in again there are three who can judge.
	awayTime = 10 * time.Second
)

// dispute is a frame of which not all have the same world.
type dispute struct {
	open  bool
	frame rollback.Frame
	since time.Duration
	shown time.Duration // when the members were last asked to show what they go by
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
	j.show(s)
	j.judgeDispute(s)
	return true
}

// show has the members show each other what they go by in the frame of the dispute.
func (j *Jury) show(s *State) {
	j.dispute.shown = s.Now
	j.decide(Verdict{Kind: ShowSeals, Frame: j.dispute.frame})
}

// judgeDispute ends a dispute when all have said what they have, or have had the time. What
// records they hold comes before what they have computed of them.
func (j *Jury) judgeDispute(s *State) {
	d := &j.dispute
	if !d.open || !s.Playing || j.decided {
		return
	}
	worlds, members := j.worldsOf(s, d.frame)
	waited := s.Now - d.since
	said := len(worlds) == members && (!s.hasThird() || j.holdings.allSaid(d.frame, j.counted(s)))
	if !said && waited < weighTime || s.hasThird() && waited < proofTime+2*s.RTT {
		return
	}
	if s.Liars&s.InView != 0 {
		return // he is being put out
	}
	deceived, divided := j.holdings.deceived(d.frame, j.counted(s)|membership.One(j.config.Me), j.config.Me, j.config.Sealed)
	if divided && waited < openTime {
		if s.Now-d.shown >= showAgain {
			j.show(s)
		}
		return
	}
	d.open = false
	if deceived.Has(j.config.Me) {
		j.decide(Verdict{Kind: Deceived, Frame: d.frame})
		return
	}
	for m := range deceived.All {
		delete(worlds, m)
		members--
		j.dismiss(s, m)
	}
	if s.Now >= d.until {
		j.judgeWorlds(s, worlds, members)
	}
}

// judgeWorlds judges those who hold the same records, for all that is known, by the worlds
// that they have computed.
func (j *Jury) judgeWorlds(s *State, worlds map[uint8]wire.Checksum, members int) {
	mine, kept := worlds[j.config.Me]
	most, alike := mostHave(worlds)
	switch {
	case kept && alike.Len() == len(worlds): // whoever differed does not count
	case 2*alike.Len() <= members || !j.config.Outvotes:
		j.endDisputed(s, mine, worlds)
	case kept && mine.World != most.World:
		j.goOutvoted(mine, worlds, alike)
	default:
		j.outvote(s, most, alike)
	}
}

// dismiss notes that a machine was told another match than the others, and has no say in this
// one: it goes of itself, or is put out (strayTime).
func (j *Jury) dismiss(s *State, machine uint8) {
	j.stray(machine, s.Now)
	if s.hasThird() && j.counted(s).Len() < 2 {
		j.dispute = dispute{until: max(j.dispute.until, s.Now+awayTime)}
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
	for m := range j.counted(s).All {
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

// mostHave returns the world that the most have, as the lowest of them has said it, and who
// these are.
func mostHave(worlds map[uint8]wire.Checksum) (most wire.Checksum, alike membership.Machines) {
	for m := range uint8(membership.MaxMachines) {
		world, said := worlds[m]
		if !said {
			continue
		}
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
		switch {
		case !alike.Has(m):
			continue
		case worlds[m].Inputs != mine.Inputs:
			j.decide(Verdict{Kind: Deceived, Frame: j.dispute.frame})
			return
		default:
			j.decide(j.dispute.outvoted(Outvoted, m, j.Agreed(m), alike))
			return
		}
	}
}

// outvote says who has another world than the most, but for those of whom that is known: who
// says himself that he was told another match is nobody to be named, unless he says that he holds
// what the most hold. Who does not go of himself is put out (strayTime).
func (j *Jury) outvote(s *State, most wire.Checksum, alike membership.Machines) {
	for _, m := range j.order {
		theirs, said := j.worldOf(m, j.dispute.frame) // who may be gone by now
		if !said || theirs.World == most.World || j.hasStrayed(m) {
			continue
		}
		if theirs.Inputs != most.Inputs && !j.holdings.alike(m, alike.Lowest(), j.dispute.frame) {
			j.dismiss(s, m) // it has computed another world from other records
			continue
		}
		j.stray(m, s.Now)
		j.decide(j.dispute.outvoted(Strayed, m, j.Agreed(m), alike))
	}
}

// outvoted is the verdict about a machine's world.
func (d *dispute) outvoted(kind VerdictKind, machine uint8, agreed rollback.Frame, alike membership.Machines) Verdict {
	return Verdict{Kind: kind, Machine: machine, Frame: d.frame, Agreed: agreed, Alike: alike}
}

// mayBeTrue reports whether somebody else has the world that a machine has told, or has been told
// by it of another one than his own; or whether there is nobody who says anything of it.
func (j *Jury) mayBeTrue(s *State, machine uint8, worlds map[uint8]wire.Checksum) bool {
	for m, sum := range worlds {
		if m != machine && sum.World == worlds[machine].World {
			return true
		}
	}
	others := j.counted(s) &^ membership.One(machine)
	return j.isBorneOut(s, machine) || !j.holdings.anySaid(j.dispute.frame, others)
}

// endDisputed ends the match as it does without a vote: no world is that of the most.
func (j *Jury) endDisputed(s *State, mine wire.Checksum, worlds map[uint8]wire.Checksum) {
	for _, m := range j.order {
		if theirs, said := worlds[m]; said && theirs.World != mine.World && mine.World != 0 && j.mayBeTrue(s, m, worlds) {
			j.differs(s, m, rollback.Checksum{Frame: rollback.Frame(mine.Frame), World: mine.World, Inputs: mine.Inputs}, &theirs)
			return
		}
	}
}
