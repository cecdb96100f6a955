//go:build !race

package netcode

import (
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestPauseByVote: the match stands while more than half wish so, for all at the same
// frames, and who has left has no vote.
func TestPauseByVote(t *testing.T) {
	p := newParty(t, 4, attendanceGame(AbsentIdle), Conditions{DelayMs: 40, JitterMs: 10, LossPercent: 5})
	p.start(900, 100)
	vote := func(stand bool, who ...int) {
		for _, i := range who {
			if !p.lobbies[i].Match().VotePause(stand) {
				t.Fatalf("P%d has no vote", i)
			}
		}
		for range 60 {
			p.tick()
		}
	}
	stands := func() (n int) {
		for i, l := range p.lobbies {
			if !p.gone[i] && l.Match().session.Lineup().Paused {
				n++
			}
		}
		return n
	}
	wished := func(want ...int) {
		t.Helper()
		for i, l := range p.lobbies {
			if got := l.Match().AppendPauseVotes(nil); !p.gone[i] && !slices.Equal(got, want) {
				t.Errorf("P%d reads that %v wish it, want %v", i, got, want)
			}
		}
	}
	wished()
	if vote(true, 1, 2); stands() != 0 {
		t.Error("stands by two of four")
	}
	wished(1, 2)
	if vote(true, 3); stands() != 4 {
		t.Errorf("by three of four it stands for %d", stands())
	}
	before := *p.lobbies[0].Match().ConfirmedWorld()
	at := p.lobbies[0].Match().Stats().Confirmed
	if vote(true); *p.lobbies[0].Match().ConfirmedWorld() != before || p.lobbies[0].Match().Stats().Confirmed < at+30 {
		t.Error("the world goes on, or its frames do not")
	}
	if vote(false, 1); stands() != 0 {
		t.Errorf("by two of four it still stands for %d", stands())
	}
	wished(2, 3)
	p.lobbies[1].Leave()
	p.gone[1] = true
	if vote(true); stands() != 3 {
		t.Errorf("by two of three it stands for %d", stands())
	}
	vote(false, 2, 3)
	wished()
	if r := p.end(1200)[0]; r.Frame != rollback.Frame(900) || !r.Agreed {
		t.Errorf("%+v", r)
	}
	w, _ := p.lobbies[0].Match().FinalWorld()
	if w.Frame > 900-120 || w.Frame < 300 {
		t.Errorf("%d frames of 900 were stepped", w.Frame)
	}
}
