package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// stream is the records of one machine as a match uses them: one record a frame, the
// inputs of all its seats one after another. What is held of it is package records'
// affair.
type stream struct {
	*records.Stream
	seats  []int             // in the match, ascending
	mask   uint16            // a bit for each of them
	size   int               // of a record in bytes
	fed    rollback.Frame    // the simulation has all through this frame
	zero   []byte            // the record before the first
	closed membership.Reason // why the others have agreed to go on without it
}

func newStream(s *records.Stream, seats []int, inputBytes int) *stream {
	t := &stream{Stream: s, seats: seats, size: len(seats) * inputBytes, fed: s.Held()}
	t.zero = make([]byte, t.size)
	for _, seat := range seats {
		t.mask |= 1 << seat
	}
	return t
}

// record returns the record of a frame, nil if it is not known or no longer kept; the
// zero record before the first frame.
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

// fitting returns the oldest frame, not before from, from which on all records
// through another one fit into so many bytes, as a run that begins alone.
func (s *stream) fitting(from, through rollback.Frame, bytes int) rollback.Frame {
	first, bits := through+1, 0 // of the records from first on, each after the one before
	for f := through; f >= from && through-f < wire.MaxRunRecords; f-- {
		if bits+wire.RecordBits(s.record(f), s.zero) > 8*bytes {
			break
		}
		first = f
		bits += wire.RecordBits(s.record(f), s.record(f-1))
	}
	return first
}

// present reports whether the stream has a part in a frame.
func (s *stream) present(f rollback.Frame) bool { return s.From() <= f && f <= s.End() }
