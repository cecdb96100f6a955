//go:build !race

package records

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// drawSnapshot is that of a match with comings and goings.
func drawSnapshot(seed uint64) Snapshot {
	random := rand.New(rand.NewPCG(seed, 3))
	s := New(test, []StreamID{ana, ben}, ana)
	for f := range rollback.Frame(random.IntN(150)) {
		if f == 40 {
			s.Open(cem, f+5)
		}
		s.Produce(record(ana, f/9))
		for _, id := range []StreamID{ben, cem} {
			if from, _, end := s.Bounds(id); s.Knows(id) && from <= f && f <= end {
				s.Take(id, f, record(id, f/4), id == ben && random.IntN(60) == 0)
			}
		}
		s.Confirm()
	}
	return s.Snapshot()
}

// TestSnapshotBytes: a snapshot is read as it was written, and what is cut off is refused.
func TestSnapshotBytes(t *testing.T) {
	for seed := range uint64(200) {
		s := drawSnapshot(seed)
		b := s.Append(nil)
		got, err := ParseSnapshot(test, 20, 100, b)
		there, here := Resume(test, got).Snapshot(), Resume(test, s).Snapshot()
		if err != nil || !bytes.Equal(got.Append(nil), b) || !reflect.DeepEqual(there, here) {
			t.Fatalf("seed %d: %v, %+v is read as %+v", seed, err, s, got)
		}
		cut := b[:int(seed)%len(b)]
		if _, err := ParseSnapshot(test, 20, 100, cut); !errors.Is(err, ErrMalformed) {
			t.Fatalf("seed %d: %d of %d bytes are read", seed, len(cut), len(b))
		}
		if _, err := ParseSnapshot(test, 3, 100, b); len(s.Streams[0].Records) > 0 && !errors.Is(err, ErrMalformed) {
			t.Fatalf("seed %d: records that are too long are read", seed)
		}
		if _, err := ParseSnapshot(test, 20, 0, b); len(s.Streams[0].Records) > 0 && !errors.Is(err, ErrMalformed) {
			t.Fatalf("seed %d: more records at a time than there can be are read", seed)
		}
	}
}

// FuzzSnapshot: whatever is read can be gone on with.
func FuzzSnapshot(f *testing.F) {
	for seed := range uint64(12) {
		s := drawSnapshot(seed)
		f.Add(s.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSnapshot(test, 20, 100, b)
		if err != nil {
			return
		}
		set := Resume(test, s)
		for _, part := range s.Streams {
			if through := min(part.End, s.Through); set.Held(part.ID) != max(through, part.First-1) {
				t.Errorf("held %d, %+v", set.Held(part.ID), part)
			}
		}
		set.Open(StreamID{Machine: 9, Born: 1 << 31}, s.Through+4)
		set.Own(StreamID{Machine: 9, Born: 1 << 31})
		set.Follow(s.Through+1, nil)
		set.Confirm()
		set.Snapshot()
	})
}
