// Package dots is the game that the examples play: a dot per player, nothing
// to win. It is a whole visavis game in one page: a World that is a plain
// value, a Step that is the only place where it changes, and a Paint that only
// looks.
//
//	session, err := rollback.New(rollback.Config[dots.World, game.Buttons]{
//		Start: dots.Start(), Step: (*dots.World).Step, Seats: dots.Seats, Local: []int{0, 1},
//	})
package dots

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/vector"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/rollback"
)

// Seats is the number of players.
const Seats = 2

// Size of the picture, in pixels.
const (
	Width  = 640
	Height = 360
)

// World is the whole simulation: integers of fixed size and no pointers, so
// that a snapshot is an assignment and every machine computes the same.
type World struct {
	Dots [Seats]Dot
}

// Dot is one player's dot.
type Dot struct {
	X, Y int32 // in sixteenths of a pixel
}

// Start returns the world at frame 0.
func Start() World {
	return World{Dots: [Seats]Dot{{Width * 16 / 3, Height * 8}, {Width * 32 / 3, Height * 8}}}
}

// Step lets one frame pass.
func (w *World) Step(in rollback.Inputs[game.Buttons]) {
	for seat, held := range in.All() {
		dot, speed := &w.Dots[seat], int32(48)
		if held.Has(game.ButtonA) {
			speed = 120
		}
		if held.Has(game.Left) {
			dot.X -= speed
		}
		if held.Has(game.Right) {
			dot.X += speed
		}
		if held.Has(game.Up) {
			dot.Y -= speed
		}
		if held.Has(game.Down) {
			dot.Y += speed
		}
		dot.X = min(max(dot.X, 0), (Width-1)*16)
		dot.Y = min(max(dot.Y, 0), (Height-1)*16)
	}
}

// Ground is the colour behind everything.
var Ground = color.RGBA{18, 48, 58, 255}

// Paint shows a world and changes nothing.
func Paint(dst *ebiten.Image, w *World) {
	dst.Fill(Ground)
	for seat, dot := range w.Dots {
		x, y := float32(dot.X)/16, float32(dot.Y)/16
		colour := [Seats]color.RGBA{{230, 159, 0, 255}, {86, 180, 233, 255}}[seat]
		vector.FillCircle(dst, x, y, 12, color.RGBA{8, 24, 30, 255}, true)
		vector.FillCircle(dst, x, y, 10, colour, true)
	}
}
