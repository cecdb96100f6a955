package lab

import (
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// window is the Lab as a program of its own.
type window struct {
	game.Canvas
	lab     *Lab
	reader  ui.Reader
	sampler game.Sampler
	held    [1]game.Buttons
	quit    bool
	drawn   int // tick of the picture that is in the screen
}

// Run opens a window with the Lab and returns when it is closed. Its errors
// are sentences for the player.
func Run() error {
	w := &window{Canvas: game.Canvas{Width: width, Height: height}}
	w.reader.Canvas = &w.Canvas
	w.sampler = game.Sampler{Devices: &game.Live{Canvas: &w.Canvas}, Width: width, Height: height}
	w.lab = New(Config{Guide: true, Seed: uint64(time.Now().UnixNano()), Leave: func() { w.quit = true }})
	defer w.lab.Close()
	ebiten.SetWindowTitle("Lilypad Scrum: the Lab")
	ebiten.SetWindowSize(2*width, 2*height)
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	ebiten.SetScreenClearedEveryFrame(false) // Draw skips what is drawn already
	return game.Run(w)
}

// Update is part of ebiten.Game.
func (w *window) Update() error {
	w.sampler.Sample(w.held[:])
	w.lab.Update(w.reader.Read(), controls.Pad(w.held[0]))
	if w.quit {
		return ebiten.Termination
	}
	return nil
}

// Draw is part of ebiten.Game.
func (w *window) Draw(dst *ebiten.Image) {
	if w.drawn != w.lab.ticks {
		w.drawn = w.lab.ticks
		w.lab.Draw(ui.NewPainter(dst, 1))
	}
}
