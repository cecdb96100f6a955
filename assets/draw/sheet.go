package draw

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"maps"
	"slices"
	"strings"
)

// Size of the sprite sheet, in pixels.
const (
	SheetWidth  = 512
	SheetHeight = 640
)

// sprite is a picture that waits for its place in the sheet. The anchor is the
// pixel of it that lands on the point where it is drawn.
type sprite struct {
	name             string
	picture          *Canvas
	anchorX, anchorY int
	tile             bool // keeps its empty margins
}

// Sheet draws every sprite and packs them. The index has one line per sprite,
// sorted by name: name, x, y, width and height in the sheet, and the anchor
// relative to the sprite's corner.
func Sheet() (sheet *Canvas, index string, err error) {
	sprites := gather()
	for i := range sprites {
		sprites[i].trim()
	}
	slices.SortFunc(sprites, func(a, b sprite) int {
		return cmp.Or(b.picture.Rect.Dy()-a.picture.Rect.Dy(), strings.Compare(a.name, b.name))
	})
	sheet = NewCanvas(SheetWidth, SheetHeight)
	lines := make([]string, 0, len(sprites))
	x, y, shelf := 0, 0, 0
	for _, s := range sprites {
		w, h := s.picture.Rect.Dx(), s.picture.Rect.Dy()
		if w > 0 && h > 0 {
			if x+w > SheetWidth {
				x, y, shelf = 0, y+shelf+1, 0
			}
			shelf = max(shelf, h)
			if y+h > SheetHeight {
				return nil, "", fmt.Errorf("draw: the sheet is full at %s: draw less, or smaller", s.name)
			}
			sheet.Over(x, y, s.picture)
		}
		lines = append(lines, fmt.Sprintf("%s %d %d %d %d %d %d\n", s.name, x, y, w, h, s.anchorX, s.anchorY))
		if w > 0 {
			x += w + 1
		}
	}
	slices.Sort(lines)
	return sheet, strings.Join(lines, ""), nil
}

