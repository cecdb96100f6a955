// Command local is the smallest game on the rollback core: a dot per player,
// two players on one keyboard (WASD and the arrows), one machine, no network.
//
// The game itself is package examples/dots. What is left to the program is a
// loop of two lines: one Tick of the session per Update, with one input for
// each local player, and a Draw that only looks. None of it changes when the
// other player moves to another machine: examples/twowindows plays the same
// game over UDP.
package main

import (
	"fmt"
	"os"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/rollback"
)

type app struct {
	game.Canvas // Layout, and a sharp picture in a window of any size
	session     *rollback.Session[dots.World, game.Buttons]
	sampler     game.Sampler
	held        [dots.Seats]game.Buttons
}

// Update is called 60 times a second: read the devices, run one frame.
func (a *app) Update() error {
	a.sampler.Sample(a.held[:])
	a.session.Tick(a.held[:]...)
	return nil
}

// Draw is called whenever a picture is due.
func (a *app) Draw(screen *ebiten.Image) { dots.Paint(screen, a.session.World()) }

func run() error {
	session, err := rollback.New(rollback.Config[dots.World, game.Buttons]{
		Start: dots.Start(),
		Step:  (*dots.World).Step,
		Seats: dots.Seats,
		Local: []int{0, 1},
	})
	if err != nil {
		return err
	}
	a := &app{Canvas: game.Canvas{Width: dots.Width, Height: dots.Height}, session: session}
	a.sampler = game.Sampler{Devices: &game.Live{Canvas: &a.Canvas}, Width: dots.Width, Height: dots.Height}
	return dots.Show(a, "local: WASD and arrows, Space or L runs", 60, 80)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}
