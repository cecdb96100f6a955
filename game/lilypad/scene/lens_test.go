package scene

import (
	"image"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
)

// The picture follows a frog to every corner of the pond, shows nothing beside it, and finds
// the frog where it is seen.
func TestFollow(t *testing.T) {
	for _, test := range []struct{ seats, covered int }{{2, 0}, {4, 0}, {4, 70}} {
		seats, covered := test.seats, test.covered
		w := rules.New(rules.Setup{Seed: 3, Seats: seats})
		width, height := w.Size()
		picture := image.Rect(0, 0, Width, Height)
		for _, calm := range []bool{false, true} {
			s := New()
			for _, corner := range []image.Point{{0, 0}, {int(width), 0}, {0, int(height)}, {int(width), int(height)}, {int(width) / 2, int(height) / 2}} {
				f := &w.Frogs[1]
				f.X, f.Y = int32(corner.X)*rules.Px, int32(corner.Y)*rules.Px
				for range 90 {
					s.Follow(&w, 1, covered, calm)
				}
				pond := image.Pt(int(width), int(height))
				free := picture
				free.Max.Y -= covered
				st := s.lens.stage(picture, pond, Width/float64(width))
				seen := image.Rectangle{st.origin, st.origin.Add(image.Pt(int(float64(pond.X)*st.scale), int(float64(pond.Y)*st.scale)))}
				if st.scale < 1.9*Width/float64(width) || !free.In(seen) {
					t.Errorf("%d seats: %v of the pond is seen %.1f times as large in %v", seats, seen, st.scale, picture)
				}
				x, y := st.at(px(f.X), px(f.Y))
				if at := image.Pt(x, y); !at.In(free.Inset(-2)) {
					t.Errorf("the frog that is followed to %v is seen at %v", corner, at)
				}
				if seat, ok := s.FrogAt(&w, image.Pt(x, y)); !ok || seat != 1 {
					t.Errorf("at %v the frog %d, %v is found", corner, seat, ok)
				}
			}
			for range 90 {
				s.Follow(&w, -1, covered, calm)
			}
			if s.lens.near() {
				t.Errorf("back to the whole pond it is still %.2f times as large", s.lens.zoom)
			}
		}
	}
}
