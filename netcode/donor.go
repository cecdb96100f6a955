package netcode

import (
	"encoding/binary"
	"slices"

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

// donation is what a newcomer is given. Owner: the play.
type donation struct {
	conn     *mesh.Conn
	machine  uint8
	attempt  uint64
	admitted bool                          // it is a member
	said     []byte                        // of a message of its that is not whole yet
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

// joinAsked: somebody wants to be let in.
func (p *play) joinAsked(c *mesh.Conn, machine uint8, m *wire.JoinAsk) {
	if why := p.mayJoin(c, machine, m); why != 0 {
		c.Send(&wire.JoinDenied{Match: m.Match, Attempt: m.Attempt, Why: why})
		return
	}
	p.stopDonation(machine)
	p.member.Closed(machine) // if it is a member it does not know that, or is no more the one who was
	p.askedAt[machine] = p.room.now()
	p.donations = append(p.donations, &donation{conn: c, machine: machine, attempt: m.Attempt})
}

// mayJoin says why somebody is not let in, 0 if he is.
func (p *play) mayJoin(c *mesh.Conn, machine uint8, m *wire.JoinAsk) wire.Denial {
	status, _ := p.member.Status()
	others := 0
	for _, d := range p.donations {
		if d.machine != machine {
			others++
		}
	}
	switch {
	case m.Match != p.match || status != membership.Member || p.phase != running:
		return wire.DenialNotThere
	case !p.mayComeLate(machine), p.wasKicked(c, machine):
		return wire.DenialClosed
	case others >= maxDonations, p.askedAt[machine] > 0 && p.room.now()-p.askedAt[machine] < askedPause:
		return wire.DenialBusy
	}
	return 0
}

// mayComeLate reports whether the host lets a machine into the match while that runs.
func (p *play) mayComeLate(machine uint8) bool {
	return p.terms.lateJoin == LateAnybody || p.terms.lateJoin == LateOwn && p.hadSeat(machine)
}

// wasKicked reports whether a machine's player has been kicked: by the same link he does not
// come back.
func (p *play) wasKicked(c *mesh.Conn, machine uint8) bool {
	q := p.byID[machine]
	return q != nil && q.conn == c && q.out == membership.ByKick
}

// hadSeat reports whether a machine has, or last had, one of the seats.
func (p *play) hadSeat(machine uint8) bool {
	for seat := range p.seats {
		if p.deal.table.Last(seat).Machine == machine {
			return true
		}
	}
	return false
}

// donationTo is what a machine is given, nil if it is given nothing.
func (p *play) donationTo(machine uint8) *donation {
	for _, d := range p.donations {
		if d.machine == machine {
			return d
		}
	}
	return nil
}

// stopDonation forgets a newcomer.
func (p *play) stopDonation(machine uint8) {
	for i, d := range p.donations {
		if d.machine == machine {
			p.donations = append(p.donations[:i], p.donations[i+1:]...)
			return
		}
	}
}

// giveFrame notes a frame that has just been confirmed, for newcomers. For one who has
// none yet the match begins after it, if the world there is going to be saved.
func (p *play) giveFrame(f rollback.Frame, l rollback.Lineup) {
	for _, d := range p.donations {
		switch {
		case d.admitted:
		case d.begun:
			d.frameCame(p, f, l)
		case p.sim.saves(f + 1):
			d.begin(p, f+1)
		}
	}
}

// begin begins a snapshot of the world before a frame: of all else that there is to know
// now, and of the world itself when it has been stepped.
func (d *donation) begin(p *play, f rollback.Frame) {
	d.begun, d.frame = true, f
	snap := p.member.Snapshot()
	d.sections[1], d.sections[2] = snap.Records.Append(nil), p.deal.table.Append(nil)
	d.view = p.member.View().Number
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
func (d *donation) frameCame(p *play, f rollback.Frame, l rollback.Lineup) {
	content := p.logged(f)
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

// giveView notes a view that has just been installed.
func (p *play) giveView(v *membership.Value) {
	for _, d := range p.donations {
		if !d.begun || d.admitted {
			continue
		}
		d.flush()
		for _, block := range appendView(nil, v) {
			d.wait(block)
		}
		d.admitted = slices.ContainsFunc(v.Joins, func(j membership.Join) bool { return j.Attempt == d.attempt && j.Machine == d.machine })
	}
}

// stepDonations sends newcomers what there is room for.
func (p *play) stepDonations() {
	for i := 0; i < len(p.donations); i++ {
		if d := p.donations[i]; !d.step(p) {
			p.donations = append(p.donations[:i], p.donations[i+1:]...)
			i--
		}
	}
}

// step sends a newcomer what there is room for. It reports false if nothing more is to be
// sent: it has been let in, is gone, or does not keep up.
func (d *donation) step(p *play) bool {
	if d.conn.Link.State() == link.Closed || d.bytes > maxDonationBytes {
		return false
	}
	if !d.begun {
		return true
	}
	if d.sections[0] == nil && !d.takeWorld(p) {
		if p.sim.Current() > d.frame+rollback.Frame(p.terms.windowFrames)+1 && !d.tooBig {
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
func (d *donation) takeWorld(p *play) bool {
	if p.sim.settled() < d.frame {
		return false
	}
	origin, final := p.sim.OriginAt(d.frame)
	world, kept := p.sim.AppendWorldAt(nil, d.frame)
	sum, known := p.sim.ChecksumAt(d.frame)
	if !final || !kept || !known {
		return false
	}
	if len(world) > matchlog.MaxSnapshotBytes {
		d.conn.Send(&wire.JoinDenied{Match: p.match, Attempt: d.attempt, Why: wire.DenialTooBig})
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
