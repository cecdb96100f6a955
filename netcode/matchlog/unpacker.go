package matchlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxBesideBytes is how many bytes of blocks may lie between two snapshots besides their parts: 2
// KiB for each frame of the longest stretch. What is packed well enough would else be read for
// hours.
const maxBesideBytes = MaxStretchFrames << 11

// maxPartsBytes is how many bytes of parts a snapshot may have: twice those of the largest world.
const maxPartsBytes = 2 * MaxSnapshotBytes

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
	parts   int    // bytes of the newest snapshot's parts,
	beside  int    // and of all blocks behind it that are none

	unpacked int   // bytes of blocks, so far
	broken   error // the group cannot be unpacked any further
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
	if err := u.unpack(c); err != nil {
		return err
	}
	u.left = u.raw
	u.at += c.fileBytes()
	u.number++
	return nil
}

// unpack unpacks a chunk into raw. Where that fails the rest of its group cannot be unpacked either.
func (u *unpacker) unpack(c *chunk) (err error) {
	damaged := &CutError{u.at, "the log is damaged: what it says of itself cannot be unpacked"}
	u.source.b = c.packed
	if c.begins&beginsGroup != 0 {
		if err := u.beginGroup(); err != nil {
			return err
		}
	}
	if u.broken != nil || u.zip == nil {
		return damaged
	}
	if cap(u.raw) < c.raw {
		u.raw = make([]byte, c.raw)
	}
	u.raw = u.raw[:c.raw]
	u.unpacked += c.raw
	if _, err := io.ReadFull(u.zip, u.raw); err != nil || len(u.source.b) > 0 {
		u.broken = damaged
	}
	return u.broken
}

// beginGroup begins to unpack without what came before.
func (u *unpacker) beginGroup() (err error) {
	if u.zip == nil {
		u.zip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytes), zstd.WithDecoderLowmem(true))
		if err != nil {
			return fmt.Errorf("matchlog: %w", err)
		}
	}
	u.broken = u.zip.Reset(&u.source)
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

// fits counts a block, and reports whether there may be so much from one snapshot to the next.
func (u *unpacker) fits(b []byte) bool {
	switch kind(b[0]) {
	case kindSnapshot:
		u.parts, u.beside = 0, 0
	case kindPart:
		u.parts += len(b)
	default:
		u.beside += len(b)
	}
	return u.parts <= maxPartsBytes && u.beside <= maxBesideBytes
}
