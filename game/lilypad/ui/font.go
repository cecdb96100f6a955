package ui

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// lineHeight is the distance of two lines at text size 1, in pixels.
const lineHeight = art.LineHeight

// capTop is how far below the top of its line a capital begins.
const capTop = (art.LineHeight - art.CapHeight) / 2

func writeText(dst *ebiten.Image, text string, x, y, size int, c color.NRGBA) {
	art.DrawText(dst, text, x, y+capTop*size, size, c)
}

func textWidth(text string) int { return art.Measure(text) }

// GraphFont is the menus' font as a game.Font, with a dark rim: it can be read over
// the pond.
type GraphFont struct {
	Size int // 1 or 2; 0 is 1
}

// DrawText is part of game.Font.
func (g GraphFont) DrawText(dst *ebiten.Image, text string, x, y int, c color.Color) {
	size := max(g.Size, 1)
	art.DrawShaded(dst, text, x, y+(capTop-1)*size, size, color.NRGBAModel.Convert(c).(color.NRGBA))
}

// Measure is part of game.Font.
func (g GraphFont) Measure(text string) int { return textWidth(text) * max(g.Size, 1) }

// Height is part of game.Font.
func (g GraphFont) Height() int { return (lineHeight - 2) * max(g.Size, 1) }
