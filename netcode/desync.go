package netcode

import (
	"fmt"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
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
	// maxUnread is how many checksums wait for Match.AppendChecksums; when full
	// the oldest is dropped.
	maxUnread = 64
	// maxFinding is how much of another machine's finding is shown, in characters.
	maxFinding = 800
	// huntTimeout is how long the two sides of a desync look for its origin.
	huntTimeout = 5 * time.Second
)

// checksumLog holds the checksums of confirmed frames until all have compared
// them. Owner: the play.
type checksumLog struct {
	mine    [keptChecksums]rollback.Checksum
	n       int
	pending [wire.MaxMachines][]wire.Checksum
	newest  [wire.MaxMachines][keptOfPeer]wire.Checksum
	came    [wire.MaxMachines]int
	agreed  [wire.MaxMachines]rollback.Frame // newest frame on which a peer agreed
	unread  []rollback.Checksum              // for Match.AppendChecksums
}

// compareChecksums sends the session's new checksums and compares them with those that
// came early.
func (p *play) compareChecksums() {
	p.scratch = p.sim.AppendChecksums(p.scratch[:0])
	for _, sum := range p.scratch {
		log := &p.checksums
		log.mine[log.n%keptChecksums] = sum
		log.n++
		if len(log.unread) == maxUnread {
			log.unread = log.unread[:copy(log.unread, log.unread[1:])]
		}
		log.unread = append(log.unread, sum)
		if p.phase != running && p.phase != comparing { // while comparing, it tells the others on whose side this one is
			continue
		}
		p.sendAll(&wire.Checksum{Match: p.match, View: p.view, Frame: int32(sum.Frame), World: sum.World, Inputs: sum.Inputs})
	}
	if len(p.scratch) > 0 {
		p.compareWaiting()
	}
}

// compareWaiting compares what peers have said early: of frames that this side had not
// confirmed, or as members of a view that it did not know.
func (p *play) compareWaiting() {
	for _, q := range p.peers {
		waiting := p.checksums.pending[q.machine]
		p.checksums.pending[q.machine] = waiting[:0]
		for _, sum := range waiting {
			p.compareOrWait(q, sum)
		}
	}
}

// peerChecksum takes a peer's checksum.
func (p *play) peerChecksum(q *peer, m *wire.Checksum) {
	if m.Last {
		p.ending.sums[q.machine] = m
		return
	}
	log := &p.checksums
	log.newest[q.machine][log.came[q.machine]%keptOfPeer] = *m
	log.came[q.machine]++
	p.compareOrWait(q, *m)
}

func (p *play) compareOrWait(q *peer, theirs wire.Checksum) {
	log := &p.checksums
	for i := range min(log.n, keptChecksums) {
		if mine := log.mine[i]; mine.Frame == rollback.Frame(theirs.Frame) && theirs.View <= p.view {
			p.compare(q, mine, theirs)
			return
		}
	}
	log.wait(q.machine, theirs)
}

// wait keeps a peer's checksum until it can be compared.
func (log *checksumLog) wait(machine uint8, m wire.Checksum) {
	waiting := &log.pending[machine]
	if len(*waiting) == maxPending {
		*waiting = (*waiting)[:copy(*waiting, (*waiting)[1:])]
	}
	*waiting = append(*waiting, m)
}

// forget drops what was said by the former self of a machine that has come back.
func (log *checksumLog) forget(machine uint8) {
	log.pending[machine], log.came[machine], log.agreed[machine] = nil, 0, 0
}

func (p *play) compare(q *peer, mine rollback.Checksum, theirs wire.Checksum) {
	if !p.isMember(q) {
		return
	}
	switch {
	case mine.World == theirs.World:
		p.agrees(q, mine.Frame)
	case !p.strays(q, mine.Frame) && !p.disputes(q, mine.Frame):
		p.suspect(q, mine, &theirs)
	}
}

// desyncHunt is the search for the first frame and field in which two worlds
// differ. Both sides freeze, exchange the hashes of all worlds since they last
// agreed, and compare their worlds of the first frame that differs: see desyncparts.go.
// Owner: the play.
type desyncHunt struct {
	peer    *peer
	frame   rollback.Frame // the first that is known to differ
	good    rollback.Frame // the last that is known to agree
	inputs  bool           // the inputs differ, not (only) the simulation
	equal   bool           // the worlds are equal: only one side takes the frame for the end
	seen    wire.Checksum  // what the peer has said of the frame that is known to differ,
	mine    uint64         // and the world there was here
	located bool
	first   bool                   // frame is the very first that differs: the one before was compared, too
	found   membership.Machines    // who say that they have found one
	told    [wire.MaxMachines]bool // who else has been told of a world
	shown   [wire.MaxMachines]shownWorld
	theirs  theirWorld
}

