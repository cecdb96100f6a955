package netcode

import (
	"bytes"
	"math/bits"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// stream is the records of one machine as a match uses them: one record a frame, the
// inputs of all its seats one after another, and entries behind them (package seating).
// What is held of it is package records' affair, and who has which seat is the table's.
type stream struct {
	*records.Stream
	fed    rollback.Frame    // the simulation has all through this frame
	tape   *wire.Tape        // see taped; nil while nobody has asked for it
	zero   []byte            // the record before the first; nil if the stream begins in mid-match
	closed membership.Reason // why the others have agreed to go on without it
	seats  tenure            // those of the frame that was asked for last
}

// tenure is which seats a stream plays for some time.
type tenure struct {
	changes     int // of the table, when it was asked
	from, until rollback.Frame
	list        []int
	mask        uint16
}

func newStream(s *records.Stream) *stream {
	return &stream{Stream: s, fed: s.Held(), seats: tenure{changes: -1}}
}

// seatsAt returns the seats that a stream plays in a frame, in ascending order. The list
// is valid until the next call.
func (s *stream) seatsAt(table *seating.Table, f rollback.Frame) *tenure {
	t := &s.seats
	if t.changes == table.Changes() && t.from <= f && f < t.until {
		return t
	}
	t.changes, t.from = table.Changes(), f
	t.mask, t.until = table.SeatsUntil(s.ID(), f)
	t.list = t.list[:0]
	for mask := t.mask; mask != 0; mask &= mask - 1 {
		t.list = append(t.list, bits.TrailingZeros16(mask))
	}
	return t
}

// record returns the record of a frame, nil if it is not known or no longer kept; the
// zero record before the first frame of a match.
func (s *stream) record(f rollback.Frame) []byte {
	if f < s.From() {
		return s.zero
	}
	return s.Record(f)
}

// oldest is the oldest frame whose record, and the one before, can still be sent.
func (s *stream) oldest() rollback.Frame {
	return max(s.From(), s.Held()-keptToSend+2)
}

// keptToSend is how many of the newest records may be sent again: nobody who is in the
// match lacks an older one.
const keptToSend = 128

// zeros is a record before the first, of whatever length.
var zeros [wire.MaxRecordBytes]byte

// taped is the tape with the newest records that are held, as far back as they are all of one
// length. It is brought up to date when it is asked for: while nothing is repeated, nobody does.
func (s *stream) taped() *wire.Tape {
	if s.tape == nil {
		s.tape = &wire.Tape{}
		s.tape.Begin(int32(s.From()))
	}
	t := s.tape
	from := max(rollback.Frame(t.Next()), s.Held()-keptToSend)
	if int32(from) != t.Next() {
		t.Begin(int32(from))
	}
	before := s.record(from - 1)
	for f := from; f <= s.Held(); f++ {
		record := s.record(f)
		if record == nil || before == nil || len(record) != len(before) {
			t.Begin(int32(f + 1))
		} else {
			t.Append(record, before)
		}
		before = record
	}
	return t
}

// appendRun appends a run of records, as many as there is room for, and returns the frame
// after them.
func (s *stream) appendRun(dst []byte, span runSpan) (b []byte, next rollback.Frame) {
	if t := s.taped(); !span.alone && int32(span.from) >= t.First() {
		b, next := t.AppendRun(dst, int32(span.from), int32(span.through), int32(s.End()), span.most)
		return b, rollback.Frame(next)
	}
	var run wire.RunWriter
	s.begin(&run, dst, span.from, span.alone, span.most)
	b, n := s.pack(&run, span.from, span.through)
	return b, span.from + rollback.Frame(n)
}

// begin begins a run of the records of a frame and those after it, alone if the one
// before cannot be counted on.
func (s *stream) begin(run *wire.RunWriter, dst []byte, from rollback.Frame, alone bool, limit int) {
	before := s.record(from - 1)
	switch {
	case from <= s.Uneven():
		run.BeginUneven(dst, int32(from), limit)
	case alone || before == nil || len(before) != len(s.record(from)):
		run.BeginAlone(dst, int32(from), zeros[:len(s.record(from))], limit)
	default:
		run.Begin(dst, int32(from), before, limit)
	}
}

// pack puts records into a run that has begun, as many as fit, and says how many.
func (s *stream) pack(run *wire.RunWriter, from, through rollback.Frame) ([]byte, int) {
	next := from
	for fits := true; fits && next <= through; {
		memory, count := s.Stretch(next, through)
		for n := len(memory) / count; fits && count > 0; count-- {
			if fits = run.Add(memory[:n:n]); fits {
				memory, next = memory[n:], next+1
			}
		}
	}
	return run.End(next > s.End())
}

// fitting returns the oldest frame, not before from, from which on all records
// through another one fit into so many bytes, as a run that begins alone.
func (s *stream) fitting(from, through rollback.Frame, room int) rollback.Frame {
	if through <= s.Uneven() || from <= s.Uneven() && s.fittingEven(s.Uneven()+1, through, room) == s.Uneven()+1 {
		return s.fittingUneven(from, through, room)
	}
	return s.fittingEven(max(from, s.Uneven()+1), through, room)
}

func (s *stream) fittingEven(from, through rollback.Frame, room int) rollback.Frame {
	first, sum := through+1, 0 // bits of the records from first on, each after the one before
	for f := through; f >= from && through-f < wire.MaxRunRecords; f-- {
		if sum+wire.RecordBits(s.record(f), zeros[:]) > 8*room {
			break
		}
		if first = f; f > from {
			sum += wire.RecordBits(s.record(f), s.record(f-1))
		}
	}
	return first
}

func (s *stream) fittingUneven(from, through rollback.Frame, room int) rollback.Frame {
	first, sum := through+1, 0 // bytes
	for f := through; f >= from && through-f < wire.MaxRunRecords; f-- {
		record := s.record(f)
		if sum+wire.UnevenBytes(record, false) > room {
			break
		}
		first = f
		sum += wire.UnevenBytes(record, f > from && bytes.Equal(record, s.record(f-1)))
	}
	return first
}
