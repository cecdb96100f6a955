//go:build !race

package netcode

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// hostLeaves has the host leave to the next one.
func (g *gallery) hostLeaves(next int) {
	g.gone[g.host] = true
	g.lobbies[g.host].Leave()
	g.host = next
}

// hostGoes has the host go, and has those who watch find the next one.
func (g *gallery) hostGoes(silent bool, next int) {
	g.t.Helper()
	if silent {
		vanish(g.nodes[g.host])
		g.gone[g.host], g.host = true, next
	} else {
		g.hostLeaves(next)
	}
	g.until(60*25, func() bool {
		if !g.lobbies[next].Hosting() {
			return false
		}
		for i, w := range g.watchers {
			if !g.away[i] && (w.room.watching.host == nil || w.Foyer().Host != g.nodes[next].Name()) {
				return false
			}
		}
		return true
	})
}

// TestTreeOutlivesItsHost: the host leaves or is heard no more. Those who watch go on, fed by
// another player, find the next host, and lose no frame of the match; others come, and the next
// match is watched, too. Then that host goes as well.
func TestTreeOutlivesItsHost(t *testing.T) {
	for _, silent := range []bool{false, true} {
		g := newTree(t, 4, 6, 1800, badLine)
		for _, next := range []int{1, 2} {
			g.hostGoes(silent, next)
			for range 120 {
				g.watchedTick()
			}
			if n := g.lobbies[next].Watching(); n != len(g.watchers) {
				t.Errorf("%d watch at P%d, of %d", n, next, len(g.watchers))
			}
			for i, w := range g.watchers {
				if !g.isFed(w, 90) || w.Status().Skipped > 0 {
					t.Errorf("V%d is at %+v, of %d", i, w.Status(), g.lobbies[next].Match().session.Current())
				}
			}
			late := g.watch()
			g.until(300, func() bool { return late.Status().Frame > 60 })
		}
		if g.lobbies[2].Match().play.over() {
			t.Fatal("the match is over too early: the test shows nothing")
		}
		g.seenByAll()
		if err := g.lobbies[2].Blocked(); err != nil {
			g.lobbies[3].SetReady(true)
			g.until(300, func() bool { return g.lobbies[2].Blocked() == nil })
		}
		if err := g.lobbies[2].Start(7, 300); err != nil {
			t.Fatal(err)
		}
		g.until(300, func() bool { return g.watchers[0].Status().Frame > 60 && !g.watchers[0].Status().Over })
		g.seenByAll()
	}
}

// TestHostGoesWhenItIsOver: the host leaves at the very end of a match, of which those who watch
// have two seconds to see. They see it to its end, find the next host, and watch the next match.
func TestHostGoesWhenItIsOver(t *testing.T) {
	g := newGallery(t, 3, Conditions{DelayMs: 20}, 2000)
	if err := g.lobbies[0].Start(1, 400); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		g.watch()
	}
	g.until(900, func() bool { return g.lobbies[0].State() == Gathering && g.lobbies[1].State() == Gathering })
	for i, w := range g.watchers {
		if w.Status().Over || w.Status().Frame < 60 {
			t.Fatalf("V%d is at %+v: the test shows nothing", i, w.Status())
		}
	}
	g.hostGoes(false, 1)
	g.seenByAll()
	g.lobbies[2].SetReady(true)
	g.until(300, func() bool { return g.lobbies[1].Blocked() == nil })
	if err := g.lobbies[1].Start(7, 300); err != nil {
		t.Fatal(err)
	}
	g.until(900, func() bool { return g.watchers[4].Status().Frame > 60 && !g.watchers[4].Status().Over })
	g.seenByAll()
}

// TestHostStalls: the host's machine stands still for three seconds. Its understudies feed those
// whom it has fed with what was held back, and nobody loses a frame; the host is the host still.
func TestHostStalls(t *testing.T) {
	g := newGallery(t, 3, badLine, 4000)
	if err := g.lobbies[0].Start(1, 1800); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		g.watch()
	}
	g.until(900, func() bool {
		for _, w := range g.watchers {
			if w.Status().Frame < 60 {
				return false
			}
		}
		return true
	})
	shown := g.lobbies[0].stage.ring.Next()
	g.gone[0] = true
	for range 3 * 60 {
		g.watchedTick()
	}
	for i, w := range g.watchers {
		if next := w.room.watching.viewer.Parent(); next == 0 || w.status.Parent == "" {
			t.Errorf("V%d is fed by %q, who stands still", i, w.status.Parent)
		}
		if got := uint32(int(w.Status().Frame)+w.Status().Left) / 6; got < shown+15 {
			t.Errorf("V%d has %d segments, where the host has shown %d", i, got, shown)
		}
	}
	g.gone[0] = false
	for range 120 {
		g.watchedTick()
	}
	for i, w := range g.watchers {
		if w.room.watching.host == nil || !g.lobbies[0].Hosting() {
			t.Errorf("V%d has lost the host", i)
		}
	}
	g.seenByAll()
}

// TestUnderstudies: the desk has two players stand by those whom the host feeds, and these feed
// nobody as long as all is well.
func TestUnderstudies(t *testing.T) {
	g := newTree(t, 4, 6, 900, Conditions{DelayMs: 20})
	players := map[audience.ID]int{}
	for _, w := range g.watchers {
		v := w.room.watching.viewer
		for _, n := range v.Wanted() {
			if n.ID < audience.FirstViewer {
				players[n.ID]++
			}
			if n.ID > 0 && n.ID < audience.FirstViewer && v.Parent() != 0 {
				t.Errorf("P%d stands by one whom no player feeds", n.ID)
			}
		}
	}
	if players[0] != 2 || players[1] != 2 || players[2] != 2 || players[3] != 0 {
		t.Errorf("players feed or stand by: %v", players)
	}
	for i, l := range g.lobbies[1:] {
		if l.stage != nil && l.stage.stand.Fed() > 0 || (l.stage != nil) != (i < maxUnderstudies) {
			t.Errorf("P%d has %+v", i+1, l.stage)
		}
	}
	g.seenByAll()
}

