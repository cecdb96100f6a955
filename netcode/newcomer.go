package netcode

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	donorTimeout   = 5 * time.Second        // without a block of its feed, another member is asked,
	letInTimeout   = 30 * time.Second       // and if the donor feeds for so long, and nobody lets this machine in
	deniedPause    = 500 * time.Millisecond // after a denial
	followTime     = 8 * time.Millisecond   // for which frames are stepped in one Poll, so that the screen goes on
	maxFollowBytes = 4 << 20                // of blocks that wait to be followed
)

// newcomer is this machine's way into a match that runs: it asks a member, is fed a
// snapshot and what comes after it, plays that without showing it, and is let in when it
// has come near enough. Owner: the room.
type newcomer struct {
	room    *Room
	start   *wire.Start
	attempt uint64
	donor   *mesh.Conn // nil while nobody is asked
	heardAt time.Duration
	wholeAt time.Duration // when the snapshot was
	restAt  time.Duration // nobody is asked before
	tried   uint16        // members that were asked since all were
	past    attempts

	begun    bool                // what comes is for this attempt
	said     []byte              // of a view that is not whole yet
	views    []*membership.Value // before the snapshot
	assembly *matchlog.Assembly
	got, all int      // bytes of the snapshot
	blocks   [][]byte // that wait to be followed: read, some would take 200 times the room
	waiting  int      // bytes of these
	frames   *matchlog.Frames
	done     int   // of its frames
	play     *play // nil until the snapshot is whole
	enter    func()

	admission admission
}

// attempts is what this machine has learnt by those to come into one match.
type attempts struct {
	shunned  membership.Machines // donors that are not asked again: what they fed was not the match
	astray   int                 // how often it was in, with another world than the others,
	unsealed int                 // or with records that their author has not sealed
	denied   *RefusedError       // why it is not in yet, as far as that is known
	given    []uint64            // the newest that were given up after somebody could be let in by them
	absent   membership.Machines // who has said last that he is not in the match either
}

// maxGiven bounds attempts.given.
const maxGiven = 8

// step goes on with what is to be done at a time.
func (n *newcomer) step(now time.Duration) {
	switch {
	case n.donor == nil:
		n.ask(now)
		return
	case n.donor.Link.State() == link.Closed || now-n.heardAt >= donorTimeout:
		n.again(now)
		return
	}
	for began := now; n.room.now()-began < followTime; {
		if !n.follow(now) {
			break
		}
	}
	if n.play == nil {
		return
	}
	if now-n.wholeAt >= letInTimeout {
		n.again(now)
		return
	}
	p := n.play
	p.member.Ready()
	p.room.takeChores(now)
	p.member.Advance(now)
	p.signing.handChores()
	n.speak()
	if v := n.decide(now); v != nil {
		p.member.FollowView(now, v)
		if p.takeViews(); !p.knowsMembers() {
			n.again(now)
			return
		}
	}
	switch status, _ := p.member.Status(); {
	case status == membership.Member:
		n.comeIn(now)
	case status != membership.Joining || p.member.Dead():
		n.again(now)
	case n.disputed(now):
		n.past.shunned |= membership.One(uint8(n.donor.Machine()))
		n.again(now)
	}
}

// ask asks the nearest member that was not asked yet.
func (n *newcomer) ask(now time.Duration) {
	if now < n.restAt {
		return
	}
	var best *mesh.Conn
	for _, m := range n.room.members {
		if m == nil || n.tried>>m.Machine&1 != 0 || n.past.shunned.Has(m.Machine) {
			continue
		}
		c := n.room.mesh.To(m.Machine)
		if c != nil && c.Link.State() == link.Open && (best == nil || c.Link.Stats().RTT < best.Link.Stats().RTT) {
			best = c
		}
	}
	if best == nil {
		if membership.Machines(n.tried)&^n.past.absent == 0 {
			n.past.shunned = 0 // nobody else is in the match: better to ask whom it has not come in by than nobody
		}
		n.tried, n.restAt = 0, now+deniedPause
		if n.room.Hosting() && n.isOver() {
			n.room.authority.staysOut()
		}
		return
	}
	n.tried |= 1 << uint8(best.Machine())
	n.attempt = RandomSeed()
	n.donor, n.heardAt = best, now
	best.Send(&wire.JoinAsk{Match: n.start.Match, Attempt: n.attempt})
}

// isOver reports whether no member is in the match any more, by what they say.
func (n *newcomer) isOver() bool {
	for _, m := range n.room.members {
		if m != nil && m.Machine != n.room.me && !n.past.absent.Has(m.Machine) {
			return false
		}
	}
	return true
}

