package wire

import "encoding/binary"

const (
	// keptOnTape is how many records a tape keeps at least: as many as a run carries.
	keptOnTape = MaxRunRecords + 1
	// tapePlaces is for how many frames it is known where on the tape they begin.
	tapePlaces = 256
	// tapeSlack is how many bytes are read behind the last one that was written.
	tapeSlack = 9
)

// Tape is the newest records of a stream as runs have them, one after another, each packed
// once: any run of them is a piece of the tape. Of what comes it tells how much is on the
// tape already, without unpacking it. All records on it, and the one before the first, are of
// one length. The zero Tape is empty, and goes on with frame 0.
type Tape struct {
	first, next int32 // the frames whose records are on it: from first to the one before next
	begins      [tapePlaces]uint32
	bits        []byte // the first on top; tapeSlack more than are written
}

// Begin empties the tape. It goes on with a frame.
func (t *Tape) Begin(frame int32) {
	t.first, t.next = frame, frame
	*t.at(frame) = 0
}

// First is the oldest frame whose record is on the tape, and Next the one that it goes on
// with.
func (t *Tape) First() int32 { return t.first }
func (t *Tape) Next() int32  { return t.next }

// at is where on the tape the record of a frame begins, in bits; that of Next begins where
// the last one ends.
func (t *Tape) at(frame int32) *uint32 { return &t.begins[uint8(frame)] }

// Append puts the record of frame Next on the tape. before is the one before it, and as long.
func (t *Tape) Append(record, before []byte) {
	begin := *t.at(t.next)
	if len(t.bits) < int(begin/8)+len(record)+2+tapeSlack {
		t.bits = append(t.bits, make([]byte, int(begin/8)+len(record)+2+tapeSlack)...)
	}
	end := begin + 1
	if string(record) != string(before) {
		end = t.write(begin, record, before)
	} else if begin%8 == 0 { // else the bit is there: the last one's end is padded
		t.bits[begin/8] = 0
	}
	t.next++
	*t.at(t.next) = end
	if t.next-t.first == tapePlaces-1 {
		t.drop()
	}
}

// write writes a record that is not the one before once more, and returns where it ends.
func (t *Tape) write(begin uint32, record, before []byte) (end uint32) {
	w := bitWriter{dst: t.bits, at: int(begin / 8), n: uint(begin % 8)}
	w.acc = uint64(t.bits[w.at] >> (8 - w.n))
	w.record(record, before)
	end = 8*uint32(w.at) + uint32(w.n)
	w.pad()
	return end
}

// drop drops all records but the newest.
func (t *Tape) drop() {
	t.first = t.next - keptOnTape
	gone := *t.at(t.first) / 8
	copy(t.bits, t.bits[gone:*t.at(t.next)/8+1])
	for f := t.first; f <= t.next; f++ {
		*t.at(f) -= 8 * gone
	}
}

// AppendRun appends the sender's own run of the records from one frame through another, or
// as many of them as there is room for until dst is as long as limit, and returns the frame
// after the last. All of them are on the tape. last is the stream's last frame, which is
// marked.
func (t *Tape) AppendRun(dst []byte, from, through, last int32, limit int) ([]byte, int32) {
	begin, room := *t.at(from), uint32(8*max(0, limit-len(dst)-RunHeadBytes))
	through = min(through, from+MaxRunRecords-1)
	for through >= from && *t.at(through + 1)-begin > room {
		through--
	}
	head, count := uint16(from%runFrames), byte(through-from+1)
	if through >= last {
		count |= runFinal
	}
	return t.appendBits(append(dst, byte(head>>8), byte(head), count), begin, *t.at(through + 1)), through + 1
}

// appendBits appends a piece of the tape, with zeros up to a whole byte.
func (t *Tape) appendBits(dst []byte, at, end uint32) []byte {
	for ; at+64 <= end; at += 64 {
		dst = binary.BigEndian.AppendUint64(dst, t.word(at))
	}
	rest := t.word(at)
	for ; at+8 <= end; at += 8 {
		dst = append(dst, byte(rest>>56))
		rest <<= 8
	}
	if n := end - at; n > 0 {
		dst = append(dst, byte(rest>>56)&^(0xff>>n))
	}
	return dst
}

// word is 64 bits of the tape.
func (t *Tape) word(at uint32) uint64 {
	b := t.bits[at/8:][:tapeSlack]
	return binary.BigEndian.Uint64(b)<<(at%8) | uint64(b[8])>>(8-at%8)
}

// Skip has a run that has begun go on after those of its records that are on the tape, if it
// is the same as the tape so far. What is otherwise is left to be read.
func (t *Tape) Skip(r *RunReader) {
	if r.Alone || r.First < t.first || r.First >= t.next {
		return
	}
	next := min(r.First+int32(r.Count), t.next)
	begin := *t.at(r.First)
	n := *t.at(next) - begin
	if int(n) > 8*(len(r.b)-r.at) || !t.is(begin, n, r.b[r.at:]) {
		return
	}
	r.Count -= int(next - r.First)
	r.First = next
	r.at += int(n / 8)
	if n%8 > 0 {
		r.fill()
		r.skip(uint(n % 8))
	}
}

// is reports whether so many bits of the tape are those that b begins with.
func (t *Tape) is(at, n uint32, b []byte) bool {
	for ; n >= 64; n -= 64 {
		if binary.BigEndian.Uint64(b) != t.word(at) {
			return false
		}
		b, at = b[8:], at+64
	}
	rest := t.word(at)
	for ; n >= 8; n -= 8 {
		if b[0] != byte(rest>>56) {
			return false
		}
		b, rest = b[1:], rest<<8
	}
	return n == 0 || (b[0]^byte(rest>>56))>>(8-n) == 0
}
