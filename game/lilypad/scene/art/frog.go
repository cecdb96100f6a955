package art

import (
	"fmt"
	"image/color"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/assets"
)

// Pose is what a frog does.
type Pose uint8

// The poses.
const (
	Idle   Pose = iota
	Blink       // eyes shut
	Croak       // the throat swells
	Crouch      // before a leap and after it
	Leap        // stretched out in the air
	Gape        // mouth open
	Dizzy       // hit
	poses
)

var poseNames = [poses]string{"idle", "blink", "croak", "crouch", "leap", "gape", "dizzy"}

// Seats is the number of seats that have a look of their own.
const Seats = len(assets.Looks)

// headings that are drawn: south, south-east, east, north-east, north.
const headings = 5

// figures are the sprites of frogs and hats.
type figures struct {
	body, face, hatSpot [poses][headings]Sprite
	hat                 [Seats][headings]Sprite
	mark, small, halo   [Seats]Sprite
}

var figure = sync.OnceValue(func() *figures {
	var f figures
	for p := range poses {
		for h := range headings {
			name := fmt.Sprintf("frog/%s/%d", poseNames[p], h)
			f.body[p][h], f.face[p][h], f.hatSpot[p][h] = Get(name+"/body"), Get(name+"/face"), Get(name+"/hat")
		}
	}
	for seat := range Seats {
		copy(f.hat[seat][:], Strip(fmt.Sprintf("hat/%d", seat), headings))
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

// Frog is the picture of a frog, for the pond, the lobby and the results.
type Frog struct {
	Seat   int   // 0 to Seats-1: colour and hat
	Facing uint8 // 0 right, 1 down right, 2 down, ... clockwise
	Pose   Pose
	Fade   float32 // 0 opaque, 1 invisible
	Scale  float64 // 0 is 1
	Bare   bool    // without its hat
}

// Draw draws the frog sitting at x, y: that is the middle of its feet.
func (f Frog) Draw(dst *ebiten.Image, x, y float64) {
	sprites, look := figure(), facings[f.Facing%8]
	pose, seat := min(f.Pose, poses-1), f.Seat%Seats
	p := Paint{Mirror: look.mirror, Fade: f.Fade, Scale: f.Scale}
	tinted := p
	tinted.Colour = SeatColour(seat)
	sprites.body[pose][look.heading].Paint(dst, x, y, tinted)
	sprites.face[pose][look.heading].Paint(dst, x, y, p)
	if f.Bare {
		return
	}
	spot, scale := sprites.hatSpot[pose][look.heading].Anchor, f.Scale
	if scale == 0 {
		scale = 1
	}
	dx := float64(spot.X)
	if look.mirror {
		dx = -dx
	}
	sprites.hat[seat][look.heading].Paint(dst, x+dx*scale, y+float64(spot.Y)*scale, p)
}

// Hat draws a seat's hat from the front, its foot at x, y.
func Hat(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	figure().hat[seat%Seats][0].Paint(dst, x, y, p)
}

// Mark draws the small sign of a seat in its colour, 11 pixels wide and high,
// centred at x, y.
func Mark(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	if p.Colour == nil {
		p.Colour = SeatColour(seat)
	}
	figure().mark[seat%Seats].Paint(dst, x, y, p)
}

// SmallMark is Mark, 7 pixels wide and high.
func SmallMark(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	if p.Colour == nil {
		p.Colour = SeatColour(seat)
	}
	figure().small[seat%Seats].Paint(dst, x, y, p)
}

// Halo draws the patterned ring of a seat in its colour, centred at x, y.
func Halo(dst *ebiten.Image, seat int, x, y float64, p Paint) {
	if p.Colour == nil {
		p.Colour = SeatColour(seat)
	}
	figure().halo[seat%Seats].Paint(dst, x, y, p)
}
