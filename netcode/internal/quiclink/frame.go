package quiclink

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

const (
	preamble        = 'v'
	maxReasonBytes  = 200
	maxGoodbyeBytes = binary.MaxVarintLen32 + maxReasonBytes
	maxHeaderBytes  = 3 // holds 2*MaxMessageBytes
)

// errFrame: the peer sent what no honest peer sends.
var errFrame = errors.New("the other side sent a malformed message")

// appendMessage appends a frame that carries a message.
func appendMessage(to, message []byte) []byte {
	to = binary.AppendUvarint(to, uint64(len(message))<<1)
	return append(to, message...)
}

// appendGoodbye appends the last frame of a stream. The reason is clean.
func appendGoodbye(to []byte, code link.Code, reason string) []byte {
	var b [binary.MaxVarintLen32]byte
	n := binary.PutUvarint(b[:], uint64(code))
	to = binary.AppendUvarint(to, uint64(n+len(reason))<<1|1)
	to = append(to, b[:n]...)
	return append(to, reason...)
}

// frameReader takes a stream apart. It never holds more than one frame.
type frameReader struct {
	r   *bufio.Reader
	buf []byte
}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, 2048)}
}

// next returns the next message, or the goodbye. body is valid until the next
// call. Any error but errFrame is the stream's.
func (f *frameReader) next() (body []byte, goodbye *link.CloseError, err error) {
	header, err := f.header()
	if err != nil {
		return nil, nil, err
	}
	size, limit := int(header>>1), link.MaxMessageBytes
	if header&1 == 1 {
		limit = maxGoodbyeBytes
	}
	if size > limit {
		return nil, nil, errFrame
	}
	if err := f.fill(size); err != nil {
		return nil, nil, err
	}
	if header&1 == 0 {
		return f.buf, nil, nil
	}
	code, n := binary.Uvarint(f.buf)
	if n <= 0 || code > 1<<32-1 {
		return nil, nil, errFrame
	}
	return nil, &link.CloseError{Code: link.Code(code), Reason: clean(string(f.buf[n:])), Remote: true}, nil
}

// header reads a varint of at most maxHeaderBytes in its shortest form.
func (f *frameReader) header() (h uint32, err error) {
	for i := range maxHeaderBytes {
		b, err := f.r.ReadByte()
		if err != nil {
			return 0, err
		}
		h |= uint32(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 && i > 0 {
				return 0, errFrame
			}
			return h, nil
		}
	}
	return 0, errFrame
}

// fill reads size bytes. The buffer grows as they come, not as they are
// announced, and a large one is not kept for the small frames that follow.
func (f *frameReader) fill(size int) error {
	const step = 4096
	if cap(f.buf) > step && size <= step {
		f.buf = nil
	}
	f.buf = f.buf[:0]
	for len(f.buf) < size {
		n := min(step, size-len(f.buf))
		if cap(f.buf)-len(f.buf) < n {
			f.buf = append(f.buf, make([]byte, n)...)[:len(f.buf)]
		}
		start := len(f.buf)
		f.buf = f.buf[:start+n]
		if _, err := io.ReadFull(f.r, f.buf[start:]); err != nil {
			return err
		}
	}
	return nil
}
