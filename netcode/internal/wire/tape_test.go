//go:build !race

package wire

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// walk makes records of which each is like the one before in most bytes; record -1 is first.
type walk struct {
	rng     *rand.Rand
	records [][]byte
}

func newWalk(seed uint64, size int) *walk {
	return &walk{rand.New(rand.NewPCG(seed, 1)), [][]byte{make([]byte, size)}}
}

func (w *walk) at(f int32) []byte {
	for len(w.records) <= int(f)+1 {
		next := bytes.Clone(w.records[len(w.records)-1])
		for range w.rng.IntN(3) * w.rng.IntN(1+len(next)) {
			next[w.rng.IntN(len(next))] = byte(w.rng.Uint32())
		}
		w.records = append(w.records, next)
	}
	return w.records[f+1]
}

// tape returns one with the records from one frame through another.
func (w *walk) tape(from, through int32) *Tape {
	var t Tape
	t.Begin(from)
	for f := from; f <= through; f++ {
		t.Append(w.at(f), w.at(f-1))
	}
	return &t
}

// TestTape: a run that is cut out of a tape is the one that a RunWriter makes.
func TestTape(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, size := range []int{0, 1, 2, 4, 4, 7, 40, MaxRecordBytes} {
		w := newWalk(uint64(size), size)
		var tape Tape
		for f := range int32(1000) {
			tape.Append(w.at(f), w.at(f-1))
			if tape.Next() != f+1 || tape.First() > max(0, f-keptOnTape+1) {
				t.Fatalf("after frame %d it is from %d to %d", f, tape.First(), tape.Next())
			}
			from := max(tape.First(), f-rng.Int32N(keptOnTape+40))
			limit, last := len("head")+AloneHeadBytes+2*size+rng.IntN(40), f+rng.Int32N(2)
			var run RunWriter
			run.Begin([]byte("head"), from, w.at(from-1), limit)
			n := int32(0)
			for n <= f-from && run.Add(w.at(from+n)) {
				n++
			}
			want, _ := run.End(from+n > last)
			if got, next := tape.AppendRun([]byte("head"), from, f, last, limit); !bytes.Equal(got, want) || next != from+n {
				t.Fatalf("%d bytes, frames %d to %d, at most %d bytes: %x through %d, want %x through %d", size, from, f, limit, got, next-1, want, from+n-1)
			}
		}
	}
}

// TestTapeSkips: of a run that comes what is on the tape is known without being read.
func TestTapeSkips(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for round := range 3000 {
		size := 1 + rng.IntN(6)
		w := newWalk(uint64(round), size)
		begin := rng.Int32N(400)
		held := begin + rng.Int32N(300)
		tape := w.tape(begin, held)
		first := max(0, held-rng.Int32N(140))
		b, next := w.tape(max(0, first-3), held+5).AppendRun(nil, first, min(held+rng.Int32N(5), first+MaxRunRecords-1), -9, 1100)
		b = append(b, 1, 2, 3)
		var r RunReader
		if r.BeginOwn(b, held) != nil {
			t.Fatal("it is malformed")
		}
		want := first
		if first >= tape.First() {
			want = min(held+1, next)
		}
		if tape.Skip(&r); r.First != want || int32(r.Count) != next-want {
			t.Fatalf("frames %d to %d, known are %d to %d: %d are left from %d on", first, next-1, tape.First(), held, r.Count, r.First)
		}
		record := bytes.Clone(w.at(r.First - 1))
		for f := r.First; r.Count > 0; f++ {
			if _, err := r.Next(record); err != nil || !bytes.Equal(record, w.at(f)) {
				t.Fatalf("frame %d: %x, want %x, %v", f, record, w.at(f), err)
			}
		}
		if !bytes.Equal(r.Rest(), []byte{1, 2, 3}) {
			t.Fatalf("what follows is %x", r.Rest())
		}
	}
}

// FuzzTape: whatever a run is, it says the same with a tape and without.
func FuzzTape(f *testing.F) {
	w := newWalk(4, 4)
	for _, held := range []int32{0, 90, 300} {
		b, _ := w.tape(0, held+3).AppendRun(nil, max(0, held-20), held+2, held+2, 1100)
		f.Add(b, held, uint8(4))
		b[len(b)/2] ^= 4
		f.Add(b, held, uint8(4))
	}
	f.Fuzz(func(t *testing.T, b []byte, held int32, size uint8) {
		held = max(0, held%1000)
		w := newWalk(4, int(size))
		tape := w.tape(0, held)
		var plain RunReader
		if plain.BeginOwn(b, held) != nil {
			return
		}
		skipping := plain
		tape.Skip(&skipping)
		if skipping.First > held+1 {
			t.Fatalf("frames to %d are skipped, %d are known", skipping.First-1, held)
		}
		var records [2][]byte // the last one that either reads, if it begins with what is known
		for i, r := range []*RunReader{&plain, &skipping} {
			record := make([]byte, size, MaxRecordBytes)
			switch {
			case r.Alone:
				record = record[:r.Bytes]
				clear(record)
			case r.First <= held+1:
				copy(record, w.at(r.First-1))
			}
			for r.Count > 0 {
				var err error
				if record, err = r.Next(record); err != nil {
					record = nil
					break
				}
			}
			records[i] = record
		}
		if (records[0] == nil) != (records[1] == nil) || !bytes.Equal(records[0], records[1]) {
			t.Fatalf("it ends with %x, and with a tape with %x", records[0], records[1])
		}
		if records[0] != nil && !bytes.Equal(plain.Rest(), skipping.Rest()) {
			t.Fatalf("%x follows, and with a tape %x", plain.Rest(), skipping.Rest())
		}
	})
}