// TestCutFromTheHost: one who watches does not hear the host any more, nor is heard, and goes on
// by the others. When the cut is healed it is back with the same host.
func TestCutFromTheHost(t *testing.T) {
	g := newTree(t, 2, 6, 2400, Conditions{DelayMs: 20})
	cut := 0
	for i, w := range g.watchers {
		if w.Status().Parent != "P0" {
			cut = i
		}
	}
	w := g.watchers[cut]
	path := func(c Conditions) {
		g.network.SetPath(w.room.node, g.nodes[0], c)
		g.network.SetPath(g.nodes[0], w.room.node, c)
	}
	path(Conditions{LossPercent: 100})
	g.until(60*20, func() bool { return w.Status().Seeking && g.lobbies[0].Watching() == 5 })
	for range 300 {
		g.watchedTick()
	}
	if !g.isFed(w, 60) {
		t.Errorf("it is at %+v", w.Status())
	}
	path(Conditions{DelayMs: 20})
	g.until(60*20, func() bool { return !w.Status().Seeking && g.lobbies[0].Watching() == 6 })
	if g.lobbies[0].Match().play.over() {
		t.Fatal("the match is over too early: the test shows nothing")
	}
	g.seenByAll()
}

// TestBehindWithoutFeeder: one who is cut off from all others reads how far behind the players it is by
// then, and not how far it was when the last came; and when they are back it is as near as before.
func TestBehindWithoutFeeder(t *testing.T) {
	g := newTree(t, 2, 3, 2400, Conditions{DelayMs: 20})
	w := g.watchers[2]
	path := func(c Conditions) {
		for _, n := range []*Node{g.nodes[0], g.nodes[1], g.watchers[0].room.node, g.watchers[1].room.node} {
			g.network.SetPath(w.room.node, n, c)
			g.network.SetPath(n, w.room.node, c)
		}
	}
	for range 120 {
		g.watchedTick()
	}
	near := w.Status().BehindMs
	path(Conditions{LossPercent: 100})
	frame := w.Status().Frame
	g.until(60*20, func() bool { return w.Status().Parent == "" })
	for range 180 {
		g.watchedTick()
	}
	s := w.Status()
	behindMs := 1000 * int(g.lobbies[0].Match().session.Current()-s.Frame) / 60
	if s.Parent != "" || s.Frame > frame+60 || s.BehindMs < behindMs-400 || s.BehindMs > behindMs+400 {
		t.Errorf("%d ms behind the players it says that it is %d: %+v", behindMs, s.BehindMs, s)
	}
	path(Conditions{DelayMs: 20})
	g.until(60*20, func() bool {
		return w.Status().Parent != "" && !w.Status().CatchingUp && w.Status().BehindMs < near+300
	})
	if g.lobbies[0].Match().play.over() {
		t.Fatal("the match is over too early: the test shows nothing")
	}
	g.seenByAll()
}

// TestCrowdIsPatient: of a thousand who look for the next host not more call it a second than
// it lets in, and of a few none waits long.
func TestCrowdIsPatient(t *testing.T) {
	var calls [101]int
	for i := range 1000 {
		calls[patience(1000, audience.ID(uint32(i)*2654435761))/time.Second]++
	}
	for second, n := range calls {
		if n > 15 {
			t.Errorf("%d call in second %d", n, second)
		}
	}
	if most := patience(5, audience.NoID); most > time.Second/2 {
		t.Errorf("of five one waits %v", most)
	}
}

// TestHeirOfTheHidden: who hides his address calls nobody on the word of one who says that he
// hosts now: that may be any member, who would read the address.
func TestHeirOfTheHidden(t *testing.T) {
	contact := wire.MarshalMessage(&wire.Contact{Addrs: []string{"192.0.2.7:7777"}})
	word := &audience.Successor{Term: 2, Host: audience.Neighbour{ID: 1, Contact: contact}}
	for relay, calls := range map[Relay]int{RelayAuto: 1, RelayNever: 1, RelayOnly: 0} {
		w := newWatching(&Room{node: &Node{config: NodeConfig{Relay: relay}}})
		w.others.heirs = append(w.others.heirs, heir{word, 1})
		if all := w.seeking.destinations(); len(all) != calls {
			t.Errorf("relay %v: %+v are called", relay, all)
		}
	}
}

// TestHeirsAddresses: one who says that he hosts now names no address at which everybody in a
// network would read what is sent, and none twice.
func TestHeirsAddresses(t *testing.T) {
	said := []string{"224.0.0.251:5353", "255.255.255.255:7777", "240.0.0.1:7777", "0.0.0.0:7777", "[ff02::1]:7777", "[ff02::1%lo]:7777", "[::]:7777", "192.0.2.7:0",
		"192.0.2.7:7777", "[::ffff:192.0.2.7]:7777", "[::ffff:224.0.0.251]:5353", "192.0.2.7:7777", "[2001:db8::7]:7777"}
	want := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.7:7777"), netip.MustParseAddrPort("[2001:db8::7]:7777")}
	got := addrsOf(&audience.Neighbour{Contact: wire.MarshalMessage(&wire.Contact{Addrs: said[:8]})})
	got = append(got, addrsOf(&audience.Neighbour{Contact: wire.MarshalMessage(&wire.Contact{Addrs: said[8:]})})...)
	if !slices.Equal(got, want) {
		t.Errorf("%v are called, want %v", got, want)
	}
}
