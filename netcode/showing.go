package netcode

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// worldSegments is how many segments apart those are that one may begin to watch with.
const worldSegments = 5 * audience.PerSecond

// linksSegments is how many segments apart those are that tell how the maker's links are.
const linksSegments = audience.PerSecond

var (
	errShownTooBig = errors.New("the match cannot be watched any more: a tenth of a second of it is too big")
	errShownLate   = errors.New("the match cannot be watched any more: its frames are no longer known")
)

// showing makes the segments of a match for those who watch (package audience): confirmed
// frames, as the match's log has them, and now and then the world before them. Owner: the
// stage.
type showing struct {
	play   *play
	match  [32]byte
	key    ed25519.PrivateKey // of this match's segments, and of nothing else
	frames rollback.Frame     // of a segment
	next   rollback.Frame     // that is in none yet
	over   bool               // the last segment is made
	worlds bool               // are wanted
	err    error              // why no more can be made

	segment    audience.Segment // the one that is being made
	world      []byte           // with it; nil: none
	wantsWorld bool
	packer     matchlog.Packer
	origin     rollback.Origin
	introduces introducer
	attests    attester
	summed     *audience.Sum // of a world in the segment that is made; nil: none
}

// shown is a segment that is made.
type shown struct {
	segment audience.Segment
	bytes   []byte
	world   []byte
	sum     *audience.Sum // of a world in it that the players compare; nil: none
}

// newShowing makes the segments of a match from here on, and signs them with a key.
func newShowing(p *play, key ed25519.PrivateKey) *showing {
	s := &showing{play: p, match: p.logID(), key: key, frames: segmentFrames(p.terms.tickRate), attests: attester{apart: attestedFrames}}
	s.next = (p.sim.settled() + s.frames - 1) / s.frames * s.frames
	s.segment.Number = uint32(s.next / s.frames)
	return s
}

// segmentFrames is how many frames a segment has.
func segmentFrames(tickRate int) rollback.Frame {
	return rollback.Frame(max(1, tickRate/audience.PerSecond))
}

// step makes the segments of what is settled since.
func (s *showing) step(made func(shown)) {
	p := s.play
	through := p.settledThrough()
	for s.next < through && s.err == nil && s.ready(through) {
		if s.next%s.frames == 0 {
			s.begin()
		}
		s.frame()
		if s.next++; s.next%s.frames == 0 {
			s.finish(made)
		}
	}
	over := p.phase == finished && s.err == nil && !s.over
	for b := s.attests.next(p.telling.who, s.next, over); b != nil; b = s.attests.next(p.telling.who, s.next, over) {
		s.say(b)
	}
	if over {
		s.over = true
		s.sum()
		s.say(p.ending.result.block())
		s.segment.Last = true
		s.finish(made)
	}
}

// ready reports whether the session has settled what there is to say of the world before the
// next frame. It may be a tick behind.
func (s *showing) ready(through rollback.Frame) bool {
	f, p := s.next, s.play
	world := f%s.frames == 0 && s.worlds && (s.wantsWorld || s.segment.Number%worldSegments == 0)
	if !world && !s.compared(f) || p.phase == finished || through-f >= unsettledFrames {
		return true
	}
	_, known := p.sim.ChecksumAt(f)
	return known || p.sim.ReadOrigin(&s.origin, f)
}

// compared reports whether the players compare their worlds before a frame.
func (s *showing) compared(f rollback.Frame) bool {
	every := rollback.Frame(s.play.terms.checksums)
	return every > 0 && f%every == 0
}

// begin begins a segment, with the world before it if that is due and still kept.
func (s *showing) begin() {
	if s.segment.Number%linksSegments == 0 {
		s.say(s.play.links())
	}
	sim := s.play.sim
	s.wantsWorld = s.wantsWorld || s.segment.Number%worldSegments == 0
	if !s.wantsWorld || !s.worlds || !sim.ReadOrigin(&s.origin, s.next) {
		return
	}
	sum, known := sim.ChecksumAt(s.next)
	world, kept := sim.AppendWorldAt(nil, s.next)
	if !known || !kept || len(world) > audience.MaxWorldBytes {
		return
	}
	s.wantsWorld, s.world, s.segment.World = false, world, audience.SumOf(world)
	s.introduces.anew()
	o := &s.origin
	s.say(&matchlog.Snapshot{
		Frame: s.next, Lineup: o.Lineup, Inputs: o.Inputs, Digest: o.Digest, World: sum.World, Sections: matchlog.SectionWorld,
	})
}

// sum tells what the world before the next frame is, where the players compare theirs.
func (s *showing) sum() {
	if !s.compared(s.next) {
		return
	}
	if sum, known := s.play.sim.ChecksumAt(s.next); known {
		s.say((*matchlog.Checksum)(&sum))
		s.summed = &audience.Sum{Frame: uint32(sum.Frame), World: sum.World}
	}
}

// frame tells the next frame, and what its world is where the players compare theirs.
func (s *showing) frame() {
	t, f := &s.play.telling, s.next
	s.sum()
	lineup, content, known := t.frame(f)
	if !known {
		s.err = errShownLate
		return
	}
	s.introduces.introduce(f, content, t.worlds.CommandsAt(f), t.whose, s.say)
	if !s.packer.Add(f, lineup, content) {
		s.flush()
		s.packer.Add(f, lineup, content)
	}
}

func (s *showing) flush() {
	if b := s.packer.Block(); b != nil {
		s.say(b)
	}
}

// say appends a block to the segment.
func (s *showing) say(b matchlog.Block) {
	at := len(s.segment.Log)
	log := matchlog.Append(append(s.segment.Log, 0, 0), b)
	binary.BigEndian.PutUint16(log[at:], uint16(len(log)-at-2))
	s.segment.Log = log
}

// shownBlock reads the first block of a segment, and returns the rest.
func shownBlock(log []byte) (b matchlog.Block, rest []byte, err error) {
	if len(log) < 2 {
		return nil, nil, matchlog.ErrMalformed
	}
	n := int(binary.BigEndian.Uint16(log))
	if log = log[2:]; len(log) < n {
		return nil, nil, matchlog.ErrMalformed
	}
	b, err = matchlog.Parse(log[:n])
	return b, log[n:], err
}

// optional reports whether what shownBlock could not read is a block that a log can do
// without.
func optional(err error) bool {
	var unknown *matchlog.KindError
	return errors.As(err, &unknown) && unknown.Optional()
}

// finish hands out the segment, and makes room for the next.
func (s *showing) finish(made func(shown)) {
	s.flush()
	b := s.segment.Stamp(s.match, s.key)
	if len(b) > audience.MaxSegmentBytes {
		s.err = errShownTooBig
		return
	}
	made(shown{s.segment, b, s.world, s.summed})
	s.segment, s.world, s.summed = audience.Segment{Number: s.segment.Number + 1}, nil, nil
}
