package matchlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/klauspost/compress/zstd"

	"github.com/visavis-netcode/visavis/rollback"
)

// MaxStretchFrames is how many frames may lie between two snapshots of a file.
const MaxStretchFrames = 1 << 15

// maxBesideBytes is how many bytes of blocks may lie between two snapshots besides their parts: 2
// KiB for each frame of the longest stretch. What is packed well enough would else be read for
// hours.
const maxBesideBytes = MaxStretchFrames << 11

// maxChunks bounds the index of a file: half a year of a match.
const maxChunks = 1 << 24

// ErrNoLog: a file is no log of a match at all.
var ErrNoLog = errors.New("this file is no recorded match")

// NewerError: a file is of a newer version of the format.
type NewerError struct {
	Version int  // of the file
	Kind    byte // of a block that is not known, if the version is
}

func (e *NewerError) Error() string {
	if e.Kind != 0 {
		return fmt.Sprintf("this match was recorded by a newer version of the game: blocks of kind %d cannot be read by this one", e.Kind)
	}
	return fmt.Sprintf("this match was recorded by a newer version of the game, in format %d; this one reads formats up to %d", e.Version, fileVersion)
}

// Log is a file that is open for reading. Of what it holds only the index is in memory.
type Log struct {
	Header *Header
	Frames rollback.Frame // the first frame that is not in it
	Result *Result        // nil if the match's end is not in it
	Desync *Desync        // why the match ended, if worlds differed; nil if not,
	// Worlds are those before its frame, as far as the author had them whole, by machine.
	Worlds map[uint8][]byte
	// Cut is why the file ends before its writer was done, or is damaged from somewhere on;
	// nil if it is whole. What is before can be read.
	Cut error

	from   io.ReaderAt
	size   int64
	starts []start // of its snapshots
	chunks uint32  // that are whole
	next   place   // where Grow goes on
}

// place is where the index of a file has come to.
type place struct {
	at          int64  // of the next chunk,
	number      uint32 // which is this one
	group       int64  // where the chunk lies that has begun the newest group,
	groupNumber uint32 // and which that is
}

// start is where a snapshot begins.
type start struct {
	frame         rollback.Frame
	place                // of its chunk
	throughNumber uint32 // the first chunk that is not this stretch's
}

// Open reads the index of a file of so many bytes. progress, if not nil, is told how many
// of them have been read. It returns ErrNoLog, a *NewerError, a *CutError if not even the
// first frame is whole, or what reading has failed with.
func Open(from io.ReaderAt, size int64, progress func(done, total int64)) (*Log, error) {
	l := &Log{from: from, size: size, next: place{at: startBytes, group: startBytes}}
	var begin [startBytes]byte
	if _, err := from.ReadAt(begin[:], 0); err != nil || !bytes.HasPrefix(begin[:], magic[:]) {
		return nil, ErrNoLog
	}
	if version := int(begin[startBytes-1]); version > fileVersion {
		return nil, &NewerError{Version: version}
	} else if version == 0 {
		return nil, ErrNoLog
	}
	if err := l.index(progress); err != nil {
		return nil, err
	}
	if err := l.readHeader(); err != nil {
		return nil, err
	}
	return l, l.findEnd()
}

// Grow goes on with a file that has become longer, and begins as it did: what is new of it can be
// read from then on. An error is as of Open; what could be read before still can.
func (l *Log) Grow(from io.ReaderAt, size int64) error {
	if size < l.size {
		return errors.New("a match's log does not become shorter")
	}
	l.from, l.size, l.Cut = from, size, nil
	if err := l.index(nil); err != nil {
		return err
	}
	return l.findEnd()
}

// index looks at all chunks that it does not know yet.
func (l *Log) index(progress func(done, total int64)) error {
	for p := &l.next; p.number < maxChunks; {
		if progress != nil {
			progress(p.at, l.size)
		}
		c, err := readChunk(l.from, p.at, l.size, p.number)
		if err == io.EOF {
			break
		}
		if err != nil {
			l.Cut = err
			break
		}
		if c.begins&beginsSnapshot != 0 && !l.startStretch(c) {
			l.Cut = &CutError{p.at, "the log is damaged: its snapshots are out of order"}
			break
		}
		if c.begins&beginsGroup != 0 {
			p.group, p.groupNumber = p.at, c.number
		}
		p.at += c.fileBytes()
		p.number++
	}
	l.chunks = l.next.number
	l.endStretch(l.chunks)
	if len(l.starts) == 0 {
		if l.Cut == nil {
			l.Cut = &CutError{l.next.at, "the log ends before the first frame"}
		}
		return l.Cut
	}
	return nil
}

// startStretch notes that the next chunk begins with a snapshot. It reports false if that is no
// later one than the one before.
func (l *Log) startStretch(c *chunk) bool {
	if n := len(l.starts); n > 0 && l.starts[n-1].frame >= c.frame {
		return false
	}
	l.endStretch(c.number)
	l.starts = append(l.starts, start{frame: c.frame, place: l.next})
	if s := &l.starts[len(l.starts)-1]; c.begins&beginsGroup != 0 {
		s.group, s.groupNumber = s.at, c.number
	}
	return true
}

func (l *Log) endStretch(number uint32) {
	if n := len(l.starts); n > 0 {
		l.starts[n-1].throughNumber = number
	}
}

