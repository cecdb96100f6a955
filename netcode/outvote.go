package netcode

import (
	"fmt"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// When worlds differ among three and more, nobody goes by what a single one says. All show
// each other by what seals they go, and wait until everybody has said what he has of the
// first frame that is known to differ (package membership, H13): whoever has sealed two
// contents is put out with the proof, and the match goes on. Otherwise it ends with a report
// (desync.go), or with DesyncOutvotes it goes on if more than half of its machines have the
// same world; whoever has another world than the most goes out, and may come in again by one
// of them. Where there is no such majority, as between two, it ends in any case.

// proofTime is how long, beside two round trips, a proof is waited for.
const proofTime = 300 * time.Millisecond

// dispute is a frame of which not all have the same world. Owner: the play.
type dispute struct {
	open  bool
	frame rollback.Frame
	since time.Duration
	until time.Duration // nobody is judged before: somebody has just been put out who has lied
}

// afterLie is for how long nobody is judged after that: whoever has confirmed what the liar
// has told to few finds out by itself, and comes in again.
const afterLie = 3 * time.Second

// hasThird reports whether there are three machines in the match, and so one who can tell
// which of two others is wrong.
func (p *play) hasThird() bool { return p.member.View().Machines().Len() > 2 }

// judges reports whether this machine judges by itself whether the match goes on: what a
// single one has found does not end it.
func (p *play) judges() bool { return p.discordVotes() || p.phase == running && p.hasThird() }

// discordVotes reports whether a majority is to go on.
func (p *play) discordVotes() bool { return p.phase == running && p.terms.discord == DesyncOutvotes }

// disputes opens a dispute for a frame of which a peer has another world than this machine.
// It reports false if the match is to end for it at once.
func (p *play) disputes(q *peer, f rollback.Frame) bool {
	switch {
	case !p.judges():
		return false
	case q.strayedAt > 0 || p.dispute.open || p.room.now() < p.dispute.until:
		return true // later frames differ as well
	}
	p.dispute = dispute{open: true, frame: f, since: p.room.now()}
	p.member.Compare()
	p.stirred = true
	p.judgeDispute(p.room.now())
	return true
}

// worldsOf returns what the members have said of a frame, this machine among them.
func (p *play) worldsOf(f rollback.Frame) (worlds map[uint8]wire.Checksum, members int) {
	worlds = map[uint8]wire.Checksum{}
	log := &p.checksums
	for _, sum := range log.mine {
		if sum.Frame == f && sum.World != 0 {
			worlds[p.room.me] = wire.Checksum{Frame: int32(f), World: sum.World, Inputs: sum.Inputs}
		}
	}
	members = 1
	for _, q := range p.peers {
		if !p.isMember(q) || q.doubtful() || q.strayedAt > 0 {
			continue
		}
		members++
		if sum, said := log.worldOf(q.machine, f); said {
			worlds[q.machine] = sum
		}
	}
	return worlds, members
}

// worldOf returns what a peer has said of a frame, if that is one of its newest words.
func (log *checksumLog) worldOf(machine uint8, f rollback.Frame) (sum wire.Checksum, said bool) {
	for i, sum := range log.newest[machine] {
		if sum.Frame == int32(f) && i < log.came[machine] {
			return sum, true
		}
	}
	return wire.Checksum{}, false
}

// judgeDispute ends a dispute when all have said what they have, or have had the time.
func (p *play) judgeDispute(now time.Duration) {
	d := &p.dispute
	if !d.open || p.phase != running {
		return
	}
	worlds, members := p.worldsOf(d.frame)
	waited := now - d.since
	if len(worlds) < members && waited < weighTime || p.hasThird() && waited < proofTime+2*p.farthest() {
		return
	}
	if p.member.Liars()&p.member.View().Machines() != 0 {
		return // he is being put out
	}
	d.open = false
	mine, kept := worlds[p.room.me]
	most, alike := mostHave(worlds)
	switch {
	case 2*alike.Len() <= members || p.terms.discord == DesyncEnds:
		p.endDisputed(mine, worlds)
	case kept && mine.World != most.World:
		p.goOutvoted(now, mine, worlds, alike)
	default:
		p.outvote(now, most, alike)
	}
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
func (p *play) goOutvoted(now time.Duration, mine wire.Checksum, worlds map[uint8]wire.Checksum, alike membership.Machines) {
	var first *peer
	for _, q := range p.peers {
		if first == nil && alike&membership.One(q.machine) != 0 {
			first = q
		}
	}
	e := p.disputed(first, worlds[first.machine], mine)
	e.Text = fmt.Sprintf("%s: %s have another one. Your game is out of the match, and may come in again.", p.since(e, "your game"), p.named(alike))
	p.farewell(now)
	p.ending.err = &ExcludedError{Astray: true, Desync: e}
	p.conclude(p.sim.settled())
}

// outvote says who has another world than the most, and puts him out if he does not go of
// himself (strayTime).
func (p *play) outvote(now time.Duration, most wire.Checksum, alike membership.Machines) {
	for _, q := range p.peers {
		theirs, said := p.checksums.worldOf(q.machine, p.dispute.frame) // who may be gone by now
		if !said || theirs.World == most.World {
			continue
		}
		q.strayedAt = now
		e := p.disputed(q, theirs, most)
		e.Text = fmt.Sprintf("%s: %s have the same one. The match goes on with that.", p.since(e, q.name+"'s game"), p.named(alike))
		p.room.events.happened(Event{Kind: EventDesync, Machine: int(q.machine), Name: q.name, Frame: e.Frame, Err: e})
	}
}

// endDisputed ends the match as it does without a vote: no world is that of the most.
func (p *play) endDisputed(mine wire.Checksum, worlds map[uint8]wire.Checksum) {
	for _, q := range p.peers {
		if theirs, said := worlds[q.machine]; said && theirs.World != mine.World && mine.World != 0 {
			p.suspect(q, rollback.Checksum{Frame: rollback.Frame(mine.Frame), World: mine.World, Inputs: mine.Inputs}, &theirs)
			return
		}
	}
}

// disputed is the finding about a peer's world, but for its text.
func (p *play) disputed(q *peer, theirs, mine wire.Checksum) *DesyncError {
	return &DesyncError{
		Peer: q.name, machine: int(q.machine), Frame: p.dispute.frame, Agreed: p.checksums.agreed[q.machine],
		Inputs: theirs.Inputs != mine.Inputs,
	}
}

// since says whose world is known to be another one, and from when on.
func (p *play) since(e *DesyncError, whose string) string {
	says := fmt.Sprintf("The world of %s is another one at frame %d, and was the others' at frame %d", whose, e.Frame, e.Agreed)
	if e.Inputs {
		says += "; it was fed other inputs"
	}
	return says
}

// named lists machines by their players, this one's last.
func (p *play) named(machines membership.Machines) string {
	var names []string
	for _, q := range p.peers {
		if machines&membership.One(q.machine) != 0 {
			names = append(names, q.name)
		}
	}
	if machines&membership.One(p.room.me) != 0 {
		names = append(names, "you")
	}
	return strings.Join(names, " and ")
}
