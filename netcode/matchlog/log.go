package matchlog

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/visavis-netcode/visavis/rollback"
)

// MaxStretchFrames is how many frames may lie between two snapshots of a file.
const MaxStretchFrames = 1 << 15

// maxSoughtBytes is how many bytes of blocks are unpacked to find the last snapshot that is whole:
// a writer that was cut off leaves one that is not, and where more follow nobody wrote a match.
const maxSoughtBytes = 64 << 20

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
	all    []start // of its snapshots,
	starts []start // and of those up to the last that is whole: the beginning of all
	chunks uint32  // that are whole
	next   place   // where Grow goes on
	tail   *Reader // of what Grow has brought; nil before the first
}

// place is where the index of a file has come to.
type place struct {
	at          int64  // of the next chunk,
	number      uint32 // which is this one
	group       int64  // where the chunk lies that has begun the newest group,
	groupNumber uint32 // which that is,
	groupRaw    int    // and how many bytes of blocks the group has by now
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
	l.starts = l.all
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
	return l.followEnd()
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
		if c.begins&beginsGroup != 0 {
			p.group, p.groupNumber, p.groupRaw = p.at, c.number, 0
		}
		if c.begins&beginsSnapshot != 0 {
			if says := l.startStretch(c); says != "" {
				l.Cut = &CutError{p.at, "the log is damaged: " + says}
				break
			}
		}
		p.groupRaw += c.raw
		p.at += c.fileBytes()
		p.number++
	}
	l.chunks = l.next.number
	l.endStretch(l.chunks)
	if len(l.all) == 0 {
		if l.Cut == nil {
			l.Cut = &CutError{l.next.at, "the log ends before the first frame"}
		}
		return l.Cut
	}
	return nil
}

// startStretch notes that the next chunk begins with a snapshot. It says what is wrong if there
// cannot be one, else "".
func (l *Log) startStretch(c *chunk) string {
	if n := len(l.all); n > 0 && l.all[n-1].frame >= c.frame {
		return "its snapshots are out of order"
	}
	if l.next.groupRaw >= maxGroupRaw {
		return "there is more before a snapshot than its group may have"
	}
	l.endStretch(c.number)
	l.all = append(l.all, start{frame: c.frame, place: l.next})
	return ""
}

func (l *Log) endStretch(number uint32) {
	if n := len(l.all); n > 0 {
		l.all[n-1].throughNumber = number
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

// Starts are the frames of the snapshots, ascending.
func (l *Log) Starts() []rollback.Frame {
	frames := make([]rollback.Frame, len(l.starts))
	for i, s := range l.starts {
		frames[i] = s.frame
	}
	return frames
}

// Stretches is how many snapshots there are, StartOf the frame of the i-th of them.
func (l *Log) Stretches() int               { return len(l.starts) }
func (l *Log) StartOf(i int) rollback.Frame { return l.starts[i].frame }

// Bytes is how long the file is.
func (l *Log) Bytes() int64 { return l.size }

// StretchOf returns the last stretch that begins at a frame or before.
func (l *Log) StretchOf(f rollback.Frame) int {
	i, found := slices.BinarySearchFunc(l.starts, f, func(s start, f rollback.Frame) int { return cmp.Compare(s.frame, f) })
	if !found {
		i--
	}
	return max(0, i)
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
