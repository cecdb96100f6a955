package matchlog

import (
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// TestRecorderAllocs: telling what happens allocates nothing, snapshots and checksums
// included. The writing goroutine is held up meanwhile, so that it is not counted.
func TestRecorderAllocs(t *testing.T) {
	d := &disk{}
	r := NewRecorder(d, &testHeader)
	tell := teller(r, 2500)
	for range 1100 {
		tell()
		allWritten(r)
	}
	d.mu.Lock()
	allocs := testing.AllocsPerRun(1, func() { // frame 1200 has a snapshot, in the one that counts
		for range 70 {
			tell()
		}
	})
	d.mu.Unlock()
	r.Close()
	<-r.Done()
	if allocs != 0 || r.Err() != nil {
		t.Errorf("%v allocations, %v", allocs, r.Err())
	}
}

// BenchmarkRecorder is what the game's goroutine does for one frame of 8 players, with
// worlds of 2.5 kB.
func BenchmarkRecorder(b *testing.B) {
	r := newRecorder(&testHeader)
	go func() {
		for batch := range r.queue {
			r.giveBack(batch)
		}
	}()
	tell := teller(r, 2500)
	b.ReportAllocs()
	for b.Loop() {
		if tell(); r.now.frames == 0 {
			allWritten(r)
		}
	}
	r.Close()
}

// teller returns what tells the next frame of 8 players to a recorder.
func teller(r *Recorder, worldBytes int) func() {
	world := testWorld(0, worldBytes)
	encode := func(dst []byte) []byte { return append(dst, world...) }
	var content []Record
	for m := range 8 {
		content = append(content, Record{records.StreamID{Machine: uint8(m)}, 1 << m, make([]byte, 2)})
	}
	snapshot := Snapshot{Inputs: make([]byte, 16)}
	return func() {
		f := r.Next()
		if r.WantsSnapshot() {
			snapshot.Frame = f
			r.Snapshot(&snapshot, encode)
		}
		content[f%8].Bytes[0] = byte(f)
		r.Frame(rollback.Lineup{}, content)
		if f%60 == 0 {
			r.Checksum(rollback.Checksum{Frame: f})
		}
	}
}