// suspect begins the hunt: a peer's world differs.
func (p *play) suspect(q *peer, mine rollback.Checksum, theirs *wire.Checksum) {
	if p.phase != running && p.phase != finishing {
		return
	}
	p.startHunt(q, mine, theirs)
}

func (p *play) startHunt(q *peer, mine rollback.Checksum, theirs *wire.Checksum) {
	frame, inputsDiffer := mine.Frame, mine.Inputs != theirs.Inputs
	p.phase = comparing
	p.ending.deadline = p.room.now() + huntTimeout
	p.sim.SetEnd(p.sim.Current())
	p.desync = desyncHunt{found: p.desync.found, peer: q, frame: frame, good: p.checksums.agreed[q.machine], inputs: inputsDiffer, seen: *theirs, mine: mine.World}
	if inputsDiffer {
		p.concludeDesync("", "", "")
		return
	}
	hashes := &wire.DesyncHashes{Match: p.match, First: int32(max(p.desync.good, frame-wire.MaxDesyncHashes+1))}
	for f := rollback.Frame(hashes.First); f <= frame; f++ {
		sum, _ := p.sim.ChecksumAt(f) // 0: no longer kept
		hashes.Hashes = append(hashes.Hashes, sum.World)
	}
	q.conn.Send(hashes)
	for _, q := range p.peers {
		if m := q.hashes; m != nil {
			q.hashes = nil
			p.peerHashes(q, m)
		}
	}
}

// peerHashes locates the first frame that differs and says what this side's world of
// it looks like.
func (p *play) peerHashes(q *peer, m *wire.DesyncHashes) {
	last := int64(m.First) + int64(len(m.Hashes)) - 1
	if len(m.Hashes) == 0 || last > int64(p.finalFrame())+1 || q.doubtful() {
		return // of frames that nobody here can compare yet, or of one that it cannot know: no honest peer does that
	}
	if p.judges() {
		q.hashes = m // until this machine has seen for itself whose world is another one
		return
	}
	if p.phase == running || p.phase == finishing {
		mine, _ := p.sim.ChecksumAt(rollback.Frame(last)) // 0: no longer kept
		mine.Frame = rollback.Frame(last)
		p.startHunt(q, mine, &wire.Checksum{Frame: int32(last), World: m.Hashes[len(m.Hashes)-1], Inputs: mine.Inputs})
	}
	h := &p.desync
	switch {
	case h.peer != q && !h.told[q.machine]:
		// This side hunts with another peer, or knows already: it lets this one
		// find the same.
		h.told[q.machine] = true
		p.sendParts(q, p.firstDifference(m, rollback.Frame(last)))
	case h.peer == q && p.phase == comparing && !h.located:
		h.located = true
		last := h.frame
		h.frame = p.firstDifference(m, last)
		h.equal, h.first = h.frame == last && p.equalAt(m, last), p.equalAt(m, h.frame-1)
		p.sendParts(q, h.frame)
	}
}

// firstDifference returns the first frame whose hash here is another than the
// peer's, and known if there is none.
func (p *play) firstDifference(m *wire.DesyncHashes, known rollback.Frame) rollback.Frame {
	for i, theirs := range m.Hashes {
		f := rollback.Frame(m.First) + rollback.Frame(i)
		if sum, ok := p.sim.ChecksumAt(f); ok && theirs != 0 && sum.World != theirs && f < known {
			return f
		}
	}
	return known
}

// equalAt reports whether a frame's hash is the same in the peer's report and here.
func (p *play) equalAt(m *wire.DesyncHashes, f rollback.Frame) bool {
	i := int64(f) - int64(m.First)
	sum, ok := p.sim.ChecksumAt(f)
	return ok && i >= 0 && i < int64(len(m.Hashes)) && m.Hashes[i] == sum.World
}

// concludeDesync ends the match with the finding.
func (p *play) concludeDesync(field, here, there string) {
	h := &p.desync
	e := &DesyncError{
		Peer: h.peer.name, machine: int(h.peer.machine), Frame: h.frame, Agreed: h.good, Inputs: h.inputs,
		Field: field, Here: here, There: there,
	}
	e.Alike, e.Against = p.sides()
	fault := p.fault(e)
	e.Text = p.finding(e, "Your game", "here", "there") + p.cause(fault, "here") + verdict(e, "yours")
	p.ending.err = e
	name := p.room.ownName()
	toOthers := p.finding(e, name+"'s game", "at "+name+"'s", "at "+h.peer.name+"'s") + p.cause(fault, "at "+name+"'s") + verdict(e, name+"'s")
	for _, q := range p.peers {
		if q != h.peer && q.lost == nil {
			q.conn.Send(&wire.Finding{Match: p.match, Machine: h.peer.machine, Frame: int32(h.frame), Text: toOthers})
		}
	}
	p.conclude(h.frame)
}

