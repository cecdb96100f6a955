package wire

import "encoding/binary"

// bitWriter writes records as runs have them, four bytes at a time. It keeps no memory of
// its own.
type bitWriter struct {
	dst []byte // as long as it may become;
	at  int    // so much is written
	acc uint64 // bits not yet written, in the low n,
	n   uint   // 31 at most
}

// record writes a record after the one before, which is as long.
func (w *bitWriter) record(record, before []byte) {
	switch changed := changedBytes(record, before); {
	case changed == 0:
		w.bits(0, 1)
	case len(record) == 1:
		w.bits(1<<8|uint64(record[0]), 9)
	case sparseBits(record, changed) >= 8*len(record):
		w.bits(3, 2)
		w.whole(record)
	default:
		w.bits(2, 2)
		w.sparse(record, before)
	}
}

func (w *bitWriter) whole(record []byte) {
	for ; len(record) >= 4; record = record[4:] {
		w.bits(uint64(binary.BigEndian.Uint32(record)), 32)
	}
	for _, b := range record {
		w.bits(uint64(b), 8)
	}
}

func (w *bitWriter) sparse(record, before []byte) {
	for i, b := range record {
		if b != before[i] {
			w.bits(1, 1)
		} else {
			w.bits(0, 1)
		}
	}
	for i, b := range record {
		if b != before[i] {
			w.bits(uint64(b), 8)
		}
	}
}

// bits writes the low n bits of v, at most 32; the others are 0.
func (w *bitWriter) bits(v uint64, n uint) {
	w.acc = w.acc<<n | v
	if w.n += n; w.n >= 32 {
		w.flush()
	}
}

// flush lets four bytes out.
func (w *bitWriter) flush() {
	w.n -= 32
	binary.BigEndian.PutUint32(w.dst[w.at:], uint32(w.acc>>w.n))
	w.at += 4
}

// pad lets out what is left, with zeros up to a whole byte.
func (w *bitWriter) pad() {
	rest := uint32(w.acc << (32 - w.n))
	for ; w.n > 0; w.n -= min(w.n, 8) {
		w.dst[w.at] = byte(rest >> 24)
		w.at++
		rest <<= 8
	}
}
