// Package fields reads what members write field by field: strictly, so that nothing can be
// written in two ways, and with a bound on every number. What a field means is its reader's.
//
//	r := fields.Read(b)
//	kind, number := r.Byte(), r.Number(100)
//	if r.Bad || len(r.Rest) > 0 {
//		return ErrMalformed
//	}
package fields

import (
	"encoding/binary"
	"math"

	"github.com/visavis-netcode/visavis/rollback"
)

// Reader takes fields off the front of some bytes. It does not allocate.
type Reader struct {
	Rest []byte // what is still to be read
	Bad  bool   // a field was not there, or not as it must be: what is read from then on is nothing
}

// Read reads bytes. What it gives is a part of them.
func Read(b []byte) Reader { return Reader{Rest: b} }

// Fail notes a fault, after which nothing is left to be read.
func (r *Reader) Fail() { r.Rest, r.Bad = nil, true }

// Take takes so many bytes; none and a fault if there are not as many.
func (r *Reader) Take(n int) []byte {
	if n > len(r.Rest) {
		r.Fail()
		return nil
	}
	b := r.Rest[:n:n]
	r.Rest = r.Rest[n:]
	return b
}

// Byte takes a byte, 0 if there is none.
func (r *Reader) Byte() byte {
	if b := r.Take(1); b != nil {
		return b[0]
	}
	return 0
}

// Truth takes a byte that is 0 or 1.
func (r *Reader) Truth() bool {
	b := r.Byte()
	r.Bad = r.Bad || b > 1
	return b == 1 && !r.Bad
}

// Number takes a uvarint that is as short as it can be, and at most so large.
func (r *Reader) Number(most uint64) uint64 {
	n, size := binary.Uvarint(r.Rest)
	if size <= 0 || n > most || size > 1 && r.Rest[size-1] == 0 {
		r.Fail()
		return 0
	}
	r.Rest = r.Rest[size:]
	return n
}

// Uint64 takes eight bytes, the highest first.
func (r *Reader) Uint64() uint64 {
	if b := r.Take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Frame takes a frame, -1 at least, and at most so large that what is added to one stays a
// frame.
func (r *Reader) Frame() rollback.Frame { return rollback.Frame(r.Number(math.MaxInt32/2)) - 1 }
