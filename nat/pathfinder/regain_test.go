package pathfinder

import (
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// TestRegaining asks when a lost direct path is searched anew.
func TestRegaining(t *testing.T) {
	t.Parallel()
	host, _ := serve(t, false)
	f := newPlayer(t, 1, Config{Rendezvous: host}).finder
	done := make(chan struct{})
	f.do(func() {
		defer close(done)
		p := &pair{key: [32]byte{9}, secret: []byte("a secret of both"), holders: 1}
		if err := f.begin(0, p); err != nil {
			t.Error(err)
			return
		}
		r := &p.regaining
		if r.switched(0, false); r.next() != searchAgain {
			t.Error("a pair that never had a direct path searches again when the first search is over")
		}
		r.switched(0, true)
		var tries []time.Duration
		for now := 100 * time.Second; now < 10*time.Minute; now += time.Second {
			if r.switched(now, false); r.next() <= now {
				tries = append(tries, now-100*time.Second)
			}
			r.advance(now, p)
		}
		want := []time.Duration{0, 5 * time.Second, 15 * time.Second, 35 * time.Second, 75 * time.Second, 135 * time.Second}
		if !slices.Equal(tries, want) {
			t.Errorf("tries after %v, want %v", tries, want)
		}
		if r.switched(0, true); r.tries != 0 || r.next() != nat.Never {
			t.Error("with a direct path a search is planned")
		}
		r.switched(time.Hour, false)
		if r.next() != time.Hour {
			t.Error("the next loss is not noticed")
		}
	})
	<-done
}

// TestHopeless: the time that a relay is given counts from when the last path
// went, however long the pair has been playing.
func TestHopeless(t *testing.T) {
	for _, c := range []struct {
		relay  Relay
		failed time.Duration // when the latest search did; 0 for not
	}{{Only, 0}, {Auto, 90 * time.Second}} {
		paths, err := pathconn.Open(netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		f := &Finder{config: Config{Relay: c.relay, Rendezvous: "192.0.2.1:1"}, paths: paths, log: slog.New(slog.DiscardHandler)}
		p := &pair{f: f, began: time.Second, bare: time.Second, found: 1, punching: punching{failedAt: c.failed}}
		if c.failed > 0 {
			p.failed = "both routers are difficult"
		}
		way := p.keep.add(time.Minute, byRelay, "server-relay")
		p.keep.use(time.Minute, way)
		lost := 100 * time.Second
		p.drop(lost, way)
		if p.hopeless(lost) || p.hopeless(lost+relayLimit-1) {
			t.Errorf("relay %v: given up at once", c.relay)
		}
		if !p.hopeless(lost + relayLimit) {
			t.Errorf("relay %v: never given up", c.relay)
		}
		paths.Close()
	}
}

// TestUnseen: where no server has seen one of the two, a relay is asked for with the
// search; not where there is no server to ask, nor while ours may still answer.
func TestUnseen(t *testing.T) {
	seen, unknown := nat.Descriptor{Mapping: nat.MappingIndependent}, nat.Descriptor{}
	server := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:3478")}
	for _, c := range []struct {
		name          string
		servers       []netip.AddrPort
		done          bool
		local, remote nat.Descriptor
		want          bool
	}{
		{"both are seen", server, true, seen, seen, false},
		{"ours still asks", server, false, unknown, seen, false},
		{"nobody answers us", server, true, unknown, seen, true},
		{"nobody answers the peer", server, true, seen, unknown, true},
		{"no servers", nil, true, unknown, unknown, false},
	} {
		f := &Finder{}
		f.gather.servers, f.gather.done, f.gather.current.Descriptor = c.servers, c.done, c.local
		p := &pair{f: f, remote: nat.Offer{Descriptor: c.remote}}
		if p.unseen() != c.want {
			t.Errorf("%s: %v", c.name, p.unseen())
		}
	}
}

// TestLost: a path that falls silent is searched anew at once, also when a search began a
// while ago that the path has outlived; the same silence begins no second one for long.
func TestLost(t *testing.T) {
	const now = time.Minute
	for _, c := range []struct {
		name            string
		heard, searched time.Duration // ago
		want            bool
	}{
		{"no silence", 300 * time.Millisecond, time.Hour, false},
		{"the first", 800 * time.Millisecond, time.Hour, true},
		{"this one", 2 * time.Second, 1300 * time.Millisecond, false},
		{"still this one", 8 * time.Second, 6 * time.Second, true},
		{"one from before", 800 * time.Millisecond, 1500 * time.Millisecond, true},
		{"one from just before", 700 * time.Millisecond, 900 * time.Millisecond, false},
	} {
		p := &pair{punching: punching{searched: now - c.searched}, since: time.Second}
		way := p.keep.add(0, wayA, "direct")
		p.keep.active = way
		way.heard, way.answered, way.waiting = now-c.heard, now-c.heard, 2
		if got := p.lost(now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
