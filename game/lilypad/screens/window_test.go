package screens

import (
	"image"
	"path/filepath"
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// How the picture is shown is in force at once, and kept.
func TestWindowOptionsAreKept(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	store := game.Store{Path: filepath.Join(t.TempDir(), "lilypad.json"), Version: SettingsVersion}
	start := func() *App {
		a := New(Config{Name: "Ana", Mute: true, Store: store})
		t.Cleanup(a.Close)
		return a
	}
	a := start()
	if s := &a.settings; !s.Vsync || s.WholePixels || s.Window != image.Pt(1280, 720) {
		t.Fatalf("the defaults are %+v", *s)
	}
	a.push(newOptions(a))
	o := top[*options](t, a)
	o.choose(a, 1)
	row := func(text string) {
		t.Helper()
		for range 20 {
			switch w := o.form.Focused().(type) {
			case *ui.Toggle:
				if w.Text == text {
					return
				}
			case *ui.Choice:
				if w.Text == text {
					return
				}
			}
			step(a, down)
		}
		t.Fatalf("there is no row %q", text)
	}
	row("Window")
	step(a, ui.Input{Left: true}) // a smaller one
	row("Whole pixels only")
	step(a, accept)
	if !a.WholePixels {
		t.Error("whole pixels are not in force")
	}
	row("Wait for the screen (vsync)")
	step(a, accept)
	step(a, back)
	step(a, back)
	top[*title](t, a)
	if s := start().settings; s.Vsync || !s.WholePixels || s.Window != image.Pt(640, 360) {
		t.Errorf("kept are %+v", s)
	}
}

// A window that was dragged keeps its size, unless the size was for one run only.
func TestWindowSizeIsRemembered(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.rememberWindow(image.Pt(1000, 700))
	if a.settings.Window != image.Pt(1000, 700) {
		t.Errorf("the window is %v", a.settings.Window)
	}
	a.rememberWindow(image.Pt(3, 3)) // put away, or broken
	a.config.Window = image.Pt(640, 360)
	a.rememberWindow(image.Pt(640, 360))
	if a.settings.Window != image.Pt(1000, 700) {
		t.Errorf("the window is %v, want what was dragged", a.settings.Window)
	}
	w := newOptions(a)
	if w.sizes[w.size] != a.settings.Window || !slices.IsSortedFunc(w.sizes, func(a, b image.Point) int { return a.X*a.Y - b.X*b.Y }) {
		t.Errorf("%v are offered, %d is chosen", w.sizes, w.size)
	}
	for _, size := range []image.Point{{-5, 1 << 30}, {1, 1}, {0, 0}} {
		if got := saneWindow(size); got.X < 160 || got.Y < 90 || got.X > 16384 || got.Y > 16384 {
			t.Errorf("%v becomes %v", size, got)
		}
	}
}
