package game

import "github.com/hajimehoshi/ebiten/v2"

// Devices is where a Sampler reads from. Live is the machine's own keyboard,
// gamepads and touch screen; a test or a script brings its own.
type Devices interface {
	// KeyDown reports whether a key is held.
	KeyDown(ebiten.Key) bool
	// AppendGamepads appends what each connected gamepad holds, oldest first.
	AppendGamepads(dst []Buttons) []Buttons
	// AppendTouches appends the fingers on the screen.
	AppendTouches(dst []Touch) []Touch
}

// Touch is one finger. X and Y are pixels of the picture.
type Touch struct {
	ID   int
	X, Y int
}

// Sampler turns devices into Buttons, one per local player and tick.
//
// One player has the whole keyboard, every gamepad and the touch screen. Two
// or more share: the first two get half a keyboard each, gamepads are dealt
// out from the last player backwards, so that the one without a key half
// never goes without.
type Sampler struct {
	Devices Devices

	// Keys are the keyboards of one player alone, and of the first and the second of
	// several; an empty one is KeysWhole, KeysLeft or KeysRight.
	Keys [3][]Binding

	// Hold lists, for each local player, the buttons that may be held instead
	// of hammered: while held they are let go and pressed again by themselves,
	// ten times a second. It is done here, before the input is sent, so every
	// machine sees the same. A game sets it while hammering is what it asks
	// for, and clears it when holding means something else.
	Hold [MaxLocalPlayers]Buttons

	// Width and Height are the size of the picture: the left half of a touch
	// screen is a stick, the right half has the buttons.
	Width, Height int
	// Own, if not nil, reports whether a place of the picture is a button of the game's
	// own: a finger that begins there is no input.
	Own func(x, y int) bool

	gamepads []Buttons
	touches  []Touch
	fingers  []finger
	held     [MaxLocalPlayers][8]uint8 // ticks that each bit of Hold is held
}

// MaxLocalPlayers is how many players one machine can read.
const MaxLocalPlayers = 8

// repeatFrames is half a period of the repetition: 60/(2*3) = 10 presses a
// second, about what a quick thumb does.
const repeatFrames = 3

// Sample fills dst with what each local player holds now; len(dst) is the
// number of local players, 8 at most (more read as nothing held). Call it once per tick.
func (s *Sampler) Sample(dst []Buttons) {
	clear(dst)
	if s.Devices == nil {
		return
	}
	s.gamepads = s.Devices.AppendGamepads(s.gamepads[:0])
	s.touches = s.Devices.AppendTouches(s.touches[:0])
	players := min(len(dst), MaxLocalPlayers)
	for player := range players {
		switch {
		case players == 1:
			dst[0] = s.keys(0, KeysWhole)
		case player == 0:
			dst[0] = s.keys(1, KeysLeft)
		case player == 1:
			dst[1] = s.keys(2, KeysRight)
		}
	}
	for i, pad := range s.gamepads {
		if player := seatOfGamepad(i, len(s.gamepads), players); player >= 0 {
			dst[player] |= pad
		}
	}
	if players > 0 {
		dst[0] |= s.touch()
	}
	for player := range players {
		dst[player] = s.repeated(player, dst[player].cleaned())
	}
}

// seatOfGamepad deals gamepads to players: all to the only one; else one each,
// the last player served first while there are too few. -1: nobody's.
func seatOfGamepad(pad, pads, players int) int {
	switch {
	case players == 0:
		return -1
	case players == 1:
		return 0
	case pads <= players:
		return players - pads + pad
	case pad < players:
		return pad
	}
	return -1
}

// keys reads one of Keys, or the usual one in its place.
func (s *Sampler) keys(keyboard int, layout []Binding) Buttons {
	if own := s.Keys[keyboard]; len(own) > 0 {
		layout = own
	}
	var held Buttons
	for _, b := range layout {
		if s.Devices.KeyDown(b.Key) {
			held |= b.Bits
		}
	}
	return held
}

// repeated lets go of and presses again the buttons of Hold that are held.
func (s *Sampler) repeated(player int, held Buttons) Buttons {
	out := held
	for bit := range 8 {
		mask := Buttons(1) << bit
		ticks := &s.held[player][bit]
		if held&s.Hold[player]&mask == 0 {
			*ticks = 0
			continue
		}
		if *ticks >= repeatFrames {
			out &^= mask
		}
		*ticks = (*ticks + 1) % (2 * repeatFrames)
	}
	return out
}

// finger is a touch with the place where it began.
type finger struct {
	id     int
	x0, y0 int
	stick  bool // it began on the left half
	own    bool // it began on a button of the game's own
	seen   bool
}

// stickRadius is how far, in pixels of the picture, a finger must slide from
// where it began before it counts as a direction.
const stickRadius = 12

// touch reads the touch screen: a finger that begins on the left half is a
// stick around that place; on the right half the lower part is button A, the
// upper part button B and the outermost top corner button C.
func (s *Sampler) touch() Buttons {
	for i := range s.fingers {
		s.fingers[i].seen = false
	}
	var held Buttons
	for _, t := range s.touches {
		f := s.fingerOf(t)
		f.seen = true
		switch {
		case f.own:
		case f.stick:
			held |= stickBits(float64(t.X-f.x0)/stickRadius, float64(t.Y-f.y0)/stickRadius, 1)
		case t.Y >= s.Height/2:
			held |= ButtonA
		case t.X >= s.Width*7/8 && t.Y < s.Height/5:
			held |= ButtonC
		default:
			held |= ButtonB
		}
	}
	kept := s.fingers[:0]
	for _, f := range s.fingers {
		if f.seen {
			kept = append(kept, f)
		}
	}
	s.fingers = kept
	return held
}

func (s *Sampler) fingerOf(t Touch) *finger {
	for i := range s.fingers {
		if s.fingers[i].id == t.ID {
			return &s.fingers[i]
		}
	}
	own := s.Own != nil && s.Own(t.X, t.Y)
	s.fingers = append(s.fingers, finger{id: t.ID, x0: t.X, y0: t.Y, stick: t.X < s.Width/2, own: own})
	return &s.fingers[len(s.fingers)-1]
}

// Towards returns the direction, one of eight, of a way of dx, dy pixels, such as that
// from a player's figure to the mouse; nothing if it is shorter than near.
func Towards(dx, dy, near float64) Buttons { return stickBits(dx, dy, near) }

// stickBits turns a stick into one of eight directions, or none inside the
// dead zone. The sectors are 45 degrees wide: tan(22.5 degrees) = 0.4142.
func stickBits(x, y, deadZone float64) Buttons {
	if x*x+y*y < deadZone*deadZone {
		return 0
	}
	const tan = 0.41421356
	ax, ay := max(x, -x), max(y, -y)
	var held Buttons
	if ax > ay*tan {
		if x < 0 {
			held |= Left
		} else {
			held |= Right
		}
	}
	if ay > ax*tan {
		if y < 0 {
			held |= Up
		} else {
			held |= Down
		}
	}
	return held
}
