package ui

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"
)

func writeText(dst *ebiten.Image, text string, x, y, size int, c color.Color) {
	ebitenutil.DebugPrintAt(dst, text, x, y-3)
}

func textWidth(text string) int { return 6 * len([]rune(text)) }

// GraphFont is the menus' font as a game.Font.
type GraphFont struct{}

// DrawText is part of game.Font.
func (GraphFont) DrawText(dst *ebiten.Image, text string, x, y int, c color.Color) {
	writeText(dst, text, x, y, 1, c)
}

// Measure is part of game.Font.
func (GraphFont) Measure(text string) int { return textWidth(text) }

// Height is part of game.Font.
func (GraphFont) Height() int { return lineHeight }
