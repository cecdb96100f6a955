package records

import (
	"bytes"
	"cmp"
	"crypto/sha256"

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

// LinkFrames is how many records one link of the digest's chain covers: hashing is
// done once in that many frames, and the digest through the end of a link is at hand.
const LinkFrames = 24

// Stream is one machine's records. Whoever gets one from a Set only reads it.
type Stream struct {
	id     StreamID
	from   rollback.Frame // the first frame
	first  rollback.Frame // the oldest record that was ever known here: from, or later where a snapshot began
	held   rollback.Frame // the newest that is known without a gap; from-1: none
	end    rollback.Frame // the last frame, Endless while it is open
	frozen bool           // nothing more is taken until the next view
	kept   int            // how many of the newest records can be read, at most
	ring   ring
	uneven rollback.Frame // see Uneven
	varied rollback.Frame // see Varied
	early  earlyRecords   // that came before one that is still missing
	chain  []link         // ends of links, by their number modulo its length
	hashed []byte         // what was hashed last
}

// earlyFrames is how far after the newest record without a gap one is kept that came
// before others. A ring has so many places more than it keeps records.
const earlyFrames = 128

// ID names the stream.
func (s *Stream) ID() StreamID { return s.id }

// From is the stream's first frame, Held the newest through which its records are known
// without a gap (From-1: none is), End its last frame, Endless while it is open.
func (s *Stream) From() rollback.Frame { return s.from }
func (s *Stream) Held() rollback.Frame { return s.held }
func (s *Stream) End() rollback.Frame  { return s.end }

// Uneven is the newest frame through Held whose record is not as long as the one before
// it, NoFrame if there is none.
func (s *Stream) Uneven() rollback.Frame { return s.uneven }

// Varied is, of this machine's own stream, the newest frame whose record is not the same as
// the one before it; the first one never is. It says nothing while there is no record.
func (s *Stream) Varied() rollback.Frame { return s.varied }

// HasEarly reports whether records are known that wait for one before them.
func (s *Stream) HasEarly() bool { return s.early.count > 0 }

// Record returns the record of a frame, nil if it is not known or no longer kept. It is
// valid until the next call that changes the set.
func (s *Stream) Record(f rollback.Frame) []byte {
	if s.keeps(f) || f > s.held && s.early.has(s.ring.place(f)) {
		return s.ring.record(f)
	}
	return nil
}

// Stretch returns the records from one frame on, as many as lie one after the other in
// memory and are of one length, not beyond another frame. It is at least one, nil if that is
// not kept. They are valid until the next call that changes the set.
func (s *Stream) Stretch(from, through rollback.Frame) (memory []byte, count int) {
	if s.ring.uneven() || !s.keeps(from) || !s.keeps(through) {
		return s.Record(from), 1
	}
	count = int(s.ring.stretch(from, through) - from)
	return s.ring.rule.records(s.ring.place(from), count), count
}

// link is the end of a link of the digest's chain.
type link struct {
	through rollback.Frame
	digest  Digest
}

func newStream(id StreamID, from rollback.Frame, config Config) *Stream {
	kept := config.RingFrames()
	places := config.places()
	s := &Stream{
		id: id, from: from, first: from, held: from - 1, end: Endless, kept: kept, uneven: rollback.NoFrame,
		ring: ring{places: places}, early: earlyRecords{bits: make([]uint64, places/64)}, chain: make([]link, kept/LinkFrames+2),
	}
	for i := range s.chain {
		s.chain[i].through = rollback.NoFrame - 1 // none
	}
	return s
}

func (s *Stream) live(f rollback.Frame) bool { return s.from <= f && f <= s.end }

// keeps reports whether the record of a frame can be read.
func (s *Stream) keeps(f rollback.Frame) bool {
	return f >= s.first && f <= s.held && int(s.held-f) < s.kept
}

// append takes the record that follows, and those after it that came early.
func (s *Stream) append(record []byte) {
	s.ring.put(s.held+1, record)
	for s.join(); s.early.count > 0 && s.held < s.end && s.early.has(s.ring.place(s.held+1)); s.join() {
	}
}

// say is append for this machine's own stream.
func (s *Stream) say(record []byte) {
	if s.held < s.first || !bytes.Equal(s.ring.record(s.held), record) {
		s.varied = s.held + 1
	}
	s.append(record)
}

// join counts the record after the newest as held.
func (s *Stream) join() {
	s.held++
	if s.early.count > 0 {
		s.early.drop(s.ring.place(s.held))
	}
	if s.ring.uneven() && s.held > s.first && len(s.ring.record(s.held)) != len(s.ring.record(s.held-1)) {
		s.uneven = s.held
	}
	if (s.held+1)%LinkFrames == 0 {
		digest, _ := s.digest(s.held)
		s.chain[s.linkPlace(s.held)] = link{s.held, digest}
	}
}

// putEarly keeps a record that came before one that is missing.
func (s *Stream) putEarly(f rollback.Frame, record []byte) Outcome {
	at := s.ring.place(f)
	switch {
	case f-s.held > earlyFrames:
		return Refused
	case s.early.has(at) && !bytes.Equal(s.ring.record(f), record):
		return Conflict
	case s.early.has(at):
		return Known
	}
	s.early.add(at)
	s.ring.put(f, record)
	return Early
}

// earlyRecords are the places of a ring whose record came before one that is still
// missing.
type earlyRecords struct {
	bits  []uint64
	count int // of the bits that are set
}

func (e *earlyRecords) has(place int) bool {
	return e.count > 0 && e.bits[place/64]>>(place%64)&1 != 0
}

func (e *earlyRecords) add(place int) {
	e.bits[place/64] |= 1 << (place % 64)
	e.count++
}

// drop forgets a place, if it is one of them.
func (e *earlyRecords) drop(place int) {
	if e.has(place) {
		e.bits[place/64] &^= 1 << (place % 64)
		e.count--
	}
}

func (e *earlyRecords) clear() {
	clear(e.bits)
	e.count = 0
}

func (s *Stream) linkPlace(through rollback.Frame) int { return int(through/LinkFrames) % len(s.chain) }

// digest returns the digest of all records through a frame. It reports false if
// the records that it needs are no longer kept.
//
// The digest through the end of a link is the hash of the digest through the link
// before and of the link's records, with their lengths. Through a frame within a
// link it is the same, of the records so far. Before the first record it is zero.
func (s *Stream) digest(through rollback.Frame) (d Digest, ok bool) {
	if through < s.from {
		return d, through == s.from-1
	}
	if d, ok = s.before(through + 1); ok {
		return d, true
	}
	first := through / LinkFrames * LinkFrames // of the link
	if d, ok = s.before(first); !ok {
		return d, false
	}
	if first = max(first, s.from); !s.keeps(first) || !s.keeps(through) {
		return Digest{}, false
	}
	s.hashed = s.ring.appendRecords(append(s.hashed[:0], d[:]...), first, through)
	return sha256.Sum256(s.hashed), true
}

// before returns the digest through the end of the link before the one that begins with
// a frame, zero if that is the stream's first link.
func (s *Stream) before(first rollback.Frame) (d Digest, ok bool) {
	if first <= s.from {
		return d, true
	}
	l := s.chain[s.linkPlace(first-1)]
	return l.digest, l.through == first-1
}

// linkFrom returns where to begin so as to have so many frames through one, or as many
// as are kept, in whole links; and the digest before that.
func (s *Stream) linkFrom(through rollback.Frame, frames int) (first rollback.Frame, d Digest) {
	first = max(s.from, (through+1)/LinkFrames*LinkFrames)
	d, _ = s.before(first)
	for first > s.from && int(through-first) < frames {
		earlier := max(s.from, (first-1)/LinkFrames*LinkFrames)
		before, ok := s.before(earlier)
		if !ok || !s.keeps(earlier) {
			break
		}
		first, d = earlier, before
	}
	return first, d
}
