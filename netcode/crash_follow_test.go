//go:build !race

package netcode

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestPanicWhileFollowing: a panic in the game's own code on the way into a match that runs, which is
// in Poll, is told to the others like one in Tick, goes on, and leaves nothing to be polled.
func TestPanicWhileFollowing(t *testing.T) {
	for name, spoil := range map[string]func(game *Config[attendance, uint32]){
		"Step": func(game *Config[attendance, uint32]) {
			game.Step = func(*attendance, rollback.Inputs[uint32]) { panic("oh") }
		},
		"Clean": func(game *Config[attendance, uint32]) { game.Clean = func(uint32) uint32 { panic("oh") } },
		"Check": func(game *Config[attendance, uint32]) { game.Check = func(*attendance) error { panic("oh") } },
	} {
		t.Run(name, func(t *testing.T) {
			game := lateGame(AbsentIdle, LateAnybody)
			game.Clean = func(in uint32) uint32 { return in }
			p := newParty(t, 2, game, Conditions{DelayMs: 30})
			p.start(0, 100)
			bad := game
			spoil(&bad)
			who := p.enter(bad, 2)
			p.gone[who] = true // the party does not poll it
			var value any
			p.until(600, func() bool { value = panicOf(p.lobbies[who].Poll); return value != nil })
			if step, is := value.(*StepPanic); (name == "Step") != is || is && (step.By != name || step.Value != "oh") {
				t.Errorf("%T: %v", value, value)
			}
			if l := p.lobbies[who]; l.State() != Ended || ReasonOf(l.Err()) != ReasonYouCrashed {
				t.Errorf("%v, %v", l.State(), l.Err())
			}
			if v := panicOf(p.lobbies[who].Poll); v != nil {
				t.Errorf("once more: %v", v)
			}
			p.until(30, func() bool { return len(p.lobbies[0].AppendMembers(nil)) == 2 })
		})
	}
}

// panicOf is what a call panics with, nil for nothing.
func panicOf(call func()) (value any) {
	defer func() { value = recover() }()
	call()
	return nil
}
