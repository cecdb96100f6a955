//go:build !race

package netcode

import (
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// watchedBy is what a member reads of those who watch.
func watchedBy(r *Room) string { return fmt.Sprint(r.Watching(), r.AppendWatching(nil)) }

// TestFoyer: members read who watches, and those who watch who is in the lobby, within a
// second or so; who comes later, too.
func TestFoyer(t *testing.T) {
	g := newGallery(t, 3, Conditions{DelayMs: 40, LossPercent: 3}, -1)
	first := g.watch()
	g.until(300, func() bool { return first.Foyer().Watching == 1 })
	second := g.watch()
	both := "2 [V0 V1]"
	for i, l := range g.lobbies {
		g.until(300, func() bool { return watchedBy(l.Room) == both })
		news := 0
		for _, e := range g.events[i] {
			if e.Kind == EventWatching && e.Name == fmt.Sprintf("V%d", news) && e.Count == news+1 {
				news++
			}
		}
		if news != 2 {
			t.Errorf("P%d has %+v", i, g.events[i])
		}
	}
	g.until(300, func() bool { return second.Foyer().Watching == 2 })
	g.lobbies[2].SetReady(false)
	want := Foyer{Host: "P0", Players: []FoyerPlayer{{"P0", true}, {"P1", true}, {"P2", false}}, MaxSeats: g.lobbies[0].maxSeats, Watching: 2, Watchers: []string{"V0", "V1"}}
	for _, w := range g.watchers {
		g.until(300, func() bool { return fmt.Sprint(w.Foyer()) == fmt.Sprint(want) })
	}
	first.Leave()
	g.away[0] = true
	g.until(300, func() bool { return watchedBy(g.lobbies[1].Room) == "1 [V1]" })
	var last Event
	for _, e := range g.events[1] {
		if e.Kind == EventWatching {
			last = e
		}
	}
	if last.Name != "V0" || last.Count != 1 {
		t.Errorf("of the end of it P1 reads %+v", last)
	}
	g.lobbies[2].Leave()
	g.gone[2] = true
	g.until(300, func() bool { return len(second.Foyer().Players) == 2 })
}

// TestFoyerOfACrowd: a host tells many who watch a few at a time, and all in the end.
func TestFoyerOfACrowd(t *testing.T) {
	const crowd = 40
	g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
	for range crowd {
		g.watch()
	}
	host := g.lobbies[0].Room
	g.until(600, func() bool { return host.Watching() == crowd })
	g.lobbies[1].SetReady(false)
	knew := func() (n int) {
		for _, one := range host.spectators.all {
			if one.foyer == host.foyer.newest {
				n++
			}
		}
		return n
	}
	before := host.foyer.newest
	g.until(200, func() bool { return host.foyer.newest != before && !host.foyer.newest.Players[1].Ready })
	for last := 0; last < crowd; g.tick() {
		n := knew()
		if n > last+foyerBurst {
			t.Fatalf("%d are told at once", n-last)
		}
		last = n
	}
	g.until(60, func() bool {
		for _, w := range g.watchers {
			if f := w.Foyer(); f.Watching != crowd || f.Players[1].Ready {
				return false
			}
		}
		return true
	})
}

// TestFoyerThatChanges: who was told last is told also while something changes all the time.
func TestFoyerThatChanges(t *testing.T) {
	const crowd = 40
	g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
	for range crowd {
		g.watch()
	}
	host := g.lobbies[0].Room
	g.until(600, func() bool { return host.Watching() == crowd })
	last := host.spectators.all[crowd-1]
	before, words := last.foyer, 0
	for i := range 600 {
		host.maxSeats = 3 + i%7
		if g.tick(); last.foyer != before {
			before, words = last.foyer, words+1
		}
	}
	if words < 3 || words > 10 {
		t.Errorf("%d words in ten seconds", words)
	}
}

// TestFoyerOfStrangers: only the host's word counts, and the names in it are cleaned.
func TestFoyerOfStrangers(t *testing.T) {
	g := newGallery(t, 3, Conditions{DelayMs: 10}, -1)
	g.until(300, func() bool { return g.lobbies[1].foyer.newest != nil && g.lobbies[2].foyer.newest != nil })
	lie := &wire.Foyer{Watching: 9, Watchers: []string{"\u202eO\nla", ""}, Players: []wire.FoyerPlayer{{Name: "\x00"}}}
	g.lobbies[1].mesh.To(2).Send(lie)
	for range 60 {
		g.tick()
	}
	if got := watchedBy(g.lobbies[2].Room); got != "0 []" {
		t.Errorf("a member's word is taken for the host's: %s", got)
	}
	g.lobbies[0].mesh.To(2).Send(lie)
	g.until(120, func() bool { return watchedBy(g.lobbies[2].Room) == "9 [O la Player]" })
}

// TestFoyerNews: what is noted of who comes and goes is what the names tell for sure.
func TestFoyerNews(t *testing.T) {
	word := func(count int, names ...string) *wire.Foyer {
		return &wire.Foyer{Watching: uint16(count), Watchers: names}
	}
	eight := []string{"1", "2", "3", "4", "5", "6", "7", "8"}
	for _, test := range []struct {
		before, after *wire.Foyer
		want          string
	}{
		{nil, word(1, "Ola"), "[]"},
		{word(0), word(1, "Ola"), "[Ola 1]"},
		{word(1, "Ola"), word(2, "Ola", "Ola"), "[Ola 2]"},
		{word(2, "Ola", "Pia"), word(1, "Pia"), "[Ola 1]"},
		{word(1, "Ola"), word(1, "Pia"), "[Pia 1 Ola 1]"},
		{word(8, eight...), word(9, append(eight[1:], "9")...), "[9 9]"},             // 1 is there still
		{word(9, append(eight[1:], "9")...), word(8, eight...), "[9 8]"},             // 1 was there all the time
		{word(20, eight...), word(19, append([]string{"0"}, eight[:7]...)...), "[]"}, // who is gone is not known
	} {
		f := &foyer{room: &Room{events: events{node: &Node{}}}}
		if test.before != nil {
			f.hear(test.before)
			f.room.AppendEvents(nil)
		}
		f.hear(test.after)
		got := []string{}
		for _, e := range f.room.AppendEvents(nil) {
			got = append(got, fmt.Sprint(e.Name, " ", e.Count))
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%v, then %v: %v, want %s", test.before, test.after, got, test.want)
		}
	}
}
