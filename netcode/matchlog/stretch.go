package matchlog

import (
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
// what is before that. Who reads several has a Reader.
func (l *Log) Stretch(i int) (*Stretch, error) {
	r := l.Reader()
	defer r.Close()
	return r.Stretch(i)
}

// stretchReader sees to the order of blocks.
type stretchReader struct {
	s        Stretch
	frame    rollback.Frame // it begins with this one
	assembly *Assembly
	frames   int // that may still come
	marks    int // worlds that have come with Marks
	worlds   desyncWorlds
}

// begun reports whether the snapshot is whole.
func (r *stretchReader) begun() bool { return r.assembly != nil && r.assembly.Whole() }

// maxMarks is how many worlds of a stretch may have Marks: that before each of its frames, that behind
// the last, and as many in a block that is about another stretch, too.
const maxMarks = MaxStretchFrames + 1 + MaxFrames

// take reports whether a block has its place here.
func (r *stretchReader) take(block Block) bool {
	if r.s.Snapshot == nil {
		s, ok := block.(*Snapshot)
		if ok = ok && s.Frame == r.frame && s.Sections&SectionWorld != 0; ok {
			r.s.Snapshot, r.assembly = s, Assemble(s)
		}
		return ok
	}
	part, isPart := block.(*Part)
	if isPart || !r.begun() {
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
		if r.marks += len(b.Bytes); r.marks > maxMarks {
			return false
		}
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
