//go:build !race

package netcode

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// gallery is a party that is watched.
type gallery struct {
	*party
	game     Config[attendance, uint32]
	host     int // who hosts
	watchers []*Watcher[attendance, uint32]
	away     []bool // they call nothing any more
	leastMs  int    // that somebody was behind the host, in frames of it, since he watches
	// records are waited for: a second of these matches passes faster than a disk turns.
	records []record
}

// record is a Recording, or one of who watches.
type record interface {
	Pending() int
	Err() error
}

func newGallery(t testing.TB, peers int, c Conditions, delayMs int) *gallery {
	return newGalleryOf(t, peers, attendanceGame(AbsentIdle), c, delayMs)
}

func newGalleryOf(t testing.TB, peers int, game Config[attendance, uint32], c Conditions, delayMs int) *gallery {
	network := &MemoryNetwork{network: memlink.NewNetwork(uint64(peers), 256), seed: uint64(peers)}
	g := &gallery{party: newPartyOn(t, network, peers, game, c), game: game, leastMs: 1 << 30}
	host := g.lobbies[0].Room
	host.config.Spectators, host.config.WatchDelayMs = SpectatorsOpen, delayMs
	host.spectators = newSpectators(host)
	host.spectators.desk = audience.NewDesk(1)
	return g
}

// watch has somebody come to watch.
func (g *gallery) watch() *Watcher[attendance, uint32] {
	g.t.Helper()
	node := g.network.NewNode(fmt.Sprintf("V%d", len(g.watchers)))
	w, err := Watch(node, g.game, g.nodes[g.host].Addr().String(), LobbyConfig{})
	if err != nil {
		g.t.Fatal(err)
	}
	g.watchers, g.away = append(g.watchers, w), append(g.away, false)
	return w
}

func (g *gallery) tick() {
	g.party.tick()
	for i, w := range g.watchers {
		if g.away[i] {
			continue
		}
		w.Tick()
		if m := g.lobbies[g.host].Match(); m != nil && w.State() == Playing && w.header.Match == m.play.logID() && !m.play.over() {
			g.leastMs = min(g.leastMs, int(m.session.Current()-w.Status().Frame)*1000/m.play.terms.tickRate)
		}
	}
	for _, r := range g.records {
		for r.Pending() > 0 && r.Err() == nil {
			runtime.Gosched()
		}
	}
}

func (g *gallery) until(ticks int, so func() bool) {
	g.t.Helper()
	for range ticks {
		if so() {
			return
		}
		g.tick()
	}
	for _, w := range g.watchers {
		g.t.Logf("%v, %v: %+v", w.State(), w.Err(), w.Status())
	}
	g.t.Fatalf("not within %d ticks", ticks)
}

// seen fails unless somebody has seen the whole match, and it is the players'.
func (g *gallery) seen(w *Watcher[attendance, uint32]) {
	g.t.Helper()
	want, _ := g.lobbies[g.host].Match().Result()
	got, ok := w.Result()
	s := w.Status()
	if !ok || got.Frame != want.Frame || got.Hash != want.Hash || s.Differs != rollback.NoFrame || s.Verified == 0 || s.Skipped > 0 || !s.Over {
		g.t.Errorf("%+v is seen, after %+v: %+v", got, s, want)
	}
	world, _ := g.lobbies[g.host].Match().FinalWorld()
	if *w.World() != *world {
		g.t.Errorf("%+v is shown, and is %+v", *w.World(), *world)
	}
}

// TestWatch: one who was there from the start and one who comes later see a match as far
// behind as the host says, and at its end all of it, on a bad network; a rematch, too.
func TestWatch(t *testing.T) {
	const delayMs = 700
	g := newGallery(t, 3, Conditions{DelayMs: 40, JitterMs: 10, LossPercent: 3}, delayMs)
	first := g.watch()
	g.until(300, func() bool { return first.State() == Gathering })
	if n := g.lobbies[0].Watching(); n != 1 {
		t.Errorf("%d watch", n)
	}
	for round := range 2 {
		for _, l := range g.lobbies {
			l.SetReady(true)
		}
		g.until(900, func() bool { return g.lobbies[0].Blocker() == "" })
		if err := g.lobbies[0].Start(1, 900); err != nil {
			t.Fatal(err)
		}
		g.until(900, func() bool {
			m := g.lobbies[0].Match()
			return g.lobbies[0].State() == Playing && m.session.Current() > 400
		})
		late := g.watch()
		g.until(120, func() bool { return late.State() == Playing })
		g.until(1200, func() bool { return first.Status().Over && late.Status().Over })
		g.seen(first)
		g.seen(late)
		const want = 900/60 + 1 + 900/300 - 1 + 1 // checksums, the worlds of segments but the first, the result
		if first.Status().Verified != want {
			t.Errorf("round %d: %d worlds are verified, of %d", round, first.Status().Verified, want)
		}
		late.Leave()
		g.away[len(g.away)-1] = true
		g.until(60, func() bool { return g.lobbies[0].Watching() == 1 })
	}
	if g.leastMs < delayMs || g.leastMs > delayMs+600 {
		t.Errorf("a match is seen %d ms behind the host at least: it should be %d, and what it takes on the way", g.leastMs, delayMs)
	}
}

