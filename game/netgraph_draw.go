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
	for word := range strings.FieldsSeq(text) {
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
		return drawLines(dst, font, g.plate(), fitted(font, []string{g.small}, dst, x), x, y, 0, 0)
	case GraphFull:
		return g.drawFull(dst, font, x, y)
	}
	return image.Rectangle{}
}

// Height is how high Draw makes the graph that begins at x.
func (g *Netgraph) Height(dst *ebiten.Image, font Font, x int) int {
	if font == nil {
		font = DebugFont{}
	}
	switch g.Mode {
	case GraphSmall:
		return len(fitted(font, []string{g.small}, dst, x))*font.Height() + 3
	case GraphFull:
		return len(fitted(font, g.lines, dst, x))*font.Height() + 3 + barsHeight + 5
	}
	return 0
}

func (g *Netgraph) drawFull(dst *ebiten.Image, font Font, x, y int) image.Rectangle {
	r := drawLines(dst, font, g.plate(), fitted(font, g.lines, dst, x), x, y, GraphFrames*barPixels, barsHeight+5)
	bars := image.Pt(x+3, r.Max.Y-barsHeight-3)
	g.DrawBars(dst, image.Rectangle{bars, bars.Add(image.Pt(GraphFrames*barPixels, barsHeight))})
	return r
}

// fitted breaks the lines that are wider than the picture from x on.
func fitted(font Font, lines []string, dst *ebiten.Image, x int) (fit []string) {
	width := dst.Bounds().Dx() - x - 6
	for _, line := range lines {
		if font.Measure(line) <= width {
			fit = append(fit, line)
		} else {
			fit = append(fit, Wrap(font, line, width)...)
		}
	}
	return fit
}

// plate is the colour behind the words.
func (g *Netgraph) plate() color.Color {
	if g.Plate != nil {
		return g.Plate
	}
	return graphBack
}

// drawLines writes lines on a plate that is at least width wide and has room below
// them. It returns the plate.
func drawLines(dst *ebiten.Image, font Font, plate color.Color, lines []string, x, y, width, below int) image.Rectangle {
	for _, line := range lines {
		width = max(width, font.Measure(line))
	}
	r := image.Rect(x, y, x+width+6, y+len(lines)*font.Height()+3+below)
	Fill(dst, r, plate)
	for i, line := range lines {
		font.DrawText(dst, line, x+3, y+2+i*font.Height(), graphWords)
	}
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
