package wire

import (
	"bytes"
	"encoding/binary"
)

// A run is consecutive records of one stream:
//
//	(foreign runs only: machine u8, born uvarint)
//	u16: first frame mod 32768, and 32768 if the record before it counts as zero
//	u8: records 1 to 127, and 128 if the last one is the stream's final record
//	bits, most significant first, padded to a byte; for each record
//	   0                        the same as the record before
//	   1 1 <size bytes>         all bytes
//	   1 0 <size bits> <bytes>  the bytes whose bit is set; the others as before
//	(records of one byte: 0, or 1 and the byte)
//
// The record before the first one is one that the receiver has acknowledged, so
// it holds it; before frame 0 it is all zero. A run that begins after records which
// may have been lost begins alone: the record before it counts as all zero.

const (
	// MaxRunRecords is how many records one run can carry.
	MaxRunRecords = 127
	// RunHeadBytes is how long the head of a sender's own run is.
	RunHeadBytes = 3
	// MaxRecordBytes is the largest record: all seats of a machine, one after
	// another. Two of them fit a datagram, so that every record can be sent twice.
	MaxRecordBytes = 512
)

const (
	runFinal  = 128
	runFrames = 1 << 15 // first frames are told modulo this
	runAlone  = 1 << 15
)

// RunWriter packs a run. It keeps no memory of its own.
type RunWriter struct {
	dst     []byte
	countAt int
	before  []byte // the record before the next one
	limit   int    // the datagram's largest length
	count   int
	acc     uint64 // bits not yet written, in the low n,
	n       uint   // 31 at most
}

// Begin starts the sender's own run at frame first, appended to dst. before is
// the record of frame first-1, zero if first is 0. limit is how long dst may
// become.
func (w *RunWriter) Begin(dst []byte, first int32, before []byte, limit int) {
	w.begin(dst, uint16(first%runFrames), before, limit)
}

// BeginAlone is Begin for a receiver that may lack the record of frame first-1.
// zero is a record of zeros.
func (w *RunWriter) BeginAlone(dst []byte, first int32, zero []byte, limit int) {
	w.begin(dst, uint16(first%runFrames|runAlone), zero, limit)
}

func (w *RunWriter) begin(dst []byte, head uint16, before []byte, limit int) {
	dst = append(dst, byte(head>>8), byte(head), 0)
	w.dst, w.countAt, w.before, w.limit = dst, len(dst)-1, before, limit
	w.count, w.acc, w.n = 0, 0, 0
}

// BeginForeign starts a run of another machine's stream.
func (w *RunWriter) BeginForeign(dst []byte, id StreamID, first int32, before []byte, limit int) {
	dst = append(dst, id.Machine)
	for born := id.Born; ; born >>= 7 {
		if born < 128 {
			dst = append(dst, byte(born))
			break
		}
		dst = append(dst, byte(born)|128)
	}
	w.Begin(dst, first, before, limit)
}

// Add appends the next record, as long as the one before. It reports false,
// and adds nothing, if the run is full. The record must stay unchanged until
// End.
func (w *RunWriter) Add(record []byte) bool {
	room, worst := 8*(w.limit-len(w.dst))-int(w.n), 2+9*len(record) // in bits
	if w.count == MaxRunRecords || room < worst && room < RecordBits(record, w.before) {
		return false
	}
	w.count++
	switch {
	case bytes.Equal(record, w.before):
		w.bits(0, 1)
	case len(record) == 1:
		w.bits(1<<8|uint64(record[0]), 9)
	case sparseBits(record, w.before) >= 8*len(record):
		w.bits(3, 2)
		w.whole(record)
	default:
		w.bits(2, 2)
		w.sparse(record)
	}
	w.before = record
	return true
}

// RecordBits is how many bits of a run a record takes after the one before.
func RecordBits(record, before []byte) int {
	switch {
	case bytes.Equal(record, before):
		return 1
	case len(record) == 1:
		return 9
	}
	return 2 + min(8*len(record), sparseBits(record, before))
}

// sparseBits is how many bits tell the bytes that are not as in the record before.
func sparseBits(record, before []byte) int {
	n := len(record)
	for i, b := range record {
		if b != before[i] {
			n += 8
		}
	}
	return n
}

func (w *RunWriter) whole(record []byte) {
	for ; len(record) >= 4; record = record[4:] {
		w.bits(uint64(binary.BigEndian.Uint32(record)), 32)
	}
	for _, b := range record {
		w.bits(uint64(b), 8)
	}
}

func (w *RunWriter) sparse(record []byte) {
	for i, b := range record {
		if b != w.before[i] {
			w.bits(1, 1)
		} else {
			w.bits(0, 1)
		}
	}
	for i, b := range record {
		if b != w.before[i] {
			w.bits(uint64(b), 8)
		}
	}
}

