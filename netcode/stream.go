package netcode

import (
	"bytes"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// streamFrames is how many records of a stream are kept, a power of two. A
// stream runs at most 2(W+D) = 96 frames ahead of what a peer has acknowledged.
const streamFrames = 256

// stream is the records of one machine: one record a frame, the inputs of all
// its seats one after another. A record never changes once it is known.
type stream struct {
	id    wire.StreamID
	seats []int // in the match, ascending
	size  int   // of a record in bytes
	held  int32 // newest frame known without a gap, -1: none
	ring  []byte
	zero  []byte // the record before frame 0
}

func newStream(id wire.StreamID, seats []int, inputBytes int) *stream {
	size := len(seats) * inputBytes
	return &stream{id: id, seats: seats, size: size, held: -1, ring: make([]byte, streamFrames*size), zero: make([]byte, size)}
}

// record returns the record of a frame that is known and kept; of frame -1 the
// zero record.
func (s *stream) record(f int32) []byte {
	if f < 0 {
		return s.zero
	}
	at := int(f&(streamFrames-1)) * s.size
	return s.ring[at : at+s.size : at+s.size]
}

// keeps reports whether the record of a frame can still be read.
func (s *stream) keeps(f int32) bool { return f >= -1 && f <= s.held && f > s.held-streamFrames/2 }

// agrees reports whether a record that has come again is the one known.
func (s *stream) agrees(f int32, record []byte) bool {
	return !s.keeps(f) || bytes.Equal(s.record(f), record)
}

// append takes the next record.
func (s *stream) append(record []byte) {
	s.held++
	copy(s.record(s.held), record)
}
