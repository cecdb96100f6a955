//go:build !race

package animation

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"math/rand/v2"
	"testing"
)

// films are rows of pictures of one size.
func films() map[string][]*image.RGBA {
	rng := rand.New(rand.NewPCG(1, 2))
	size := image.Rect(0, 0, 97, 41)
	all := map[string][]*image.RGBA{}
	all["still"] = []*image.RGBA{image.NewRGBA(size), image.NewRGBA(size)}
	for i := range 6 { // a square on its way over a few colours
		m := image.NewRGBA(size)
		for y := range size.Dy() {
			for x := range size.Dx() {
				m.Set(x, y, color.RGBA{uint8(y / 8 * 30), 90, 120, 255})
			}
		}
		draw.Draw(m, image.Rect(i*9, 5, i*9+8, 13), image.NewUniform(color.RGBA{240, 20, 30, 255}), image.Point{}, draw.Src)
		all["square"] = append(all["square"], m)
	}
	for range 3 { // more colours than a palette has
		m := image.NewRGBA(size)
		for i := range m.Pix {
			m.Pix[i] = uint8(rng.Uint32())
		}
		all["noise"] = append(all["noise"], m)
	}
	for i := range 3 { // a soft shade
		m := image.NewRGBA(size)
		for y := range size.Dy() {
			for x := range size.Dx() {
				m.Set(x, y, color.RGBA{uint8(x * 2), uint8(y*5 + i), 200, 255})
			}
		}
		all["shade"] = append(all["shade"], m)
	}
	return all
}

// A decoder that is not ours shows the pictures that were added: exactly where there are few
// colours, nearly where there are many, for as long as was said, again and again.
func TestAnotherDecoderShowsThePictures(t *testing.T) {
	worst := map[string]int{"still": 0, "square": 0, "shade": 16, "noise": 80}
	for name, film := range films() {
		var file bytes.Buffer
		size := film[0].Bounds()
		w := NewWriter(&file, size.Size())
		for _, m := range film {
			if err := w.Add(m.Pix, 7); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		g, err := gif.DecodeAll(&file)
		if err != nil || len(g.Image) != len(film) || g.LoopCount != 0 || g.Config.Width != size.Dx() || g.Config.Height != size.Dy() {
			t.Fatalf("%s: %v", name, err)
		}
		shown := image.NewRGBA(size)
		for i, part := range g.Image {
			if g.Delay[i] != 7 {
				t.Errorf("%s: shown for %d", name, g.Delay[i])
			}
			draw.Draw(shown, part.Rect, part, part.Rect.Min, draw.Over)
			if off := farthest(film[i], shown); off > worst[name] {
				t.Errorf("%s, picture %d: a colour is off by %d, allowed is %d", name, i, off, worst[name])
			}
		}
		if last := g.Image[len(g.Image)-1]; name == "square" && last.Rect.Dx() > 20 {
			t.Errorf("all of %v is written where a square has moved", last.Rect)
		}
	}
}

// farthest is how far a colour of b is from that of a, at most.
func farthest(a, b *image.RGBA) (most int) {
	for i := range a.Pix {
		if i%4 != 3 {
			most = max(most, int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
		}
	}
	return most
}

// full is a disk with room for so many bytes.
type full struct{ room int }

var errFull = errors.New("full")

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// What cannot be written is told, wherever that happens.
func TestErrorsAreTold(t *testing.T) {
	film := films()["noise"]
	for room := 0; room < 15_000; room += 997 {
		w := NewWriter(&full{room}, film[0].Bounds().Size())
		for _, m := range film {
			w.Add(m.Pix, 4)
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
	}
	for _, size := range []image.Point{{}, {-1, 5}, {70_000, 2}} {
		if NewWriter(&full{1000}, size).Close() == nil {
			t.Errorf("a picture of %v", size)
		}
	}
	if NewWriter(&full{1000}, image.Pt(3, 3)).Add(make([]byte, 5), 4) == nil {
		t.Error("a picture that is too small")
	}
}

func BenchmarkAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	size := image.Rect(0, 0, 640, 360)
	pictures := [2]*image.RGBA{image.NewRGBA(size), image.NewRGBA(size)}
	for k, m := range pictures {
		for i := range m.Pix {
			m.Pix[i] = uint8(i/2560 + k)
			if i%97 == 0 {
				m.Pix[i] = uint8(rng.Uint32())
			}
		}
	}
	w := NewWriter(&full{1 << 62}, size.Size())
	for i := 0; b.Loop(); i++ {
		w.Add(pictures[i%2].Pix, 4)
	}
}
