package assets

import (
	"bytes"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

//go:embed sheet.png
var sheetPNG []byte

//go:embed sheet.txt
var indexText string

// Sprite says where a sprite lies in the sheet.
type Sprite struct {
	Rect image.Rectangle // in the sheet, in pixels; empty for a mere point
	// Anchor is the pixel of the sprite, relative to its corner, that lands
	// on the point where the sprite is drawn. For a sprite without pixels it
	// is a number or a place, see Sprites.
	Anchor image.Point
}

// Sheet decodes the sprite sheet. The error is only about a broken build.
func Sheet() (image.Image, error) {
	img, err := png.Decode(bytes.NewReader(sheetPNG))
	if err != nil {
		return nil, fmt.Errorf("assets: sheet.png cannot be read, draw it anew with go run ./assets/cmd/drawsheet: %w", err)
	}
	return img, nil
}

// Sprites returns all sprites by name:
//
//	frog/POSE/HEADING/body  takes the seat's colour; POSE is idle, blink, croak,
//	                        crouch, leap, gape, dizzy, walkleft or walkright;
//	                        HEADING is 0 south, 1 south-east, 2 east, 3
//	                        north-east, 4 north; the other three are mirrors
//	frog/POSE/HEADING/face  is drawn over it as it is
//	frog/POSE/HEADING/rim   hatrim/SEAT/HEADING: the line around them, white, drawn
//	                        before them
//	frog/POSE/HEADING/hat   no pixels: Anchor is where the hat goes, from the
//	                        frog's foot
//	hat/SEAT/HEADING        mark/SEAT  smallmark/SEAT  halo/SEAT (these white, take
//	                        the colour)
//	small/XXXX  large/XXXX  the letters, XXXX the code point; the Anchor's X of
//	                        small/XXXX/advance is how far the next letter is
//	lily/0 to lily/3        of radius 25, 27, 29 and 31; lily/big is the upper
//	                        left quarter of the giant one
//	icon/NAME  panel/KIND  ribbon/plain  fly/FRAME  goldfly/FRAME  bubble/FRAME
//	fastbubble/FRAME  pop/STEP  splash/STEP  ripple/SIZE  disc/DIAMETER
//	shadow/WIDTH  water  glimmer  logo  ...
func Sprites() (map[string]Sprite, error) {
	sprites := make(map[string]Sprite)
	for line := range strings.Lines(indexText) {
		var name string
		var x, y, w, h, ax, ay int
		if _, err := fmt.Sscanf(line, "%s %d %d %d %d %d %d", &name, &x, &y, &w, &h, &ax, &ay); err != nil {
			return nil, fmt.Errorf("assets: sheet.txt has the strange line %q, draw it anew with go run ./assets/cmd/drawsheet: %w", line, err)
		}
		sprites[name] = Sprite{Rect: image.Rect(x, y, x+w, y+h), Anchor: image.Pt(ax, ay)}
	}
	return sprites, nil
}

// Look is how a seat is told from the others: never by colour alone.
type Look struct {
	Colour color.NRGBA // of the frog, its ring and its mark
	Name   string      // of the colour
	Hat    string      // what the frog wears
	Mark   string      // the small sign beside names
}

// Looks are the looks of the seats. The colours are those of Okabe and Ito,
// "Color Universal Design", 2008, which people of every colour vision can tell
// apart; black is lifted to grey, so that the frog's shading stays visible.
var Looks = [...]Look{
	{color.NRGBA{230, 159, 0, 255}, "orange", "top hat", "circle"},
	{color.NRGBA{86, 180, 233, 255}, "sky blue", "party hat", "triangle"},
	{color.NRGBA{0, 158, 115, 255}, "green", "straw hat", "square"},
	{color.NRGBA{240, 228, 66, 255}, "yellow", "propeller cap", "diamond"},
	{color.NRGBA{0, 114, 178, 255}, "blue", "chef's hat", "star"},
	{color.NRGBA{213, 94, 0, 255}, "vermilion", "helmet", "cross"},
	{color.NRGBA{204, 121, 167, 255}, "pink", "wizard's hat", "heart"},
	{color.NRGBA{112, 112, 128, 255}, "grey", "mushroom", "moon"},
}
