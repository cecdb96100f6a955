package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// TestLessonsShowWhatTheySay plays every lesson twice: what it is about happens
// to whom it should, within the part of the pond that is shown, and the second
// time as the first.
func TestLessonsShowWhatTheySay(t *testing.T) {
	want := [len(lessons)]map[uint16]int{
		{rules.EventHop: 4, rules.EventLand: 4, rules.EventSplash: 0},
		{rules.EventEat: 2, rules.EventPull: 1, rules.EventSplash: 1},
		{rules.EventSpit: 1, rules.EventHit: 1, rules.EventSplash: 1, rules.EventLoss: 1},
		{rules.EventSink: 1, rules.EventHop: 1, rules.EventGold: 1, rules.EventSplash: 0},
	}
	for i := range lessons {
		l := newLoop(&lessons[i])
		for round := range 2 {
			got := map[uint16]int{}
			for range lessons[i].frames {
				l.update()
				w := l.session.World()
				if err := w.Check(); err != nil {
					t.Fatalf("lesson %d, frame %d: %v", i, l.frame, err)
				}
				f := &w.Frogs[0]
				if x, y := int(f.X/rules.Px)-lessonX, int(f.Y/rules.Px)-lessonY; x < 10 || x > pictureSize.X-10 || y < 36 || y > pictureSize.Y-8 {
					t.Fatalf("lesson %d, frame %d: the frog is at %d, %d of the picture", i, l.frame, x, y)
				}
				for _, n := range l.notices {
					if n.Phase == rollback.Confirmed {
						got[n.Kind]++
						if n.Kind == rules.EventSplash && n.Key != 1 {
							t.Errorf("lesson %d: the player falls into the water", i)
						}
					}
				}
			}
			for kind, n := range want[i] {
				if got[kind] != n {
					t.Errorf("lesson %d, round %d: event %d came %d times, want %d", i, round, kind, got[kind], n)
				}
			}
		}
	}
}

// TestLessonsFit: what is said below a picture has room there, in either size.
func TestLessonsFit(t *testing.T) {
	p := ui.NewPainter(picture, 1)
	for _, l := range lessons {
		if n := len(p.Wrap(l.words, pictureSize.X, 1, 9)); n > 2 {
			t.Errorf("%q takes %d lines", l.words, n)
		}
		if n := len(p.Wrap(l.short, pictureSize.X, 2, 9)); n > 1 {
			t.Errorf("%q takes %d lines of large text", l.short, n)
		}
	}
}

// TestTaughtOnce: the rules are shown before the first round, and not again.
func TestTaughtOnce(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.settings.Taught = false
	step(a, accept)
	top[*howto](t, a)
	for range 30 {
		step(a, ui.Input{})
	}
	step(a, accept)
	top[*match](t, a)
	a.home()
	step(a, accept)
	top[*match](t, a)
}

// TestHints: over one's own frog the caps show what to press; each goes once it
// was used, all of them after 20 seconds, and in the next round there are none.
func TestHints(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.settings.Hinted = false
	script := a.sampler.Devices.(*Script)
	step(a, accept)
	m := top[*match](t, a)
	shown := func(k int) bool { return a.pond.view.Hints[0][k].Left > 0 }
	run := func(ticks int) {
		for range ticks {
			step(a, ui.Input{})
		}
	}
	run(rules.ReadyFrames + 5)
	if !shown(0) || !shown(1) || !shown(2) || a.pond.view.Hints[1][0].Left > 0 {
		t.Fatalf("at first: %+v", a.pond.view.Hints)
	}
	if text := a.pond.view.Hints[0][1].Text; text != "Space" && text != "A" {
		t.Errorf("to hop press %q", text)
	}
	script.held = controls.Tongue
	run(3)
	script.held = 0
	run(hintFade + 2)
	if !shown(0) || !shown(1) || shown(2) {
		t.Fatalf("after the tongue: %+v", a.pond.view.Hints[0])
	}
	run(hintFrames)
	if shown(0) || shown(1) || !a.settings.Hinted || m.hints.left != nil {
		t.Fatalf("after 20 s: %+v", a.pond.view.Hints[0])
	}
	a.home()
	step(a, accept)
	run(rules.ReadyFrames + 5)
	if shown(0) {
		t.Fatalf("in the second round: %+v", a.pond.view.Hints[0])
	}
}