// bits writes the low n bits of v, at most 32; the others are 0. They leave four
// bytes at a time.
func (w *RunWriter) bits(v uint64, n uint) {
	w.acc = w.acc<<n | v
	if w.n += n; w.n >= 32 {
		w.n -= 32
		w.dst = binary.BigEndian.AppendUint32(w.dst, uint32(w.acc>>w.n))
	}
}

// End returns the datagram with the run in it, and how many records it has. If
// there are none the caller must drop the datagram's run: an empty run is
// malformed. final marks the last record as the stream's last.
func (w *RunWriter) End(final bool) ([]byte, int) {
	rest := uint32(w.acc << (32 - w.n))
	for ; w.n > 0; w.n -= min(w.n, 8) {
		w.dst = append(w.dst, byte(rest>>24))
		rest <<= 8
	}
	w.dst[w.countAt] = byte(w.count)
	if final {
		w.dst[w.countAt] |= runFinal
	}
	return w.dst, w.count
}

// RunReader unpacks a run.
type RunReader struct {
	ID    StreamID // set for foreign runs
	First int32    // first frame
	Alone bool     // the record before counts as zero, whatever it was
	Count int      // records left to read
	Final bool     // the last record is the stream's last

	b   []byte
	at  int    // index of the first byte that is not in acc yet
	acc uint64 // bits not yet read, in the low n,
	n   uint   // 31 at most when more are needed
	bad bool
}

// BeginOwn reads the head of the sender's own run. nearFrame is the newest
// frame that the receiver holds of the stream.
func (r *RunReader) BeginOwn(b []byte, nearFrame int32) error {
	*r = RunReader{}
	return r.begin(b, nearFrame)
}

// BeginForeign reads the head of a run of another stream up to its name; near
// is asked for the newest frame held of it.
func (r *RunReader) BeginForeign(b []byte, near func(StreamID) int32) error {
	p := parser{b: b}
	id := StreamID{Machine: p.byte(), Born: uint32(p.uvarint(1<<32 - 1))}
	if p.bad || id.Machine >= MaxMachines {
		return ErrMalformed
	}
	*r = RunReader{ID: id}
	return r.begin(p.b, near(id))
}

func (r *RunReader) begin(b []byte, nearFrame int32) error {
	p := parser{b: b}
	first := p.uint16()
	count := p.byte()
	r.First = int32(widen(uint32(nearFrame+1), uint32(first%runFrames), runFrames))
	r.Alone = first&runAlone != 0
	r.Count = int(count &^ runFinal)
	r.Final = count&runFinal != 0
	r.b = p.b
	if p.bad || r.Count == 0 || r.First < 0 {
		return ErrMalformed
	}
	return nil
}

// Next reads the next record into record, which holds the one before. It
// returns ErrMalformed if the bytes end too early.
func (r *RunReader) Next(record []byte) error {
	r.Count--
	if r.bits(1) == 1 {
		if len(record) == 1 || r.bits(1) == 1 {
			r.whole(record)
		} else {
			r.sparse(record)
		}
	}
	if r.bad {
		return ErrMalformed
	}
	return nil
}

func (r *RunReader) whole(record []byte) {
	for ; len(record) >= 4; record = record[4:] {
		binary.BigEndian.PutUint32(record, uint32(r.bits(32)))
	}
	for i := range record {
		record[i] = byte(r.bits(8))
	}
}

func (r *RunReader) sparse(record []byte) {
	var mask [MaxRecordBytes / 8]byte
	for i := range record {
		mask[i/8] |= byte(r.bits(1)) << (i % 8)
	}
	for i := range record {
		if mask[i/8]>>(i%8)&1 != 0 {
			record[i] = byte(r.bits(8))
		}
	}
}

// bits reads n bits, at most 32.
func (r *RunReader) bits(n uint) uint64 {
	if r.n < n && !r.fill(n) {
		return 0
	}
	r.n -= n
	return r.acc >> r.n & (1<<n - 1)
}

// fill takes in the bytes that n bits need, four at a time while there are as many.
func (r *RunReader) fill(n uint) bool {
	if len(r.b)-r.at >= 4 {
		r.acc = r.acc<<32 | uint64(binary.BigEndian.Uint32(r.b[r.at:]))
		r.at += 4
		r.n += 32
		return true
	}
	for ; r.n < n; r.n += 8 {
		if r.at == len(r.b) {
			r.bad = true
			return false
		}
		r.acc = r.acc<<8 | uint64(r.b[r.at])
		r.at++
	}
	return true
}

// Rest returns what follows the run, when all its records have been read.
func (r *RunReader) Rest() []byte { return r.b[r.at-int(r.n/8):] }
