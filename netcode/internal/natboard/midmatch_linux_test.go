package natboard

import (
	"testing"
	"time"
)

// matchFrames is how long they play: eight seconds. A router restarts in the first, and
// two seconds later the match goes by a direct path again.
const matchFrames = 480

// midMatchTries is how often a match is played whose times or ways are not as they
// should be: a busy machine may take a program off its processor for that long.
const midMatchTries = 3

// TestMidMatch disturbs a match that is played by a direct path: it must go on,
// soon, and end with equal worlds and a direct path on both sides.
func TestMidMatch(t *testing.T) {
	for _, tt := range []midMatch{
		{"a router restarts", Pair{"portrestricted", "portrestricted"}, func(w *Town) { w.Homes[0].Flush() }, 2 * wireDelay, 1500 * time.Millisecond},
		{"a provider gives another address", Pair{"portrestricted", "portrestricted"}, func(w *Town) { w.Homes[0].Move() }, 2 * wireDelay, 1500 * time.Millisecond},
		// The way in reserve is taken so soon that there is hardly any silence: that it is, and
		// not the local network, shows the disturbance.
		{"a home parts, with a way by its router in reserve", Pair{"one-router+hairpin"}, func(w *Town) { w.Homes[0].Isolate(true) }, 0, 600 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for host := range 2 {
				for try := 1; !tt.play(t, host); try++ {
					if try == midMatchTries {
						t.Fatalf("host %d: not as it should be in any of %d matches", host, try)
					}
				}
			}
		})
	}
}

// midMatch is a match with a disturbance.
type midMatch struct {
	name    string
	pair    Pair
	disturb func(*Town)
	least   time.Duration // of silence: otherwise nothing has disturbed the match
	limit   time.Duration
}

// play plays it, and reports whether the silence and the ways in the end were as they
// should be.
func (tt *midMatch) play(t *testing.T, host int) bool {
	town := NewTown(t, tt.pair)
	r := town.Try(Visavis, Trial{Host: host, Hope: true, Frames: matchFrames, Disturb: func() { tt.disturb(town) }, Log: *flags.Log})
	if r.Err != "" {
		t.Fatal(r.Err)
	}
	a, b := *r.Ends[0], *r.Ends[1]
	t.Logf("host %d: host %+v, guest %+v", host, a, b)
	if a.Frame != matchFrames || b.Frame != matchFrames || a.Hash != b.Hash {
		t.Fatalf("the worlds differ: %+v, %+v", a, b)
	}
	silence := time.Duration(max(a.SilenceMs, b.SilenceMs)) * time.Millisecond
	if silence < tt.least {
		t.Fatalf("silent for %v at most: nothing has disturbed the match", silence)
	}
	return a.Path == "direct" && b.Path == "direct" && silence <= tt.limit
}
