package game

import (
	"image"
	"image/color"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"
)

// Font draws the words of a Netgraph. Height is the distance of two lines.
type Font interface {
	DrawText(dst *ebiten.Image, text string, x, y int, c color.Color)
	Measure(text string) int
	Height() int
}

// DebugFont is Ebitengine's built-in debug font: ASCII, white.
type DebugFont struct{}

// DrawText is part of Font.
func (DebugFont) DrawText(dst *ebiten.Image, text string, x, y int, _ color.Color) {
	ebitenutil.DebugPrintAt(dst, debugWords.Replace(text), x, y)
}

// Measure is part of Font.
func (DebugFont) Measure(text string) int { return 6 * len([]rune(debugWords.Replace(text))) }

// Height is part of Font.
func (DebugFont) Height() int { return 14 }

// Wrap breaks text into lines no wider than width, between words where it can.
func Wrap(font Font, text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && font.Measure(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

var debugWords = strings.NewReplacer("✓", "ok", "✗", "!", "±", "+-")

var (
	graphBack    = color.RGBA{0, 0, 0, 150}
	graphWords   = color.RGBA{236, 240, 244, 255}
	graphGood    = color.RGBA{86, 180, 233, 255} // Okabe-Ito sky blue
	graphDeep    = color.RGBA{230, 159, 0, 255}  // Okabe-Ito orange
	graphWaiting = color.RGBA{213, 94, 0, 255}   // Okabe-Ito vermilion
	graphAxis    = color.RGBA{56, 56, 56, 56}
)

const (
	barPixels      = 2 // width of one tick
	barsHeight     = 32
	deepFrames     = 8 // from here on a rollback is drawn as a deep one
	pixelsPerFrame = 3
)

// white is a pixel that Fill stretches: successive fills of one colour source
// then share a draw call with whatever else is on the atlas.
var white = func() *ebiten.Image {
	img := ebiten.NewImage(3, 3)
	img.Fill(color.White)
	return img.SubImage(image.Rect(1, 1, 2, 2)).(*ebiten.Image)
}()

// Fill paints a rectangle over what is there.
func Fill(dst *ebiten.Image, r image.Rectangle, c color.Color) {
	if r.Empty() {
		return
	}
	op := &ebiten.DrawImageOptions{}
	op.GeoM.Scale(float64(r.Dx()), float64(r.Dy()))
	op.GeoM.Translate(float64(r.Min.X), float64(r.Min.Y))
	op.ColorScale.ScaleWithColor(c)
	dst.DrawImage(white, op)
}

// Draw shows the graph with its top left corner at x, y; nothing when it is
// off. It returns the rectangle it covered. A nil font is DebugFont.
func (g *Netgraph) Draw(dst *ebiten.Image, font Font, x, y int) image.Rectangle {
	if font == nil {
		font = DebugFont{}
	}
	switch g.Mode {
	case GraphSmall:
		r := image.Rect(x, y, x+font.Measure(g.small)+6, y+font.Height()+3)
		Fill(dst, r, graphBack)
		font.DrawText(dst, g.small, x+3, y+2, graphWords)
		return r
	case GraphFull:
		return g.drawFull(dst, font, x, y)
	}
	return image.Rectangle{}
}

func (g *Netgraph) drawFull(dst *ebiten.Image, font Font, x, y int) image.Rectangle {
	width := GraphFrames * barPixels
	for _, line := range g.lines {
		width = max(width, font.Measure(line))
	}
	r := image.Rect(x, y, x+width+6, y+len(g.lines)*font.Height()+barsHeight+8)
	Fill(dst, r, graphBack)
	at := y + 3
	for _, line := range g.lines {
		font.DrawText(dst, line, x+3, at, graphWords)
		at += font.Height()
	}
	g.DrawBars(dst, image.Rect(x+3, at+2, x+3+GraphFrames*barPixels, at+2+barsHeight))
	return r
}

// DrawBars shows the bars alone, in r: one for each of the last GraphFrames
// ticks, as high as its rollback was deep. A tick that waited is a low block
// below the axis, so that the two differ in shape and not in colour alone.
func (g *Netgraph) DrawBars(dst *ebiten.Image, r image.Rectangle) {
	pixels := max(r.Dx()/GraphFrames, 1) // of a tick
	gap := min(pixels-1, 1)
	x, base := r.Min.X, r.Max.Y-4
	for _, y := range [...]int{base, base - deepFrames*pixelsPerFrame} {
		Fill(dst, image.Rect(x, y, x+GraphFrames*pixels, y+1), graphAxis)
	}
	g.Bars(func(rolled int, waited bool) bool {
		height := min(rolled*pixelsPerFrame, r.Dy()-4)
		c := graphGood
		if rolled >= deepFrames {
			c = graphDeep
		}
		Fill(dst, image.Rect(x, base-height, x+pixels-gap, base), c)
		if waited {
			Fill(dst, image.Rect(x, base+1, x+pixels, base+4), graphWaiting)
		}
		x += pixels
		return true
	})
}