func (l *Log) readHeader() error {
	u := newUnpacker(l.from, l.size, startBytes, 0, 1)
	defer u.close()
	block, err := u.next()
	if err != nil {
		return err
	}
	h, ok := block.(*Header)
	if !ok {
		return &CutError{int64(startBytes), "the log does not begin with what match it is of"}
	}
	l.Header = h
	return nil
}

// findEnd reads the last stretch: what is not whole of it is as if it were not there.
func (l *Log) findEnd() error {
	for len(l.starts) > 0 {
		s, err := l.Stretch(len(l.starts) - 1)
		if newer := new(NewerError); errors.As(err, &newer) {
			return err
		}
		if err == nil {
			l.Frames, l.Result, l.Desync, l.Worlds = s.End(), s.Result, s.Desync, s.Worlds
			return nil
		}
		if l.Cut == nil || s == nil {
			l.Cut = err
		}
		if s != nil {
			l.Frames = s.End()
			return nil
		}
		l.next = l.starts[len(l.starts)-1].place // the rest of it may be still to come
		l.starts = l.starts[:len(l.starts)-1]
	}
	return l.Cut
}

// Starts are the frames of the snapshots, ascending.
func (l *Log) Starts() []rollback.Frame {
	frames := make([]rollback.Frame, len(l.starts))
	for i, s := range l.starts {
		frames[i] = s.frame
	}
	return frames
}

// Bytes is how long the file is.
func (l *Log) Bytes() int64 { return l.size }

// StretchOf returns the last stretch that begins at a frame or before.
func (l *Log) StretchOf(f rollback.Frame) int {
	i := 0
	for i+1 < len(l.starts) && l.starts[i+1].frame <= f {
		i++
	}
	return i
}

// Blocks returns all blocks of the file, in order, but for those of optional kinds that
// this version does not know. An error is the last that it gives.
func (l *Log) Blocks() iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		u := newUnpacker(l.from, l.size, startBytes, 0, l.chunks)
		defer u.close()
		for {
			b, err := u.next()
			if err == io.EOF {
				return
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// unpacker reads the blocks of chunks, one after the other.
type unpacker struct {
	from    io.ReaderAt
	size    int64
	at      int64
	number  uint32 // of the next chunk
	through uint32 // the first chunk that is not to be read
	zip     *zstd.Decoder
	source  source
	raw     []byte
	left    []byte // of raw
	beside  int    // bytes of blocks since the newest snapshot that are no parts of it
}

// source is what the decoder reads: a chunk, and then the next one of its group.
type source struct{ b []byte }

func (s *source) Read(b []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.ErrUnexpectedEOF // more than a chunk says
	}
	n := copy(b, s.b)
	s.b = s.b[n:]
	return n, nil
}

func newUnpacker(from io.ReaderAt, size, at int64, number, through uint32) *unpacker {
	return &unpacker{from: from, size: size, at: at, number: number, through: through}
}

func (u *unpacker) close() {
	if u.zip != nil {
		u.zip.Close()
	}
}

// chunk unpacks the next chunk.
func (u *unpacker) chunk() error {
	if u.number >= u.through {
		return io.EOF
	}
	c, err := readChunk(u.from, u.at, u.size, u.number)
	if err != nil {
		return err
	}
	damaged := &CutError{u.at, "the log is damaged: what it says of itself cannot be unpacked"}
	u.source.b = c.packed
	if c.begins&beginsGroup != 0 {
		if u.zip == nil {
			u.zip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytes), zstd.WithDecoderLowmem(true))
			if err != nil {
				return fmt.Errorf("matchlog: %w", err)
			}
		}
		if u.zip.Reset(&u.source) != nil {
			return damaged
		}
	}
	if u.zip == nil {
		return damaged
	}
	if cap(u.raw) < c.raw {
		u.raw = make([]byte, c.raw)
	}
	u.raw = u.raw[:c.raw]
	if _, err := io.ReadFull(u.zip, u.raw); err != nil || len(u.source.b) > 0 {
		return damaged
	}
	u.left = u.raw
	u.at += c.fileBytes()
	u.number++
	return nil
}

// next returns the next block: io.EOF if there is none.
func (u *unpacker) next() (Block, error) {
	for {
		for len(u.left) == 0 {
			if err := u.chunk(); err != nil {
				return nil, err
			}
		}
		n := 0
		if len(u.left) >= lengthBytes {
			n = int(u.left[0])<<8 | int(u.left[1])
		}
		if len(u.left) < lengthBytes+n || n == 0 {
			return nil, &CutError{u.at, "the log is damaged: a block is longer than what holds it, or empty"}
		}
		b := u.left[lengthBytes : lengthBytes+n]
		u.left = u.left[lengthBytes+n:]
		if !u.fits(b) {
			return nil, &CutError{u.at, "the log is damaged: there is more between two snapshots than a match has"}
		}
		block, err := Parse(b)
		unknown := new(KindError)
		switch {
		case errors.As(err, &unknown) && unknown.Optional():
			continue
		case errors.As(err, &unknown):
			return nil, &NewerError{Version: fileVersion, Kind: unknown.Kind}
		case err != nil:
			return nil, &CutError{u.at, fmt.Sprintf("the log is damaged: a block of kind %d makes no sense", b[0])}
		}
		return block, nil
	}
}

// fits counts a block, and reports whether there may be so much between two snapshots.
func (u *unpacker) fits(b []byte) bool {
	switch kind(b[0]) {
	case kindSnapshot:
		u.beside = 0
	case kindPart: // a snapshot says how many there are
	default:
		u.beside += len(b)
	}
	return u.beside <= maxBesideBytes
}
