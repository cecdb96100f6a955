package seating

import (
	"encoding/binary"
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Limits of what a record says beside inputs.
const (
	MaxEntryBytes   = 128                      // of all entries of a record: with more of them none counts
	MaxCommandBytes = rollback.MaxCommandBytes // of a game's command, which goes in pieces
	PieceBytes      = 64                       // of one piece

	maxAheadFrames = 1024 // how far beyond its record an entry may name a frame
)

// Kind is what an entry is about.
type Kind uint8

const (
	Seat     Kind = iota + 1 // the referee: from frame From on seat Seat is Holder's
	Pause                    // the referee: from frame From on the match stands, or goes on (On)
	Answer                   // the referee: request Asked is refused, or there is nothing to do for it
	Vote                     // its author wishes that the match stands, or that it goes on (On)
	Request                  // its author asks, for the Asked.Number-th time, that seat Seat be Holder's
	Piece                    // the next piece of a command of one of its author's players, or the last one (On)
	Away                     // from the next frame on its author's seats are as if nobody played them, or are played again (On)
	lastKind = Away
)

// Nobody holds a seat that no machine plays. What becomes of it is the game's word.
var Nobody = records.StreamID{Machine: records.MaxMachines}

// Asked names a request: of whom, and the how many-th. The zero Asked is none.
type Asked struct {
	Stream records.StreamID // of a Request itself left out: it is the author's
	Number uint32           // from 1
}

// Entry is one thing that a record says beside inputs. Fields that its kind does not
// name are zero.
type Entry struct {
	Kind   Kind
	On     bool
	Seat   uint8
	Holder records.StreamID
	From   rollback.Frame
	Asked  Asked  // the request that a Seat or a Pause answers, if any
	Bytes  []byte // of a Piece, at most PieceBytes
}

// A byte for the kind and what is set, then the fields that there are, numbers as
// uvarints, a frame as its distance from that of the record.
const (
	kindBits   = 7
	flagOn     = 1 << 3
	flagHolder = 1 << 4
	flagAsked  = 1 << 5
)

// AppendEntry appends an entry to the record of a frame.
func AppendEntry(dst []byte, f rollback.Frame, e *Entry) []byte {
	head := byte(e.Kind)
	if e.On {
		head |= flagOn
	}
	held := e.names() && e.Holder != Nobody
	if held {
		head |= flagHolder
	}
	asked := (e.Kind == Seat || e.Kind == Pause) && e.Asked.Number > 0
	if asked {
		head |= flagAsked
	}
	dst = append(dst, head)
	if e.names() {
		dst = append(dst, e.Seat)
	}
	if held {
		dst = appendStream(dst, e.Holder)
	}
	if e.Kind == Seat || e.Kind == Pause {
		dst = binary.AppendUvarint(dst, uint64(e.From-f))
	}
	switch {
	case asked, e.Kind == Answer:
		dst = binary.AppendUvarint(appendStream(dst, e.Asked.Stream), uint64(e.Asked.Number))
	case e.Kind == Request:
		dst = binary.AppendUvarint(dst, uint64(e.Asked.Number))
	case e.Kind == Piece:
		dst = append(append(dst, byte(len(e.Bytes))), e.Bytes...)
	}
	return dst
}

// names reports whether the entry names a seat and who is to hold it.
func (e *Entry) names() bool { return e.Kind == Seat || e.Kind == Request }

func appendStream(dst []byte, id records.StreamID) []byte {
	return binary.AppendUvarint(append(dst, id.Machine), uint64(id.Born))
}

// Reader reads the entries of a record one after another. What follows the first
// malformed byte is not read. It does not allocate.
type Reader struct {
	in    fields.Reader
	frame rollback.Frame
}

// ReadEntries begins with what follows the inputs in the record of a frame.
func ReadEntries(f rollback.Frame, b []byte) Reader {
	if len(b) > MaxEntryBytes {
		b = nil
	}
	return Reader{in: fields.Read(b), frame: f}
}

// Next returns the next entry; false if there is none. Its bytes are those of the record.
func (r *Reader) Next() (e Entry, ok bool) {
	if len(r.in.Rest) == 0 || r.in.Bad {
		return Entry{}, false
	}
	head := r.in.Byte()
	e.Kind, e.On = Kind(head&kindBits), head&flagOn != 0
	if e.Kind == 0 || e.Kind > lastKind || head >= flagAsked<<1 {
		r.in.Bad = true
	}
	r.in.Bad = r.in.Bad || e.On && (e.Kind == Seat || e.Kind == Answer || e.Kind == Request)
	if e.names() {
		e.Seat, e.Holder = r.in.Byte(), Nobody
	}
	switch {
	case head&flagHolder == 0:
	case e.names():
		e.Holder = r.stream()
	default:
		r.in.Bad = true
	}
	if e.Kind == Seat || e.Kind == Pause {
		e.From = r.frame + rollback.Frame(r.in.Number(maxAheadFrames))
	}
	switch {
	case head&flagAsked != 0 && e.Kind != Seat && e.Kind != Pause:
		r.in.Bad = true
	case head&flagAsked != 0, e.Kind == Answer:
		e.Asked = Asked{r.stream(), r.count()}
	case e.Kind == Request:
		e.Asked.Number = r.count()
	case e.Kind == Piece:
		e.Bytes = r.in.Take(int(r.in.Number(PieceBytes)))
	}
	return e, !r.in.Bad
}

// count reads the number of a request.
func (r *Reader) count() uint32 {
	n := uint32(r.in.Number(math.MaxUint32))
	r.in.Bad = r.in.Bad || n == 0
	return n
}

func (r *Reader) stream() records.StreamID {
	id := records.StreamID{Machine: r.in.Byte(), Born: uint32(r.in.Number(math.MaxUint32))}
	r.in.Bad = r.in.Bad || id.Machine >= records.MaxMachines
	return id
}

// Split parts a record, whose inputs take so many bytes, into inputs and entries. A
// record that is too short has neither: what is lacking counts as zero, for everybody
// alike.
func Split(record []byte, inputBytes int) (inputs, entries []byte) {
	if len(record) < inputBytes {
		return nil, nil
	}
	return record[:inputBytes:inputBytes], record[inputBytes:]
}
