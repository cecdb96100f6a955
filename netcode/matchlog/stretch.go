package matchlog

import (
	"io"
	"slices"

	"github.com/visavis-netcode/visavis/rollback"
)

// Stretch is a snapshot of a file and what follows it, up to the next one.
type Stretch struct {
	Snapshot  *Snapshot
	World     []byte // canonical bytes of the world before Snapshot.Frame
	Frames    []*Frames
	Checksums []Checksum
	Marks     []*Marks
	Views     []*View
	Signed    []*Signed
	Newcomers Newcomers
	Commands  Commands
	Result    *Result
	Desync    *Desync // why the match ended, if that was it,
	// Worlds are those before its frame, as far as the author had them whole, by machine.
	Worlds map[uint8][]byte
}

// End is the first frame that is not in it.
func (s *Stretch) End() rollback.Frame {
	if n := len(s.Frames); n > 0 {
		return s.Frames[n-1].First + rollback.Frame(s.Frames[n-1].Count())
	}
	return s.Snapshot.Frame
}

// Stretch reads the i-th stretch. If it is damaged behind its snapshot the error comes with
// what is before that.
func (l *Log) Stretch(i int) (*Stretch, error) {
	start := l.starts[i]
	u := newUnpacker(l.from, l.size, start.group, start.groupNumber, start.throughNumber)
	defer u.close()
	for u.number < start.number { // the packing refers to what is before
		if err := u.chunk(); err != nil {
			return nil, err
		}
	}
	u.left = nil
	r := stretchReader{frames: MaxStretchFrames}
	for {
		block, err := u.next()
		if err == nil && !r.take(block) {
			err = &CutError{u.at, "the log is damaged: its blocks are out of order"}
		}
		whole := r.s.Snapshot != nil && r.assembly.Whole()
		if err == io.EOF && whole && r.s.Snapshot.Frame == start.frame {
			r.s.World = r.assembly.Section(SectionWorld)
			return &r.s, nil
		}
		if err == io.EOF {
			err = &CutError{u.at, "the log is damaged: a snapshot is not whole"}
		}
		if err != nil && whole {
			r.s.World = r.assembly.Section(SectionWorld)
			return &r.s, err
		}
		if err != nil {
			return nil, err
		}
	}
}

// stretchReader sees to the order of blocks.
type stretchReader struct {
	s        Stretch
	assembly *Assembly
	frames   int // that may still come
	worlds   desyncWorlds
}

// take reports whether a block has its place here.
func (r *stretchReader) take(block Block) bool {
	if r.s.Snapshot == nil {
		s, ok := block.(*Snapshot)
		if ok {
			r.s.Snapshot, r.assembly = s, Assemble(s)
		}
		return ok && s.Sections&SectionWorld != 0
	}
	part, isPart := block.(*Part)
	if isPart || !r.assembly.Whole() {
		return isPart && r.assembly.Take(part) == nil
	}
	if r.s.Result != nil {
		return false
	}
	switch b := block.(type) {
	case *Desync:
		if r.s.Desync != nil {
			return false
		}
		r.s.Desync = b
	case *DesyncWorld:
		if r.s.Desync == nil || b.Frame != r.s.Desync.Frame || !r.worlds.take(b) {
			return false
		}
		r.s.Worlds = r.worlds.whole
	case *Frames:
		if b.First != r.s.End() || b.Count() > r.frames {
			return false
		}
		r.frames -= b.Count()
		r.s.Frames = append(r.s.Frames, b)
	case *Checksum:
		r.s.Checksums = append(r.s.Checksums, *b)
	case *Marks:
		r.s.Marks = append(r.s.Marks, b)
	case *View:
		r.s.Views = append(r.s.Views, b)
	case *Signed:
		r.s.Signed = append(r.s.Signed, b)
	case *Newcomer:
		r.s.Newcomers.Take(b)
	case *Command:
		if !r.s.Commands.Take(b) {
			return false
		}
	case *Result:
		r.s.Result = b
	default:
		return false
	}
	return len(r.s.Checksums)+len(r.s.Marks)+len(r.s.Views)+len(r.s.Signed)+len(r.s.Commands) <= MaxStretchFrames
}

// At returns the block that holds a frame, and the frame's span in it and place in that.
func (s *Stretch) At(f rollback.Frame) (span *Span, place int, ok bool) {
	i, _ := slices.BinarySearchFunc(s.Frames, f, func(b *Frames, f rollback.Frame) int {
		if b.First+rollback.Frame(b.Count()) <= f {
			return -1
		}
		return 1
	})
	if i == len(s.Frames) || f < s.Frames[i].First {
		return nil, 0, false
	}
	return s.Frames[i].At(f)
}
