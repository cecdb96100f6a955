//go:build !race

package records

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestUnevenStream: records of whatever length, in order or early, are read as they were
// put, for as long as they are kept, and what is kept does not grow.
func TestUnevenStream(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		s := New(test, []StreamID{ana, ben}, ana)
		stream := s.Stream(ben)
		var all [][]byte
		rule := random.IntN(4)
		draw := func() []byte {
			if random.IntN(90) == 0 {
				rule = random.IntN(4)
			}
			n := rule
			if random.IntN(9) == 0 {
				n = random.IntN(200)
			}
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			return b
		}
		uneven := rollback.NoFrame
		for f := range rollback.Frame(3000) {
			ahead := f + rollback.Frame(random.IntN(earlyFrames)) + 1
			for rollback.Frame(len(all)) <= ahead {
				all = append(all, draw())
			}
			if random.IntN(4) == 0 {
				s.Take(ben, ahead, all[ahead], false)
			}
			s.Take(ben, f, all[f], false)
			s.Produce(nil)
			s.Confirm()
			if f > 0 && len(all[f]) != len(all[f-1]) {
				uneven = f
			}
			for g := max(0, stream.Held()-rollback.Frame(stream.kept)+1); g <= f; g++ {
				if got := stream.Record(g); !bytes.Equal(got, all[g]) {
					t.Fatalf("seed %d: the record of frame %d at %d is %x, want %x", seed, g, f, got, all[g])
				}
			}
			if stream.Held() == f && stream.Uneven() != uneven {
				t.Fatalf("seed %d: uneven at %d, want %d", seed, stream.Uneven(), uneven)
			}
			if len(stream.ring.odd) > stream.ring.places {
				t.Fatalf("seed %d: %d records beside the rule", seed, len(stream.ring.odd))
			}
		}
		if stream.ring.next.memory == nil && stream.ring.rule.from == 0 {
			t.Errorf("seed %d: the rule never became another one", seed)
		}
	}
}