// again begins another attempt: what the donor has fed counts for nothing.
func (n *newcomer) again(now time.Duration) {
	if n.play != nil {
		n.giveUp()
	}
	*n = newcomer{room: n.room, start: n.start, tried: n.tried, past: n.past, restAt: now}
}

// denied: the member that was asked does not let this machine in.
func (n *newcomer) denied(c *mesh.Conn, m *wire.JoinDenied) {
	if c != n.donor || m.Attempt != n.attempt {
		return
	}
	name := n.room.reception.Name(uint8(c.Machine()))
	n.again(n.room.now())
	n.past.absent &^= membership.One(uint8(c.Machine()))
	switch m.Why {
	case wire.DenialNotThere:
		n.past.absent |= membership.One(uint8(c.Machine()))
	case wire.DenialBusy:
		n.past.denied = &RefusedError{ReasonBusy, name + " lets others into the match now: it is asked again"}
	case wire.DenialClosed:
		n.past.denied = &RefusedError{ReasonPlaying, "a match is running, and its host does not let this player come into it"}
		n.restAt += time.Second
	case wire.DenialTooBig:
		n.past.denied = &RefusedError{ReasonTooBig, "a match is running, and nobody can come into it: its world is too large to be sent"}
		n.restAt += time.Second
	}
}

// unread: this game cannot go on with the world that was sent. Whose fault it is cannot be
// known here, so another member is asked for it.
func (n *newcomer) unread(name string, now time.Duration) {
	n.past.shunned |= membership.One(uint8(n.donor.Machine()))
	n.past.denied = &RefusedError{ReasonUnread, "this game cannot read the world of the match that " + name + " has sent"}
	n.again(now)
}

// fed takes a block of a feed as it comes.
func (n *newcomer) fed(c *mesh.Conn, at time.Duration, b []byte) {
	switch {
	case c != n.donor:
		return
	case b[0] == feedBegins:
		n.begun = len(b) == 9 && binary.BigEndian.Uint64(b[1:]) == n.attempt
		return
	case !n.begun:
		return // of an attempt before
	}
	if b[0] != feedBlock || n.waiting > maxFollowBytes {
		n.fault(c)
		return
	}
	n.heardAt = at
	n.waiting += len(b)
	n.blocks = append(n.blocks, bytes.Clone(b[1:]))
}

// fault: the donor sends what no honest one sends.
func (n *newcomer) fault(c *mesh.Conn) {
	c.Link.Close(link.CodeProtocol, "what a match is gone on with makes no sense")
	n.past.shunned |= membership.One(uint8(c.Machine()))
	n.again(n.room.now())
}

// follow takes the next block, or the next frames of one. It reports false if there is
// nothing more to do now.
func (n *newcomer) follow(now time.Duration) bool {
	if n.play != nil && !n.play.joining() {
		return false
	}
	if n.frames != nil {
		return n.followFrames()
	}
	if len(n.blocks) == 0 {
		return false
	}
	b := n.blocks[0]
	n.blocks, n.waiting = n.blocks[1:], n.waiting-len(b)-1
	if block, err := matchlog.Parse(b); err != nil || !n.take(now, block) {
		n.fault(n.donor)
		return false
	}
	return true
}

// take takes a block. It reports false if it has no place here.
func (n *newcomer) take(now time.Duration, block matchlog.Block) bool {
	switch b := block.(type) {
	case *matchlog.View:
		return n.takeView(now, b)
	case *matchlog.Snapshot:
		if n.assembly != nil || len(n.views) == 0 {
			return false
		}
		n.assembly = matchlog.Assemble(b)
		return b.Sections == matchlog.SectionWorld|matchlog.SectionRecords|matchlog.SectionSeats
	case *matchlog.Part:
		return n.takePart(b)
	case *matchlog.Frames:
		if n.play == nil {
			return false
		}
		n.frames, n.done = b, 0
		return true
	}
	return false
}

func (n *newcomer) takeView(now time.Duration, b *matchlog.View) bool {
	said, whole, err := b.Join(n.said)
	if n.said = said; err != nil || !whole {
		return err == nil
	}
	n.said = nil
	m, err := membership.ParseMessage(said)
	commit, ok := m.(*membership.Commit)
	if err != nil || !ok || commit.Value.Number != b.Number {
		return false
	}
	if n.play != nil {
		if n.letIn(uint8(n.donor.Machine()), commit.Value) {
			return true
		}
		n.play.member.FollowView(now, commit.Value)
		n.play.takeViews()
		return n.play.knowsMembers()
	}
	if len(n.views) > 0 && n.views[len(n.views)-1].Number+1 != commit.Value.Number {
		return false
	}
	n.views = append(n.views, commit.Value)
	return len(n.views) <= toldViews
}

