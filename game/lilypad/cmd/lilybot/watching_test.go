package main

import (
	"context"
	"crypto/rand"
	"net"
	"slices"
	"strings"
	"testing"

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