// TestWatchLinks: who watches is told the links between the players as the host measures them, or an
// understudy, by name, and that costs next to nothing.
func TestWatchLinks(t *testing.T) {
	g := newTree(t, 4, 3, 900, Conditions{DelayMs: 40, JitterMs: 8})
	g.until(600, func() bool { return g.watchers[2].Status().Frame > 300 })
	for i, w := range g.watchers {
		links, ok := w.Links()
		if !ok || links.Machine > maxUnderstudies || links.Name != g.nodes[links.Machine].Name() || len(links.To) != 3 {
			t.Fatalf("V%d: %+v, %v", i, links, ok)
		}
		for _, l := range links.To {
			if l.Machine == links.Machine || l.Name != g.nodes[l.Machine].Name() || l.PingMs < 60 || l.PingMs > 160 || l.LossPercent > 20 {
				t.Errorf("V%d: %+v", i, l)
			}
		}
	}
	if n := len(matchlog.Append(nil, g.lobbies[0].Match().play.links())); n > 40 {
		t.Errorf("the links of four take %d bytes a second", n)
	}
	g.seenByAll()
}

// outcome is what a match was to one who played it.
type outcome struct {
	stalls    uint64
	datagrams uint64
	result    Result
}

// spoiler does something to those who watch, tick by tick.
type spoiler func(g *gallery, tick int)

// outcomes plays a match to its end, and returns what it was to each of its players. Whoever
// still watches it has seen nothing but that.
func outcomes(t *testing.T, spoil spoiler) (all []outcome) {
	t.Helper()
	g := newGallery(t, 3, Conditions{DelayMs: 30}, -1)
	if err := g.lobbies[0].Start(1, 900); err != nil {
		t.Fatal(err)
	}
	over := func() bool {
		for _, l := range g.lobbies {
			if m := l.Match(); m == nil || !m.play.over() {
				return false
			}
		}
		return true
	}
	for i := 0; !over(); i++ {
		if i > 2000 {
			t.Fatal("the match has not ended")
		}
		g.tick()
		spoil(g, i)
	}
	for _, l := range g.lobbies {
		m := l.Match()
		r, _ := m.Result()
		o := outcome{stalls: m.Stats().Stalls, result: r}
		for _, q := range m.play.peers {
			o.datagrams += q.conn.Link.Stats().DatagramBytesSent
		}
		o.result.ConfirmedBy = nil
		all = append(all, o)
	}
	for i, w := range g.watchers {
		if s := w.Status(); !g.away[i] && w.State() == Playing && (s.Verified == 0 || s.Differs != rollback.NoFrame) {
			t.Errorf("V%d has seen %+v", i, s)
		}
	}
	return all
}

// spoilers are what spectators may do.
func spoilers() map[string]spoiler {
	said := func(w *Watcher[attendance, uint32], m audience.Message) {
		if host := w.room.watching.host; host != nil && w.room.watching.show != nil {
			host.Send(inAudience(audience.Tag(w.room.watching.show.Match), m))
		}
	}
	return map[string]spoiler{
		"four watch": func(*gallery, int) {},
		"one reads nothing": func(g *gallery, tick int) {
			g.away[0] = tick > 150
		},
		"one asks again and again": func(g *gallery, tick int) {
			for range 10 {
				said(g.watchers[0], &audience.Cease{})
				said(g.watchers[0], &audience.Ask{From: 1<<32 - 1})
				said(g.watchers[0], &audience.Report{Parent: audience.NoID, Lost: []audience.ID{0}})
			}
		},
		"one sends a feed and noise": func(g *gallery, tick int) {
			if host := g.watchers[0].room.watching.host; host != nil {
				host.Link.SendFeed([]byte{1, 2, 3})
				host.Send(&wire.Audience{Bytes: []byte{byte(tick), 1}})
			}
		},
		"one comes and goes": func(g *gallery, tick int) {
			if tick%110 == 109 {
				g.watchers[0].Leave()
				g.watchers, g.away = g.watchers[1:], g.away[1:]
				g.watch()
			}
		},
	}
}

