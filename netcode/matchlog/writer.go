package matchlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/visavis-netcode/visavis/rollback"
)

// Writer writes a log file. It belongs to one goroutine; a match is written by a Recorder,
// which has one of its own. Its first error is its last word.
type Writer struct {
	to     io.Writer
	zip    *zstd.Encoder
	packed bytes.Buffer
	out    []byte
	raw    []byte // blocks of the chunk that is being made

	next   chunk // all but its bytes
	group  int   // raw bytes since its beginning
	packer Packer
	err    error
}

// NewWriter begins a file with a header.
func NewWriter(to io.Writer, h *Header) (*Writer, error) {
	w := &Writer{to: to, next: chunk{begins: beginsGroup, frame: rollback.NoFrame}}
	var err error
	w.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(windowBytes),
		zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("matchlog: %w", err)
	}
	w.write(append(magic[:], fileVersion))
	w.Block(h)
	w.Flush()
	return w, w.err
}

// Frame adds a confirmed frame: see Packer.Add.
func (w *Writer) Frame(f rollback.Frame, l rollback.Lineup, content []Record) {
	if !w.packer.Add(f, l, content) {
		w.packFrames()
		w.packer.Add(f, l, content)
	}
}

// packFrames adds the block of the frames that have come.
func (w *Writer) packFrames() {
	if b := w.packer.Block(); b != nil {
		w.add(b)
	}
}

// Block adds another block than frames or a snapshot.
func (w *Writer) Block(b Block) {
	w.packFrames()
	w.add(b)
}

// Encoded adds a block that Append has made.
func (w *Writer) Encoded(b []byte) {
	w.packFrames()
	w.room(len(b))
	w.raw = append(binary.BigEndian.AppendUint16(w.raw, uint16(len(b))), b...)
}

func (w *Writer) add(b Block) {
	w.room(MaxBlockBytes)
	at := len(w.raw)
	w.raw = Append(append(w.raw, 0, 0), b)
	binary.BigEndian.PutUint16(w.raw[at:], uint16(len(w.raw)-at-lengthBytes))
}

// room sees to it that a block of so many bytes has room.
func (w *Writer) room(n int) {
	if len(w.raw)+lengthBytes+n > maxRawBytes {
		w.write(w.chunk())
	}
}

// Snapshot adds a snapshot and its world, before any frame from s.Frame on.
func (w *Writer) Snapshot(s *Snapshot, world []byte) {
	w.Flush()
	w.next.begins, w.next.frame = beginsSnapshot, s.Frame
	if w.group >= maxGroupRaw || w.next.number == 1 {
		w.next.begins |= beginsGroup
	}
	w.add(s)
	for piece := range Pieces(world) {
		w.add(&Part{s.Frame, SectionWorld, piece})
	}
}

// Flush writes all that was added.
func (w *Writer) Flush() error {
	w.packFrames()
	if len(w.raw) > 0 {
		w.write(w.chunk())
	}
	return w.err
}

// chunk makes the bytes of a chunk of what was added, and begins the next one.
func (w *Writer) chunk() []byte {
	if w.next.begins&beginsGroup != 0 {
		w.zip.Reset(&w.packed)
		w.group = 0
	}
	w.packed.Reset()
	w.zip.Write(w.raw) // into memory: it cannot fail
	w.zip.Flush()
	w.group += len(w.raw)
	w.next.raw, w.next.packed = len(w.raw), w.packed.Bytes()
	w.out = appendChunk(w.out[:0], &w.next)
	w.next = chunk{number: w.next.number + 1, frame: rollback.NoFrame}
	w.raw = w.raw[:0]
	return w.out
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.to.Write(b)
	}
}

// Err is what has gone wrong.
func (w *Writer) Err() error { return w.err }