// trim cuts off the empty margins.
func (s *sprite) trim() {
	if s.tile {
		return
	}
	full := s.picture.Rect
	used := image.Rectangle{}
	for y := range full.Dy() {
		for x := range full.Dx() {
			if s.picture.NRGBAAt(x, y).A > 0 {
				used = used.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	cut := NewCanvas(used.Dx(), used.Dy())
	for y := range used.Dy() {
		for x := range used.Dx() {
			cut.Dot(x, y, s.picture.NRGBAAt(used.Min.X+x, used.Min.Y+y))
		}
	}
	s.picture = cut
	s.anchorX -= used.Min.X
	s.anchorY -= used.Min.Y
}

// gather draws all sprites.
func gather() []sprite {
	var all []sprite
	add := func(name string, c *Canvas, anchorX, anchorY int) {
		all = append(all, sprite{name: name, picture: c, anchorX: anchorX, anchorY: anchorY})
	}
	addTile := func(name string, c *Canvas) { all = append(all, sprite{name: name, picture: c, tile: true}) }
	middle := func(name string, c *Canvas) { add(name, c, c.Rect.Dx()/2, c.Rect.Dy()/2) }

	gatherFigures(add)
	gatherPond(add, addTile, middle)
	for name, rows := range pictures {
		c := fromRows(rows, inkOf)
		switch {
		case strings.HasPrefix(name, "icon/"):
			add(name, c, 0, 0)
		case strings.HasPrefix(name, "reed"), strings.HasPrefix(name, "stone"):
			add(name, c, c.Rect.Dx()/2, c.Rect.Dy()-1)
		default:
			middle(name, c)
		}
	}
	for seat := range Seats {
		middle(fmt.Sprintf("mark/%d", seat), mark(marks[seat]))
		middle(fmt.Sprintf("smallmark/%d", seat), mark(smallMarks[seat]))
		middle(fmt.Sprintf("halo/%d", seat), halo(seat))
	}
	addTile("panel/plain", panel(rgb(0x173f4c), rgb(0x3f8a80), rgb(0x7ac4a8)))
	addTile("panel/button", panel(rgb(0x2c6a5c), rgb(0x5cae84), rgb(0xa8e8b0)))
	addTile("panel/focus", panel(rgb(0x28693f), rgb(0xffd84a), rgb(0xfff4b0)))
	addTile("panel/primary", panel(rgb(0x8c4a1e), rgb(0xe8985a), rgb(0xffd0a0)))
	addTile("panel/primaryfocus", panel(rgb(0xa05622), rgb(0xffd84a), rgb(0xfff4b0)))
	addTile("panel/pressed", panel(rgb(0x1f5048), rgb(0xcfa030), rgb(0xcfa030)))
	addTile("panel/off", panel(rgb(0x1c3a42), rgb(0x35585c), rgb(0x456a6c)))
	addTile("ribbon/plain", ribbon(rgb(0xf4ecd0), rgb(0x8a6a3c)))
	addTile("pixel", filled(2, 2))
	add("logo", logo(), 0, 0)

	glyphs := font()
	for _, r := range slices.Sorted(maps.Keys(glyphs)) {
		g := glyphs[r]
		add(glyphName("small", r), g.small(), 0, accentRows)
		add(glyphName("small", r)+"/advance", NewCanvas(0, 0), len(g[0])+1, 0)
		if !strings.Contains(strings.Join(g[:], ""), "#") {
			continue
		}
		add(glyphName("large", r), g.large(), 1, 2*accentRows+1)
	}
	return all
}

// filled returns a white picture.
func filled(w, h int) *Canvas {
	c := NewCanvas(w, h)
	c.Box(0, 0, w, h, rgb(0xffffff))
	return c
}

// gatherFigures draws frogs, hats and flies. A frog has a body, which takes
// the seat's colour, and a face, which does not. The anchor of a name that
// ends in /hat is where the hat goes.
func gatherFigures(add func(string, *Canvas, int, int)) {
	for p := range poses {
		for h := range headings {
			name := fmt.Sprintf("frog/%s/%d", poseNames[p], h)
			body, face := render(frogParts(p, h), h, 44, 44, 22, 32)
			add(name+"/body", body, 22, 32)
			add(name+"/face", face, 22, 32)
			add(name+"/rim", rimOf(body, face), 23, 33)
			x, y := hatSpot(p, h)
			add(name+"/hat", NewCanvas(0, 0), x, y)
		}
	}
	for seat := range Seats {
		for h := range headings {
			_, hat := render(hatParts(seat), h, 32, 32, 16, 24)
			add(fmt.Sprintf("hat/%d/%d", seat, h), hat, 16, 24)
			add(fmt.Sprintf("hatrim/%d/%d", seat, h), rimOf(hat), 17, 25)
		}
	}
	for frame := range 2 {
		_, plain := render(flyParts(false, frame == 0), south, 20, 20, 10, 14)
		add(fmt.Sprintf("fly/%d", frame), plain, 10, 10)
		_, golden := render(flyParts(true, frame == 0), south, 20, 20, 10, 14)
		add(fmt.Sprintf("goldfly/%d", frame), golden, 10, 10)
	}
}

// rimOf returns the white line around layers that lie on each other, one pixel
// larger on every side than they are: what parts a dark body from dark water.
func rimOf(layers ...*Canvas) *Canvas {
	whole := NewCanvas(layers[0].Rect.Dx(), layers[0].Rect.Dy())
	for _, layer := range layers {
		whole.Over(0, 0, layer)
	}
	rim := whole.Rimmed(rgb(0xffffff), true)
	for y := range whole.Rect.Dy() {
		for x := range whole.Rect.Dx() {
			if whole.NRGBAAt(x, y).A > 128 {
				rim.Dot(x+1, y+1, color.NRGBA{})
			}
		}
	}
	return rim
}

// LilyRadii are the radii of the lilies in the sheet, in pixels.
var LilyRadii = [...]int{25, 27, 29, 31}

// gatherPond draws everything that is not alive.
func gatherPond(add func(string, *Canvas, int, int), addTile func(string, *Canvas), middle func(string, *Canvas)) {
	addTile("water", waterTile())
	addTile("glimmer", glimmerTile())
	for i, radius := range LilyRadii {
		add(fmt.Sprintf("lily/%d", i), lily(radius, i%2), radius+2, radius+2)
	}
	add("lily/big", bigLily(), bigLilyRadius+2, bigLilyRadius+2)
	for i, radius := range [...]int{5, 9, 13, 18, 24} {
		middle(fmt.Sprintf("ripple/%d", i), ring(radius, rgb(0xffffff), 1))
	}
	for step := range 5 {
		add(fmt.Sprintf("splash/%d", step), fountain(step), 24, 30)
	}
	for phase := range 3 {
		middle(fmt.Sprintf("bubble/%d", phase), bubble(phase, false))
		middle(fmt.Sprintf("fastbubble/%d", phase), bubble(phase, true))
		middle(fmt.Sprintf("pop/%d", phase), pop(phase, rgb(0xffffff)))
	}
	for _, w := range [...]int{8, 14, 20} {
		middle(fmt.Sprintf("shadow/%d", w), shadow(w))
	}
	for _, w := range [...]int{2, 3, 4, 5, 7, 9, 17} {
		middle(fmt.Sprintf("disc/%d", w), disc(w, rgb(0xffffff)))
	}
	middle("flash", disc(33, rgb(0xffffff)).ringOnly(4))
}

// ringOnly returns a copy of a disc with its middle removed.
func (c *Canvas) ringOnly(thick int) *Canvas {
	w := c.Rect.Dx()
	out := NewCanvas(w, w)
	hole := disc(w-2*thick, rgb(0xffffff))
	for y := range w {
		for x := range w {
			if hole.NRGBAAt(x-thick, y-thick).A == 0 {
				out.Dot(x, y, c.NRGBAAt(x, y))
			}
		}
	}
	return out
}
