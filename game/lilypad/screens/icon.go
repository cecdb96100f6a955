package screens

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/assets"
)

// iconSizes are those that systems ask for, in pixels.
var iconSizes = [...]int{16, 32, 48, 64, 128}

// setIcon gives the window its icon.
func setIcon() error {
	icons, err := windowIcons()
	if err == nil {
		ebiten.SetWindowIcon(icons)
	}
	return err
}

// windowIcons is the first seat's frog with its hat, on a lily-green field.
func windowIcons() ([]image.Image, error) {
	frog, err := portrait()
	if err != nil {
		return nil, err
	}
	var icons []image.Image
	for _, side := range iconSizes {
		icon := image.NewNRGBA(image.Rect(0, 0, side, side))
		scale := max(side/32, 1)
		middle := image.Pt((frog.Rect.Dx()*scale-side)/2, (frog.Rect.Dy()*scale-side)/2)
		if side < 32 { // the face alone has room
			middle = image.Pt((frog.Rect.Dx()-side)/2, frog.Rect.Dy()/3)
		}
		for y := range side {
			for x := range side {
				from := frog.NRGBAAt((x+middle.X)/scale, (y+middle.Y)/scale)
				if from.A < 128 {
					from = color.NRGBA{56, 118, 58, 255}
				}
				icon.SetNRGBA(x, y, from)
			}
		}
		icons = append(icons, icon)
	}
	return icons, nil
}

// portrait puts a frog together from the parts of the sheet, 40 pixels wide and high.
func portrait() (*image.NRGBA, error) {
	sheet, err := assets.Sheet()
	if err != nil {
		return nil, err
	}
	sprites, err := assets.Sprites()
	if err != nil {
		return nil, err
	}
	out := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	foot := image.Pt(20, 36)
	put := func(name string, at image.Point, tint color.NRGBA) {
		s := sprites[name]
		part := image.NewNRGBA(image.Rect(0, 0, s.Rect.Dx(), s.Rect.Dy()))
		draw.Draw(part, part.Rect, sheet, s.Rect.Min, draw.Src)
		for i, v := range part.Pix {
			part.Pix[i] = uint8(int(v) * int([...]uint8{tint.R, tint.G, tint.B, tint.A}[i%4]) / 255)
		}
		draw.Draw(out, part.Rect.Add(at.Sub(s.Anchor)), part, image.Point{}, draw.Over)
	}
	plain := color.NRGBA{255, 255, 255, 255}
	put("frog/idle/0/body", foot, assets.Looks[0].Colour)
	put("frog/idle/0/face", foot, plain)
	put("hat/0/0", foot.Add(sprites["frog/idle/0/hat"].Anchor), plain)
	return out, nil
}
