package records

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
	"github.com/visavis-netcode/visavis/rollback"
)

// ErrMalformed: these bytes are no snapshot that an honest member sends.
var ErrMalformed = errors.New("records: malformed snapshot")

// maxStreams is how many streams a snapshot can have: those that are open, and those
// that have ended so late that somebody may lack some of them.
const maxStreams = 8 * MaxMachines

// Append appends a snapshot's bytes: numbers as uvarints, frames from -1 on, an open
// stream's end as 0; a record is its length and its bytes, or 0 if it is the one before
// once more.
func (s *Snapshot) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(appendFrame(dst, s.Through), uint64(len(s.Streams)))
	for i := range s.Streams {
		t := &s.Streams[i]
		dst = binary.AppendUvarint(append(dst, t.ID.Machine), uint64(t.ID.Born))
		dst = appendFrame(appendEnd(appendFrame(dst, t.From), t.End), t.First)
		dst = append(dst, t.Chain[:]...)
		dst = binary.AppendUvarint(dst, uint64(len(t.Records)))
		var before []byte
		for j, record := range t.Records {
			if j > 0 && string(record) == string(before) {
				dst = append(dst, 0)
				continue
			}
			dst = append(binary.AppendUvarint(dst, uint64(len(record)+1)), record...)
			before = record
		}
	}
	return dst
}

func appendFrame(dst []byte, f rollback.Frame) []byte {
	return binary.AppendUvarint(dst, uint64(f+1))
}

func appendEnd(dst []byte, f rollback.Frame) []byte {
	if f == Endless {
		return append(dst, 0)
	}
	return binary.AppendUvarint(dst, uint64(f)+2)
}

// oftenRenewed is how many streams of a machine may be known at a time, on the average: it
// has left and come back so often of late.
const oftenRenewed = 4

// ParseSnapshot reads a snapshot whose records have recordBytes at most, and those of all
// streams in one frame frameBytes. Any bytes give one that Resume takes, and that takes room
// for some of the latter for each frame that is kept, or ErrMalformed.
func ParseSnapshot(config Config, recordBytes, frameBytes int, b []byte) (s Snapshot, err error) {
	p, room := parser{fields.Read(b)}, oftenRenewed*frameBytes
	s.Through = p.Frame()
	count := p.Number(maxStreams)
	for i := range int(count) {
		t := p.stream(config, recordBytes, s.Through)
		room -= t.longest()
		if p.Bad || room < 0 || i > 0 && s.Streams[i-1].ID.Compare(t.ID) >= 0 {
			return Snapshot{}, ErrMalformed
		}
		s.Streams = append(s.Streams, t)
	}
	if p.Bad || len(p.Rest) > 0 {
		return Snapshot{}, ErrMalformed
	}
	return s, nil
}

// longest is how many bytes the longest record has: each takes so much room in a ring.
func (t *StreamSnapshot) longest() (bytes int) {
	for _, record := range t.Records {
		bytes = max(bytes, len(record))
	}
	return bytes
}

// parser reads a snapshot.
type parser struct{ fields.Reader }

func (p *parser) stream(config Config, recordBytes int, through rollback.Frame) (t StreamSnapshot) {
	if b := p.Take(1); b != nil {
		t.ID.Machine = b[0]
	}
	t.ID.Born, t.From, t.End = uint32(p.Number(math.MaxUint32)), p.Frame(), Endless
	if end := p.Number(math.MaxInt32 / 2); end > 0 {
		t.End = rollback.Frame(end) - 2
	}
	t.First = p.Frame()
	copy(t.Chain[:], p.Take(len(t.Chain)))
	count := int(p.Number(uint64(config.RingFrames())))
	known := max(0, int(min(t.End, through)-t.First)+1)
	p.Bad = p.Bad || t.ID.Machine >= MaxMachines || t.From < 0 || t.First < t.From || t.End < t.From-1 || count != known ||
		t.First > t.From && t.First > min(t.End, through)+1
	for i := 0; i < count && !p.Bad; i++ {
		n := int(p.Number(uint64(recordBytes + 1)))
		switch {
		case n == 0 && i == 0:
			p.Bad = true
		case n == 0:
			t.Records = append(t.Records, t.Records[i-1])
		default:
			t.Records = append(t.Records, p.Take(n-1))
		}
	}
	return t
}
