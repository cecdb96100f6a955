package screens

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"
	"rsc.io/qr"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// quietZone is the white rim that readers need, in squares (ISO/IEC 18004
// section 9.1).
const quietZone = 4

// qrPicture is a text as a QR picture, for a phone or another game's player to
// photograph.
type qrPicture struct {
	text string
	img  *ebiten.Image // one pixel a square; nil if there is no text, or too much
}

// show makes it the picture of a text.
func (c *qrPicture) show(text string) {
	if text == c.text {
		return
	}
	c.text, c.img = text, nil
	// The lowest level of repair gives the largest squares: a screen has no
	// scratches.
	code, err := qr.Encode(text, qr.L)
	if text == "" || err != nil {
		return
	}
	size := code.Size + 2*quietZone
	pixels := make([]byte, 4*size*size)
	for i := range size * size {
		shade := byte(255)
		if code.Black(i%size-quietZone, i/size-quietZone) {
			shade = 0
		}
		copy(pixels[4*i:], []byte{shade, shade, shade, 255})
	}
	c.img = ebiten.NewImage(size, size)
	c.img.WritePixels(pixels)
}

// draw shows it in the middle of r, as large as whole pixels allow.
func (c *qrPicture) draw(p *ui.Painter, r image.Rectangle) {
	if c.img == nil {
		return
	}
	size := c.img.Bounds().Dx()
	scale := min(r.Dx(), r.Dy()) / size
	var op ebiten.DrawImageOptions
	op.GeoM.Scale(float64(scale), float64(scale))
	op.GeoM.Translate(float64(r.Min.X+(r.Dx()-scale*size)/2), float64(r.Min.Y+(r.Dy()-scale*size)/2))
	p.Dst.DrawImage(c.img, &op)
}
