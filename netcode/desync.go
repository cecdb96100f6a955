package netcode

import (
	"fmt"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/hunt"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// Whether all have the same world package agreement judges. Where another one ends the match
// package hunt finds out where it began to differ, and this file says it in words.

const (
	// maxUnread is how many checksums wait for Match.AppendChecksums; when full
	// the oldest is dropped.
	maxUnread = 64
	// maxFinding is how much of another machine's finding is shown, in characters.
	maxFinding = 800
	// huntTimeout is how long the two sides of a desync look for its origin.
	huntTimeout = 5 * time.Second
)

// checksumFeed holds this machine's checksums for Match.AppendChecksums. Owner: the play.
type checksumFeed struct{ unread []rollback.Checksum }

func (c *checksumFeed) add(sum rollback.Checksum) {
	if len(c.unread) == maxUnread {
		c.unread = c.unread[:copy(c.unread, c.unread[1:])]
	}
	c.unread = append(c.unread, sum)
}

// compareChecksums sends the session's new checksums and compares them with those that
// came early.
func (p *play) compareChecksums() {
	p.scratch = p.sim.AppendChecksums(p.scratch[:0])
	for _, sum := range p.scratch {
		p.jury.Note(sum)
		p.checksums.add(sum)
		if p.phase != running && p.phase != comparing { // while comparing, it tells the others on whose side this one is
			continue
		}
		p.sendAll(&wire.Checksum{Match: p.match, View: p.view, Frame: int32(sum.Frame), World: sum.World, Inputs: sum.Inputs})
	}
	if len(p.scratch) > 0 {
		p.compareWaiting()
	}
}

// compareWaiting compares what peers have said early.
func (p *play) compareWaiting() {
	s := p.standing()
	p.jury.Rewait(&s)
	p.heedJury()
}

// peerChecksum takes a peer's checksum.
func (p *play) peerChecksum(q *peer, m *wire.Checksum) {
	if m.Last {
		p.jury.TakeLast(q.machine, m)
		return
	}
	s := p.standing()
	p.jury.Take(&s, q.machine, m)
	p.heedJury()
}

// startHunt begins the hunt: a peer's world differs.
func (p *play) startHunt(machine uint8, mine rollback.Checksum, theirs *wire.Checksum) {
	if p.phase != running && p.phase != finishing {
		return
	}
	p.phase = comparing
	p.ending.deadline = p.room.now() + huntTimeout
	p.sim.SetEnd(p.sim.Current())
	p.hunt.Begin(machine, mine, theirs, p.jury.Agreed(machine))
	p.concludeHunt()
}

// hashesCame takes the hashes of a peer's worlds, who hunts already.
func (p *play) hashesCame(q *peer, m *wire.DesyncHashes) {
	if !p.hunt.Comparable(m) || p.jury.Doubtful(q.machine) {
		return // of frames that nobody here can compare yet, or of one that it cannot know: no honest peer does that
	}
	if s := p.standing(); p.jury.Judges(&s) {
		p.hunt.Keep(q.machine, m) // until this machine has seen for itself whose world is another one
		return
	}
	mine, theirs := p.hunt.Claimed(m)
	p.startHunt(q.machine, mine, &theirs)
	p.hunt.TakeHashes(q.machine, m)
}

// concludeHunt ends the match with what the hunt has found, if it is over.
func (p *play) concludeHunt() {
	if p.phase == comparing && p.hunt.Over() {
		p.concludeDesync()
	}
}

// concludeDesync ends the match with the finding.
func (p *play) concludeDesync() {
	found, q := p.hunt.Found(), p.byID[p.hunt.Found().Machine]
	e := &DesyncError{
		Peer: q.name, machine: int(q.machine), Frame: found.Frame, Agreed: found.Agreed, Inputs: found.Inputs,
		Field: found.Field, Here: found.Here, There: found.There,
	}
	e.Alike, e.Against = p.sides(&found)
	words := huntWords{found: &found, e: e, tick: p.tick, guard: p.terms.guard}
	if !found.Inputs {
		fault, faulty := p.sim.FaultAt(e.Frame, e.Field)
		found.Equal = found.Equal && !faulty // by chance, where one world has several hashes
		e.Fault, words.fault = fault.Part, fault.Says
	}
	words.over = found.Equal && p.wanted(e.Frame)
	e.Text = words.say("Your game", "yours", "here", "there")
	p.ending.err = e
	name := p.room.ownName()
	toOthers := words.say(name+"'s game", name+"'s", "at "+name+"'s", "at "+q.name+"'s")
	for _, other := range p.peers {
		if other != q && other.lost == nil {
			other.conn.Send(&wire.Finding{Match: p.match, Machine: q.machine, Frame: int32(found.Frame), Text: toOthers})
		}
	}
	p.conclude(found.Frame)
}

// peerFound: a peer has found a desync, and ends the match for it.
func (p *play) peerFound(q *peer, m *wire.Finding) {
	s := p.standing()
	if m.Machine == q.machine {
		p.jury.StandDown(&s, q.machine)
		p.heedJury()
		return
	}
	if !p.jury.Accuse(&s, q.machine) || p.phase == comparing || p.phase == finished {
		return
	}
	agreed := max(0, min(p.jury.Agreed(q.machine), rollback.Frame(m.Frame)-1))
	text := fmt.Sprintf("%s's game says: %s", q.name, cleanText(m.Text, maxFinding))
	p.ending.err = &DesyncError{Peer: q.name, machine: int(q.machine), Frame: rollback.Frame(m.Frame), Agreed: agreed, Text: text}
	p.conclude(p.sim.settled())
}

// sides returns on whose side the other players are, by name: on this machine's, or on
// that of the peer whose world differs.
func (p *play) sides(found *hunt.Found) (here, there []string) {
	if found.Inputs || found.Equal || found.World == found.Theirs.World {
		return nil, nil
	}
	alike, against := p.jury.Sides(rollback.Frame(found.Theirs.Frame), found.World, found.Theirs.World, found.Machine)
	for _, m := range alike {
		here = append(here, p.byID[m].name)
	}
	for _, m := range against {
		there = append(there, p.byID[m].name)
	}
	return here, there
}

// huntWords says in sentences what a hunt has found.
type huntWords struct {
	found *hunt.Found
	e     *DesyncError
	tick  time.Duration // a frame's
	fault string        // what in this machine's copy of the game is to blame, if that is known
	guard bool          // Config.Guard is set
	over  bool          // the game was over here, and goes on at the peer
}

// say says it for a reader: mine is this machine's game, and its is whose that is; here and
// there are the two sides as he sees them.
func (w *huntWords) say(mine, its, here, there string) string {
	return w.finding(mine, here, there) + w.cause(here) + verdict(w.e, its)
}

// verdict says how many are on which side, "" if it is one against one. mine is whose
// the world here is, for the reader.
func verdict(e *DesyncError, mine string) string {
	whose := func(names []string, too string) string {
		games := "game has"
		if len(names) > 1 {
			games = "games have"
		}
		return fmt.Sprintf("%s's %s the same world as %s", strings.Join(names, "'s and "), games, too)
	}
	here, there := len(e.Alike), len(e.Against)
	numbers := [...]string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"}
	switch {
	case here+there == 0:
		return ""
	case there == 0:
		return fmt.Sprintf(" It is %s against one: %s.", numbers[here], whose(e.Alike, mine))
	case here == 0:
		return fmt.Sprintf(" It is %s against one: %s.", numbers[there], whose(e.Against, e.Peer+"'s"))
	}
	return fmt.Sprintf(" It is %s against %s: %s, and %s.", numbers[here], numbers[there], whose(e.Alike, mine), whose(e.Against, e.Peer+"'s"))
}

// finding says in a sentence where the worlds begin to differ.
func (w *huntWords) finding(mine, here, there string) string {
	e := w.e
	clock := time.Duration(e.Frame) * w.tick
	at := fmt.Sprintf("frame %d (%d:%02d)", e.Frame, clock/time.Minute, clock%time.Minute/time.Second)
	since := fmt.Sprintf("%s and %s's no longer agree since %s", mine, e.Peer, at)
	if e.Frame > e.Agreed+1 && !w.found.First {
		since = fmt.Sprintf("%s and %s's agreed at frame %d and no longer at %s", mine, e.Peer, e.Agreed, at)
	}
	switch {
	case e.Inputs:
		return fmt.Sprintf("%s and %s's no longer agree since %s or shortly before: the two machines were fed different inputs.", mine, e.Peer, at)
	case w.over:
		return fmt.Sprintf("%s was over at %s, and %s's goes on. Nobody did anything wrong: the rules for the end are not the same.", mine, at, e.Peer)
	case w.found.Equal:
		return fmt.Sprintf("%s goes on after %s, at which %s's was over. Nobody did anything wrong: the rules for the end are not the same.", mine, at, e.Peer)
	case e.Field != "":
		return fmt.Sprintf("%s: %s is %s %s and %s %s.", since, e.Field, e.Here, here, e.There, there)
	}
	return since + " or shortly before."
}

// cause says in a sentence what is to blame, as far as it is known here; where is this
// machine for the reader. Without a fault here it may be on the peer's machine.
func (w *huntWords) cause(where string) string {
	switch {
	case w.e.Inputs || w.found.Equal:
		return "" // finding has said it
	case w.fault != "":
		return fmt.Sprintf(" Nobody did anything wrong, there is a mistake in the game: %s %s.", where, w.fault)
	}
	gave := "the game's rules gave two answers"
	if w.e.Frame == 0 {
		gave = "the game's Start made two worlds of one Setup"
	}
	if !w.guard {
		gave += ", or something has written to a world outside them, which Config.Guard finds"
	}
	return " Nobody did anything wrong: " + gave + "."
}

// standing is how the match stands, as far as the jury must know it.
func (p *play) standing() agreement.State {
	s := p.presence.standing(p.room.now())
	s.Playing, s.Closing = p.phase == running, p.phase == finishing
	for _, q := range p.peers {
		if p.tooLate(q) {
			s.Late |= membership.One(q.machine)
		}
	}
	return s
}

// agreedFrame is the newest frame on which all who are in the match have agreed.
func (p *play) agreedFrame() rollback.Frame {
	s := p.standing()
	return p.jury.AgreedByAll(&s, min(p.sim.Confirmed(), p.sim.Current()-1)+1)
}
