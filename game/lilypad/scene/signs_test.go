package scene

import (
	"image"
	"math"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/rollback"
)

// Wherever a frog is, its tag lies in the picture and not on the score row, in large
// letters and small viewports too.
func TestTagsStayInThePicture(t *testing.T) {
	for _, st := range []stage{
		{area: image.Rect(0, 0, Width, Height), scale: 1},
		{area: image.Rect(321, 14, 640, 193), scale: 0.498, origin: image.Pt(321, 14)},
	} {
		for y := -20.0; y < Height+20; y += 7 {
			for x := -20.0; x < Width+20; x += 11 {
				for _, name := range []int{0, 40, 150} {
					at, _ := tagAt(st, x, y, name, 2*art.CapHeight)
					free := image.Rect(st.area.Min.X, st.area.Min.Y+st.scoreRow(), st.area.Max.X, st.area.Max.Y)
					if !at.In(free) {
						t.Fatalf("a frog at %v, %v has its tag at %v, outside of %v", x, y, at, free)
					}
				}
			}
		}
	}
}

// watched plays a round of bots and calls look once per tick.
func watched(t *testing.T, ticks int, look func(s *Scene, w *rules.World)) {
	t.Helper()
	setup := rules.Setup{Seed: 3, Seats: 8, DurationFrames: 5400}
	for seat := 1; seat < 8; seat++ {
		setup.Levels[seat] = 3
	}
	session, err := rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: rules.New(setup), Step: (*rules.World).Step, Seats: 1, Local: []int{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := New()
	for range ticks {
		session.Tick(rules.Auto)
		s.Hear(session.AppendNotices(nil))
		s.Tick()
		look(s, session.World())
	}
}

// A frog has its tag over it and at most one sign more: a word, or how a tug-of-war
// stands.
func TestAtMostTwoSigns(t *testing.T) {
	words, tugs := 0, 0
	watched(t, 2000, func(s *Scene, w *rules.World) {
		for seat := range w.Frogs {
			f := &w.Frogs[seat]
			if f.State == rules.Out || f.State == rules.Sunk {
				continue
			}
			signs := 0
			if f.Tongue == rules.TongueTug {
				tugs++
				signs++
			}
			for i := range s.particles {
				p := &s.particles[i]
				if p.body == wordBody && !s.hushed(w, p) && math.Abs(p.x-px(f.X)) < 14 && math.Abs(p.y+wordPx-px(f.Y)) < 20 {
					words++
					signs++
				}
			}
			if signs > 1 {
				t.Fatalf("tick %d: %d signs over seat %d besides its tag", w.Tick, signs, seat)
			}
		}
	})
	if words == 0 || tugs == 0 {
		t.Fatalf("%d words and %d tugs were seen", words, tugs)
	}
}

// What a frog says before the start lies on nobody's name, in both sizes of letters.
func TestWordsLeaveNamesAlone(t *testing.T) {
	dst := ebiten.NewImage(Width, Height)
	words := 0
	for seed := range uint64(12) {
		w := rules.New(rules.Setup{Seed: seed, Seats: 8, DurationFrames: 5400, Levels: [rules.MaxSeats]uint8{3, 3, 3, 3, 3, 3, 3, 3}})
		session, err := rollback.New(rollback.Config[rules.World, rules.Pad]{Start: w, Step: (*rules.World).Step, Seats: 1, Local: []int{0}})
		if err != nil {
			t.Fatal(err)
		}
		s, v := New(), View{LargeText: seed%2 == 1}
		for seat := range v.Names {
			v.Names[seat] = "Maximilian"
		}
		for range rules.ReadyFrames - 1 {
			session.Tick(rules.Auto)
			s.Hear(session.AppendNotices(nil))
			s.Tick()
			var said, names []image.Rectangle
			stop := art.Watch(func(at art.Stroke) {
				switch at.Text {
				case "ribbit!":
					said = append(said, at.At)
				case "Maximilian":
					names = append(names, at.At)
				}
			})
			s.Draw(dst, session.World(), v)
			stop()
			for _, word := range said {
				words++
				for _, name := range names {
					if name.Min.Y > 27 && word.Overlaps(name) {
						t.Fatalf("seed %d, tick %d: a word at %v lies on a name at %v", seed, session.World().Tick, word, name)
					}
				}
			}
		}
	}
	if words == 0 {
		t.Error("nobody has said anything")
	}
}

// The mark of a frog is no larger than half of its head.
func TestMarksAreSmall(t *testing.T) {
	const head = 20 // px across, eyes included
	for seat := range art.Seats {
		if size := art.MarkSize(seat); size.X > head/2 || size.Y > head/2 {
			t.Errorf("seat %d: the mark is %v, and half of a head is %d", seat, size, head/2)
		}
	}
}

// A banner covers none of the player's own frogs where there is another place for it.
func TestBannersLeaveMyFrogAlone(t *testing.T) {
	var w rules.World
	s, v := New(), View{Mine: [rules.MaxSeats]bool{2: true}}
	size := image.Pt(200, 60)
	frog := &w.Frogs[2]
	frog.State = rules.Sit
	for y := 30; y < Height; y += 3 {
		frog.X, frog.Y = Width/2*rules.Px, int32(y)*rules.Px
		at := s.Clear(&w, &v, size, 56, Height-50)
		if r := image.Rect(0, at-30, Width, at+30); r.Overlaps(image.Rect(0, y-45, Width, y+10)) {
			t.Errorf("the frog stands at %d and the banner at %d", y, at)
		}
	}
	frog.X = 20 * rules.Px
	if at := s.Clear(&w, &v, size, s.clearAt, 56); at != s.clearAt {
		t.Error("a banner that covers nothing has moved")
	}
}

// The score row covers no lily, no frog's head at the start, and no fly, whatever the
// pond and the number of frogs.
func TestScoreRowCoversNothing(t *testing.T) {
	for seats := 2; seats <= rules.MaxSeats; seats++ {
		for seed := range uint64(20) {
			setup := rules.Setup{Seed: seed, Seats: seats, DurationFrames: 5400}
			for seat := range seats {
				setup.Levels[seat] = 3
			}
			w := rules.New(setup)
			width, _ := w.Size()
			st := stage{area: image.Rect(0, 0, Width, Height), scale: Width / float64(width)}
			clear := func(what string, y float64) {
				if _, top := st.at(0, y); top < st.scoreRow() {
					t.Errorf("%d frogs, seed %d, tick %d: %s reaches up to %d, behind the score row of %d", seats, seed, w.Tick, what, top, st.scoreRow())
				}
			}
			for seat := range seats {
				clear("a frog's head", px(w.Frogs[seat].Y)-22)
			}
			for i := range w.Lilies {
				if l := &w.Lilies[i]; l.State == rules.LilyUp && l.Radius > 0 {
					clear("a lily", px(l.Y)-float64(l.Radius))
				}
			}
			for range 400 {
				w.Step(rollback.InputsOf[rules.Pad]())
				for i := range w.Flies {
					if f := &w.Flies[i]; f.Kind != rules.FlyNone && f.Holder < 0 {
						clear("a fly", px(f.Y)-airPx+6-2-4)
					}
				}
			}
		}
	}
}
