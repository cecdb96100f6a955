package main

import (
	"slices"
	"testing"
)

// TestWatch: two watch a match of two by real sockets, see all of it, and the same worlds.
func TestWatch(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "2", "-frames", "300", "-seed", "3", "-spectators", "open", "-watch-delay", "0.4")
	first := <-host.lines
	address := first.Addr + "#" + first.Fingerprint
	watchers := []*running{start(t, ctx, "-watch", address), start(t, ctx, "-watch", address)}
	guest := start(t, ctx, "-join", address)
	played := host.rest()
	guest.rest()
	last := played[len(played)-1]
	if host.code != exitAgreed || last.Event != "end" {
		t.Fatalf("the host: %d, %v, %+v", host.code, host.err, last)
	}
	sums := checksums(played)
	for i, w := range watchers {
		lines := w.rest()
		if w.code != exitAgreed || w.err != nil || len(lines) == 0 {
			t.Fatalf("watcher %d: %d, %v, %+v", i, w.code, w.err, lines)
		}
		end := lines[len(lines)-1]
		if end.Event != "end" || !end.Verified || end.Hash != last.Hash || end.Frames != last.Frames || end.Skipped != 0 {
			t.Errorf("watcher %d: %+v; the host: %+v", i, end, last)
		}
		seen := checksums(lines)
		if len(seen) == 0 || !slices.Equal(seen, sums[len(sums)-len(seen):]) {
			t.Errorf("watcher %d: checksums %v; the host's %v", i, seen, sums)
		}
	}
}

// checksums are the hashes of those lines.
func checksums(lines []line) (all []string) {
	for _, l := range lines {
		if l.Event == "checksum" {
			all = append(all, l.Hash)
		}
	}
	return all
}
