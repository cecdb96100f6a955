package screens

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// A match of three goes on for two whose ponds are the same: who has another one reads so, and plays
// again in theirs; of two nobody is right, and it ends.
func TestMatchGoesOnWithoutWhoStrays(t *testing.T) {
	for _, three := range []bool{true, false} {
		o := newHouse(t, 0)
		apps := []*App{o.ana, o.ben}
		tick := o.tick
		if three {
			cleo := newTestApp(t, "Cleo")
			cleo.online = &online{node: o.network.NewNode("Cleo")}
			apps = append(apps, cleo)
			tick = func() { o.tick(); cleo.tick++; cleo.beat(ui.Input{}) }
			cleo.push(newJoining(cleo, destination{address: o.invitation}))
			o.untilAll("Cleo's lobby", func() bool { return shows[*lobby](cleo) }, tick)
			cleo.online.lobby.SetReady(true)
			o.untilAll("all ready", func() bool { return o.ana.online.lobby.Blocker() == "" }, tick)
		}
		until := func(what string, done func() bool) { t.Helper(); o.untilAll(what, done, tick) }
		if err := o.ana.online.lobby.Start(5, 0); err != nil {
			t.Fatal(err)
		}
		stray := apps[len(apps)-1]
		until("the match", func() bool { return shows[*match](stray) && shows[*match](o.ana) })
		first := top[*match](t, stray).contest.(*duel)
		until("some play", func() bool { return first.world().Tick > 300 })
		first.match.Disturb(func(w *rules.World) { w.Frogs[0].Score += 3 })
		until("the end for one", func() bool { over, _ := first.ended(); return over })
		_, words := first.ended()
		if !three {
			if !strings.HasPrefix(words, "The games no longer agree since 0:0") {
				t.Errorf("of two one reads %q", words)
			}
			continue
		}
		if !strings.HasPrefix(words, "Since 0:0") || !strings.Contains(words, "You come in again by yourself") {
			t.Errorf("Cleo reads %q", words)
		}
		m := top[*match](t, o.ana)
		until("Ana's news", func() bool { return strings.Contains(m.news, "Cleo") })
		if want := "'s computer has computed another match than most."; !strings.Contains(m.news, want) {
			t.Errorf("Ana reads %q", m.news)
		}
		until("Cleo is back", func() bool {
			again := stray.online.lobby.Match()
			return again != nil && again != first.match && stray.online.lobby.State() == netcode.Playing && shows[*match](stray)
		})
		before := m.contest.world().Tick
		until("more play", func() bool { return m.contest.world().Tick > before+120 })
		if shows[*match](o.ana) == false {
			t.Error("it has ended for Ana")
		}
	}
}
