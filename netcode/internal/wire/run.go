package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A run is consecutive records of one stream:
//
//	(foreign runs only: machine u8, born uvarint)
//	u16: first frame mod 32768, and 32768 if the record before it counts as zero
//	u8: records 1 to 127, and 128 if the last one is the stream's final record
//	(with 32768: u16, how many bytes a record has)
//	bits, most significant first, padded to a byte; for each record
//	   0                        the same as the record before
//	   1 1 <size bytes>         all bytes
//	   1 0 <size bits> <bytes>  the bytes whose bit is set; the others as before
//	(records of one byte: 0, or 1 and the byte)
//
// The record before the first one is one that the receiver has acknowledged, so
// it holds it; before frame 0 it is all zero. A run that begins after records which
// may have been lost begins alone: the record before it counts as all zero.
//
// All records of a run are as long as the one before it. Where they are not, because
// there are entries in one of them or a seat has changed hands, the run is uneven, and
// begins alone as well:
//
//	u16: as above
//	u8: 0
//	u8: records 1 to 127, and 128 if the last one is the stream's final record
//	for each record, in whole bytes
//	   uvarint 0                the same as the record before, not for the first one
//	   uvarint n+1 <n bytes>    all of it

const (
	// MaxRunRecords is how many records one run can carry.
	MaxRunRecords = 127
	// RunHeadBytes is how long the head of a sender's own run is, and AloneHeadBytes that
	// of one that begins alone.
	RunHeadBytes   = 3
	AloneHeadBytes = RunHeadBytes + aloneBytes
	// MaxInputBytes is the largest part of a record that is inputs: all seats of a
	// machine, one after another. Two of them fit a datagram, so that every record can
	// be sent twice.
	MaxInputBytes = 512
	// MaxEntryBytes is the largest part of a record that is entries, behind the inputs.
	MaxEntryBytes = 128
	// MaxRecordBytes is the largest record.
	MaxRecordBytes = MaxInputBytes + MaxEntryBytes
	// aloneBytes is what a run that begins alone has more in its head than others, and
	// unevenBytes an uneven one.
	aloneBytes  = 2
	unevenBytes = 1
)

const (
	runFinal  = 128
	runFrames = 1 << 15 // first frames are told modulo this
	runAlone  = 1 << 15
)

// RunWriter packs a run. It keeps no memory of its own.
type RunWriter struct {
	bitWriter // into the datagram; dst is as long as that may become
	countAt   int
	before    []byte // the record before the next one
	count     int
	uneven    bool
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
	w.number(uint16(len(zero)))
}

// BeginUneven starts a run of records that are not all of one length.
func (w *RunWriter) BeginUneven(dst []byte, first int32, limit int) {
	w.begin(dst, uint16(first%runFrames|runAlone), nil, limit)
	w.uneven = true
	w.at++
	w.countAt++
}

func (w *RunWriter) number(n uint16) {
	binary.BigEndian.PutUint16(w.dst[w.at:], n)
	w.at += 2
}

func (w *RunWriter) begin(dst []byte, head uint16, before []byte, limit int) {
	dst = append(dst, byte(head>>8), byte(head), 0)
	at := len(dst)
	end := max(limit, at+aloneBytes)
	w.dst, w.at, w.countAt, w.before = slices.Grow(dst, end-at)[:end], at, at-1, before
	w.count, w.uneven, w.acc, w.n = 0, false, 0, 0
	w.dst[at] = 0
}

// AppendHeld appends the sender's own run of so many records, 1 to MaxRunRecords, that are
// all the same as the one before the first: just what a RunWriter makes of them, in
// HeldRunBytes.
func AppendHeld(dst []byte, first int32, count int, final bool) []byte {
	head, n := uint16(first%runFrames), byte(count)
	if final {
		n |= runFinal
	}
	var bits [(MaxRunRecords + 7) / 8]byte
	dst = append(dst, byte(head>>8), byte(head), n)
	return append(dst, bits[:HeldRunBytes(count)-RunHeadBytes]...)
}

// HeldRunBytes is how long a run of so many records is that are all the same.
func HeldRunBytes(count int) int { return RunHeadBytes + (count+7)/8 }

// AppendForeign appends whose a run of another machine's stream is: the run follows.
func AppendForeign(dst []byte, id StreamID) []byte {
	dst = append(dst, id.Machine)
	for born := id.Born; ; born >>= 7 {
		if born < 128 {
			return append(dst, byte(born))
		}
		dst = append(dst, byte(born)|128)
	}
}

