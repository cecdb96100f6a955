//go:build !race

package netcode

import (
	"slices"
	"testing"
)

// TestAway: a player who is called away hands his seat to the bot and takes it back, all read
// so, agree on the frames, and nobody waits for anything; he votes for no pause meanwhile, and
// somebody who comes late knows that he is away.
func TestAway(t *testing.T) {
	game := lateGame(AbsentBot, LateAnybody)
	game.LateSeats = 1
	p := newParty(t, 3, game, Conditions{DelayMs: 40, JitterMs: 10, LossPercent: 5})
	p.start(1200, 200)
	before := p.stalls()
	run := func(ticks int) {
		for range ticks {
			p.tick()
		}
	}
	p.lobbies[1].Match().VotePause(true)
	p.lobbies[2].Match().VotePause(true)
	if !p.lobbies[1].Match().SetAway(true) {
		t.Fatal("the player is not let go")
	}
	run(60)
	late := p.enter(game, 3)
	p.until(300, p.plays(late))
	run(60)
	for i, l := range p.lobbies {
		m := l.Match()
		if got := m.AppendAway(nil); !slices.Equal(got, []int{1}) || m.session.Lineup().Present(1) || m.session.Lineup().Paused {
			t.Errorf("P%d: %v are away, %+v", i, got, m.session.Lineup())
		}
	}
	p.lobbies[2].Match().VotePause(false)
	p.lobbies[1].Match().VotePause(false)
	if !p.lobbies[1].Match().SetAway(false) {
		t.Fatal("the player may not come back")
	}
	run(60)
	results := p.end(2000)
	w, _ := p.lobbies[late].Match().FinalWorld()
	if r := results[0]; !r.Agreed || r.Frame != 1200 || w.There[1] < 600 || w.There[1] > 1050 || w.There[0] != 1200 {
		t.Errorf("%+v, %+v", r, w)
	}
	after := p.stalls()
	for i, l := range p.lobbies {
		var kinds []EventKind
		for _, e := range p.events[i] {
			if (e.Kind == EventAway || e.Kind == EventPresent) && e.Name == "P1" && e.Count == 1 {
				kinds = append(kinds, e.Kind)
			}
		}
		want := []EventKind{EventAway, EventPresent}
		if i == late {
			want = want[1:]
		} else if after[i] > before[i]+2 {
			t.Errorf("P%d stalled for %d ticks", i, after[i]-before[i])
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("P%d reads %v", i, kinds)
		}
		if got := l.Match().AppendAway(nil); len(got) != 0 {
			t.Errorf("P%d: %v are still away", i, got)
		}
	}
}

// TestNotAway: where a match ends with whoever is gone, nobody hands over anything.
func TestNotAway(t *testing.T) {
	p := newParty(t, 2, attendanceGame(AbsentEnds), Conditions{})
	p.start(120, 30)
	if p.lobbies[1].Match().SetAway(true) {
		t.Error("is away from a match that must not be left")
	}
	p.end(300)
}