func (n *newcomer) takePart(b *matchlog.Part) bool {
	if n.assembly == nil || n.play != nil || n.assembly.Take(b) != nil {
		return false
	}
	n.got += len(b.Bytes)
	if b.Section == matchlog.SectionWorld {
		n.all = b.Total
	}
	return !n.assembly.Whole() || n.resume()
}

// resume makes the match out of the snapshot.
func (n *newcomer) resume() bool {
	r, a := n.room, n.assembly
	terms := r.terms
	recordsConfig := terms.recordsConfig()
	inputBytes := n.start.Seats() * terms.inputBytes
	snap, err := records.ParseSnapshot(recordsConfig, min(inputBytes, wire.MaxInputBytes)+wire.MaxEntryBytes,
		inputBytes+wire.MaxMachines*wire.MaxEntryBytes, a.Section(matchlog.SectionRecords))
	table, err2 := seating.Parse(terms.tableConfig(n.start.Seats()), a.Section(matchlog.SectionSeats))
	view := n.views[len(n.views)-1]
	donor, in := donorStream(view, uint8(n.donor.Machine()))
	if err != nil || err2 != nil || !in || view.Number != a.View || snap.Through != a.Frame-1 || table.Folded() != snap.Through {
		return false
	}
	p := preparePlay(r, n.start)
	p.phase = following
	p.member = membership.Rejoin(p.terms.membersConfig(n.start.Seed, p.signing.keys),
		membership.Snapshot{Donor: donor, Views: n.views, Records: snap}, r.me, n.attempt)
	p.member.Linked(uint8(n.donor.Machine()), true)
	p.signing.refreshKeys()
	p.member.Outbox() // it is fed what it would ask for
	p.view, p.ending.seen = view.Number, a.Frame
	p.deal.attach(p.member, table)
	for _, id := range p.member.Records().Streams(nil) {
		p.meet(id)
	}
	p.deal.lineup = a.Lineup
	if !p.knowsMembers() {
		return false
	}
	n.play, n.wholeAt = p, r.now()
	n.enter, err = r.resume(p, n.start, &a.Snapshot, a.Section(matchlog.SectionWorld))
	if n.assembly = nil; err != nil {
		n.unread(r.reception.Name(uint8(n.donor.Machine())), r.now())
	}
	return true
}

func donorStream(v *membership.Value, machine uint8) (records.StreamID, bool) {
	for _, id := range v.Members {
		if id.Machine == machine {
			return id, true
		}
	}
	return records.StreamID{}, false
}

// followFrames plays some frames of the block that is being followed.
func (n *newcomer) followFrames() bool {
	frames := n.frames
	for range 8 {
		f, at := frames.First+rollback.Frame(n.done), n.done
		i := 0
		for ; i < len(frames.Spans) && at >= frames.Spans[i].Count; i++ {
			at -= frames.Spans[i].Count
		}
		if i == len(frames.Spans) {
			n.frames = nil
			return true
		}
		if !n.play.feeder.follow(f, &frames.Spans[i], at) {
			n.fault(n.donor)
			return false
		}
		n.play.sim.Follow(1)
		if n.done++; !n.play.joining() {
			return false
		}
	}
	return true
}

// speak tells the donor what package membership has to say.
func (n *newcomer) speak() {
	for _, e := range n.play.member.Outbox() {
		for _, m := range parted(n.start.Match, e.Message) {
			n.donor.Send(m)
		}
	}
}

// comeIn: the others have let this machine in.
func (n *newcomer) comeIn(now time.Duration) {
	p := n.play
	p.become(p.streams[p.room.me])
	for _, id := range p.member.View().Members {
		if id.Machine != p.room.me {
			p.meetPeer(p.streams[id.Machine], p.own.From()-1)
		}
	}
	p.phase, p.deal.locals = running, n.room.LocalSeats()
	p.pace.comeLate(now)
	p.past = n.past
	p.past.shunned |= membership.One(uint8(n.donor.Machine())) // if it has to come again it is by another one
	p.stats.startedAt, p.stats.advancedAt = now, now
	p.receiver.firstInput = now
	p.feeder.feedAll()
	n.enter()
	n.room.cameIn(n)
	p.sayMembers()
}