// TestWatchedUnharmed: to those who play it is all the same how many watch, and whatever
// those do: they come as everybody should, or read nothing, or ask for everything again and
// again, or send noise.
func TestWatchedUnharmed(t *testing.T) {
	want := outcomes(t, func(*gallery, int) {})
	for name, spoil := range spoilers() {
		got := outcomes(t, func(g *gallery, tick int) {
			if tick == 0 {
				for range 4 {
					g.watch()
				}
			}
			spoil(g, tick)
			if n := g.lobbies[0].stage.stand.Fed(); n > audience.OfPlayer {
				t.Fatalf("%s: the host feeds %d", name, n)
			}
		})
		for i := range want {
			if fmt.Sprint(got[i]) != fmt.Sprint(want[i]) {
				t.Errorf("%s: P%d has %+v, and %+v where nobody watches", name, i, got[i], want[i])
			}
		}
	}
}

// TestWatchRefused: who may not watch, or comes with too many others, reads why.
func TestWatchRefused(t *testing.T) {
	g := newGallery(t, 2, Conditions{DelayMs: 10}, 0)
	refused := func(w *Watcher[attendance, uint32], words string) {
		t.Helper()
		g.until(300, func() bool { return w.State() == Ended })
		if ReasonOf(w.Err()) != ReasonUnwatched || !strings.Contains(w.Err().Error(), words) {
			t.Errorf("%v: it should say %q", w.Err(), words)
		}
	}
	desk := g.lobbies[0].spectators.desk
	for desk.Takes(g.lobbies[0].now()) == nil {
		desk.Came(g.lobbies[0].now(), [32]byte{})
	}
	refused(g.watch(), "many come to watch this match just now")
	g.lobbies[0].spectators = nil
	refused(g.watch(), "lets nobody watch")

	for _, config := range []LobbyConfig{{Spectators: SpectatorsCode + 1}, {Spectators: SpectatorsCode}, {Spectators: SpectatorsCode, Secret: "x"}, {Spectators: SpectatorsOpen, WatchDelayMs: 60_001}, {WatchDelayMs: 1}} {
		if _, err := OpenLobby(g.network.NewNode("H"), g.game, config); err == nil {
			t.Errorf("a lobby is opened with %+v", config)
		}
	}
}

// TestWatchDesync: whose copy of the game computes another world is told the frame, and the
// match itself goes on.
func TestWatchDesync(t *testing.T) {
	g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
	if err := g.lobbies[0].Start(1, 600); err != nil {
		t.Fatal(err)
	}
	step := g.game.Step
	g.game.Step = func(w *attendance, in rollback.Inputs[uint32]) {
		if step(w, in); w.Frame == 250 {
			w.Pushed[0]++
		}
	}
	w := g.watch()
	g.until(1200, func() bool { return w.Status().Over })
	if f := w.Status().Differs; f < 250 || f > 300 {
		t.Errorf("it differs from frame %d on: it should be the first checksum from 250 on", f)
	}
	if r, ok := g.lobbies[0].Match().Result(); !ok || r.Err != nil {
		t.Errorf("the players have %+v", r)
	}
}

// TestWatchForged: what the host's key of the match has not signed is not shown.
func TestWatchForged(t *testing.T) {
	g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
	if err := g.lobbies[0].Start(1, 600); err != nil {
		t.Fatal(err)
	}
	w := g.watch()
	g.until(600, func() bool { return w.Status().Frame > 100 })
	g.lobbies[0].stage.showing.key[0] ^= 1
	g.until(300, func() bool { return w.State() == Ended })
	if ReasonOf(w.Err()) != ReasonUnplayable {
		t.Errorf("it ends with %v", w.Err())
	}
}

// TestWatchHostGone: who watches reads why there is no more to see, when nobody is there to host
// any more.
func TestWatchHostGone(t *testing.T) {
	for _, silent := range []bool{false, true} {
		g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
		if err := g.lobbies[0].Start(1, 6000); err != nil {
			t.Fatal(err)
		}
		w := g.watch()
		g.until(600, func() bool { return w.Status().Frame > 100 })
		want := ReasonHostLeft
		if silent {
			want = ReasonSilent
		}
		for i, l := range g.lobbies {
			if g.gone[i] = true; silent {
				vanish(g.nodes[i])
			} else {
				l.Leave()
			}
		}
		g.until(3000, func() bool { return w.State() == Ended })
		if ReasonOf(w.Err()) != want {
			t.Errorf("it ends with %v", w.Err())
		}
	}
}

// TestWatchStoodStill: one whose game has stood still for five seconds catches up, and skips
// nothing.
func TestWatchStoodStill(t *testing.T) {
	g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
	if err := g.lobbies[0].Start(1, 8000); err != nil {
		t.Fatal(err)
	}
	w := g.watch()
	g.until(600, func() bool { return w.Status().Frame > 100 })
	g.away[0] = true
	for range 300 { // five seconds
		g.tick()
	}
	g.away[0] = false
	g.until(60, func() bool { return w.Status().CatchingUp })
	g.until(900, func() bool { return !w.Status().CatchingUp && w.Status().BehindMs < 600 })
	if s := w.Status(); s.Differs != rollback.NoFrame || s.Skipped != 0 {
		t.Errorf("%+v", s)
	}
}
