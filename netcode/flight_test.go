//go:build !race

package netcode

import "testing"

// TestFlightKnowsWhatHasNeverLeft: a datagram that another has replaced before the path
// had room has not left, and what was in no other has not either.
func TestFlightKnowsWhatHasNeverLeft(t *testing.T) {
	f := flight{acked: 4}
	for i, step := range []struct {
		waiting int // of the datagrams of the step before
		want    int32
		spans   [][2]int32 // that are handed over then
	}{
		{0, 5, [][2]int32{{4, 5}}},
		{0, 6, [][2]int32{{5, 6}}},
		{1, 6, [][2]int32{{6, 7}}},         // it still waits
		{1, 6, [][2]int32{{6, 7}, {8, 8}}}, // again, and now there is more than one has room for
		{1, 8, [][2]int32{{8, 9}, {6, 7}}}, // the first of the two has left
		{2, 8, [][2]int32{{8, 9}, {10, 10}}},
		{0, 11, [][2]int32{{12, 13}}}, // 11 is in none
		{0, 11, [][2]int32{{2, 3}, {11, 12}}},
		{0, 13, nil},
		{0, 13, nil},
	} {
		if got := f.depart(step.waiting); got != step.want {
			t.Fatalf("step %d: %d, want %d", i, got, step.want)
		}
		for _, s := range step.spans {
			f.handed(s[0], s[1])
		}
	}
	f.acked = 20
	if got := f.depart(0); got != 21 {
		t.Errorf("%d: what is acknowledged has left", got)
	}
}
