//go:build !race

package matchlog

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// TestGrow: a file that grows, wherever it was looked at on its way, can be read as one of that
// length that is opened anew, and at its end whole.
func TestGrow(t *testing.T) {
	for _, c := range []struct{ worldBytes, step int }{{100, 97}, {60_000, 997}, {700_000, 503}} {
		file := writeLog(t, 1000, c.worldBytes)
		var l *Log
		for size := 1; size < len(file)+c.step; size += c.step {
			b := bytes.Clone(file[:min(size, len(file))])
			fresh, err := open(b)
			if l == nil {
				l = fresh
				if err != nil {
					l = nil
				}
				continue
			}
			if err := l.Grow(bytes.NewReader(b), int64(len(b))); err != nil {
				t.Fatal(err)
			}
			if l.Frames != fresh.Frames || !slices.Equal(l.starts, fresh.starts) || l.chunks != fresh.chunks || fmt.Sprint(l.Cut) != fmt.Sprint(fresh.Cut) || (l.Result == nil) != (fresh.Result == nil) {
				t.Fatalf("at %d bytes %d frames, %v, %v; opened anew %d, %v, %v", len(b), l.Frames, l.Starts(), l.Cut, fresh.Frames, fresh.Starts(), fresh.Cut)
			}
		}
		if l.Frames != 1000 || l.Result == nil || l.Cut != nil {
			t.Fatalf("%d frames, %v", l.Frames, l.Cut)
		}
		checkFrames(t, l)
		if err := l.Grow(bytes.NewReader(file[:100]), 100); err == nil {
			t.Error("it has become shorter")
		}
	}
}