// Add appends the next record, in a run that is not uneven as long as the one before. It
// reports false, and adds nothing, if the run is full. The record must stay unchanged
// until End.
func (w *RunWriter) Add(record []byte) bool {
	if w.uneven {
		return w.addUneven(record)
	}
	room, worst := 8*(len(w.dst)-w.at)-int(w.n), 2+9*len(record) // in bits
	if w.count == MaxRunRecords || room < worst && room < RecordBits(record, w.before) {
		return false
	}
	w.count++
	w.record(record, w.before)
	w.before = record
	return true
}

func (w *RunWriter) addUneven(record []byte) bool {
	same := w.count > 0 && bytes.Equal(record, w.before)
	if w.count == MaxRunRecords || len(w.dst)-w.at < UnevenBytes(record, same) {
		return false
	}
	n := uint64(0)
	if !same {
		n = uint64(len(record)) + 1
	}
	w.at += binary.PutUvarint(w.dst[w.at:], n)
	if !same {
		w.at += copy(w.dst[w.at:], record)
	}
	w.before = record
	w.count++
	return true
}

// UnevenBytes is how many bytes of an uneven run a record takes; same says that it is the
// one before once more.
func UnevenBytes(record []byte, same bool) int {
	switch {
	case same:
		return 1
	case len(record) < 127:
		return 1 + len(record)
	}
	return 2 + len(record)
}

// RecordBits is how many bits of a run a record takes after the one before, which is as
// long.
func RecordBits(record, before []byte) int {
	switch changed := changedBytes(record, before); {
	case changed == 0:
		return 1
	case len(record) == 1:
		return 9
	default:
		return 2 + min(8*len(record), sparseBits(record, changed))
	}
}

// changedBytes is how many bytes are not as in the record before.
func changedBytes(record, before []byte) (n int) {
	if len(record) == 4 { // the commonest size
		return nonzeroBytes(uint64(binary.LittleEndian.Uint32(record) ^ binary.LittleEndian.Uint32(before)))
	}
	for ; len(record) >= 8; record, before = record[8:], before[8:] {
		n += nonzeroBytes(binary.LittleEndian.Uint64(record) ^ binary.LittleEndian.Uint64(before))
	}
	if len(record) >= 4 {
		if x := binary.LittleEndian.Uint32(record) ^ binary.LittleEndian.Uint32(before); x != 0 {
			n += nonzeroBytes(uint64(x))
		}
		record, before = record[4:], before[4:]
	}
	for i, b := range record {
		if b != before[i] {
			n++
		}
	}
	return n
}

// nonzeroBytes is how many bytes of x are not 0: adding 127 to what is below a byte's
// highest bit carries into that unless there is nothing.
func nonzeroBytes(x uint64) int {
	const below = 0x7f7f7f7f7f7f7f7f
	return bits.OnesCount64((x&below + below | x) &^ below)
}

// sparseBits is how many bits tell so many changed bytes of a record.
func sparseBits(record []byte, changed int) int { return len(record) + 8*changed }

// End returns the datagram with the run in it, and how many records it has. If
// there are none the caller must drop the datagram's run: an empty run is
// malformed. final marks the last record as the stream's last.
func (w *RunWriter) End(final bool) ([]byte, int) {
	w.pad()
	w.dst[w.countAt] = byte(w.count)
	if final {
		w.dst[w.countAt] |= runFinal
	}
	return w.dst[:w.at], w.count
}

// RunReader unpacks a run.
type RunReader struct {
	ID    StreamID // set for foreign runs
	First int32    // first frame
	Alone bool     // the record before counts as zero, whatever it was
	Bytes int      // of the record before, if Alone
	Count int      // records left to read
	Final bool     // the last record is the stream's last

	uneven bool
	first  bool // nothing has been read
	b      []byte
	at     int    // index of the first byte that is not in next yet
	next   uint64 // bits not yet read, the first on top
	n      int    // how many; negative once more are asked for than there are
}

// BeginOwn reads the head of the sender's own run. nearFrame is the newest
// frame that the receiver holds of the stream.
func (r *RunReader) BeginOwn(b []byte, nearFrame int32) error {
	return r.begin(StreamID{}, b, nearFrame)
}

