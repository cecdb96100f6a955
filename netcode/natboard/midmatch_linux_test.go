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
		least   time.Duration // of silence: otherwise nothing has disturbed the match
		limit   time.Duration
		end     string // the way in the end
	}{
		{"a router restarts", Pair{"portrestricted", "portrestricted"}, func(w *Town) { w.Homes[0].Flush() }, 2 * wireDelay, 1500 * time.Millisecond, "direct"},
		{"a provider gives another address", Pair{"portrestricted", "portrestricted"}, func(w *Town) { w.Homes[0].Move() }, 2 * wireDelay, 1500 * time.Millisecond, "direct"},
		// The way in reserve is taken so soon that there is hardly any silence: that it is, and
		// not the local network, shows the disturbance.
		{"a home parts, with a way by its router in reserve", Pair{"one-router+hairpin"}, func(w *Town) { w.Homes[0].Isolate(true) }, 0, 600 * time.Millisecond, "direct"},
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
				if r.Path != tt.end {
					t.Errorf("in the end the match goes by %s, want %s", r.Path, tt.end)
				}
				silence := time.Duration(max(a.SilenceMs, b.SilenceMs)) * time.Millisecond
				if silence < tt.least {
					t.Errorf("silent for %v at most: nothing has disturbed the match", silence)
				}
				if silence > tt.limit {
					t.Errorf("silent for %v, want at most %v", silence, tt.limit)
				}
			}
		})
	}
}
