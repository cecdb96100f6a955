package records

import (
	"bytes"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// Endless is the end of a stream that is open, and the limit if none is set.
const Endless rollback.Frame = math.MaxInt32

// Config is what all members of a match agree on.
type Config struct {
	LeadFrames  int // G, at least 1: the prediction window and the largest input delay together
	LimitFrames int // the largest B, at least 0: how far confirming goes on during an agreement
	LagFrames   int // L: how far behind a newcomer may be that is let in; less than LeadFrames means that
}

// Lag is how many frames a newcomer may be behind when it is let in.
func (c Config) Lag() int { return max(c.LagFrames, c.LeadFrames) }

// TailFrames is by how many records at most what two members hold of one stream
// differs, the ones who have just joined included.
func (c Config) TailFrames() int { return c.Lag() + 3*c.LeadFrames + 2*c.LimitFrames + 3 }

// RingFrames is how many records of a stream are kept: a link more than may be asked
// for, since snapshots begin with whole ones.
func (c Config) RingFrames() int { return c.TailFrames() + 2*c.LeadFrames + 5 + LinkFrames }

// places is how many places a stream's ring has: a power of two, and at least 64. A digest depends
// on it (ring.appendRecords), so it is a part of the protocol and of what logs hold.
func (c Config) places() int { return 1 << bits.Len(uint(c.RingFrames()+earlyFrames-1)) }

// ConfigOf is what a match with so many frames a second goes by, where records may be so far beyond
// what is confirmed.
func ConfigOf(tickRate, leadFrames int) Config {
	frames := func(d time.Duration) int { return int(d * time.Duration(tickRate) / time.Second) }
	return Config{LeadFrames: leadFrames, LimitFrames: frames(limitTime), LagFrames: frames(lagTime)}
}

// limitTime is how long confirming may go on while the members agree on who is in the
// match: longer than an agreement takes. lagTime is how far behind the others a newcomer
// may be when it is let in: further than what comes over a slow way lags behind.
const (
	limitTime = 2 * time.Second
	lagTime   = time.Second
)

// Set is the streams that one machine knows. All its methods are for one goroutine.
type Set struct {
	config    Config
	ring      int       // config.RingFrames
	streams   []*Stream // in order; ended ones for as long as anybody may lack them
	own       *Stream   // nil while this machine has none
	confirmed rollback.Frame
	waits     *Stream // that the next frame to confirm has waited for when it was last asked for, if any
	even      bool    // see Even
	limit     rollback.Frame
}

// New begins a match at frame 0. own is one of the founders.
func New(config Config, founders []StreamID, own StreamID) *Set {
	s := &Set{config: config, ring: config.RingFrames(), confirmed: rollback.NoFrame, limit: Endless}
	for _, id := range founders {
		s.Open(id, 0)
	}
	s.own = s.find(own)
	return s
}

// find returns nil if the stream is not known. As a rule every machine has one, and it
// stands at the machine's number.
func (s *Set) find(id StreamID) *Stream {
	if at := int(id.Machine); at < len(s.streams) && s.streams[at].id == id {
		return s.streams[at]
	}
	for _, t := range s.streams {
		if t.id == id {
			return t
		}
	}
	return nil
}

// Open begins a stream at a frame.
func (s *Set) Open(id StreamID, from rollback.Frame) {
	s.insert(newStream(id, from, s.config))
}

func (s *Set) insert(t *Stream) {
	at, _ := slices.BinarySearchFunc(s.streams, t.id, func(t *Stream, id StreamID) int { return t.id.Compare(id) })
	s.streams = slices.Insert(s.streams, at, t)
}

// Own makes a stream this machine's.
func (s *Set) Own(id StreamID) { s.own = s.find(id) }

// Stream returns a stream, nil if it is not known.
func (s *Set) Stream(id StreamID) *Stream { return s.find(id) }

// Knows reports whether a stream is known.
func (s *Set) Knows(id StreamID) bool { return s.find(id) != nil }

// Streams appends the streams that are known, in order.
func (s *Set) Streams(dst []StreamID) []StreamID {
	for _, t := range s.streams {
		dst = append(dst, t.id)
	}
	return dst
}

// Bounds says from which frame a stream runs, through which it is held without a
// gap (from-1: not at all) and where it ends. A stream that is not known is empty.
func (s *Set) Bounds(id StreamID) (from, held, end rollback.Frame) {
	if t := s.find(id); t != nil {
		return t.from, t.held, t.end
	}
	return 0, rollback.NoFrame, rollback.NoFrame
}

// Held is the newest frame of a stream that is held without a gap.
func (s *Set) Held(id StreamID) rollback.Frame {
	_, held, _ := s.Bounds(id)
	return held
}

// Outcome is what became of a record.
type Outcome uint8

const (
	Refused  Outcome = iota // its stream is unknown, one's own, frozen or over, or the gap before it is too long
	Known                   // it was held already
	Taken                   // it is new
	Early                   // it is new, and waits for one before it
	Conflict                // another one is held for this frame, and stays
)

// Take takes a record that somebody has passed on. final says that it is the
// stream's last.
func (s *Set) Take(id StreamID, f rollback.Frame, record []byte, final bool) Outcome {
	t := s.find(id)
	switch {
	case t == nil || t == s.own:
		return Refused
	case f <= t.held:
		if t.keeps(f) && !bytes.Equal(t.ring.record(f), record) {
			return Conflict
		}
		return Known
	case t.frozen || f > t.end || int(f-s.confirmed) >= s.ring:
		return Refused
	case f > t.held+1 && final:
		return Refused // it comes again
	case f > t.held+1:
		return t.putEarly(f, record)
	}
	if final {
		t.end = f
	}
	t.append(record)
	return Taken
}

// MayProduce reports whether this machine's own next record is due at most
// LeadFrames beyond what is confirmed.
func (s *Set) MayProduce() bool {
	return s.own != nil && s.own.held < s.own.end && int(s.own.held+1-s.confirmed) <= s.config.LeadFrames
}

// Produce appends this machine's own next record.
func (s *Set) Produce(record []byte) { s.own.say(record) }

// Finish appends this machine's own last record, which may be one frame further on
// than others.
func (s *Set) Finish(record []byte) (last rollback.Frame) {
	if s.own.held-s.confirmed <= rollback.Frame(s.config.LeadFrames) {
		s.own.say(record)
	}
	s.own.end = s.own.held
	return s.own.end
}

// Freeze keeps a stream as it is until Settle.
func (s *Set) Freeze(id StreamID) {
	if t := s.find(id); t != nil {
		t.frozen = true
		t.early.clear()
	}
}

// Frozen reports whether a stream is frozen.
func (s *Set) Frozen(id StreamID) bool {
	t := s.find(id)
	return t != nil && t.frozen
}

// Limit holds confirming back to so many frames beyond what is confirmed, unless
// there is a limit already, and returns the limit.
func (s *Set) Limit(frames int) rollback.Frame {
	if s.limit == Endless {
		s.limit = s.confirmed + rollback.Frame(frames)
	}
	return s.limit
}

// Settle lifts the limit and thaws all streams.
func (s *Set) Settle() {
	s.limit = Endless
	for _, t := range s.streams {
		t.frozen = false
	}
}

// Cut ends a stream at a frame. records are those from first on through last; what
// is lacking of them is taken. It reports false, and changes nothing, if they do
// not reach down to what is held here.
func (s *Set) Cut(id StreamID, last, first rollback.Frame, records [][]byte) bool {
	t := s.find(id)
	if t == nil || t.held < last && t.held+1 < first {
		return false
	}
	t.early.clear()
	for f := t.held + 1; f <= last; f++ {
		t.append(records[f-first])
	}
	t.end = last
	return true
}

// End ends a stream at a frame whose records are still to come.
func (s *Set) End(id StreamID, last rollback.Frame) {
	if t := s.find(id); t != nil {
		t.end = last
	}
}

// Confirmed is the newest confirmed frame, -1 before the first.
func (s *Set) Confirmed() rollback.Frame { return s.confirmed }

// Confirm confirms the next frame, if every stream that is live at it is held
// through it and no limit stands against it. A frame without any live stream
// confirms by itself while this machine's own stream has yet to begin.
func (s *Set) Confirm() bool {
	f := s.confirmed + 1
	if f > s.limit || s.waits != nil && s.waits.held < f && s.waits.live(f) {
		return false
	}
	empty, closed, even := true, false, true
	for _, t := range s.streams {
		closed = closed || t.end != Endless
		even = even && t.from < f && t.uneven < f
		if t.live(f) {
			empty = false
			if t.held < f {
				s.waits = t
				return false
			}
		}
	}
	if empty && (s.own == nil || s.own.from <= f) {
		return false
	}
	s.confirmed, s.even = f, even && !closed
	if closed {
		s.forget()
	}
	return true
}

// Even reports whether the frame that was confirmed last is sure to be like the one before:
// of the same streams, none of which has ended, and with a record of the same length of each.
func (s *Set) Even() bool { return s.even }

// Lowest returns the first of the streams that are live at a frame, as far as is known
// here: false if there is none.
func (s *Set) Lowest(f rollback.Frame) (StreamID, bool) {
	for _, t := range s.streams {
		if t.live(f) {
			return t.id, true
		}
	}
	return StreamID{}, false
}

// Lacks reports whether the next frame to confirm waits for a stream.
func (s *Set) Lacks(id StreamID) bool {
	t := s.find(id)
	return t != nil && t.live(s.confirmed+1) && t.held <= s.confirmed
}

// forget drops streams that ended so long ago that nobody lacks any of them.
func (s *Set) forget() {
	s.streams = slices.DeleteFunc(s.streams, func(t *Stream) bool {
		return t != s.own && t.end != Endless && int(s.confirmed-t.end) > s.ring
	})
}

// Record returns the record of a frame, nil if it is not held or no longer kept. It
// is valid until the next call that changes the set.
func (s *Set) Record(id StreamID, f rollback.Frame) []byte {
	if t := s.find(id); t != nil && t.keeps(f) {
		return t.ring.record(f)
	}
	return nil
}

// Tail returns copies of the newest records of a stream, at most frames of them,
// and the frame of the first.
func (s *Set) Tail(id StreamID, frames int) (first rollback.Frame, tail [][]byte) {
	t := s.find(id)
	if t == nil {
		return 0, nil
	}
	first = max(t.from, t.held-rollback.Frame(frames)+1)
	for first <= t.held && !t.keeps(first) {
		first++ // of a stream that this machine knows from a snapshot on
	}
	for f := first; f <= t.held; f++ {
		tail = append(tail, bytes.Clone(t.ring.record(f)))
	}
	return first, tail
}

// DigestThrough returns the digest of a stream's records through a frame, and false
// if what it needs is no longer, or not yet, held.
func (s *Set) DigestThrough(id StreamID, through rollback.Frame) (Digest, bool) {
	t := s.find(id)
	if t == nil || through > t.held {
		return Digest{}, false
	}
	return t.digest(through)
}

// Entry is one stream's part of a confirmed frame.
type Entry struct {
	Stream StreamID
	Record []byte
}

// AppendContent appends what a confirmed frame consists of, in the order of the
// streams. The records are valid until the next call that changes the set.
func (s *Set) AppendContent(dst []Entry, f rollback.Frame) []Entry {
	for _, t := range s.streams {
		if t.live(f) {
			dst = append(dst, Entry{t.id, t.ring.record(f)})
		}
	}
	return dst
}
