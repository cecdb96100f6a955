package art

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/assets"
)

// Pose is what a frog does.
type Pose uint8

// The poses.
const (
	Idle      Pose = iota
	Blink          // eyes shut
	Croak          // the throat swells
	Crouch         // before a leap and after it
	Leap           // stretched out in the air
	Gape           // mouth open
	Dizzy          // hit
	WalkLeft       // the left foot is in front
	WalkRight      // the right one is
	poses
)

var poseNames = [poses]string{"idle", "blink", "croak", "crouch", "leap", "gape", "dizzy", "walkleft", "walkright"}

// Seats is the number of seats that have a look of their own.
const Seats = len(assets.Looks)

// headings that are drawn: south, south-east, east, north-east, north.
const headings = 5

// figures are the sprites of frogs and hats.
type figures struct {
	body, face, rim, hatSpot [poses][headings]Sprite
	hat, hatRim              [Seats][headings]Sprite
	mark, small, halo        [Seats]Sprite
}

var figure = sync.OnceValue(func() *figures {
	var f figures
	for p := range poses {
		for h := range headings {
			name := fmt.Sprintf("frog/%s/%d", poseNames[p], h)
			f.body[p][h], f.face[p][h], f.hatSpot[p][h] = Get(name+"/body"), Get(name+"/face"), Get(name+"/hat")
			f.rim[p][h] = Get(name + "/rim")
		}
	}
	for seat := range Seats {
		copy(f.hat[seat][:], Strip(fmt.Sprintf("hat/%d", seat), headings))
		copy(f.hatRim[seat][:], Strip(fmt.Sprintf("hatrim/%d", seat), headings))
		f.mark[seat], f.halo[seat] = Get(fmt.Sprintf("mark/%d", seat)), Get(fmt.Sprintf("halo/%d", seat))
		f.small[seat] = Get(fmt.Sprintf("smallmark/%d", seat))
	}
	return &f
})

// facings says which drawn heading shows each of the eight facings (0 right, 1
// down right, 2 down, ... clockwise) and whether it is mirrored.
var facings = [8]struct {
	heading int
	mirror  bool
}{{2, false}, {1, false}, {0, false}, {1, true}, {2, true}, {3, true}, {4, false}, {3, false}}

// SeatColour returns the colour of a seat, 0 to Seats-1.
func SeatColour(seat int) color.NRGBA { return assets.Looks[seat%Seats].Colour }

// Look returns the looks of a seat in words.
func Look(seat int) assets.Look { return assets.Looks[seat%Seats] }

// SeatInk is the colour of a seat for words with a dark rim, which have a contrast
// of at least 4.5 with it: dark colours are lifted.
func SeatInk(seat int) color.NRGBA { return inks[seat%Seats] }

// MarkInk is the colour of a seat for its signs, which have no rim: dark colours are lifted
// until they have a contrast of 3 with the water.
func MarkInk(seat int) color.NRGBA { return markInks[seat%Seats] }

// brightWater is the lightest water.
var brightWater = color.NRGBA{30, 83, 95, 255}

var inks, markInks = lifted(Shade, 4.5), lifted(brightWater, 3)

// lifted are the colours of the seats, the dark ones lifted until they have so much contrast
// with what they are drawn on.
func lifted(on color.NRGBA, contrast float64) (all [Seats]color.NRGBA) {
	for seat := range all {
		c := SeatColour(seat)
		for assets.Contrast(c, on) < contrast {
			c.R, c.G, c.B = c.R+(255-c.R)/8, c.G+(255-c.G)/8, c.B+(255-c.B)/8
		}
		all[seat] = c
	}
	return all
}

// Frog is the picture of a frog, for the pond, the lobby and the results.
type Frog struct {
	Style   Style // colour and hat
	Facing  uint8 // 0 right, 1 down right, 2 down, ... clockwise
	Pose    Pose
	Fade    float32 // 0 opaque, 1 invisible
	Scale   float64 // 0 is 1
	Stretch float64 // share by which it is taller and narrower, less than 0 for squashed
	Bare    bool    // without its hat
	Mine    bool    // with a second, golden line around it, outside the white one
}

// golden is the colour of the line around one's own frog.
var golden = color.NRGBA{255, 216, 74, 255}

// around are the places of a line of two pixels around another.
var around = [...][2]float64{{-2, 0}, {2, 0}, {0, -2}, {0, 2}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}

// Draw draws the frog sitting at x, y: that is the middle of its feet.
func (f Frog) Draw(dst *ebiten.Image, x, y float64) {
	sprites, look := figure(), facings[f.Facing%8]
	pose, hat := min(f.Pose, poses-1), int(f.Style.Hat)%Seats
	p := Paint{Mirror: look.mirror, Fade: f.Fade, Scale: f.Scale, Stretch: f.Stretch}
	spot, scale := sprites.hatSpot[pose][look.heading].Anchor, f.Scale
	if scale == 0 {
		scale = 1
	}
	dx := float64(spot.X) * scale * (1 - f.Stretch)
	if look.mirror {
		dx = -dx
	}
	hatX, hatY := math.Round(x+dx), math.Round(y+float64(spot.Y)*scale*(1+f.Stretch))
	line := func(ox, oy float64, p Paint) {
		sprites.rim[pose][look.heading].Paint(dst, x+ox*scale, y+oy*scale, p)
		if !f.Bare {
			sprites.hatRim[hat][look.heading].Paint(dst, hatX+ox*scale, hatY+oy*scale, p)
		}
	}
	if f.Mine {
		gold := p
		gold.Colour = golden
		for _, o := range around {
			line(o[0], o[1], gold)
		}
	}
	line(0, 0, p)
	tinted := p
	tinted.Colour = SeatColour(int(f.Style.Colour))
	sprites.body[pose][look.heading].Paint(dst, x, y, tinted)
	sprites.face[pose][look.heading].Paint(dst, x, y, p)
	if !f.Bare {
		sprites.hat[hat][look.heading].Paint(dst, hatX, hatY, p)
	}
}

// Hat draws the hat of a style from the front, its foot at x, y.
func Hat(dst *ebiten.Image, s Style, x, y float64, p Paint) {
	figure().hat[int(s.Hat)%Seats][0].Paint(dst, x, y, p)
}

// Mark draws the small sign of a seat in its colour, 11 pixels wide and high,
// centred at x, y.
func Mark(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	if p.Colour.A == 0 {
		p.Colour = MarkInk(seat)
	}
	figure().mark[seat%Seats].Paint(dst, x, y, p)
}

// SmallMark is Mark, 7 pixels wide and high.
func SmallMark(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	if p.Colour.A == 0 {
		p.Colour = MarkInk(seat)
	}
	figure().small[seat%Seats].Paint(dst, x, y, p)
}

// MarkSize is how large SmallMark draws the sign of a seat, in pixels.
func MarkSize(seat int) image.Point { return figure().small[seat%Seats].Size() }

// Halo draws the patterned ring of a seat in its colour, centred at x, y.
func Halo(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	if p.Colour.A == 0 {
		p.Colour = SeatColour(seat)
	}
	figure().halo[seat%Seats].Paint(dst, x, y, p)
}
