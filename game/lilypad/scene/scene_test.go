package scene

import (
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/assets/draw"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/rollback"
)

// Drawing works before a window is there, so these tests need no display.

// round returns the worlds of a round of bots, every few frames, its end and
// all phases included.
func round(t testing.TB, seats int, every int) []rules.World {
	t.Helper()
	setup := rules.Setup{Seed: 5, Seats: seats, DurationFrames: 960}
	for i := range seats {
		setup.Levels[i] = 3
	}
	w := rules.New(setup)
	var worlds []rules.World
	for i := range 2400 {
		if i%every == 0 {
			worlds = append(worlds, w)
		}
		w.Step(rollback.InputsOf[rules.Pad]())
	}
	return worlds
}

// Drawing changes no world, in whatever viewport and with whatever options.
func TestDrawChangesNothing(t *testing.T) {
	worlds := round(t, 8, 97)
	phases := make(map[rules.Phase]bool)
	dst := ebiten.NewImage(Width, Height)
	for _, v := range []View{
		{},
		{Viewport: image.Rect(0, 0, 320, 180), CalmFlash: true, CalmShake: true, Muted: true},
		{Viewport: image.Rect(320, 0, 640, 360), LargeText: true, HideScore: true},
		{Viewport: image.Rect(0, 0, 1, 1)},
	} {
		s := New()
		for i := range worlds {
			w := worlds[i]
			phases[w.Phase] = true
			v.Ghost = &worlds[max(i-1, 0)]
			v.Mine = [rules.MaxSeats]bool{true, false, true}
			v.Names = [rules.MaxSeats]string{"José", "Zoë", "", "Benedikt der Große"}
			ghost := *v.Ghost
			s.Draw(dst, &w, v)
			if w != worlds[i] || *v.Ghost != ghost {
				t.Fatalf("drawing changed the world at tick %d", w.Tick)
			}
		}
	}
	for _, p := range []rules.Phase{rules.Ready, rules.Play, rules.Final, rules.Over} {
		if !phases[p] {
			t.Errorf("no world of phase %d was drawn", p)
		}
	}
}

// A world full of nonsense, as a broken replay may give, is drawn without
// panic.
func TestDrawNonsense(t *testing.T) {
	w := rules.New(rules.Setup{Seats: 8})
	w.Seats, w.Champion, w.Phase = 255, 99, rules.Over
	for i := range w.Frogs {
		f := &w.Frogs[i]
		f.State, f.Facing, f.Tongue, f.TugWith = rules.FrogState(i), 200, rules.TongueTug, 100
		f.TongueX, f.TongueY, f.TongueLength, f.X = -32768, 32767, 255, -1<<31
	}
	for i := range w.Lilies {
		w.Lilies[i].State, w.Lilies[i].Radius, w.Lilies[i].Frames = rules.LilyState(i%8), uint8(i*7), -32768
	}
	for i := range w.Flies {
		w.Flies[i].Kind, w.Flies[i].Holder = rules.FlyKind(i), 120
	}
	for i := range w.Bubbles {
		w.Bubbles[i].Owner, w.Bubbles[i].Fast = int8(i*4), i%2 == 0
	}
	dst := ebiten.NewImage(Width, Height)
	s := New()
	for range 3 {
		s.Draw(dst, &w, View{Ghost: &w})
		w.Champion--
		w.Tick -= 1000
	}
}

func alive(s *Scene) (n int) {
	for _, p := range s.particles {
		if p.body != nobody {
			n++
		}
	}
	return n
}

func notice(phase rollback.Phase, kind uint16) []rollback.Notice {
	return []rollback.Notice{{Phase: phase, Event: rollback.Event{Frame: 9, Kind: kind, Value: rules.Place{X: 100, Y: 100}.Value()}}}
}

func TestParticles(t *testing.T) {
	s := New()
	s.Hear(notice(rollback.Predicted, rules.EventSplash))
	if n := alive(s); n != 0 {
		t.Errorf("a splash that is a guess shows %d particles", n)
	}
	s.Hear(notice(rollback.Confirmed, rules.EventSplash))
	if alive(s) == 0 {
		t.Error("a splash that is certain shows nothing")
	}
	for range 120 {
		s.Tick()
	}
	if n := alive(s); n != 0 {
		t.Errorf("%d particles are still there after two seconds", n)
	}

	s.Hear(notice(rollback.Predicted, rules.EventHit))
	s.Tick()
	if alive(s) == 0 {
		t.Fatal("a hit that is a guess shows nothing")
	}
	s.Hear(notice(rollback.Cancelled, rules.EventHit))
	s.Tick()
	if n := alive(s); n != 0 {
		t.Errorf("%d particles of a cancelled hit are still there", n)
	}
	s.Hear(notice(rollback.Confirmed, rules.EventOver))
	s.Begin()
	if n := alive(s); n != 0 {
		t.Errorf("%d particles of the last round are in the next one", n)
	}
}

// Every kind of event can be heard in any number: the pool is bounded.
func TestManyEvents(t *testing.T) {
	s := New()
	for kind := range uint16(40) {
		for key := range uint32(100) {
			s.Hear([]rollback.Notice{{Phase: rollback.Confirmed, Event: rollback.Event{Kind: kind, Key: key * 7919, Value: -1}}})
		}
		s.Tick()
	}
	if n := alive(s); n == 0 || n > maxParticles {
		t.Errorf("%d particles", n)
	}
}

func TestLilyRadii(t *testing.T) {
	if lilyRadii != draw.LilyRadii {
		t.Errorf("the scene knows lilies of %v, the sheet has %v", lilyRadii, draw.LilyRadii)
	}
}

func TestLeader(t *testing.T) {
	var w rules.World
	w.Seats = 3
	for _, test := range []struct {
		scores [3]int16
		want   int
	}{{[3]int16{0, 0, 0}, -1}, {[3]int16{1, 4, 2}, 1}, {[3]int16{4, 4, 2}, -1}, {[3]int16{0, 0, 1}, 2}} {
		for i, score := range test.scores {
			w.Frogs[i].Score = score
		}
		if got := leader(&w); got != test.want {
			t.Errorf("scores %v: leader %d, want %d", test.scores, got, test.want)
		}
	}
}

func TestFitted(t *testing.T) {
	if got, want := fitted(image.Rect(0, 0, 320, 360), image.Pt(Width, Height), 0.5), image.Rect(0, 90, 320, 270); got != want {
		t.Errorf("in half of the width the picture is at %v, want %v", got, want)
	}
}

func BenchmarkDraw(b *testing.B) {
	worlds := round(b, 8, 600)
	dst := ebiten.NewImage(Width, Height)
	s := New()
	b.ReportAllocs()
	for b.Loop() {
		s.Draw(dst, &worlds[1], View{Names: [rules.MaxSeats]string{"José", "Zoë", "Ana"}})
	}
}
