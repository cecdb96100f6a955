//go:build !race

package netcode

import (
	"runtime"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// seasonal is somebody who watches match after match: the ends that he has seen.
type seasonal struct {
	watcher *Watcher[attendance, uint32]
	ends    []Result
	worlds  []attendance
	over    bool
	first   []rollback.Frame // of each match, that was shown
	steps   int              // the most frames of one tick since then
}

// look notes what somebody sees now.
func (s *seasonal) look() {
	w := s.watcher
	st := w.Status()
	if r, over := w.Result(); over && !s.over {
		s.ends, s.worlds = append(s.ends, r), append(s.worlds, *w.World())
	} else if !over && st.Advanced > 0 && (s.over || len(s.first) == 0) {
		s.first = append(s.first, st.Frame-rollback.Frame(st.Advanced))
	}
	if _, over := w.Result(); over || st.Advanced > 0 {
		s.over = over
	}
	s.steps = max(s.steps, st.Advanced)
}

// season is a host that goes from one match into the next as soon as it can, and those who watch.
type season struct {
	*gallery
	seats   []*seasonal
	lengths []int32 // of the matches that are left
	ends    []Result
	worlds  []attendance
}

func newSeason(t *testing.T, viewers, delayMs int, c Conditions, lengths ...int32) *season {
	s := &season{gallery: newGallery(t, 3, c, delayMs), lengths: lengths}
	for range viewers {
		s.seats = append(s.seats, &seasonal{watcher: s.watch()})
		for range 6 {
			s.gallery.tick()
		}
	}
	return s
}

// tick plays on, with the next match if the one before is over.
func (s *season) tick() {
	host := s.lobbies[s.host]
	if m := host.Match(); m != nil && host.State() == Gathering {
		if r, over := m.Result(); over && len(s.ends) < int(host.matches) {
			world, _ := m.FinalWorld()
			s.ends, s.worlds = append(s.ends, r), append(s.worlds, *world)
		}
	}
	for _, l := range s.lobbies {
		if l.State() == Gathering {
			l.SetReady(true)
		}
	}
	if host.State() == Gathering && host.Blocker() == "" && len(s.lengths) > 0 {
		if err := host.Start(1, s.lengths[0]); err != nil {
			s.t.Fatal(err)
		}
		s.lengths = s.lengths[1:]
	}
	s.gallery.tick()
	for i, one := range s.seats {
		if !s.away[i] {
			one.look()
		}
	}
}

// play plays all the matches, until all have seen the last end.
func (s *season) play(matches, ticks int) {
	s.t.Helper()
	for range ticks {
		left := 0
		for i, one := range s.seats {
			if w := one.watcher; !s.away[i] && (len(one.ends)+w.Status().Missed < matches || !w.Status().Over) {
				left++
			}
		}
		if left == 0 && len(s.ends) == matches {
			return
		}
		s.tick()
	}
	for _, one := range s.seats {
		s.t.Logf("%d ends, %v: %+v", len(one.ends), one.watcher.State(), one.watcher.Status())
	}
	s.t.Fatalf("%d of %d matches have ended, and not all are seen", len(s.ends), matches)
}

// seenAll fails unless somebody has seen each match from its beginning to its end.
func (s *season) seenAll(one *seasonal) {
	s.t.Helper()
	if len(one.ends) != len(s.ends) || one.watcher.Status().Missed > 0 {
		s.t.Errorf("of %d matches %d ends are seen, and %d missed", len(s.ends), len(one.ends), one.watcher.Status().Missed)
		return
	}
	for i, want := range s.ends {
		if got := one.ends[i]; got.Frame != want.Frame || got.Hash != want.Hash || one.worlds[i] != s.worlds[i] {
			s.t.Errorf("of match %d the end is %+v, and is seen as %+v", i+1, want, got)
		}
		if one.first[i] != 0 {
			s.t.Errorf("match %d is seen from frame %d on", i+1, one.first[i])
		}
	}
}

// TestWatchRematches: where the host goes straight into the next match all who watch see each from
// its first frame to its last, as far behind as the host says and no faster than it was played,
// those as well whom others who watch feed.
func TestWatchRematches(t *testing.T) {
	for _, delayMs := range []int{-1, 500, 1000, 3000, 12_000} {
		s := newSeason(t, 9, delayMs, Conditions{DelayMs: 30, JitterMs: 8, LossPercent: 1}, 500, 400, 700)
		s.play(3, 4000)
		for _, one := range s.seats {
			if s.seenAll(one); one.steps > 2 {
				t.Errorf("%d ms behind, %d frames are shown in one tick", delayMs, one.steps)
			}
		}
		if s.leastMs < delayMs {
			t.Errorf("%d ms behind the host is what somebody was, and not %d", s.leastMs, delayMs)
		}
	}
}

// TestWatchRematchLaggard: one who does not say that he has the end of a match keeps the others from
// the next one for no longer than lingerTime, and from nothing of it.
func TestWatchRematchLaggard(t *testing.T) {
	s := newSeason(t, 4, -1, Conditions{DelayMs: 20}, 400, 700)
	s.away[3] = true // he calls nothing any more
	s.play(2, 3000)
	for i, one := range s.seats[:3] {
		if s.seenAll(one); one.watcher.Status().Skipped > 0 {
			t.Errorf("V%d: %+v", i, one.watcher.Status())
		}
	}
}

// TestWatchShortMatches: of matches that are much shorter than the host's delay those wait that may,
// the rest are left out and counted, and the machines keep no more than that.
func TestWatchShortMatches(t *testing.T) {
	lengths := []int32{}
	for range 14 {
		lengths = append(lengths, 90)
	}
	s := newSeason(t, 3, 40_000, Conditions{DelayMs: 20}, lengths...)
	most := 0
	for len(s.ends) < len(lengths) {
		s.tick()
		for _, one := range s.seats {
			most = max(most, len(one.watcher.room.watching.acts.all))
		}
		if n := len(s.lobbies[0].wings.waiting); n > maxWings {
			t.Fatalf("%d matches wait in the wings", n)
		}
	}
	s.play(len(lengths), 6000)
	for i, one := range s.seats {
		if got := len(one.ends) + one.watcher.Status().Missed; got != len(lengths) || one.watcher.Status().Differs != rollback.NoFrame {
			t.Errorf("V%d has seen %d ends, and missed %d", i, len(one.ends), one.watcher.Status().Missed)
		}
	}
	if most > maxActs {
		t.Errorf("%d matches wait to be seen", most)
	}
}

// TestWatchRematchHostGone: the host is gone when the next match has just begun. Those who watch see
// the end of the one before, and the next one by way of the next host.
func TestWatchRematchHostGone(t *testing.T) {
	s := newSeason(t, 5, 2000, Conditions{DelayMs: 20}, 400, 1200)
	for len(s.ends) < 1 || s.lobbies[0].State() != Playing {
		s.tick()
	}
	for range 60 {
		s.tick()
	}
	s.gone[0], s.host = true, 1
	s.lobbies[0].Leave()
	s.ends, s.worlds = nil, nil
	over := func() bool {
		for _, one := range s.seats {
			if !one.watcher.Status().Over || one.watcher.Status().Match < 2 {
				return false
			}
		}
		return true
	}
	for i := 0; i < 3000 && !over(); i++ {
		s.tick()
	}
	for i, one := range s.seats {
		if st := one.watcher.Status(); len(one.ends) != 2 || st.Missed > 0 || st.Skipped > 0 || st.Differs != rollback.NoFrame {
			t.Errorf("V%d has seen %d ends: %v, %+v", i, len(one.ends), one.watcher.State(), st)
		}
	}
}

// TestWatchManyMatches: thirty matches in a row leave nothing behind that grows, neither at the host
// nor with those who watch.
func TestWatchManyMatches(t *testing.T) {
	const matches, settled = 30, 8
	lengths := make([]int32, matches)
	for i := range lengths {
		lengths[i] = 150
	}
	s := newSeason(t, 5, 300, Conditions{DelayMs: 20}, lengths...)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early uint64
	for len(s.ends) < matches {
		if s.tick(); len(s.ends) == settled && early == 0 {
			early = heap()
		}
	}
	s.play(matches, 900)
	for i, one := range s.seats {
		if s.seenAll(one); len(one.watcher.room.watching.acts.all) != 1 {
			t.Errorf("V%d keeps %d matches", i, len(one.watcher.room.watching.acts.all))
		}
	}
	if now := heap(); now > early+4<<20 {
		t.Errorf("after %d matches %d kB are in use, and after %d %d kB", settled, early>>10, matches, now>>10)
	}
}

// TestPlayerWatchesAndPlays: a player leaves his lobby, watches the match that the others play on, and
// takes a place again for the next one, over the same node.
func TestPlayerWatchesAndPlays(t *testing.T) {
	g := newGallery(t, 3, Conditions{DelayMs: 20}, -1)
	if err := g.lobbies[0].Start(1, 900); err != nil {
		t.Fatal(err)
	}
	for g.lobbies[0].Match() == nil || g.lobbies[0].Match().session.Current() < 200 {
		g.tick()
	}
	g.gone[2] = true
	g.lobbies[2].Leave()
	w, err := Watch(g.nodes[2], g.game, g.nodes[0].Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	g.watchers, g.away = append(g.watchers, w), append(g.away, false)
	g.until(900, func() bool { return w.Status().Frame > 300 })
	g.until(1500, func() bool { return w.Status().Over })
	g.seen(w)
	w.Leave()
	g.away[0] = true
	back, err := JoinLobby(g.nodes[2], g.game, g.nodes[0].Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	g.lobbies[2], g.gone[2] = back, false
	g.until(900, func() bool { return back.State() == Gathering && len(g.lobbies[0].AppendMembers(nil)) == 3 })
	for _, l := range g.lobbies {
		l.SetReady(true)
	}
	g.until(900, func() bool { return g.lobbies[0].Blocker() == "" })
	if err := g.lobbies[0].Start(2, 300); err != nil {
		t.Fatal(err)
	}
	g.until(900, func() bool { return back.Match() != nil && back.Match().play.over() })
	if r, _ := back.Match().Result(); r.Err != nil || !r.Agreed {
		t.Errorf("it plays again, and ends with %+v", r)
	}
	if n := g.lobbies[0].Watching(); n != 0 {
		t.Errorf("%d watch", n)
	}
}

// TestHostHangsBetweenMatches: the host's game stands still between two matches, and its computer
// answers whoever calls. Those who watch come to the next host all the same, in time for his match.
func TestHostHangsBetweenMatches(t *testing.T) {
	for _, startAfter := range []int{300, 900} {
		s := newSeason(t, 5, 500, Conditions{DelayMs: 20}, 400)
		for range 505 {
			s.tick()
		}
		s.gone[0], s.host = true, 1
		hosts, started := -1, -1
		for at := range 4200 {
			s.gallery.tick()
			if hosts < 0 && s.lobbies[1].Hosting() {
				hosts = at
			}
			s.lobbies[2].SetReady(true)
			if hosts >= 0 && at >= hosts+startAfter && started < 0 && s.lobbies[1].Start(1, 600) == nil {
				started = at
			}
		}
		for i, o := range s.seats {
			if o.watcher.State() == Ended {
				t.Errorf("match %d ticks after: V%d: %v", startAfter, i, o.watcher.Err())
			}
		}
	}
}
