package lab

import (
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// guided is a Lab with a guide, whose clock goes with its ticks.
func guided(t *testing.T) (l *Lab, tick func(in ui.Input, pad rules.Pad)) {
	t.Helper()
	now := time.Duration(0)
	l = New(Config{Seed: 5, Guide: true, Now: func() time.Duration { return now }})
	t.Cleanup(l.Close)
	p := ui.NewPainter(ebiten.NewImage(width, height), 1)
	return l, func(in ui.Input, pad rules.Pad) {
		now += tickTime
		l.Update(in, pad)
		l.Draw(p)
	}
}

// The guide measures what a player feels: with rollback one's own frog answers in the
// same tick, and the other computer sees it after the wire's delay; the old way, both
// wait for it.
func TestGuideMeasures(t *testing.T) {
	l, tick := guided(t)
	hop := func() (own, other time.Duration) {
		t.Helper()
		for range 60 {
			tick(ui.Input{}, 0)
		}
		tick(ui.Input{Accept: true, Enter: true}, rules.Hop)
		for range 120 {
			tick(ui.Input{}, 0)
		}
		if !l.finished() || l.guide.main.Text != "Next" {
			t.Fatalf("step %d: the hop was not measured: %+v", l.guide.at, l.guide.echo)
		}
		return l.guide.echo.took[0], l.guide.echo.took[1]
	}
	for i, want := range []struct{ own, most time.Duration }{{0, 20 * time.Millisecond}, {80 * time.Millisecond, 200 * time.Millisecond}, {0, 20 * time.Millisecond}} {
		own, other := hop()
		if own < want.own || own > want.most {
			t.Errorf("step %d: the own frog answers after %v, want %v to %v", i, own, want.own, want.most)
		}
		if other < guideDelay*time.Millisecond || other > 2*guideDelay*time.Millisecond {
			t.Errorf("step %d: the other computer sees it after %v over a wire of %d ms", i, other, guideDelay)
		}
		tick(ui.Input{Accept: true}, 0)
		if l.guide.at != i+1 {
			t.Fatalf("it goes on to step %d", l.guide.at)
		}
	}
}

// The other steps show what they say: guesses at a quarter of the speed, loss without
// waiting, a bit that is found; and then everything is free.
func TestGuideGoesThrough(t *testing.T) {
	l, tick := guided(t)
	l.begin(3)
	press := func() { tick(ui.Input{Accept: true}, 0) }
	wait := func(what string, ticks int) {
		t.Helper()
		for range ticks {
			if l.finished() {
				return
			}
			tick(ui.Input{}, 0)
		}
		t.Fatalf("%s does not come to an end", what)
	}
	for range 60 {
		tick(ui.Input{}, 0)
	}
	press()
	if !l.ghosts || l.speed != 2 {
		t.Error("nothing is shown slowly")
	}
	wait("the slow picture", 200)
	press()
	press()
	if l.loss != guideLoss || l.ghosts {
		t.Error("nothing is lost")
	}
	before := l.bench.sample(0).Frame
	wait("the loss", 200)
	if ran := l.bench.sample(0).Frame - before; ran < lookTicks*9/10 {
		t.Errorf("with loss only %d frames ran in %d ticks", ran, lookTicks)
	}
	press()
	press()
	wait("the break", 400)
	if words := l.foundWords(); !strings.Contains(words, "Frogs[0].X is") {
		t.Errorf("it was found like this: %q", words)
	}
	tick(ui.Input{}, 0)
	if l.guide.main.Text != "Try it yourself" {
		t.Errorf("the button says %q", l.guide.main.Text)
	}
	press()
	if l.guide != nil || l.broken() {
		t.Error("it is not free")
	}
}
