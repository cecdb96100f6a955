package ui

import "image"

// Input is what a person did in one tick, whatever the device.
type Input struct {
	// Moves of the focus and of values; keys held long repeat.
	Up, Down, Left, Right bool
	Next, Previous        bool // Tab, Shift+Tab

	Talk   bool // the pad's left middle button: to say something to the others
	Accept bool // Enter, Space or the pad's lower button
	Enter  bool // Enter alone: Space is a letter to a text field
	Back   bool // Esc, or the pad's right button

	// Mouse or first finger, in pixels of the picture.
	Pointer  image.Point
	Moved    bool // it has moved since the last tick
	Pressed  bool // it went down in this tick
	Held     bool // it is down
	Released bool // it went up in this tick
	Wheel    int  // lines, positive is up
	Second   bool // the mouse's right button is down

	// Hand is the device that was used in this tick, NoHand if none was.
	Hand Hand

	// Letters, if not nil, opens a keyboard on the screen for a field that was pressed
	// with a gamepad or a finger, or whose button for that was.
	Letters func(*TextField)

	// Typing.
	Chars                    []rune
	Erase, Delete, Home, End bool
	Copy, Paste              bool

	// Steer says which of W, A, S and D were pressed, by their place on the keyboard:
	// they move the focus where nothing is typed.
	Steer struct{ Up, Down, Left, Right bool }

	size int // text size of the form that handles this; 0 is 1
}

// Hand is a device that a person has in hand.
type Hand uint8

// The devices.
const (
	NoHand Hand = iota
	Keys
	Gamepad
	Mouse
	Finger
)

func (in *Input) textSize() int { return max(in.size, 1) }

// steer lets W, A, S and D act as arrows.
func (in *Input) steer() {
	in.Up, in.Down = in.Up || in.Steer.Up, in.Down || in.Steer.Down
	in.Left, in.Right = in.Left || in.Steer.Left, in.Right || in.Steer.Right
}

// Any reports whether anything was pressed at all.
func (in *Input) Any() bool {
	return in.Talk || in.Accept || in.Enter || in.Back || in.Pressed || in.Up || in.Down || in.Left || in.Right || len(in.Chars) > 0
}
