package natboard

import (
	"testing"
	"time"
)

// matchFrames is how long they play: five seconds.
const matchFrames = 300

// TestMidMatch disturbs a match that is played by a direct path: it must go on,
// soon, and end with equal worlds.
func TestMidMatch(t *testing.T) {
	for _, tt := range []struct {
		name    string
		pair    Pair
		disturb func(*Town)
		limit   time.Duration // of silence
	}{
		{"a router restarts", Pair{"portrestricted", "portrestricted"}, func(w *Town) { w.Homes[0].Flush() }, 1500 * time.Millisecond},
		{"a provider gives another address", Pair{"portrestricted", "portrestricted"}, func(w *Town) { w.Homes[0].Move() }, 1500 * time.Millisecond},
		{"a home parts, with a way by its router in reserve", Pair{"one-router+hairpin"}, func(w *Town) { w.Homes[0].Isolate(true) }, 600 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for host := range 2 {
				town := NewTown(t, tt.pair)
				r := town.Try(Visavis, Trial{Host: host, Hope: true, Frames: matchFrames, Disturb: func() { tt.disturb(town) }, Log: *flags.Log})
				if r.Err != "" {
					t.Fatal(r.Err)
				}
				a, b := *r.Ends[0], *r.Ends[1]
				t.Logf("host %d: in the end %s; host %+v, guest %+v", host, r.Path, a, b)
				if a.Frame != matchFrames || b.Frame != matchFrames || a.Hash != b.Hash {
					t.Errorf("the worlds differ: %+v, %+v", a, b)
				}
				if relays(r.Path) {
					t.Errorf("in the end the match goes by %s", r.Path)
				}
				silence := time.Duration(max(a.SilenceMs, b.SilenceMs)) * time.Millisecond
				if silence < 2*wireDelay {
					t.Errorf("silent for %v at most: nothing has disturbed the match", silence)
				}
				if silence > tt.limit {
					t.Errorf("silent for %v, want at most %v", silence, tt.limit)
				}
			}
		})
	}
}
