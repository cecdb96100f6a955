package seating

import (
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Pen writes the entries of a machine's own records: what the machine has to say, and
// what the match lacks, while it is the referee.
type Pen struct {
	table   *Table
	own     records.StreamID
	wishes  []Entry   // votes and requests to be said, oldest first,
	pieces  []Entry   // and pieces of commands
	number  uint32    // of the newest request
	written []written // as the referee, in records that are not folded yet
	wants   []Entry
}

// written is an entry in a record of a frame.
type written struct {
	frame rollback.Frame
	entry Entry
}

// How much waits to be said at most: some wishes, and two commands of the largest size. What
// comes beyond that is refused.
const (
	maxWishes = 8
	maxPieces = 2 * (MaxCommandBytes/PieceBytes + 1)
)

// NewPen is the pen of a stream.
func NewPen(table *Table, own records.StreamID) *Pen { return &Pen{table: table, own: own} }

// Vote says that this machine wishes the match to stand, or to go on. It reports false
// if too much is waiting already.
func (p *Pen) Vote(pause bool) bool {
	return p.add(Entry{Kind: Vote, On: pause})
}

// Away says that this machine's seats are to be as if nobody played them, or that its players
// are back. It reports false if too much is waiting already.
func (p *Pen) Away(away bool) bool {
	return p.add(Entry{Kind: Away, On: away})
}

// Request asks the referee that a seat be somebody's, or Nobody's. It returns the
// request's number, by which Table.Answered tells when it was answered, or false if too
// much is waiting already. A later request takes the place of one that was not answered.
func (p *Pen) Request(seat int, holder records.StreamID) (number uint32, ok bool) {
	if !p.add(Entry{Kind: Request, Seat: uint8(seat), Holder: holder, Asked: Asked{Number: p.number + 1}}) {
		return 0, false
	}
	p.number++
	return p.number, true
}

// Command says a command of the machine's player of that number, from 0, who has the
// machine's seat of that number when the command is out. It reports false if it is longer
// than MaxCommandBytes, or if too much is waiting already.
func (p *Pen) Command(player int, command string) bool {
	if len(command) > MaxCommandBytes || len(p.pieces)+len(command)/PieceBytes+1 > maxPieces {
		return false
	}
	p.pieces = splitCommand(p.pieces, player, command)
	return true
}

func (p *Pen) add(e Entry) bool {
	if len(p.wishes) >= maxWishes {
		return false
	}
	p.wishes = append(p.wishes, e)
	return true
}

// Write appends the entries of the record of a frame, this machine's next, to its
// inputs. desired is what ought to be, if this machine takes itself for the referee of
// the frame, otherwise nil. It allocates nothing if there is nothing to say.
func (p *Pen) Write(record []byte, f rollback.Frame, desired *Desired) []byte {
	if desired == nil && len(p.written) == 0 && len(p.wishes)+len(p.pieces) == 0 {
		return record
	}
	p.written = slices.DeleteFunc(p.written, func(w written) bool { return w.frame <= p.table.folded })
	begin := len(record)
	fits := func(e *Entry) bool { // what does not is in the next record
		n := len(record)
		if record = AppendEntry(record, f, e); len(record)-begin > MaxEntryBytes {
			record = record[:n]
			return false
		}
		return true
	}
	if desired != nil {
		p.wants = p.table.appendWants(p.wants[:0], f, desired, p.written)
		for i := range p.wants {
			if !fits(&p.wants[i]) {
				return record
			}
			p.written = append(p.written, written{f, p.wants[i]})
		}
	}
	for len(p.wishes) > 0 && fits(&p.wishes[0]) {
		p.wishes = slices.Delete(p.wishes, 0, 1)
	}
	for ended := p.table.pauses.at(f); !ended && len(p.pieces) > 0 && fits(&p.pieces[0]); {
		ended = p.pieces[0].On // no more of them in one record
		p.pieces = slices.Delete(p.pieces, 0, 1)
	}
	return record
}
