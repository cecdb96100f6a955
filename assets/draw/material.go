package draw

import "image/color"

// material is what a surface is made of: a ramp of tones from shade to glint.
type material uint8

const (
	nothing material = iota
	ink
	skin // takes the seat's colour
	skinSpot
	skinInk
	belly
	eyeWhite
	pupil
	glint
	blush
	mouth
	lid
	black
	red
	straw
	white
	iron
	bone
	violet
	gold
	blue
	green
	pink
	wing
	materials = iota
)

const tones = 5

// ramps holds the tones of every material. Those of the skin are greys: the
// seat's colour multiplies them when the frog is drawn.
var ramps = [materials][tones]color.NRGBA{
	ink:      flat(0x1d1526),
	skinInk:  flat(0x3c3c44),
	skin:     {rgb(0x74747c), rgb(0x9a9aa2), rgb(0xd0d0d0), rgb(0xf4f4f4), rgb(0xffffff)},
	skinSpot: {rgb(0x5c5c64), rgb(0x7c7c84), rgb(0x9c9ca0), rgb(0xb4b4b4), rgb(0xc8c8c8)},
	belly:    {rgb(0xb49a78), rgb(0xd8c49a), rgb(0xf2e6bd), rgb(0xfbf4d6), rgb(0xfffbe8)},
	eyeWhite: {rgb(0xb9c3d6), rgb(0xd9e0ec), rgb(0xf6f8fb), rgb(0xffffff), rgb(0xffffff)},
	pupil:    flat(0x181022),
	glint:    flat(0xffffff),
	blush:    {rgb(0xc0566a), rgb(0xd9667a), rgb(0xf08a94), rgb(0xf7a0a4), rgb(0xf7a0a4)},
	mouth:    {rgb(0x5c1230), rgb(0x7a1a3c), rgb(0x8f2446), rgb(0xa83050), rgb(0xa83050)},
	lid:      flat(0x241a2c),
	black:    {rgb(0x1c1a2a), rgb(0x2a283c), rgb(0x3a3950), rgb(0x50506a), rgb(0x77789a)},
	red:      {rgb(0x7a1230), rgb(0xa81f36), rgb(0xd93a3f), rgb(0xf0605a), rgb(0xffb0a0)},
	straw:    {rgb(0x8a5a24), rgb(0xb4802f), rgb(0xdfb04b), rgb(0xf3d27a), rgb(0xfff0b4)},
	white:    {rgb(0x8e97ad), rgb(0xbcc4d4), rgb(0xe6eaf0), rgb(0xffffff), rgb(0xffffff)},
	iron:     {rgb(0x454f63), rgb(0x66748a), rgb(0x93a3b4), rgb(0xc0cdd6), rgb(0xf2f8fa)},
	bone:     {rgb(0x9a8464), rgb(0xc8b48a), rgb(0xeee0ba), rgb(0xfff8e0), rgb(0xffffff)},
	violet:   {rgb(0x33205e), rgb(0x4a2f86), rgb(0x6a48b4), rgb(0x8e6cd8), rgb(0xc4a8ff)},
	gold:     {rgb(0x9a5a10), rgb(0xcf8a14), rgb(0xf7be2c), rgb(0xffe266), rgb(0xfffbd0)},
	blue:     {rgb(0x1b3a7c), rgb(0x2756a8), rgb(0x3f7fd4), rgb(0x6ba8f0), rgb(0xb8dcff)},
	green:    {rgb(0x1c5a34), rgb(0x2b8046), rgb(0x46ac58), rgb(0x78d07a), rgb(0xc4f4b0)},
	pink:     {rgb(0x9a3462), rgb(0xc8508a), rgb(0xf07cb0), rgb(0xffa8cc), rgb(0xffe0ee)},
	wing:     {rgb(0x9fb8d4), rgb(0xbfd4e8), rgb(0xdfeefa), rgb(0xffffff), rgb(0xffffff)},
}

// flat is a ramp of a single colour.
func flat(hex uint32) (ramp [tones]color.NRGBA) {
	for i := range ramp {
		ramp[i] = rgb(hex)
	}
	return ramp
}

// tintedInk reports whether the seat's colour multiplies a material.
func (m material) tinted() bool { return m == skin || m == skinSpot || m == skinInk }

// weight lets a small detail win a pixel over the surface it lies on.
func weight(m material) int {
	switch m {
	case pupil, lid, mouth:
		return 3
	case glint:
		return 6
	case eyeWhite:
		return 2
	}
	return 2
}

// put draws one lit pixel into the layer its material belongs to. A glint of
// the skin is a veil of white over the tinted layer, because multiplying
// cannot make a colour lighter than itself.
func put(tinted, detail *Canvas, x, y int, m material, tone int) {
	col := ramps[m][tone]
	if !m.tinted() {
		detail.Dot(x, y, col)
		return
	}
	tinted.Dot(x, y, col)
	if m == skin && tone == 4 {
		detail.Dot(x, y, color.NRGBA{255, 255, 255, 150})
	} else if m == skin && tone == 3 {
		detail.Dot(x, y, color.NRGBA{255, 255, 255, 40})
	}
}
