//go:build !race

package membership

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// TestSealOfSomethingElse: who seals what he has sent nobody leads nobody away with it, nor
// does one other who shows it; who finds that most of the others go by it has been sent
// something else, and takes up the match anew (K2, X5).
func TestSealOfSomethingElse(t *testing.T) {
	s := newLiarSim(t, 0, 4, conditions{20 * ms, 5 * ms, 0}, 3)
	s.run(time.Second)
	id := s.peers[3].own
	for m := range s.peers[:3] {
		p := s.peers[m]
		for through := p.seals[3].base + 1; through <= p.set.Held(id); through++ {
			seal := &Seal{Stream: id, Through: through, Beat: 1 << 20, Digest: records.Digest{1}}
			seal.Signature = nameOf(3, appendBody(nil, seal))
			for _, from := range []uint8{3, uint8(m+1) % 3} {
				if p.Take(s.now, from, seal); p.status != Member {
					t.Fatalf("%d is led away by what %d shows: %v", m, from, p.Conflict())
				}
			}
			if m == 2 {
				if p.Take(s.now, 1, seal); p.status != Left || p.Conflict() == nil {
					t.Error("who was sent something else than all others stays")
				}
				return
			}
		}
	}
	t.Error("nothing was unsealed")
}
