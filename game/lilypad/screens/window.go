package screens

import (
	"fmt"
	"image"
	"slices"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// windowSizes are offered; a window that was dragged to another size keeps that.
var windowSizes = []image.Point{{640, 360}, {1280, 720}, {1920, 1080}, {2560, 1440}}

// openWindow gives the window what the command line and the settings ask for.
func (a *App) openWindow() {
	size := a.config.Window
	if size == (image.Point{}) {
		size = a.settings.Window
	}
	ebiten.SetWindowSize(size.X, size.Y)
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	ebiten.SetFullscreen(a.settings.Fullscreen && a.config.Window == image.Point{})
	ebiten.SetVsyncEnabled(a.settings.Vsync)
}

// rememberWindow keeps the size that the player has dragged the window to.
func (a *App) rememberWindow(size image.Point) {
	usual := !ebiten.IsFullscreen() && !ebiten.IsWindowMaximized() && !ebiten.IsWindowMinimized()
	if usual && a.config.Window == (image.Point{}) && size == saneWindow(size) {
		a.settings.Window = size
	}
}

// saneWindow brings the size of a window into a range that can be seen.
func saneWindow(size image.Point) image.Point {
	if size == (image.Point{}) {
		return windowSizes[1]
	}
	return image.Pt(min(max(size.X, 160), 16384), min(max(size.Y, 90), 16384))
}

// setFullscreen fills the screen, or gives the window back.
func (a *App) setFullscreen(on bool) {
	a.settings.Fullscreen = on
	ebiten.SetFullscreen(on)
}

// windowOptions lets the player say how the picture is shown.
type windowOptions struct {
	form  ui.Form
	tick  int
	sizes []image.Point
	size  int // index of sizes
}

func newWindowOptions(a *App) *windowOptions {
	w := &windowOptions{}
	s := &a.settings
	w.offer(s.Window)
	names := make([]string, len(w.sizes))
	for i, size := range w.sizes {
		names[i] = fmt.Sprintf("%d x %d", size.X, size.Y)
	}
	f := &w.form
	f.TextSize = s.textSize()
	f.Column(image.Rect(130, 60, 510, 344))
	f.Add(&ui.Toggle{Text: "Full screen (F11)", Value: &s.Fullscreen, Change: func() { a.setFullscreen(s.Fullscreen) }})
	f.Add(&ui.Choice{Text: "Window", Names: names, Value: &w.size, Change: func() {
		s.Window = w.sizes[w.size]
		ebiten.SetWindowSize(s.Window.X, s.Window.Y)
	}})
	f.Add(&ui.Toggle{Text: "Whole pixels only", Value: &s.WholePixels, Change: a.apply})
	f.Add(&ui.Label{Lines: 2 * s.textSize(), Text: "Every pixel is then equally large, and the picture may be smaller than the window."})
	f.Add(&ui.Toggle{Text: "Wait for the screen (vsync)", Value: &s.Vsync, Change: func() { ebiten.SetVsyncEnabled(s.Vsync) }})
	f.Add(&ui.Label{Lines: 2 * s.textSize(), Text: "Off answers a little sooner, and pictures may be torn."})
	f.Add(&ui.Button{Text: "Back", Press: a.pop})
	return w
}

// offer lists the sizes that the screen has room for, and the present one.
func (w *windowOptions) offer(present image.Point) {
	room := image.Pt(16384, 16384)
	if m := ebiten.Monitor(); m != nil {
		if width, height := m.Size(); width > 0 {
			room = image.Pt(width, height)
		}
	}
	for _, size := range windowSizes {
		if size == present || size.X <= room.X && size.Y <= room.Y {
			w.sizes = append(w.sizes, size)
		}
	}
	if !slices.Contains(w.sizes, present) {
		w.sizes = append(w.sizes, present)
		slices.SortFunc(w.sizes, func(a, b image.Point) int { return a.X*a.Y - b.X*b.Y })
	}
	w.size = slices.Index(w.sizes, present)
}

func (w *windowOptions) leave(a *App) { a.save() }

func (w *windowOptions) update(a *App, in ui.Input) {
	w.tick++
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(w.form.Update(in))
}

func (w *windowOptions) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, w.tick)
	p.Shaded("Picture", image.Rect(0, 20, Width, 48), 2, ui.Bright)
	w.form.Draw(p)
}
