package matchlog

import (
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Record is one stream's part of a frame.
type Record struct {
	Stream records.StreamID
	Seats  uint16 // bit k: seat k's inputs are in it
	Bytes  []byte
}

// Packer makes blocks of confirmed frames, each as many as fit:
//
//	if !packer.Add(f, lineup, content) {
//		write(packer.Block())
//		packer.Add(f, lineup, content)
//	}
//
// The zero Packer is ready.
type Packer struct {
	frames Frames
	count  int
	size   int // more than the block would have in bytes
}

const (
	spanBytes = 8  // of a span's fields at most
	runBytes  = 10 // and of a run's
)

// Add adds the next frame, whose records are copied: content is by ascending machine, each
// of MaxRecordBytes at most. It reports false, and adds nothing, if the block is full or
// the frame does not follow.
func (p *Packer) Add(f rollback.Frame, l rollback.Lineup, content []Record) bool {
	b := &p.frames
	fresh := len(b.Spans) == 0 || !b.Spans[len(b.Spans)-1].goesOn(l, content)
	grows := 0
	if fresh {
		grows = spanBytes + runBytes*len(content)
	}
	for i, r := range content {
		var before []byte
		if !fresh {
			before = b.Spans[len(b.Spans)-1].last(i)
		}
		grows++ // a bit, or a byte of them
		if !slices.Equal(before, r.Bytes) {
			grows += 2 + recordBytes(r.Bytes, before)
		}
	}
	switch {
	case p.count == 0:
		b.First, p.size = f, 1+8
	case f != b.First+rollback.Frame(p.count), p.count == MaxFrames, p.size+grows > MaxBlockBytes:
		return false
	}
	p.size += grows
	p.count++
	if fresh {
		b.Spans = append(b.Spans, newSpan(l, content))
	}
	b.Spans[len(b.Spans)-1].add(content)
	return true
}

// Empty reports whether no frame was added since the last Block.
func (p *Packer) Empty() bool { return p.count == 0 }

// Block returns the frames that were added, and begins anew. It is nil if there are none.
func (p *Packer) Block() *Frames {
	if p.count == 0 {
		return nil
	}
	b := p.frames
	*p = Packer{}
	return &b
}

func newSpan(l rollback.Lineup, content []Record) Span {
	s := Span{Lineup: l}
	for _, r := range content {
		s.Runs = append(s.Runs, Run{Stream: r.Stream, Seats: r.Seats})
	}
	return s
}

// goesOn reports whether a frame is one of the same span.
func (s *Span) goesOn(l rollback.Lineup, content []Record) bool {
	return l == s.Lineup && slices.EqualFunc(s.Runs, content, func(r Run, c Record) bool {
		return r.Stream == c.Stream && r.Seats == c.Seats
	})
}

func (s *Span) last(run int) []byte { return s.Runs[run].Records[s.Count-1] }

func (s *Span) add(content []Record) {
	for i, c := range content {
		r := &s.Runs[i]
		if s.Count > 0 && slices.Equal(s.last(i), c.Bytes) {
			r.Records = append(r.Records, s.last(i))
		} else {
			r.Records = append(r.Records, slices.Clone(c.Bytes))
		}
	}
	s.Count++
}
