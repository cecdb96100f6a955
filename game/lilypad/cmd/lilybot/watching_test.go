package main

import (
	"context"
	"crypto/rand"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/rendezvous"
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

// TestWatchRounds: where a host goes from round to round one who watches sees each of them to its
// end, and says so of each.
func TestWatchRounds(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	host := start(t, ctx, "-host", "-listen", "127.0.0.1:0", "-players", "2", "-round", "300", "-frames", "1100", "-seed", "9", "-spectators", "open", "-watch-delay", "2")
	address := (<-host.lines).Addr
	watcher := start(t, ctx, "-watch", address)
	guest := start(t, ctx, "-join", address)
	played := host.rest()
	guest.rest()
	seen := watcher.rest()
	ends := func(lines []line) (all []string) {
		for _, l := range lines {
			if l.Event == "round" || l.Event == "end" {
				all = append(all, l.Hash)
			}
		}
		return all
	}
	if host.code != exitAgreed || watcher.code != exitAgreed || watcher.err != nil {
		t.Fatalf("the host: %d, %v; who watches: %d, %v, %+v", host.code, host.err, watcher.code, watcher.err, seen)
	}
	if a, b := ends(played), ends(seen); len(a) < 2 || !slices.Equal(a, b) {
		t.Errorf("of rounds that end with %v those are seen that end with %v", a, b)
	}
	if last := seen[len(seen)-1]; !last.Verified || last.Skipped != 0 || last.Rounds < 2 {
		t.Errorf("%+v", last)
	}
}

// TestSecondsArePassedOver: of the seconds in which this machine stood still nothing is printed.
func TestSecondsArePassedOver(t *testing.T) {
	began := time.Unix(1000, 0)
	p := &player{nextStats: began}
	for at, want := range []bool{true, false, false, false, false, false, false, false, false, false, true} {
		if got := p.statsDue(began.Add(3200*time.Millisecond + time.Duration(at)*80*time.Millisecond)); got != want {
			t.Errorf("%d ms after a stall of 3.2 s: %v", 80*at, got)
		}
	}
}

// TestWatchByCode: a host prints a code for players and one for those who watch. By the second one
// sees the match, and nobody gets a seat.
func TestWatchByCode(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	by := []string{"-rendezvous", serveRendezvous(t), "-stun", "none", "-portmap=false", "-listen", "127.0.0.1:0"}
	with := func(args ...string) *running { return start(t, ctx, append(args, by...)...) }
	host := with("-host", "-code", "-players", "2", "-frames", "200", "-spectators", "code", "-watch-delay", "0.4")
	codes := map[string]string{}
	for l := range host.lines {
		if l.Code != "" {
			codes[l.Event] = l.Code
		}
		if len(codes) == 2 {
			break
		}
	}
	if codes["code"] == "" || codes["watchCode"] == "" || codes["code"] == codes["watchCode"] {
		t.Fatalf("it prints %v", codes)
	}
	seated := with("-join", codes["watchCode"])
	if seated.rest(); seated.code != exitNoConnect || seated.err == nil || !strings.Contains(seated.err.Error(), "gives nobody a seat") {
		t.Errorf("who joins by the code for watching: %d, %v", seated.code, seated.err)
	}
	watcher := with("-watch", codes["watchCode"])
	guest := with("-join", codes["code"])
	played := host.rest()
	guest.rest()
	lines := watcher.rest()
	if watcher.code != exitAgreed || len(lines) == 0 {
		t.Fatalf("who watches by it: %d, %v, %+v", watcher.code, watcher.err, lines)
	}
	if last, end := played[len(played)-1], lines[len(lines)-1]; host.code != exitAgreed || !end.Verified || end.Hash != last.Hash {
		t.Errorf("it sees %+v; the host: %d, %+v", end, host.code, last)
	}
}

// serveRendezvous runs a server for one test and returns its address.
func serveRendezvous(t *testing.T) string {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, udp, nil)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return udp.LocalAddr().String()
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
