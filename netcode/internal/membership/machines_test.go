//go:build !race

package membership

import (
	"slices"
	"testing"
)

// TestQuorums: any two quorums of a set share a machine, and of a set and its
// complement one at least is a quorum if anything is.
func TestQuorums(t *testing.T) {
	const all Machines = 0b110110
	var quorums []Machines
	for s := range Machines(1 << 6) {
		if s&^all == 0 && s.quorumOf(all, false) {
			quorums = append(quorums, s)
		}
		if s&^all == 0 && s.quorumOf(all, false) == (all&^s).quorumOf(all, false) {
			t.Errorf("%b and the others: both or neither is a quorum of %b", s, all)
		}
	}
	for _, a := range quorums {
		for _, b := range quorums {
			if a&b == 0 {
				t.Errorf("%b and %b share nobody", a, b)
			}
		}
	}
	if len(quorums) != 8 {
		t.Errorf("%d quorums", len(quorums))
	}
	if Machines(0).quorumOf(0, false) {
		t.Error("nobody is a quorum of nobody")
	}
}

func TestMachines(t *testing.T) {
	s := One(3) | One(5) | One(15)
	if got := slices.Collect(s.All); !slices.Equal(got, []uint8{3, 5, 15}) {
		t.Errorf("all: %v", got)
	}
	if s.Lowest() != 3 || s.Len() != 3 || s.Below(15) != One(3)|One(5) || s.Has(4) || s.Has(200) || Machines(0).Lowest() != MaxMachines {
		t.Error(s)
	}
}
