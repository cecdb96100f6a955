package game

import (
	"math"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

func TestCanvasFit(t *testing.T) {
	c := Canvas{Width: 640, Height: 360, WholePixels: true}
	tests := []struct{ w, h, scale, x, y float64 }{
		{640, 360, 1, 0, 0},
		{1280, 720, 2, 0, 0},
		{1366, 768, 2, 43, 24},
		{1000, 1000, 1, 180, 320},
		{320, 180, 0.5, 0, 0},
	}
	for _, test := range tests {
		if scale, x, y := c.fit(test.w, test.h); scale != test.scale || x != test.x || y != test.y {
			t.Errorf("%v x %v: scale %v at %v, %v; want %v at %v, %v", test.w, test.h, scale, x, y, test.scale, test.x, test.y)
		}
	}
}

// In any window the picture fills one direction, all but 5 % at most, and lies
// inside.
func TestCanvasFillsTheWindow(t *testing.T) {
	c := Canvas{Width: 640, Height: 360}
	for _, window := range [][2]float64{
		{1279, 719}, {1366, 700}, {1366, 768}, {1920, 1010}, {1920, 1080}, {2560, 1440}, {800, 600}, {1310, 737},
		{640, 360}, {320, 180}, {1, 1}, {4000, 100}, {100, 4000}, {659, 371}, {661, 372},
	} {
		w, h := window[0], window[1]
		scale, x, y := c.fit(w, h)
		if fills := max(640*scale/w, 360*scale/h); fills < 0.95 || fills > 1.000001 {
			t.Errorf("%v x %v: the picture fills %.3f of it", w, h, fills)
		}
		if x < 0 || y < 0 || x+640*scale > w+1e-6 || y+360*scale > h+1e-6 {
			t.Errorf("%v x %v: the picture lies at %v, %v with scale %v", w, h, x, y, scale)
		}
		sharp := filterAt(scale) != ebiten.FilterLinear
		if scale >= 1 && (!sharp || (filterAt(scale) == ebiten.FilterNearest) != (scale == math.Floor(scale))) {
			t.Errorf("%v x %v: scale %v is drawn with filter %v", w, h, scale, filterAt(scale))
		}
	}
	if scale, _, _ := c.fit(1310, 737); scale != 2 {
		t.Errorf("2 %% more than twice the picture: scale %v, want 2", scale)
	}
}

func TestCanvasPoint(t *testing.T) {
	c := Canvas{Width: 640, Height: 360, WholePixels: true, outside: [2]float64{1366, 768}}
	// Ebitengine places the picture by the exact fit: 768/360 = 2.1333, which
	// is 1365.33 wide. Device pixel (43, 24) is our corner.
	exact := 768.0 / 360
	left := (1366 - exact*640) / 2
	device := func(x, y float64) (float64, float64) { return (x - left) / exact, y / exact }
	for _, test := range []struct {
		dx, dy float64
		x, y   int
	}{{43.5, 24.5, 0, 0}, {42, 24.5, -1, 0}, {43 + 2*320 + 1, 24 + 2*180 + 1, 320, 180}, {43 + 1279.5, 24 + 719.5, 639, 359}} {
		if x, y := c.Point(device(test.dx, test.dy)); x != test.x || y != test.y {
			t.Errorf("device pixel %v, %v: %d, %d; want %d, %d", test.dx, test.dy, x, y, test.x, test.y)
		}
	}
}

// Without whole multiples the picture lies where Ebitengine believes it to be, but
// for the corner, which is a whole pixel of the window.
func TestCanvasPointBetweenMultiples(t *testing.T) {
	c := Canvas{Width: 640, Height: 360, outside: [2]float64{1366, 700}}
	for _, at := range [][2]float64{{0.5, 0.5}, {320.5, 180.5}, {639.4, 359.4}, {-3.5, 100.5}} {
		if x, y := c.Point(at[0], at[1]); x != int(math.Floor(at[0])) || y != int(math.Floor(at[1])) {
			t.Errorf("%v: %d, %d", at, x, y)
		}
	}
}
