package screens

import (
	"image"
	"slices"

	"github.com/hajimehoshi/ebiten/v2"
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

// noteWindowTicks is how often the size of the window is looked at: the system has to be
// asked, which takes longer than a tick of the game.
const noteWindowTicks = 15

// noteWindow looks at the size of the window now and then.
func (a *App) noteWindow() {
	if a.tick%noteWindowTicks == 0 {
		a.rememberWindow(image.Pt(ebiten.WindowSize()))
	}
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

// offerSizes lists the sizes that the screen has room for, and the present one with its
// index.
func offerSizes(present image.Point) (sizes []image.Point, at int) {
	room := image.Pt(16384, 16384)
	if m := ebiten.Monitor(); m != nil {
		if width, height := m.Size(); width > 0 {
			room = image.Pt(width, height)
		}
	}
	for _, size := range windowSizes {
		if size == present || size.X <= room.X && size.Y <= room.Y {
			sizes = append(sizes, size)
		}
	}
	if !slices.Contains(sizes, present) {
		sizes = append(sizes, present)
		slices.SortFunc(sizes, func(a, b image.Point) int { return a.X*a.Y - b.X*b.Y })
	}
	return sizes, slices.Index(sizes, present)
}
