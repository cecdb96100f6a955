//go:build !race

package netcode

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// badLine is a path that is worse than most.
var badLine = Conditions{DelayMs: 30, JitterMs: 8, LossPercent: 2}

// newTree is a match of so many frames that so many watch, all of whom see it.
func newTree(t testing.TB, peers, viewers int, frames int32, c Conditions) *gallery {
	t.Helper()
	g := newGallery(t, peers, c, -1)
	if err := g.lobbies[0].Start(1, frames); err != nil {
		t.Fatal(err)
	}
	for range viewers {
		g.watch()
		for range 6 {
			g.tick()
		}
	}
	g.until(600, func() bool {
		for _, w := range g.watchers {
			if w.Status().Frame < 60 {
				return false
			}
		}
		return true
	})
	return g
}

// watchedTick plays on, and fails where a player feeds more than two, or one who does not host has
// links to more of those who watch than stand by with him.
func (g *gallery) watchedTick() {
	g.t.Helper()
	g.tick()
	for i, l := range g.lobbies {
		if g.gone[i] || l.stage == nil {
			continue
		}
		if n := l.stage.stand.Fed(); n > audience.OfPlayer {
			g.t.Fatalf("P%d feeds %d", i, n)
		}
		if n := len(l.mesh.Conns()); i != g.host && n > len(g.lobbies)-1+2*audience.OfPlayer {
			g.t.Fatalf("P%d, who does not host, has %d links", i, n)
		}
	}
}

// relays are the viewers that feed others and are not away.
func (g *gallery) relays() (list []int) {
	for i, w := range g.watchers {
		if v := w.room.watching.viewer; !g.away[i] && v != nil && v.Stand().Fed() > 0 {
			list = append(list, i)
		}
	}
	return list
}

// isFed reports whether somebody feeds one who watches, and it has what is new.
func (g *gallery) isFed(w *Watcher[attendance, uint32], behind rollback.Frame) bool {
	m := g.lobbies[g.host].Match()
	return w.Status().Parent != "" && (m.play.over() || w.Status().Frame+rollback.Frame(w.Status().Left)+behind >= m.session.Current())
}

// seenByAll plays the match to its end, and fails unless all who are not away have seen all of
// it.
func (g *gallery) seenByAll() {
	g.t.Helper()
	g.until(4000, func() bool {
		for i, w := range g.watchers {
			if !g.away[i] && !w.Status().Over {
				return false
			}
		}
		return true
	})
	for i, w := range g.watchers {
		if !g.away[i] {
			g.seen(w)
		}
	}
}

// TestCrowdWatches: a host feeds two, who feed others; of 150 nobody loses a frame on a bad
// network or is far behind, the other players do not notice, and the host knows when all have
// everything. That is as many as can be simulated with worlds of their own in a few seconds:
// package audience has five hundred without.
func TestCrowdWatches(t *testing.T) {
	const viewers, atOnce = 150, 40
	g := newGallery(t, 3, badLine, -1)
	if err := g.lobbies[0].Start(1, 1000); err != nil {
		t.Fatal(err)
	}
	for came := 1; came <= viewers; came++ {
		if g.watch(); came <= atOnce {
			continue
		}
		for range 7 { // a desk takes ten a second
			g.watchedTick()
		}
	}
	for match := g.lobbies[0].Match(); !match.play.over(); g.watchedTick() {
		if match.session.Current() != 950 {
			continue
		}
		for i, w := range g.watchers {
			if !g.isFed(w, 40) {
				t.Errorf("V%d is far behind: %+v", i, w.Status())
			}
		}
	}
	if n := g.lobbies[0].Watching(); n != viewers {
		t.Errorf("%d watch", n)
	}
	parents := map[string]int{}
	for _, w := range g.watchers {
		parents[w.Status().Parent]++
		if n := len(w.room.mesh.Conns()); n > 1+1+audience.StandBys+8+8 {
			t.Errorf("one who watches has %d links", n)
		}
	}
	if parents["P0"] != audience.OfPlayer || len(parents) < viewers/8 || parents[""] > 0 {
		t.Errorf("fed by %v", parents)
	}
	if d := g.lobbies[0].WatchDelay(); d != time.Duration(max(0, g.lobbies[0].Room.config.WatchDelayMs))*time.Millisecond || g.lobbies[1].WatchDelay() != 0 {
		t.Errorf("they are %v behind, at a guest %v", d, g.lobbies[1].WatchDelay())
	}
	if g.lobbies[0].ShownAll() {
		t.Error("all is shown in the very tick in which it ends")
	}
	g.seenByAll()
	g.until(60, func() bool { return g.lobbies[0].ShownAll() })
}

