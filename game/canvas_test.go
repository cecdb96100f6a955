package game

import "testing"

func TestCanvasFit(t *testing.T) {
	c := Canvas{Width: 640, Height: 360}
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

func TestCanvasPoint(t *testing.T) {
	c := Canvas{Width: 640, Height: 360, outside: [2]float64{1366, 768}}
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
