package game

import "github.com/hajimehoshi/ebiten/v2"

// Buttons is what one player holds during one tick: four directions and four
// buttons, as bits, ready to become network input. Positions and axes never
// go over the wire: they differ between devices.
type Buttons uint8

const (
	Up Buttons = 1 << iota
	Down
	Left
	Right
	ButtonA // the first button: Space, bottom of the pad
	ButtonB // the second: X, left of the pad
	ButtonC // the third: C, top of the pad
	ButtonD // the fourth: V, right of the pad
)

// Has reports whether all the bits of want are held.
func (b Buttons) Has(want Buttons) bool { return b&want == want }

// cleaned lets opposite directions cancel, as a real stick would.
func (b Buttons) cleaned() Buttons {
	if b.Has(Up | Down) {
		b &^= Up | Down
	}
	if b.Has(Left | Right) {
		b &^= Left | Right
	}
	return b
}

// Binding ties one key to the bits it sets.
type Binding struct {
	Key  ebiten.Key
	Bits Buttons
}

// Three keyboards: KeysLeft and KeysRight for two players who share one, and
// KeysWhole for one player alone. Keys are places on the keyboard, named after
// what a US keyboard prints there.
var (
	KeysLeft = []Binding{
		{ebiten.KeyW, Up}, {ebiten.KeyS, Down}, {ebiten.KeyA, Left}, {ebiten.KeyD, Right},
		{ebiten.KeySpace, ButtonA}, {ebiten.KeyF, ButtonB}, {ebiten.KeyG, ButtonC}, {ebiten.KeyH, ButtonD},
	}
	KeysRight = []Binding{
		{ebiten.KeyArrowUp, Up}, {ebiten.KeyArrowDown, Down}, {ebiten.KeyArrowLeft, Left}, {ebiten.KeyArrowRight, Right},
		{ebiten.KeyL, ButtonA}, {ebiten.KeyK, ButtonB}, {ebiten.KeyJ, ButtonC}, {ebiten.KeyI, ButtonD},
		{ebiten.KeyNumpad0, ButtonA}, {ebiten.KeyNumpadDecimal, ButtonB},
	}
	KeysWhole = append(append([]Binding{
		{ebiten.KeyZ, ButtonA}, {ebiten.KeyX, ButtonB}, {ebiten.KeyC, ButtonC}, {ebiten.KeyV, ButtonD},
		{ebiten.KeyShiftRight, ButtonB}, {ebiten.KeyShiftLeft, ButtonB},
	}, KeysLeft...), KeysRight...)
)
