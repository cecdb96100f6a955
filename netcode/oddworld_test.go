//go:build !race

package netcode

import (
	"errors"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// oddGame is one whose players all come to a world that Check does not take, and whose Step
// would not bear it in others.
func oddGame() (there, here Config[attendance, uint32]) {
	there = bigGame(100)
	step := there.Step
	there.Step = func(w *attendance, in rollback.Inputs[uint32]) {
		if step(w, in); w.Frame == 30 {
			w.There[7] = 1 << 30
		}
	}
	here = there
	here.Step = func(w *attendance, in rollback.Inputs[uint32]) {
		if w.There[7] == 1<<30 {
			panic("an index beyond its bounds")
		}
		step(w, in)
	}
	here.Check = func(w *attendance) error {
		if w.There[7] > w.Frame {
			return errors.New("seat 7 was there for longer than the match")
		}
		return nil
	}
	return there, here
}

// TestOddWorldComesLate: who is sent a world that no match leads to does not step it, and
// stays in the lobby; the others play on.
func TestOddWorldComesLate(t *testing.T) {
	there, here := oddGame()
	p := freeSeat(t, 3, there, Conditions{DelayMs: 20})
	who, before := p.enter(here, 3), p.stallsBelow(2)
	for range 300 {
		p.tick()
	}
	c, coming := p.lobbies[who].Coming()
	if !coming || c.Denied == nil || c.Denied.Code != ReasonUnread || p.lobbies[who].State() != Gathering {
		t.Errorf("%v, %+v", p.lobbies[who].State(), c.Denied)
	}
	p.stallsSince(before, 0)
}

// TestOddWorldIsNotShown: who watches does not step such a world either, and reads that it
// makes no sense.
func TestOddWorldIsNotShown(t *testing.T) {
	g := newGallery(t, 2, Conditions{DelayMs: 10}, -1)
	there, here := oddGame()
	for _, l := range g.lobbies {
		l.config.Step = there.Step
	}
	if err := g.lobbies[0].Start(1, 600); err != nil {
		t.Fatal(err)
	}
	g.until(600, func() bool { m := g.lobbies[0].Match(); return m != nil && m.session.Current() > 400 })
	g.game.Step, g.game.Check = here.Step, here.Check
	w := g.watch()
	g.until(600, func() bool { return w.State() == Ended })
	if ReasonOf(w.Err()) != ReasonUnplayable {
		t.Errorf("it ends with %v", w.Err())
	}
}