// peerFound: a peer has found a desync, and ends the match for it. Among three and more
// everybody sees for himself whose world is another one: what one says of another ends
// nothing, unless somebody else says it, too.
func (p *play) peerFound(q *peer, m *wire.Finding) {
	if m.Machine == q.machine {
		p.standsDown(q)
		return
	}
	p.desync.found |= membership.One(q.machine)
	if p.phase == comparing || p.phase == finished || q.doubtful() || p.discordVotes() || p.hasThird() && p.desync.found.Len() < 2 {
		return
	}
	agreed := max(0, min(p.checksums.agreed[q.machine], rollback.Frame(m.Frame)-1))
	text := fmt.Sprintf("%s's game says: %s", q.name, cleanText(m.Text, maxFinding))
	p.ending.err = &DesyncError{Peer: q.name, machine: int(q.machine), Frame: rollback.Frame(m.Frame), Agreed: agreed, Text: text}
	p.conclude(p.sim.settled())
}

// standsDown: a peer knows itself that it has been told another match than the others. It is
// not to be waited for.
func (p *play) standsDown(q *peer) {
	if p.phase == running && q.strayedAt == 0 {
		q.strayedAt = p.room.now()
		p.member.Closed(q.machine)
		p.stirred = true
	}
}

// sides returns on whose side the other players are, as far as their machines have
// told this one what they have computed: on this machine's, or on the peer's. Of the
// one whose word it is nobody else needs to be believed.
func (p *play) sides() (here, there []string) {
	h := &p.desync
	if h.inputs || h.equal || h.mine == h.seen.World {
		return nil, nil
	}
	for _, q := range p.peers {
		if q == h.peer {
			continue
		}
		said := p.ending.sums[q.machine]
		if sum, known := p.checksums.worldOf(q.machine, rollback.Frame(h.seen.Frame)); known {
			said = &sum
		}
		switch {
		case said == nil || said.Frame != h.seen.Frame:
		case said.World == h.mine:
			here = append(here, q.name)
		case said.World == h.seen.World:
			there = append(there, q.name)
		}
	}
	return here, there
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

// finding says in a sentence what the hunt has found, with words for the two
// sides as the reader sees them.
func (p *play) finding(e *DesyncError, mine, here, there string) string {
	clock := time.Duration(e.Frame) * p.tick
	at := fmt.Sprintf("frame %d (%d:%02d)", e.Frame, clock/time.Minute, clock%time.Minute/time.Second)
	since := fmt.Sprintf("%s and %s's no longer agree since %s", mine, e.Peer, at)
	if e.Frame > p.desync.good+1 && !p.desync.first {
		since = fmt.Sprintf("%s and %s's agreed at frame %d and no longer at %s", mine, e.Peer, p.desync.good, at)
	}
	switch {
	case p.desync.inputs:
		return fmt.Sprintf("%s and %s's no longer agree since %s or shortly before: the two machines were fed different inputs.", mine, e.Peer, at)
	case p.desync.equal && p.wanted(e.Frame):
		return fmt.Sprintf("%s was over at %s, and %s's goes on. Nobody did anything wrong: the rules for the end are not the same.", mine, at, e.Peer)
	case p.desync.equal:
		return fmt.Sprintf("%s goes on after %s, at which %s's was over. Nobody did anything wrong: the rules for the end are not the same.", mine, at, e.Peer)
	case e.Field != "":
		return fmt.Sprintf("%s: %s is %s %s and %s %s.", since, e.Field, e.Here, here, e.There, there)
	}
	return since + " or shortly before."
}

// fault looks for what in this machine's copy of the game could be to blame, and notes it.
func (p *play) fault(e *DesyncError) (says string) {
	h := &p.desync
	if h.inputs {
		return ""
	}
	fault, found := p.sim.FaultAt(e.Frame, e.Field)
	h.equal = h.equal && !found // by chance, where one world has several hashes
	e.Fault = fault.Part
	return fault.Says
}

// cause says in a sentence what is to blame, as far as it is known here; where is this
// machine for the reader. Without a fault here it may be on the peer's machine.
func (p *play) cause(fault, where string) string {
	switch {
	case p.desync.inputs || p.desync.equal:
		return "" // finding has said it
	case fault != "":
		return fmt.Sprintf(" Nobody did anything wrong, there is a mistake in the game: %s %s.", where, fault)
	}
	gave := "the game's rules gave two answers"
	if p.desync.frame == 0 {
		gave = "the game's Start made two worlds of one Setup"
	}
	if !p.terms.guard {
		gave += ", or something has written to a world outside them, which Config.Guard finds"
	}
	return " Nobody did anything wrong: " + gave + "."
}

// agreedFrame is the newest frame on which all who are in the match have agreed.
func (p *play) agreedFrame() rollback.Frame {
	agreed := p.finalFrame() + 1
	for _, q := range p.peers {
		if p.isMember(q) {
			agreed = min(agreed, p.checksums.agreed[q.machine])
		}
	}
	return max(0, agreed)
}
