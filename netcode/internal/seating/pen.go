package seating

import (
	"bytes"
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Pen writes the entries of a machine's own records: what the machine has to say, and
// what the match lacks, while it is the referee.
type Pen struct {
	table   *Table
	own     records.StreamID
	waiting []Entry   // to be said, oldest first
	number  uint32    // of the newest request
	written []written // as the referee, in records that are not folded yet
	wants   []Entry
}

// written is an entry in a record of a frame.
type written struct {
	frame rollback.Frame
	entry Entry
}

// maxWaiting is how many entries wait to be said at most: two commands of the largest
// size, and words beside them. What comes beyond that is refused.
const maxWaiting = 2*MaxCommandBytes/PieceBytes + 8

// NewPen is the pen of a stream.
func NewPen(table *Table, own records.StreamID) *Pen { return &Pen{table: table, own: own} }

// Vote says that this machine wishes the match to stand, or to go on. It reports false
// if too much is waiting already.
func (p *Pen) Vote(pause bool) bool {
	return p.add(Entry{Kind: Vote, On: pause})
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

// Command says a game's command, which is copied. It reports false if it is longer than
// MaxCommandBytes, or if too much is waiting already.
func (p *Pen) Command(b []byte) bool {
	if len(b) > MaxCommandBytes || len(p.waiting)+len(b)/PieceBytes+1 > maxWaiting {
		return false
	}
	p.waiting = splitCommand(p.waiting, bytes.Clone(b))
	return true
}

func (p *Pen) add(e Entry) bool {
	if len(p.waiting) >= maxWaiting {
		return false
	}
	p.waiting = append(p.waiting, e)
	return true
}

// Write appends the entries of the record of a frame, this machine's next, to its
// inputs. desired is what ought to be, if this machine takes itself for the referee of
// the frame, otherwise nil. It allocates nothing if there is nothing to say.
func (p *Pen) Write(record []byte, f rollback.Frame, desired *Desired) []byte {
	if desired == nil && len(p.written) == 0 && len(p.waiting) == 0 {
		return record
	}
	p.written = slices.DeleteFunc(p.written, func(w written) bool { return w.frame <= p.table.folded })
	begin := len(record)
	if desired != nil {
		p.wants = p.table.appendWants(p.wants[:0], f, desired, p.written)
		for i := range p.wants {
			n := len(record)
			if record = AppendEntry(record, f, &p.wants[i]); len(record)-begin > MaxEntryBytes {
				return record[:n] // the rest in the next record
			}
			p.written = append(p.written, written{f, p.wants[i]})
		}
	}
	for len(p.waiting) > 0 {
		n := len(record)
		if record = AppendEntry(record, f, &p.waiting[0]); len(record)-begin > MaxEntryBytes {
			return record[:n]
		}
		p.waiting = slices.Delete(p.waiting, 0, 1)
	}
	return record
}