// BeginForeign reads the head of a run of another stream up to its name; near
// is asked for the newest frame held of it.
func (r *RunReader) BeginForeign(b []byte, near func(StreamID) int32) error {
	p := parser{b: b}
	id := StreamID{Machine: p.byte(), Born: uint32(p.uvarint(1<<32 - 1))}
	if p.bad || id.Machine >= MaxMachines {
		return ErrMalformed
	}
	return r.begin(id, p.b, near(id))
}

func (r *RunReader) begin(id StreamID, b []byte, nearFrame int32) error {
	if len(b) < RunHeadBytes {
		return ErrMalformed
	}
	first, count := binary.BigEndian.Uint16(b), b[2]
	r.ID, r.b, r.at, r.next, r.n = id, b, RunHeadBytes, 0, 0
	r.First, r.Alone = int32(widen(uint32(nearFrame+1), uint32(first%runFrames), runFrames)), first&runAlone != 0
	r.uneven, r.first, r.Bytes = r.Alone && count == 0, true, 0
	switch {
	case r.uneven && len(b) > RunHeadBytes:
		count = b[r.at]
		r.at += unevenBytes
	case r.Alone && len(b) >= RunHeadBytes+aloneBytes:
		r.Bytes = int(binary.BigEndian.Uint16(b[r.at:]))
		r.at += aloneBytes
	case r.Alone:
		return ErrMalformed
	}
	r.Count, r.Final = int(count&^runFinal), count&runFinal != 0
	if r.Count == 0 || r.First < 0 || r.Bytes > MaxRecordBytes {
		return ErrMalformed
	}
	return nil
}

// Next reads the next record into record, which holds the one before and has room for
// MaxRecordBytes, and returns it: in an uneven run of another length. It returns
// ErrMalformed if the bytes end too early.
func (r *RunReader) Next(record []byte) ([]byte, error) {
	if r.uneven {
		return r.nextUneven(record)
	}
	return record, r.nextEven(record)
}

func (r *RunReader) nextUneven(record []byte) ([]byte, error) {
	r.Count--
	n, size := binary.Uvarint(r.b[r.at:])
	if size <= 0 || n > MaxRecordBytes+1 || n == 0 && r.first || int(n)-1 > len(r.b)-r.at-size {
		return record, ErrMalformed
	}
	r.first = false
	r.at += size
	if n > 0 {
		record = record[:n-1]
		r.at += copy(record, r.b[r.at:])
	}
	return record, nil
}

func (r *RunReader) nextEven(record []byte) error {
	r.Count--
	if r.n < 2 {
		r.fill()
	}
	switch head := r.next >> 62; {
	case head < 2:
		r.skip(1)
	case len(record) == 1:
		r.skip(1)
		r.whole(record)
	case head == 3:
		r.skip(2)
		r.whole(record)
	default:
		r.skip(2)
		r.sparse(record)
	}
	if r.n < 0 {
		return ErrMalformed
	}
	return nil
}

func (r *RunReader) skip(n uint) {
	r.next <<= n
	r.n -= int(n)
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
	var changed [MaxRecordBytes / 32]uint64 // a bit for each byte, the first on top of 32
	for at := 0; at < len(record); at += 32 {
		n := uint(min(32, len(record)-at))
		changed[at/32] = r.bits(n) << (32 - n)
	}
	for i := range record {
		if changed[i/32]<<(i%32)&(1<<31) != 0 {
			record[i] = byte(r.bits(8))
		}
	}
}

// bits reads n bits, at most 32. There are zeros where the bytes have ended.
func (r *RunReader) bits(n uint) uint64 {
	if r.n < int(n) {
		r.fill()
	}
	v := r.next >> (64 - n)
	r.skip(n)
	return v
}

// fill takes in bytes, four at a time while there are as many: at least 32 bits, if
// fewer are left to be read.
func (r *RunReader) fill() {
	if len(r.b)-r.at >= 4 {
		r.next |= uint64(binary.BigEndian.Uint32(r.b[r.at:])) << (32 - r.n)
		r.at += 4
		r.n += 32
		return
	}
	for ; r.at < len(r.b); r.at++ {
		r.next |= uint64(r.b[r.at]) << (56 - r.n)
		r.n += 8
	}
}

// Rest returns what follows the run, when all its records have been read.
func (r *RunReader) Rest() []byte { return r.b[r.at-r.n/8:] }
