package matchlog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/visavis-netcode/visavis/rollback"
)

// magic begins a file: bytes that no text has, three letters, and what a transfer that
// takes it for text would change. The version stands behind.
var magic = [7]byte{0x89, 'V', 'V', 'L', '\r', '\n', 0x1a}

const (
	fileVersion  = 1
	startBytes   = 8 // magic and version
	headBytes    = 17
	tailBytes    = 4                                 // CRC-32C of what stands before it in the chunk
	maxRawBytes  = 256 << 10                         // of the blocks of one chunk, with their lengths
	maxPackBytes = maxRawBytes + maxRawBytes/64 + 64 // what cannot be packed becomes a little longer
	maxGroupRaw  = 1 << 20                           // from there on a snapshot begins another group
	windowBytes  = 256 << 10                         // how far back the packing refers
	lengthBytes  = 2                                 // before each block
)

// What a chunk begins.
const (
	beginsGroup    = 1 << iota // it is packed without what came before
	beginsSnapshot             // its first block is a Snapshot
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunk is what is written at once.
type chunk struct {
	number uint32
	begins byte
	frame  rollback.Frame // of the snapshot that it begins, else -1
	raw    int            // bytes of its blocks
	packed []byte         // and how they stand in the file
}

func appendChunk(dst []byte, c *chunk) []byte {
	at := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, c.number)
	dst = binary.BigEndian.AppendUint32(dst, uint32(c.frame+1))
	dst = append(dst, c.begins)
	dst = binary.BigEndian.AppendUint32(dst, uint32(c.raw))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(c.packed)))
	dst = append(dst, c.packed...)
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// CutError: a file is not whole from some byte on. What stands before can be read.
type CutError struct {
	Offset int64
	Says   string
}

func (e *CutError) Error() string { return fmt.Sprintf("%s, at byte %d", e.Says, e.Offset) }

// readChunk reads the chunk at an offset, which should be the number-th. It returns io.EOF
// at the end of the file and a *CutError for what is no such chunk.
func readChunk(r io.ReaderAt, at, size int64, number uint32) (*chunk, error) {
	cut := func(says string, args ...any) (*chunk, error) {
		return nil, &CutError{at, fmt.Sprintf(says, args...)}
	}
	if at == size {
		return nil, io.EOF
	}
	var head [headBytes]byte
	if size-at < headBytes+tailBytes {
		return cut("the log ends in the middle of a block")
	}
	if _, err := r.ReadAt(head[:], at); err != nil {
		return cut("the log cannot be read: %v", err)
	}
	c := &chunk{
		number: binary.BigEndian.Uint32(head[:]),
		frame:  rollback.Frame(binary.BigEndian.Uint32(head[4:])) - 1,
		begins: head[8],
		raw:    int(binary.BigEndian.Uint32(head[9:])),
	}
	packed := binary.BigEndian.Uint32(head[13:])
	if c.raw > maxRawBytes || c.raw == 0 || packed > maxPackBytes || c.begins > beginsGroup|beginsSnapshot || c.frame < rollback.NoFrame || c.begins&beginsSnapshot != 0 && c.frame < 0 || c.raw < 0 {
		return cut("the log is damaged")
	}
	if size-at < headBytes+int64(packed)+tailBytes {
		return cut("the log ends in the middle of a block")
	}
	b := make([]byte, headBytes+int(packed)+tailBytes)
	if _, err := r.ReadAt(b, at); err != nil {
		return cut("the log cannot be read: %v", err)
	}
	body := b[:len(b)-tailBytes]
	switch {
	case crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[len(body):]):
		return cut("the log is damaged")
	case c.number < number:
		return cut("the log has block %d again in place of block %d", c.number, number)
	case c.number > number:
		return cut("the log lacks block %d", number)
	}
	c.packed = body[headBytes:]
	return c, nil
}

func (c *chunk) fileBytes() int64 { return headBytes + int64(len(c.packed)) + tailBytes }
