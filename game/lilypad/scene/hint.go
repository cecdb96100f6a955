package scene

import (
	"image"
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// Hint is a key cap over a frog, for whoever plays it for the first time.
type Hint struct {
	Text string  // what the key says
	Does string  // what it is for, in a word
	Left float32 // 1 shows it in full, 0 not at all
}

// HintsPerFrog are as many as have room.
const HintsPerFrog = 3

// Colours of a key cap, and of one that is held.
var (
	capFace = color.NRGBA{238, 232, 210, 255}
	capHeld = color.NRGBA{255, 206, 84, 255}
	capEdge = color.NRGBA{52, 44, 60, 255}
)

// CapSize returns the size of a key cap with words on it.
func CapSize(text string, scale int) image.Point {
	return image.Pt(art.Measure(text)*scale+8, art.CapHeight*scale+8)
}

// DrawCap draws a key cap, its upper left corner at x, y. One that is held is
// lower and bright. Left is 1 for all of it, and less for one that fades.
func DrawCap(dst *ebiten.Image, text string, x, y, scale int, held bool, left float32) {
	size := CapSize(text, scale)
	face, sunk := capFace, 0
	if held {
		face, sunk = capHeld, 1
	}
	fade := func(c color.NRGBA) color.NRGBA {
		c.A = uint8(255 * min(max(left, 0), 1))
		return c
	}
	art.Fill(dst, image.Rect(x, y+sunk, x+size.X, y+size.Y+2), fade(capEdge))
	art.Fill(dst, image.Rect(x+1, y+1+sunk, x+size.X-1, y+size.Y-1+sunk), fade(face))
	art.DrawText(dst, text, x+4, y+4+sunk, scale, fade(capEdge))
}

// hinted reports whether there are key caps over a frog.
func (v *View) hinted(seat int) bool {
	for _, h := range v.Hints[seat] {
		if h.Left > 0 {
			return true
		}
	}
	return false
}

// drawHints draws the key caps over a frog, or below it where there is no room.
func (s *Scene) drawHints(st stage, w *rules.World, v *View, seat int) {
	f := &w.Frogs[seat]
	if f.State == rules.Out || f.State == rules.Sunk || st.small() {
		return
	}
	const gap = 5
	scale, width, tall := st.textScale(v), -gap, 0
	for _, h := range v.Hints[seat] {
		if h.Left > 0 {
			width, tall = width+h.width(scale)+gap, CapSize(h.Text, scale).Y+3+art.CapHeight*scale
		}
	}
	if tall == 0 {
		return
	}
	x, y := st.at(px(f.X), px(f.Y)-34-heightOf(f))
	y -= tall
	if y < st.area.Min.Y+st.scoreRow()+2 {
		_, y = st.at(0, px(f.Y)+18)
	}
	x = min(max(x-width/2, st.area.Min.X+3), st.area.Max.X-3-width)
	y = min(y, st.area.Max.Y-tall-4)
	for i, h := range v.Hints[seat] {
		if h.Left > 0 {
			room, size := h.width(scale), CapSize(h.Text, scale)
			DrawCap(st.dst, h.Text, x+(room-size.X)/2, y, scale, f.Held&HintPads[i] != 0, h.Left)
			if h.Left == 1 {
				art.DrawShaded(st.dst, h.Does, x+(room-art.Measure(h.Does)*scale)/2, y+size.Y+4, scale, white)
			}
			x += room + gap
		}
	}
}

// width is the room of a hint: of its cap, and of the word below.
func (h *Hint) width(scale int) int {
	return max(CapSize(h.Text, scale).X, art.Measure(h.Does)*scale)
}

// HintPads are the buttons that the hints of a frog are about, any of each.
var HintPads = [HintsPerFrog]rules.Pad{rules.Left | rules.Right | rules.Up | rules.Down, rules.Hop, rules.Tongue}
