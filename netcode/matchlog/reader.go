package matchlog

import (
	"io"
	"maps"
)

// Reader reads the stretches of a log: of those that are read one after the other each chunk is
// unpacked once, where Log.Stretch unpacks what its group has before it each time. It belongs to
// one goroutine.
type Reader struct {
	log      *Log
	unpacker *unpacker // nil before the first
	group    int64     // where that has begun
	before   int       // bytes that unpackers before it have unpacked

	index int // of the stretch that is being read,
	now   *stretchReader
	err   error // and what is wrong with it: no more of it can be read
}

// Reader begins to read a log's stretches.
func (l *Log) Reader() *Reader { return &Reader{log: l} }

// Close gives back memory. The Reader may still be used.
func (r *Reader) Close() {
	if r.unpacker != nil {
		r.before = r.unpacked()
		r.unpacker.close()
	}
	r.unpacker, r.now = nil, nil
}

// unpacked is how many bytes of blocks were unpacked.
func (r *Reader) unpacked() int {
	if r.unpacker == nil {
		return r.before
	}
	return r.before + r.unpacker.unpacked
}

// Stretch reads the i-th stretch, or what has come of it since where the log has grown. If it is
// damaged behind its snapshot the error comes with what is before that.
func (r *Reader) Stretch(i int) (*Stretch, error) {
	start := &r.log.all[i]
	if r.now == nil || i != r.index {
		r.begin(i, start)
	}
	r.read(start)
	if !r.now.begun() {
		if r.err != nil {
			return nil, r.err
		}
		return nil, &CutError{r.unpacker.at, "the log is damaged: a snapshot is not whole"}
	}
	s := r.now.s
	s.World, s.Worlds = r.now.assembly.Section(SectionWorld), maps.Clone(s.Worlds)
	return &s, r.err
}

// begin goes to where a stretch begins.
func (r *Reader) begin(i int, start *start) {
	if r.unpacker == nil || r.group != start.group || r.unpacker.number > start.number {
		r.Close()
		r.unpacker, r.group = newUnpacker(r.log.from, r.log.size, start.group, start.groupNumber, start.number), start.group
	}
	u := r.unpacker
	r.index, r.now, r.err = i, &stretchReader{frame: start.frame, frames: MaxStretchFrames}, nil
	r.goOn(start.number)
	for r.err == nil && u.number < start.number { // the packing refers to what is before
		r.err = u.chunk()
	}
	u.left = nil
}

// read reads on to the end of a stretch.
func (r *Reader) read(start *start) {
	r.goOn(start.throughNumber)
	for r.err == nil {
		block, err := r.unpacker.next()
		if err == io.EOF {
			return
		}
		if err == nil && !r.now.take(block) {
			err = &CutError{r.unpacker.at, "the log is damaged: its blocks are out of order"}
		}
		r.err = err
	}
}

// goOn lets chunks be unpacked up to one: the log may have grown.
func (r *Reader) goOn(through uint32) {
	u := r.unpacker
	u.from, u.size, u.through = r.log.from, r.log.size, through
}
