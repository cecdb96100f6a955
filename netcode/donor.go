package netcode

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// A donor is a member of a match who lets a newcomer in: it sends a snapshot of its
// confirmed world and then, in one order, the views that it installs and the frames that it
// confirms (package membership, J2). The newcomer takes them from nobody else. It all goes
// over the link's feed, which holds up nothing else.

// Bounds of what a machine does for newcomers.
const (
	maxDonations     = 2               // at a time; whoever else asks is sent to others, or asks again
	maxDonationBytes = 4 << 20         // of frames and views that wait for the link: who takes no more has to begin anew
	askedPause       = deniedPause / 2 // between two snapshots for one machine
	toldViews        = 4               // how many of the newest views a snapshot comes with
)

// A block of a feed begins with a byte that says what it is.
const (
	feedBegins = 1 // the attempt that all that follows is for: 8 bytes
	feedBlock  = 2 // a block of the match's log (package matchlog); 3 is feedReel
)

// donation is what a newcomer is given. Owner: the donor.
type donation struct {
	conn     *mesh.Conn
	machine  uint8
	attempt  uint64
	admitted bool                          // it is a member
	said     partedMessage                 // of its, about the members
	tooBig   bool                          // the world is: the newcomer has been told so
	view     uint32                        // the newest that goes before the snapshot
	begun    bool                          // its first frame is known, and with it what is to be sent
	frame    rollback.Frame                // the snapshot's
	sections [3][]byte                     // World, Records, Seats: nil for a world that is not there yet
	views    [][]byte                      // blocks that go before the snapshot
	parts    func() (*matchlog.Part, bool) // of the snapshot, one after another
	packer   matchlog.Packer
	waiting  [][]byte // blocks that come after it
	bytes    int      // of these
	next     []byte   // that has found no room yet
}

// donor is what this machine gives newcomers. Owner: the play.
type donor struct {
	match        uint32
	windowFrames int // for which worlds are kept
	worlds       givenWorlds
	members      givenMembers
	seats        givenSeats

	donations []*donation
	askedAt   [wire.MaxMachines]time.Duration // when each machine has asked
}

// What a donor gives of: the worlds,
type givenWorlds interface {
	Current() rollback.Frame
	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	OriginAt(f rollback.Frame) (rollback.Origin, bool)
	AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool)
	saves(f rollback.Frame) bool
	settled() rollback.Frame
}

// who is in the match, and what they have pressed,
type givenMembers interface {
	View() *membership.View
	Snapshot() membership.Snapshot
}

// and who plays which seat.
type givenSeats interface {
	appendTable(dst []byte) []byte
	logged(f rollback.Frame) []matchlog.Record
}

// begin begins to give a machine what it has asked for in an attempt to come in, and forgets
// what it was given for another.
func (d *donor) begin(now time.Duration, c *mesh.Conn, machine uint8, attempt uint64) {
	d.donations = slices.DeleteFunc(d.donations, func(to *donation) bool { return to.machine == machine })
	d.askedAt[machine] = now
	d.donations = append(d.donations, &donation{conn: c, machine: machine, attempt: attempt})
}

// busy reports whether a machine that asks now is given nothing: others are, or it has asked a
// moment ago.
func (d *donor) busy(now time.Duration, machine uint8) bool {
	others := 0
	for _, to := range d.donations {
		if to.machine != machine {
			others++
		}
	}
	return others >= maxDonations || d.askedAt[machine] > 0 && now-d.askedAt[machine] < askedPause
}

// end: this machine is in the match no more, and nobody is let in by it.
func (d *donor) end() {
	for _, to := range d.donations {
		if !to.admitted {
			to.conn.Send(&wire.JoinDenied{Match: d.match, Attempt: to.attempt, Why: wire.DenialNotThere})
		}
	}
	d.donations = nil
}

// to is what a machine is given, nil if it is given nothing.
func (d *donor) to(machine uint8) *donation {
	for _, to := range d.donations {
		if to.machine == machine {
			return to
		}
	}
	return nil
}

// giveFrame notes a frame that has just been confirmed, for newcomers. For one who has
// none yet the match begins after it, if the world there is going to be saved.
func (d *donor) giveFrame(f rollback.Frame, l rollback.Lineup) {
	for _, to := range d.donations {
		switch {
		case to.admitted:
		case to.begun:
			to.frameCame(f, l, d.seats.logged(f))
		case d.worlds.saves(f + 1):
			to.begin(d, f+1)
		}
	}
}

// giveView notes a view that has just been installed.
func (d *donor) giveView(v *membership.Value) {
	for _, to := range d.donations {
		if to.begun && !to.admitted {
			to.viewCame(v)
		}
	}
}

// step sends newcomers what there is room for.
func (d *donor) step() {
	for i := 0; i < len(d.donations); i++ {
		if to := d.donations[i]; !to.step(d) {
			d.donations = append(d.donations[:i], d.donations[i+1:]...)
			i--
		}
	}
}

// begin begins a snapshot of the world before a frame: of all else that there is to know
// now, and of the world itself when it has been stepped.
func (d *donation) begin(from *donor, f rollback.Frame) {
	d.begun, d.frame = true, f
	snap := from.members.Snapshot()
	d.sections[1], d.sections[2] = snap.Records.Append(nil), from.seats.appendTable(nil)
	d.view = from.members.View().Number
	for _, v := range snap.Views[max(0, len(snap.Views)-toldViews):] {
		d.views = appendView(d.views, v)
	}
}

