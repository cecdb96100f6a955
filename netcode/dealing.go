package netcode

import (
	"math/bits"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// dealing is who plays which seat, as the records say it, and what this machine's players do
// in theirs. Owner: the play.
type dealing struct {
	terms   *terms
	members *roster
	match   dealtMatch
	set     *records.Set // its records
	own     *stream      // of this machine, nil while it is on its way into the match
	events  *events      // that are told who plays; nil while it is

	table   *seating.Table
	pen     *seating.Pen
	lineup  rollback.Lineup // of the frame that was confirmed last
	content []records.Entry
	log     []matchlog.Record
	seats   int      // of the match
	players []string // who has which seat, by name, seat 0 first
	locals  int      // players of this machine
	mine    []int    // their seats, the first one's first
	changes int      // of the table, when that was looked at
	cells   []byte   // what these players have put in last, an input for each
	blank   []byte   // a player's input who presses nothing
}

// dealtMatch is what a dealing needs of who is in the match (package membership).
type dealtMatch interface{ View() *membership.View }

// newDealing is the dealing of the match that start describes, without a table.
func newDealing(t *terms, members *roster, start *wire.Start) dealing {
	d := dealing{terms: t, members: members, seats: start.Seats(), changes: -1}
	for _, s := range start.Machines {
		for i := range s.Players {
			d.players = append(d.players, cleanName(s.Players[i].Name))
		}
	}
	d.players = append(d.players, make([]string, start.Empty)...)
	return d
}

// attach gives the dealing its match, with the table as it is there.
func (d *dealing) attach(match *membership.Peer, table *seating.Table) {
	d.match, d.set, d.table = match, match.Records(), table
}

// become makes a stream this machine's own.
func (d *dealing) become(s *stream, events *events) {
	d.own, d.events, d.changes = s, events, -1
	d.pen = seating.NewPen(d.table, s.ID())
	d.refreshMine()
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
func (d *dealing) refreshMine() {
	if d.own == nil || d.changes == d.table.Changes() {
		return
	}
	d.changes, d.mine = d.table.Changes(), d.mine[:0]
	for seat := range d.seats {
		if d.table.Last(seat) == d.own.ID() {
			d.mine = append(d.mine, seat)
		}
	}
	d.nameSeats()
}

// nameSeats notes by whom each seat is played, or was last.
func (d *dealing) nameSeats() {
	for seat := range d.seats {
		id := d.table.Last(seat)
		m := d.members[id.Machine%wire.MaxMachines]
		if id == seating.Nobody || id.Born == 0 || m == nil {
			continue // the seat is still a founder's
		}
		nth := 0
		for before := range seat {
			if d.table.Last(before) == id {
				nth++
			}
		}
		d.players[seat] = m.shown[min(nth, len(m.shown)-1)].Name
	}
}

// fold takes what a confirmed frame consists of, and returns who takes part in it.
func (d *dealing) fold(f rollback.Frame) rollback.Lineup {
	if d.set.Even() {
		if _, same := d.table.Repeat(f); same {
			return d.lineup
		}
	}
	d.content = d.set.AppendContent(d.content[:0], f)
	word := d.table.Fold(f, d.content)
	if d.events != nil {
		d.tell(EventPresent, word.Present&d.lineup.Absent, f)
		d.tell(EventAway, d.table.Away()&^word.Present&^d.lineup.Absent, f)
	}
	d.lineup = rollback.Lineup{Absent: uint16(1<<d.seats-1) &^ word.Present, Paused: word.Paused}
	d.refreshMine()
	return d.lineup
}

// tell notes that seats are played from a frame on that nobody has played before it, or the
// other way round: once for each machine.
func (d *dealing) tell(kind EventKind, seats uint16, f rollback.Frame) {
	told := uint16(0)
	for ; seats != 0; seats &= seats - 1 {
		seat := bits.TrailingZeros16(seats)
		machine := d.table.Holder(seat, f).Machine
		if told>>machine&1 != 0 {
			continue
		}
		told |= 1 << machine
		d.events.happened(Event{Kind: kind, Machine: int(machine), Name: d.players[seat], Frame: f, Count: seat})
	}
}

// logged is what a confirmed frame consists of, as the match's log has it. It is valid until
// the next one.
func (d *dealing) logged(f rollback.Frame) []matchlog.Record {
	d.content = d.set.AppendContent(d.content[:0], f)
	d.log = d.log[:0]
	for _, e := range d.content {
		d.log = append(d.log, matchlog.Record{Stream: e.Stream, Seats: d.table.Seats(e.Stream, f), Bytes: e.Record})
	}
	return d.log
}

// appendTable appends the table, for whoever comes late.
func (d *dealing) appendTable(dst []byte) []byte { return d.table.Append(dst) }

// hadSeat reports whether a machine has, or last had, one of the seats.
func (d *dealing) hadSeat(machine uint8) bool {
	for seat := range d.seats {
		if d.table.Last(seat).Machine == machine {
			return true
		}
	}
	return false
}

// write appends this machine's record of a frame: what its players do, and what is to be said
// beside that. view is the newest one's number, and delay how far ahead the frame is.
func (d *dealing) write(record []byte, f rollback.Frame, view uint32, delay rollback.Frame) []byte {
	return d.pen.Write(d.inputs(f, record), f, d.desired(f, view, delay))
}

// inputs appends what this machine's players do in a frame, one after another.
func (d *dealing) inputs(f rollback.Frame, record []byte) []byte {
	n, seats := d.terms.inputBytes, d.own.seatsAt(d.table, f).list
	if len(d.cells) == n*len(seats) && slices.Equal(seats, d.mine) {
		return append(record, d.cells...)
	}
	for _, seat := range seats {
		cell := d.blank
		if i := slices.Index(d.mine, seat); i >= 0 && (i+1)*n <= len(d.cells) {
			cell = d.cells[i*n : (i+1)*n]
		}
		record = append(record, cell...)
	}
	return record
}

// desired is how the match ought to be, if this machine is the referee of a frame and
// there is anything to be done.
func (d *dealing) desired(f rollback.Frame, view uint32, delay rollback.Frame) *seating.Desired {
	if view == 0 && !d.table.Stirred() {
		return nil
	}
	if id, ok := d.set.Lowest(f); !ok || id != d.own.ID() {
		return nil
	}
	want := d.table.Desired()
	d.table.Deal(&want, d.match.View().Members, d.terms.lateJoin == LateAnybody, d.members.playersOf)
	pause, all := d.table.Votes()
	want.Paused = 2*bits.OnesCount16(pause) > bits.OnesCount16(all)
	want.AheadFrames = d.terms.windowFrames + int(delay)
	return &want
}
