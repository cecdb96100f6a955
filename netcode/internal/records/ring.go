package records

import (
	"encoding/binary"

	"github.com/visavis-netcode/visavis/rollback"
)

// ring keeps the records of the newest frames. As a rule all records of a stream are as
// long as the one before, and lie one after the other; the few others, with entries in
// them, have memory of their own. When a seat changes hands the rule becomes another one.
type ring struct {
	places     int // a power of two
	rule, next block
	odd        map[rollback.Frame][]byte // those of another length
	oddBytes   int                       // how long the newest of these are,
	oddCount   int                       // and how many of them there were one after the other
}

// block is memory for records of one length.
type block struct {
	from   rollback.Frame // the first of them
	stride int            // how long they are
	memory []byte         // nil: there is none
}

func (b *block) record(place int) []byte { return b.records(place, 1) }

func (b *block) records(place, count int) []byte {
	at, n := place*b.stride, count*b.stride
	return b.memory[at : at+n : at+n]
}

// ruleAfter is how many records of another length make a new rule.
const ruleAfter = 16

func (r *ring) place(f rollback.Frame) int { return int(f) & (r.places - 1) }

// record returns what was put for a frame, as long as no other has its place.
func (r *ring) record(f rollback.Frame) []byte {
	if r.odd != nil {
		if record, ok := r.odd[f]; ok {
			return record
		}
	}
	return r.block(f).record(r.place(f))
}

func (r *ring) block(f rollback.Frame) *block {
	if r.next.memory != nil && f >= r.next.from {
		return &r.next
	}
	return &r.rule
}

func (r *ring) put(f rollback.Frame, record []byte) {
	if r.rule.memory == nil {
		r.rule = r.newBlock(f, len(record))
	}
	if r.next.memory != nil && int(f-r.next.from) >= r.places {
		r.rule, r.next = r.next, block{}
	}
	if r.odd != nil {
		delete(r.odd, f-rollback.Frame(r.places))
		delete(r.odd, f)
		if len(r.odd) == 0 {
			r.odd = nil
		}
	}
	b := r.block(f)
	if len(record) == b.stride {
		copy(b.record(r.place(f)), record)
		r.oddCount = 0
		return
	}
	if r.odd == nil {
		r.odd = map[rollback.Frame][]byte{}
	}
	r.odd[f] = append([]byte{}, record...)
	r.noteOdd(f, len(record))
}

// noteOdd makes the length of records that are against the rule the rule, if there have
// been enough of them. What may have come early already stays as it is.
func (r *ring) noteOdd(f rollback.Frame, bytes int) {
	if bytes != r.oddBytes {
		r.oddBytes, r.oddCount = bytes, 0
	}
	if r.oddCount++; r.oddCount >= ruleAfter && r.next.memory == nil {
		r.next = r.newBlock(f+earlyFrames+1, bytes)
	}
}

func (r *ring) newBlock(from rollback.Frame, stride int) block {
	return block{from, stride, make([]byte, r.places*stride)}
}

// uneven reports whether the records of all frames may not be of one length.
func (r *ring) uneven() bool { return r.odd != nil || r.next.memory != nil }

// appendRecords appends the records of some frames: stretches of equal length, each after
// that length and how many it has.
func (r *ring) appendRecords(dst []byte, from, through rollback.Frame) []byte {
	for from <= through {
		length, next := len(r.record(from)), r.stretch(from, through)
		dst = append(binary.AppendUvarint(dst, uint64(length)), byte(next-from))
		if !r.uneven() {
			dst = append(dst, r.rule.records(r.place(from), int(next-from))...)
			from = next
		}
		for ; from < next; from++ {
			dst = append(dst, r.record(from)...)
		}
	}
	return dst
}

// stretch returns the frame after those from one on that have records as long as its, up to
// where the ring begins anew: at the same frames for all members.
func (r *ring) stretch(from, through rollback.Frame) (next rollback.Frame) {
	end := min(through+1, from+rollback.Frame(r.places-r.place(from)))
	if !r.uneven() {
		return end
	}
	for next = from + 1; next < end && len(r.record(next)) == len(r.record(from)); next++ {
	}
	return next
}