// appendView appends the blocks that tell a view.
func appendView(blocks [][]byte, v *membership.Value) [][]byte {
	said := membership.AppendMessage(nil, &membership.Commit{Value: v})
	for piece := range matchlog.Pieces(said) {
		blocks = append(blocks, logBlock(&matchlog.View{Number: v.Number, Piece: piece}))
	}
	return blocks
}

// logBlock is a block of the match's log as a feed has it.
func logBlock(b matchlog.Block) []byte { return matchlog.Append([]byte{feedBlock}, b) }

// frameCame appends a confirmed frame to what the newcomer is told.
func (d *donation) frameCame(f rollback.Frame, l rollback.Lineup, content []matchlog.Record) {
	if !d.packer.Add(f, l, content) {
		d.flush()
		d.packer.Add(f, l, content)
	}
}

// flush closes the block of frames that is open.
func (d *donation) flush() {
	if b := d.packer.Block(); b != nil {
		d.wait(logBlock(b))
	}
}

func (d *donation) wait(block []byte) {
	d.waiting = append(d.waiting, block)
	d.bytes += len(block)
}

// viewCame appends a view to what the newcomer is told. If that lets it in it is the last.
func (d *donation) viewCame(v *membership.Value) {
	d.flush()
	for _, block := range appendView(nil, v) {
		d.wait(block)
	}
	d.admitted = slices.ContainsFunc(v.Joins, func(j membership.Join) bool { return j.Attempt == d.attempt && j.Machine == d.machine })
}

// step sends a newcomer what there is room for. It reports false if nothing more is to be
// sent: it has been let in, is gone, or does not keep up.
func (d *donation) step(from *donor) bool {
	if d.conn.Link.State() == link.Closed || d.bytes > maxDonationBytes {
		return false
	}
	if !d.begun {
		return true
	}
	if d.sections[0] == nil && !d.takeWorld(from) {
		if from.worlds.Current() > d.frame+rollback.Frame(from.windowFrames)+1 && !d.tooBig {
			d.startAgain()
		}
		return !d.tooBig
	}
	d.flush()
	for {
		if d.next == nil {
			d.next = d.nextBlock()
		}
		if d.next == nil {
			return !d.admitted // it knows, and hears everybody itself
		}
		if d.conn.Link.FeedRoom() < len(d.next) || d.conn.Link.SendFeed(d.next) != nil {
			return true
		}
		d.next = nil
	}
}

// startAgain takes the snapshot at a later frame: the world that was meant is not kept.
func (d *donation) startAgain() {
	*d = donation{conn: d.conn, machine: d.machine, attempt: d.attempt}
}

// takeWorld takes the snapshot's world, as soon as it will not change any more.
func (d *donation) takeWorld(from *donor) bool {
	if from.worlds.settled() < d.frame {
		return false
	}
	origin, final := from.worlds.OriginAt(d.frame)
	world, kept := from.worlds.AppendWorldAt(nil, d.frame)
	sum, known := from.worlds.ChecksumAt(d.frame)
	if !final || !kept || !known {
		return false
	}
	if len(world) > matchlog.MaxSnapshotBytes {
		d.conn.Send(&wire.JoinDenied{Match: from.match, Attempt: d.attempt, Why: wire.DenialTooBig})
		d.tooBig = true
		return false
	}
	d.sections[0] = world
	d.begins(&matchlog.Snapshot{
		Frame: d.frame, View: d.view, Lineup: origin.Lineup, Inputs: origin.Inputs, Digest: origin.Digest,
		World: sum.World, Sections: matchlog.SectionWorld | matchlog.SectionRecords | matchlog.SectionSeats,
	})
	return true
}

// begins puts what a feed begins with before what has come meanwhile.
func (d *donation) begins(s *matchlog.Snapshot) {
	begin := binary.BigEndian.AppendUint64([]byte{feedBegins}, d.attempt)
	d.views = append(append([][]byte{begin}, d.views...), logBlock(s))
	section, at := 0, 0
	d.parts = func() (*matchlog.Part, bool) {
		if section == len(d.sections) {
			return nil, false
		}
		whole := d.sections[section]
		n := min(len(whole)-at, matchlog.MaxPieceBytes)
		part := &matchlog.Part{Frame: d.frame, Section: 1 << section, Piece: matchlog.Piece{Offset: at, Total: len(whole), Bytes: whole[at : at+n]}}
		if at += n; at == len(whole) {
			d.sections[section] = []byte{} // sent
			section, at = section+1, 0
		}
		return part, true
	}
}

// nextBlock is what is to be sent next, nil if there is nothing.
func (d *donation) nextBlock() (block []byte) {
	if len(d.views) > 0 {
		block, d.views = d.views[0], d.views[1:]
		return block
	}
	if part, more := d.parts(); more {
		return logBlock(part)
	}
	if len(d.waiting) > 0 {
		block, d.waiting = d.waiting[0], d.waiting[1:]
		d.bytes -= len(block)
	}
	return block
}