// TestTreeOfTheNextMatch: those who watch one match see the next one, too, whatever is under way
// of the first when it begins.
func TestTreeOfTheNextMatch(t *testing.T) {
	g := newTree(t, 2, 8, 300, Conditions{DelayMs: 20})
	for _, from := range g.watchers { // what they send each other takes longer than what the host says
		for _, to := range g.watchers {
			g.network.SetPath(from.room.node, to.room.node, Conditions{DelayMs: 400})
		}
	}
	g.until(600, func() bool { return g.lobbies[0].Match().play.over() })
	for range 60 * int(unusedAfter/time.Second) { // links are older than those that nobody uses become
		g.watchedTick()
	}
	g.lobbies[1].SetReady(true)
	g.until(300, func() bool { return g.lobbies[0].Blocker() == "" })
	var links []link.Link
	for _, w := range g.watchers {
		for _, n := range w.room.watching.others.all {
			if n.conn != nil {
				links = append(links, n.conn.Link)
			}
		}
	}
	if err := g.lobbies[0].Start(2, 600); err != nil {
		t.Fatal(err)
	}
	g.until(300, func() bool {
		for _, w := range g.watchers {
			if w.Status().Over || w.Status().Frame < 60 {
				return false
			}
		}
		return true
	})
	g.seenByAll()
	for i, w := range g.watchers {
		if w.header.Match != g.lobbies[0].stage.showing.match {
			t.Errorf("V%d has seen another match", i)
		}
	}
	for _, l := range links {
		if err := l.Err(); err != nil {
			t.Errorf("a link is lost: %v", err)
		}
	}
}

// TestRelaysGo: half of those who feed others are gone at once, without a word. All the rest
// are fed again two seconds later, and have lost nothing.
func TestRelaysGo(t *testing.T) {
	g := newTree(t, 2, 16, 1800, badLine)
	for range 60 {
		g.watchedTick()
	}
	relays := g.relays()
	if len(relays) < 4 {
		t.Fatalf("%v feed others", relays)
	}
	for _, i := range relays[:(len(relays)+1)/2] {
		g.away[i] = true
		vanish(g.watchers[i].room.node)
	}
	for range 2 * 60 {
		g.watchedTick()
	}
	for i, w := range g.watchers {
		if !g.away[i] && !g.isFed(w, 60) {
			t.Errorf("V%d is not healed: %+v, of %d", i, w.Status(), g.lobbies[0].Match().session.Current())
		}
	}
	g.seenByAll()
}

// twisted is a link whose feed is not what it should be.
type twisted struct {
	link.Link
	twist func(block []byte) []byte // nil: it is not sent
}

func (l *twisted) SendFeed(block []byte) error {
	if block = l.twist(block); block != nil {
		return l.Link.SendFeed(block)
	}
	return nil
}

// twist has one who watches do something to all that it feeds others.
func (g *gallery) twist(liar int, twist func(block []byte) []byte) {
	for _, n := range g.watchers[liar].room.watching.others.all {
		if n.conn == nil {
			continue
		}
		if _, is := n.conn.Link.(*twisted); !is {
			n.conn.Link = &twisted{n.conn.Link, twist}
		}
	}
}

// TestLyingRelay: who alters what he feeds, keeps it back or sends it late is left, and nobody
// loses a frame by that.
func TestLyingRelay(t *testing.T) {
	var late [][]byte
	for name, twist := range map[string]func(block []byte) []byte{
		"alters": func(b []byte) []byte {
			b = append([]byte(nil), b...)
			b[len(b)/2] ^= 4
			return b
		},
		"withholds": func([]byte) []byte { return nil },
		"is late": func(b []byte) []byte {
			if late = append(late, append([]byte(nil), b...)); len(late) < 100 {
				return nil
			}
			b, late = late[0], late[1:]
			return b
		},
	} {
		g := newTree(t, 2, 10, 1500, Conditions{DelayMs: 20})
		liar := g.relays()[0]
		for range 6 * 60 {
			g.twist(liar, twist)
			g.watchedTick()
		}
		for i, w := range g.watchers {
			if !g.isFed(w, 90) {
				t.Errorf("who feeds %s: V%d has %+v, of %d", name, i, w.Status(), g.lobbies[0].Match().session.Current())
			}
		}
		g.seenByAll()
	}
}

// placements counts how often one who watches is told who may feed it.
type placements struct {
	link.Link
	count int
}

func (l *placements) Send(b []byte) error {
	if m, err := wire.ParseMessage(b); err == nil {
		if m, ok := m.(*wire.Audience); ok {
			if said, _ := audience.ParseMessage(m.Bytes); said != nil {
				if _, ok := said.(*audience.Placement); ok {
					l.count++
				}
			}
		}
	}
	return l.Link.Send(b)
}

