package netcode

import (
	"math/bits"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// dealing is who plays which seat, as the records say it. Owner: the play.
type dealing struct {
	table   *seating.Table
	pen     *seating.Pen
	lineup  rollback.Lineup // of the frame that was confirmed last
	content []records.Entry
	log     []matchlog.Record
	mine    []int  // seats of this machine's players, the first one's first
	changes int    // of the table, when that was looked at
	cells   []byte // what these players have put in last, an input for each
}

// tableConfig is what all members of a match agree on about seats.
func (t *terms) tableConfig(seats int) seating.Config {
	lead := t.leadFrames()
	return seating.Config{
		LeadFrames: lead, Seats: seats, InputBytes: t.inputBytes,
		KeptFrames:   t.recordsConfig().RingFrames(),
		MachineSeats: min(rollback.MaxSeats, wire.MaxInputBytes/t.inputBytes),
	}
}

// refreshMine looks up this machine's seats, if any seat has changed hands.
func (p *play) refreshMine() {
	d := &p.deal
	if p.own == nil || d.changes == d.table.Changes() {
		return
	}
	d.changes, d.mine = d.table.Changes(), d.mine[:0]
	for seat := range p.seats {
		if d.table.Last(seat) == p.own.ID() {
			d.mine = append(d.mine, seat)
		}
	}
	p.nameSeats()
}

// nameSeats notes by whom each seat is played, or was last.
func (p *play) nameSeats() {
	for seat := range p.seats {
		id := p.deal.table.Last(seat)
		m := p.room.members[id.Machine%wire.MaxMachines]
		if id == seating.Nobody || id.Born == 0 || m == nil {
			continue // the seat is still a founder's
		}
		nth := 0
		for before := range seat {
			if p.deal.table.Last(before) == id {
				nth++
			}
		}
		p.players[seat] = m.shown[min(nth, len(m.shown)-1)].Name
	}
}

// fold takes what a confirmed frame consists of, and returns who takes part in it.
func (p *play) fold(f rollback.Frame) rollback.Lineup {
	d, set := &p.deal, p.member.Records()
	if set.Even() {
		if _, same := d.table.Repeat(f); same {
			return d.lineup
		}
	}
	d.content = set.AppendContent(d.content[:0], f)
	word := d.table.Fold(f, d.content)
	if p.phase != following {
		p.tell(EventPresent, word.Present&d.lineup.Absent, f)
		p.tell(EventAway, d.table.Away()&^word.Present&^d.lineup.Absent, f)
	}
	d.lineup = rollback.Lineup{Absent: p.everybody() &^ word.Present, Paused: word.Paused}
	p.refreshMine()
	return d.lineup
}

// logged is what was folded last as the match's log has it. It is valid until the next
// frame.
func (p *play) logged(f rollback.Frame) []matchlog.Record {
	d := &p.deal
	d.content = p.member.Records().AppendContent(d.content[:0], f)
	d.log = d.log[:0]
	for _, e := range d.content {
		d.log = append(d.log, matchlog.Record{Stream: e.Stream, Seats: d.table.Seats(e.Stream, f), Bytes: e.Record})
	}
	return d.log
}

// everybody is a bit for each seat of the match.
func (p *play) everybody() uint16 { return uint16(1<<p.seats - 1) }

// tell notes that seats are played from a frame on that nobody has played before it, or the
// other way round: once for each machine.
func (p *play) tell(kind EventKind, seats uint16, f rollback.Frame) {
	told := uint16(0)
	for ; seats != 0; seats &= seats - 1 {
		seat := bits.TrailingZeros16(seats)
		machine := p.deal.table.Holder(seat, f).Machine
		if told>>machine&1 != 0 {
			continue
		}
		told |= 1 << machine
		p.room.events.happened(Event{Kind: kind, Machine: int(machine), Name: p.players[seat], Frame: f, Count: seat})
	}
}

// write makes this machine's record of a frame out of what its players do, and of what
// is to be said beside that.
func (p *play) write(f rollback.Frame) {
	record := p.deal.pen.Write(p.inputs(f, p.record[:0]), f, p.desired(f))
	p.member.Produce(record)
	p.feed(p.own)
}

// inputs appends what this machine's players do in a frame, one after another.
func (p *play) inputs(f rollback.Frame, record []byte) []byte {
	n, seats := p.terms.inputBytes, p.own.seatsAt(p.deal.table, f).list
	if len(p.deal.cells) == n*len(seats) && slices.Equal(seats, p.deal.mine) {
		return append(record, p.deal.cells...)
	}
	for _, seat := range seats {
		cell := p.blank
		if i := slices.Index(p.deal.mine, seat); i >= 0 && (i+1)*n <= len(p.deal.cells) {
			cell = p.deal.cells[i*n : (i+1)*n]
		}
		record = append(record, cell...)
	}
	return record
}

// desired is how the match ought to be, if this machine is the referee of a frame and
// there is anything to be done.
func (p *play) desired(f rollback.Frame) *seating.Desired {
	table := p.deal.table
	if p.view == 0 && !table.Stirred() {
		return nil
	}
	if id, ok := p.member.Records().Lowest(f); !ok || id != p.own.ID() {
		return nil
	}
	d := table.Desired()
	table.Deal(&d, p.member.View().Members, p.terms.lateJoin == LateAnybody, p.room.members.playersOf)
	pause, all := table.Votes()
	d.Paused = 2*bits.OnesCount16(pause) > bits.OnesCount16(all)
	d.AheadFrames = p.terms.windowFrames + int(p.delay)
	return &d
}
