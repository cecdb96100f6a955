package records

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"

	"github.com/visavis-netcode/visavis/rollback"
)

// MaxMachines is how many machines a match can have: their numbers are below.
const MaxMachines = 16

// StreamID names the records of one machine since it was last let in.
type StreamID struct {
	Machine uint8
	Born    uint32 // number of the view that let it in; founders: 0
}

// Compare orders streams by machine, then by age.
func (a StreamID) Compare(b StreamID) int {
	return cmp.Or(cmp.Compare(a.Machine, b.Machine), cmp.Compare(a.Born, b.Born))
}

// Digest is the SHA-256 of a stream's records from its first frame through some
// frame, as a chain: see stream.digest.
type Digest [sha256.Size]byte

// linkFrames is how many records one link of the digest's chain covers: hashing is
// done once in that many frames.
const linkFrames = 15

// stream is one machine's records.
type stream struct {
	id     StreamID
	from   rollback.Frame // the first frame
	held   rollback.Frame // the newest that is known without a gap; from-1: none
	end    rollback.Frame // the last frame, Endless while it is open
	frozen bool           // nothing more is taken until the next view
	ring   [][]byte       // records, by frame modulo its length; a place keeps its capacity
	chain  []link         // ends of links, by their number modulo its length
}

// link is the end of a link of the digest's chain.
type link struct {
	through rollback.Frame
	digest  Digest
}

func newStream(id StreamID, from rollback.Frame, ringFrames int) *stream {
	s := &stream{
		id: id, from: from, held: from - 1, end: Endless,
		ring: make([][]byte, ringFrames), chain: make([]link, ringFrames/linkFrames+2),
	}
	for i := range s.chain {
		s.chain[i].through = rollback.NoFrame - 1 // none
	}
	return s
}

func (s *stream) live(f rollback.Frame) bool { return s.from <= f && f <= s.end }

// keeps reports whether the record of a frame can be read.
func (s *stream) keeps(f rollback.Frame) bool {
	return f >= s.from && f <= s.held && int(s.held-f) < len(s.ring) && s.ring[s.place(f)] != nil
}

func (s *stream) place(f rollback.Frame) int { return int(f) % len(s.ring) }

func (s *stream) record(f rollback.Frame) []byte { return s.ring[s.place(f)] }

// append takes the record that follows.
func (s *stream) append(record []byte) {
	s.held++
	at := s.place(s.held)
	if s.ring[at] == nil {
		s.ring[at] = make([]byte, 0, len(record))
	}
	s.ring[at] = append(s.ring[at][:0], record...)
	if endsLink(s.held) {
		digest, _ := s.digest(s.held)
		s.chain[s.linkPlace(s.held)] = link{s.held, digest}
	}
}

// endsLink reports whether a link of the chain ends with a frame.
func endsLink(f rollback.Frame) bool { return (f+1)%linkFrames == 0 }

func (s *stream) linkPlace(through rollback.Frame) int { return int(through/linkFrames) % len(s.chain) }

// digest returns the digest of all records through a frame. It reports false if
// the records that it needs are no longer kept.
//
// The digest through the end of a link is the hash of the digest through the link
// before and of the link's records, each with its length. Through a frame within a
// link it is the same, of the records so far. Before the first record it is zero.
func (s *stream) digest(through rollback.Frame) (d Digest, ok bool) {
	if through < s.from {
		return d, through == s.from-1
	}
	first := through / linkFrames * linkFrames // of the link
	if d, ok = s.before(first); !ok {
		return d, false
	}
	b := append(make([]byte, 0, 512), d[:]...)
	for f := max(first, s.from); f <= through; f++ {
		if !s.keeps(f) {
			return Digest{}, false
		}
		b = binary.AppendUvarint(b, uint64(len(s.record(f))))
		b = append(b, s.record(f)...)
	}
	return sha256.Sum256(b), true
}

// before returns the digest through the end of the link before the one that begins with
// a frame, zero if that is the stream's first link.
func (s *stream) before(first rollback.Frame) (d Digest, ok bool) {
	if first <= s.from {
		return d, true
	}
	l := s.chain[s.linkPlace(first-1)]
	return l.digest, l.through == first-1
}

// linkFrom returns where to begin so as to have so many frames through one, or as many
// as are kept, in whole links; and the digest before that.
func (s *stream) linkFrom(through rollback.Frame, frames int) (first rollback.Frame, d Digest) {
	first = max(s.from, (through+1)/linkFrames*linkFrames)
	d, _ = s.before(first)
	for first > s.from && int(through-first) < frames {
		earlier := max(s.from, (first-1)/linkFrames*linkFrames)
		before, ok := s.before(earlier)
		if !ok || !s.keeps(earlier) {
			break
		}
		first, d = earlier, before
	}
	return first, d
}
