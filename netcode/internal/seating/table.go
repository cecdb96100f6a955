package seating

import (
	"math/bits"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Config is what all members of a match agree on.
type Config struct {
	LeadFrames   int // G: nobody's newest record is further beyond his confirmed frame
	KeptFrames   int // for how many frames back Holder and Seats can be asked
	Seats        int // of the match, 1 to rollback.MaxSeats
	MachineSeats int // that one machine may play at most
	InputBytes   int // of one seat in one frame
}

// SeatLeadFrames is by how much a seat's entry has to be ahead of its record.
func (c Config) SeatLeadFrames() int { return 2*c.LeadFrames + 1 }

// Word is what a frame is stepped with, beside the inputs.
type Word struct {
	Present uint16 // bit k: a machine plays seat k
	Paused  bool   // the world stands in this frame
}

// maxChanges is how many changes of one seat, or of the pause, are remembered, those to
// come included. What the referee writes beyond them counts for nothing.
const maxChanges = 16

// Table is who plays what: the tenures, what those who are there have said, and when the match
// stands. It owns what a frame makes of these. All its methods are for one goroutine.
type Table struct {
	config Config
	tenures
	attendance
	pauses   pauses
	folded   rollback.Frame // the newest frame that was folded
	word     Word           // of the folded frame,
	settled  bool           // and of all after it in which nobody comes, goes or says anything
	silent   bool           // nobody has said anything in the folded frame
	stirred  bool           // see Stirred
	commands []rollback.Command
}

// New is the table of a match that begins at frame 0 with these streams in its seats.
func New(config Config, founders []records.StreamID) *Table {
	t := newTable(config, newTenures(config, founders), rollback.NoFrame)
	t.pauses = pauses{{0, false}}
	return t
}

func newTable(config Config, seats tenures, folded rollback.Frame) *Table {
	return &Table{config: config, tenures: seats, attendance: attendance{config: config}, folded: folded}
}

// Folded is the newest frame whose content the table knows, -1 before the first.
func (t *Table) Folded() rollback.Frame { return t.folded }

// Through is the newest frame of which it is settled who plays what. Records of later
// frames wait; see the package's words on when a seat changes hands.
func (t *Table) Through() rollback.Frame {
	return t.folded + rollback.Frame(t.config.SeatLeadFrames())
}

// Stirred reports whether anybody has wished for something: that the match stands, or
// another seat.
func (t *Table) Stirred() bool { return t.stirred }

// Bounds tells from which frame to which a stream runs: *records.Set does.
type Bounds interface {
	Bounds(id records.StreamID) (from, held, end rollback.Frame)
}

// Predict returns the word of a frame after the folded one, if nobody writes anything
// and all who are there stay.
func (t *Table) Predict(f rollback.Frame, streams Bounds) (w Word) {
	w.Paused = t.pauses.at(f)
	for k := range t.config.Seats {
		if id := t.Holder(k, f); id != Nobody {
			from, _, end := streams.Bounds(id)
			if m := t.member(id); from <= f && f <= end && (m == nil || !m.away) {
				w.Present |= 1 << k
			}
		}
	}
	return w
}

// Fold takes the confirmed content of the frame after the folded one, in the order of
// its streams, and returns that frame's word. It allocates nothing unless there are
// entries, or streams that were not there before.
func (t *Table) Fold(f rollback.Frame, content []records.Entry) Word {
	t.folded = f
	t.commands = t.commands[:0]
	if t.settled && t.still(content) {
		t.silent = true
		return t.word
	}
	t.word = t.foldAnew(f, content)
	t.settled = t.tenures.lasting() && len(t.pauses) == 1 && t.word.Present == t.present(f)
	t.stirred = t.anyWish() || t.pauses.last().on
	return t.word
}

// Repeat is Fold for a frame that is like the folded one (records.Set.Even), so that there
// is nothing to be read in it. It reports false, and takes nothing, if the frame has to be
// folded nevertheless.
func (t *Table) Repeat(f rollback.Frame) (Word, bool) {
	if !t.settled || !t.silent {
		return Word{}, false
	}
	t.folded = f
	t.commands = t.commands[:0]
	return t.word, true
}

func (t *Table) foldAnew(f rollback.Frame, content []records.Entry) (w Word) {
	t.meet(content)
	w.Paused = t.pauses.at(f)
	for k := range t.config.Seats {
		if m := t.member(t.Holder(k, f)); m != nil {
			m.seats |= 1 << k
		}
	}
	w.Present = t.present(f)
	t.silent = true
	for i := range content {
		m := &t.members[i]
		m.inputs = bits.OnesCount16(m.seats) * t.config.InputBytes
		t.silent = t.silent && len(content[i].Record) <= m.inputs
		t.read(f, content[i].Record, m, i == 0)
	}
	t.commands = t.hear(t.commands, w.Paused)
	t.tenures.forget(f) // everybody does so at the same frame: what is
	t.pauses.forget(f)  // remembered bounds what may be written
	return w
}

// present is the seats that a frame's streams play, bit 0 for seat 0: not those of whoever is
// away.
func (t *Table) present(f rollback.Frame) (seats uint16) {
	for k := range t.config.Seats {
		if m := t.member(t.Holder(k, f)); m != nil && !m.away {
			seats |= 1 << k
		}
	}
	return seats
}

// read takes the entries of a record. What is for all counts from the referee only (R1). A
// record ends one command at most.
func (t *Table) read(f rollback.Frame, record []byte, author *member, referee bool) {
	_, entries := Split(record, author.inputs)
	if len(entries) == 0 {
		return
	}
	r, ended := ReadEntries(f, entries), false
	for e, ok := r.Next(); ok; e, ok = r.Next() {
		switch {
		case author.take(&e):
		case e.Kind == Piece:
			ended = ended || t.piece(author, &e)
		case referee:
			t.rule(f, &e)
		}
	}
}

// rule takes an entry of the referee in the record of a frame.
func (t *Table) rule(f rollback.Frame, e *Entry) {
	if e.Asked.Number > 0 {
		m := t.member(e.Asked.Stream)
		if m == nil || e.Asked.Number <= m.answered || e.Asked.Number > m.request.Asked.Number {
			return // of who is gone, answered before (R5), or never asked
		}
		m.answered = e.Asked.Number
	}
	switch e.Kind {
	case Seat:
		if t.mayHold(f, e) {
			t.tenures.give(e)
		}
	case Pause:
		t.pauses.rule(f, e)
	}
}
