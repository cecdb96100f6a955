package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// streamFrames is how many records of a stream are kept, a power of two. A
// stream runs at most 2(W+D) = 96 frames ahead of what a peer has acknowledged, so
// half of them are for what has been, and half for what comes after a gap.
const streamFrames = 256

// stream is the records of one machine: one record a frame, the inputs of all
// its seats one after another. A record never changes once it is known.
type stream struct {
	id    wire.StreamID
	seats []int // in the match, ascending
	size  int   // of a record in bytes
	held  int32 // newest frame known without a gap, -1: none
	ring  []byte
	early [streamFrames / 64]uint64 // places of the ring whose record came before one that is still missing
	zero  []byte                    // the record before frame 0
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

// oldest is the oldest frame whose record, and the one before, can be read for sure.
func (s *stream) oldest() int32 { return max(0, s.held-streamFrames/2+2) }

// knows reports whether the record of a frame can be read: it is kept, or came
// before one that is still missing.
func (s *stream) knows(f int32) bool {
	if f <= s.held {
		return s.keeps(f)
	}
	place, bit := earlyBit(f)
	return s.takes(f) && s.early[place]&bit != 0
}

// takes reports whether there is room for the record of a frame after the newest.
func (s *stream) takes(f int32) bool { return f > s.held && f-s.held < streamFrames/2 }

func earlyBit(f int32) (place int32, bit uint64) {
	return f & (streamFrames - 1) / 64, 1 << (f & 63)
}

// put notes the record of a frame that the stream takes.
func (s *stream) put(f int32, record []byte) {
	place, bit := earlyBit(f)
	s.early[place] |= bit
	at := int(f&(streamFrames-1)) * s.size
	copy(s.ring[at:at+s.size], record)
}

// join counts the record after the newest, which has been put, as held.
func (s *stream) join() {
	s.held++
	place, bit := earlyBit(s.held)
	s.early[place] &^= bit
}

// fitting returns the oldest frame, not before from, from which on all records
// through another one fit into so many bytes, as a run that begins alone.
func (s *stream) fitting(from, through int32, bytes int) int32 {
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

// next returns the memory of the record after the newest, for this machine's own
// stream: extend then counts it as held.
func (s *stream) next() []byte {
	at := int((s.held+1)&(streamFrames-1)) * s.size
	return s.ring[at : at+s.size : at+s.size]
}

// extend counts the record that was written to next as held.
func (s *stream) extend() { s.held++ }