// TestGreedyViewer: who asks everybody for everything, says that a player feeds it, and that
// all others are of no use, gets no player's stream for that, has others look for the way to
// it twice a second at most, and nobody loses a frame.
func TestGreedyViewer(t *testing.T) {
	g := newTree(t, 2, 10, 1200, Conditions{DelayMs: 20})
	greedy := 0
	for i, w := range g.watchers {
		if w.Status().Parent != "P0" {
			greedy = i
		}
	}
	w := g.watchers[greedy].room.watching
	one := g.lobbies[0].spectators.byID(w.others.self)
	placed := &placements{Link: one.conn.Link}
	one.conn.Link = placed
	for tick := range 5 * 60 {
		for range 5 {
			w.host.Send(inAudience(audience.Tag(w.show.Match), &audience.Report{Parent: 0, Room: 255, Lost: []audience.ID{16, 17, 18, audience.ID(19 + tick%8)}}))
			w.host.Send(inAudience(audience.Tag(w.show.Match), &audience.Ask{From: 0}))
			for _, n := range w.others.all {
				n.conn.Send(inAudience(audience.Tag(w.show.Match), &audience.Cease{}))
				n.conn.Send(inAudience(audience.Tag(w.show.Match), &audience.Ask{From: 1<<32 - 1}))
			}
		}
		if tick == 100 { // there is a place
			for i, o := range g.watchers {
				if o.Status().Parent == "P0" {
					g.away[i] = true
					o.Leave()
					break
				}
			}
		}
		g.watchedTick()
		s := g.lobbies[0].spectators
		if g.lobbies[0].stage.stand.Feeds(one.id) && !s.desk.Names(one.id, 0) {
			t.Fatal("the host feeds whom the desk has not sent to it")
		}
		if n := len(w.others.all); n > 1+audience.StandBys+maxAskers {
			t.Fatalf("it has %d links", n)
		}
	}
	if most := int((5*time.Second + reportBurst) / reportCost); placed.count == 0 || placed.count > most+1 {
		t.Errorf("it was given %d places", placed.count)
	}
	g.seenByAll()
}

// TestUnnamedViewer: who calls one who watches, and is not named by the host, is told nothing,
// and sent away.
func TestUnnamedViewer(t *testing.T) {
	g := newTree(t, 2, 3, 1200, Conditions{DelayMs: 20})
	stranger, victim := g.network.NewNode("S"), g.watchers[0].room
	w, err := Watch(stranger, g.game, g.nodes[1].Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	key := victim.node.endpoint.Key()
	c := w.room.mesh.Dial(victim.node.endpoint.Addr(), &key, wire.WatchWith)
	w.room.reception.greet(c, wire.WatchWith)
	heard := 0
	for range 60 * int(mesh.StrangerTimeout/time.Second+1) {
		c.Send(inAudience(audience.Tag(g.watchers[0].room.watching.show.Match), &audience.Ask{From: 0}))
		g.watchedTick()
		c.Link.Receive(func(link.Kind, time.Duration, []byte) { heard++ })
	}
	if heard > 0 || c.Link.State() != link.Closed || len(victim.watching.others.early) > 0 {
		t.Errorf("a stranger has heard %d words, the link is %v", heard, c.Link.State())
	}
	g.seenByAll()
}

// TestManyComeAndGo: two hundred come and leave again, some without a word, and nothing is left
// of them with those who stay, who lose nothing.
func TestManyComeAndGo(t *testing.T) {
	g := newTree(t, 2, 8, 3000, Conditions{DelayMs: 20})
	stay := len(g.watchers)
	for i := range 200 {
		g.watch()
		for range 8 {
			g.watchedTick()
		}
		if i < 10 {
			continue
		}
		gone := stay + i - 10
		g.away[gone] = true
		if i%4 == 0 {
			vanish(g.watchers[gone].room.node)
		} else {
			g.watchers[gone].Leave()
		}
	}
	for i := stay + 190; i < len(g.watchers); i++ {
		g.away[i] = true
		g.watchers[i].Leave()
	}
	g.until(900, func() bool { return g.lobbies[0].Watching() == stay })
	if n := g.lobbies[0].spectators.desk.Watching(); n != stay {
		t.Errorf("the desk knows %d", n)
	}
	g.seenByAll()
	for i, w := range g.watchers[:stay] {
		if n := len(w.room.watching.others.all); n > stay {
			t.Errorf("V%d knows %d others, of %d", i, n, stay)
		}
	}
}

// TestCrowdAtAnUnderstudy: the host names a thousand to a player who stands by, one after the other,
// as those who come and go. It lets few of them in at a time and forgets them, and those who stay
// lose nothing.
func TestCrowdAtAnUnderstudy(t *testing.T) {
	g := newTree(t, 3, 4, 2400, Conditions{DelayMs: 20})
	under := &g.lobbies[1].understudy.watchers
	stay := len(under.all)
	contact := wire.MarshalMessage(&wire.Contact{Addrs: []string{"192.0.2.7:7777"}})
	for i := range uint32(1000) {
		named := audience.Neighbour{ID: audience.FirstViewer + 1 + audience.ID(i), Key: [32]byte{0xff, byte(i), byte(i >> 8)}, Contact: contact}
		g.lobbies[1].understudy.told(inAudience(0, &audience.Introduction{Viewer: named}))
		if i%4 == 0 {
			g.watchedTick()
		}
		if n := len(under.all); n > maxAskers {
			t.Fatalf("after %d it knows %d", i, n)
		}
	}
	for range int(unusedAfter/time.Second+1) * 60 {
		g.watchedTick()
	}
	if n := len(under.all); n != stay {
		t.Errorf("it knows %d, of whom %d have stayed", n, stay)
	}
	g.seenByAll()
}
