//go:build !race

package netcode

import (
	"testing"
	"time"
)

// TestFlightKnowsWhatHasNeverLeft: a datagram that another has replaced before the path
// had room has not left, and what was in no other has not either.
func TestFlightKnowsWhatHasNeverLeft(t *testing.T) {
	f := flight{acked: 4, newest: 20}
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
		{0, 11, [][2]int32{{12, 13}}},         // 11 is in none
		{0, 11, [][2]int32{{2, 3}, {11, 12}}}, // and now 13, which left before, is the last
		{0, 14, nil},
		{0, 14, nil},
	} {
		f.depart(step.waiting, 20)
		if got := f.fewer(f.acked+1, 1); got != step.want {
			t.Fatalf("step %d: %d, want %d", i, got, step.want)
		}
		for _, s := range step.spans {
			f.handed(s[0], s[1])
		}
	}
}

// TestWhatIsPassedOnWaitsLast: of a tick's datagrams the one with others' records is the last
// to leave, so while it alone waits this machine's own have left. It is noted without an
// allocation, and nothing grows where nothing is counted.
func TestWhatIsPassedOnWaitsLast(t *testing.T) {
	var f flight
	for range 10 {
		f.handedForeign() // whatever there is fits the first
	}
	f.acked = 4
	f.depart(0, 6)
	f.handed(5, 5)
	f.handed(6, 6)
	f.handedForeign()
	if f.depart(1, 7); f.fewer(6, 1) != 7 {
		t.Errorf("%d has not left", f.fewer(6, 1))
	}
	if n := testing.AllocsPerRun(10, func() {
		for range 10 {
			f.handedForeign()
		}
	}); n != 0 || len(f.handedOver) > len(f.room) {
		t.Errorf("%v allocations, %d datagrams are noted", n, len(f.handedOver))
	}
}

// TestWhatIsMissedGoesOutUntilItLeaves: a record that the peer lacks is the first to be sent,
// in one tick after another, until a datagram with it has left, and then not for a round trip.
func TestWhatIsMissedGoesOutUntilItLeaves(t *testing.T) {
	const pause = 100
	f := flight{acked: 4}
	f.depart(0, 9) // 5 to 8 have left in datagrams that had room for all
	f.handed(9, 9)
	f.depart(0, 10)
	if got, rare := f.fewer(5, 1), f.fewer(5, 2); got != 10 || rare != 9 {
		t.Fatalf("%d has never left, and %d once only", got, rare)
	}
	for now := range time.Duration(sameAcks) {
		f.want(now, pause)
		f.acknowledge(4, 10)
	}
	if got := f.fewer(5, 1); got != 10 {
		t.Fatalf("%d is sent again, though others may only have overtaken it", got)
	}
	f.want(10, pause)
	for waiting := range 2 { // of two datagrams none leaves, and then one
		if got := f.fewer(5, 1); got != 5 {
			t.Fatalf("%d is the first", got)
		}
		f.handed(5, 6)
		f.handed(10, 10)
		f.depart(2-waiting, 10)
	}
	if got := f.fewer(5, 1); got != 10 {
		t.Fatalf("5 has left, and so has all up to %d", got)
	}
	f.want(10+pause-1, pause)
	if got := f.fewer(5, 1); got != 10 {
		t.Error("it goes out again before the peer can have told of it")
	}
	f.want(10+pause, pause)
	if got := f.fewer(5, 1); got != 5 {
		t.Error("it was lost once more, and is not sent")
	}
}
