//go:build !race

package membership

import (
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestFinishApart: two who were parted from three others stop, and come to the same new
// match, whoever asks; what they have confirmed agrees, and the first of them has all.
func TestFinishApart(t *testing.T) {
	for seed := range uint64(10) {
		s := newSim(t, seed, 5, conditions{20 * ms, 5 * ms, 5})
		s.run(time.Second + time.Duration(seed)*37*ms)
		minority, majority := One(1)|One(4), One(0)|One(2)|One(3)
		if _, ok := s.peers[1].Offer([32]byte{1}); ok {
			t.Fatal("a member offers to finish apart")
		}
		s.sever(minority, majority, true)
		s.run(20 * time.Second)
		var offers []Offer
		for m := range minority.All {
			o, ok := s.peers[m].Offer([32]byte{9 - m})
			if !ok {
				t.Fatalf("seed %d: machine %d has status %d", seed, m, s.peers[m].status)
			}
			offers = append(offers, o)
		}
		f, err := FinishApart([32]byte{1}, offers)
		slices.Reverse(offers)
		if again, _ := FinishApart([32]byte{1}, offers); err != nil || again != f {
			t.Fatalf("seed %d: %+v, %+v, %v", seed, f, again, err)
		}
		if f.Machines != minority || f.Frame != s.peers[f.Donor].set.Confirmed() {
			t.Errorf("seed %d: %+v", seed, f)
		}
		for m := range minority.All {
			content := s.peers[m].content
			if !slices.EqualFunc(content, s.peers[f.Donor].content[:len(content)], slices.Equal) {
				t.Errorf("seed %d: what %d and %d have confirmed differs", seed, m, f.Donor)
			}
		}
		if s.fault != "" {
			t.Error(s.fault)
		}
	}
}

// TestForksHaveNames: every match that goes on apart is another one.
func TestForksHaveNames(t *testing.T) {
	view := Ref{3, Digest{7}}
	ana, ben := Offer{[32]byte{1}, 0, view, 80}, Offer{[32]byte{2}, 1, view, 90}
	later := Offer{[32]byte{2}, 1, view, 91}
	next := Ref{4, Digest{7}}
	seen := map[[32]byte]int{}
	for i, c := range []struct {
		match  byte
		offers []Offer
	}{
		{1, []Offer{ana, ben}}, {2, []Offer{ana, ben}}, {1, []Offer{ana}}, {1, []Offer{ben}}, {1, []Offer{ana, later}},
		{1, []Offer{{ana.Key, 0, next, 80}, {ben.Key, 1, next, 90}}},
	} {
		f, err := FinishApart([32]byte{c.match}, c.offers)
		if was, ok := seen[f.Match]; ok || err != nil {
			t.Errorf("case %d is called as case %d, %v", i, was, err)
		}
		seen[f.Match] = i
	}
	for i, offers := range [][]Offer{
		nil, {ana, {ben.Key, 1, next, 90}}, {ana, {ana.Key, 1, view, 80}}, {ana, {ben.Key, 0, view, 80}}, {ana, {ben.Key, 1, Ref{3, Digest{8}}, 80}},
		{{ana.Key, 200, view, rollback.NoFrame}},
	} {
		if f, err := FinishApart([32]byte{1}, offers); err == nil {
			t.Errorf("case %d: %+v", i, f)
		}
	}
}
