package replay

import (
	"fmt"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// sums is what a stretch says of worlds by the way.
type sums struct {
	marks  map[rollback.Frame]byte
	checks map[rollback.Frame]matchlog.Checksum
	twice  map[rollback.Frame]bool // of which it says two different things

	// The world that the match has ended with, if it is one of the stretch's, else NoFrame.
	resultAt    rollback.Frame
	resultWorld uint64
}

func sumsOf(s *matchlog.Stretch) sums {
	all := sums{map[rollback.Frame]byte{}, map[rollback.Frame]matchlog.Checksum{}, map[rollback.Frame]bool{}, rollback.NoFrame, 0}
	for _, m := range s.Marks {
		for k, b := range m.Bytes {
			f := m.First + rollback.Frame(k)
			if before, known := all.marks[f]; known && before != b {
				all.twice[f] = true
			}
			all.marks[f] = b
		}
	}
	for _, c := range s.Checksums {
		if before, known := all.checks[c.Frame]; known && before != c {
			all.twice[c.Frame] = true
		}
		all.checks[c.Frame] = c
	}
	return all
}

// result counts the world in that the match has ended with, if it is one of a stretch's.
func (s *sums) result(r *matchlog.Result, of *matchlog.Stretch) {
	if r != nil && r.World != 0 && r.Frame >= of.Snapshot.Frame && r.Frame <= of.End() {
		s.resultAt, s.resultWorld = r.Frame, r.World
	}
}

// beyond says in a sentence that something is said of a world to which a stretch does not go yet, ""
// if nothing is.
func (s *sums) beyond(of *matchlog.Stretch) string {
	last := of.End()
	for f := range s.marks {
		last = max(last, f)
	}
	for f := range s.checks {
		last = max(last, f)
	}
	if last == of.End() {
		return ""
	}
	return fmt.Sprintf("the recording has a checksum of the world before frame %d, where it does not have the frames before that: it cannot be verified", last)
}

// resultBeyond says in a sentence that a recording's result is a world to which it does not go, ""
// if it does.
func resultBeyond(l *matchlog.Log) string {
	switch r := l.Result; {
	case r == nil || r.Frame == l.Frames:
		return ""
	case r.Frame < l.Frames:
		return fmt.Sprintf("the recording says that the match has ended before frame %d, and goes on after that up to frame %d: its result cannot be verified", r.Frame, l.Frames-1)
	default:
		return fmt.Sprintf("the recording says that the match has ended before frame %d, and has only the frames before %d: its result cannot be verified", r.Frame, l.Frames)
	}
}

// snapshot counts the world in that a stretch begins with.
func (s *sums) snapshot(of *matchlog.Stretch) {
	f := of.Snapshot.Frame
	s.checks[f] = matchlog.Checksum{Frame: f, World: of.Snapshot.World, Inputs: of.Snapshot.Digest}
	if r := of.Result; r != nil && r.World != 0 {
		if _, summed := s.checks[r.Frame]; !summed {
			s.checks[r.Frame] = matchlog.Checksum{Frame: r.Frame, World: r.World}
		}
	}
}

// is compares a hash with what is said of the world before a frame, if anything is.
func (s *sums) is(f rollback.Frame, hash uint64) (alike, known bool) {
	if sum, ok := s.sum(f); ok {
		return sum.World == hash, true
	}
	mark, ok := s.mark(f)
	return mark == byte(hash), ok
}

func (s *sums) mark(f rollback.Frame) (byte, bool) {
	b, ok := s.marks[f]
	return b, ok
}

func (s *sums) sum(f rollback.Frame) (matchlog.Checksum, bool) {
	c, ok := s.checks[f]
	return c, ok
}
