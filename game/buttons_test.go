package game

import (
	"math"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

// board is a set of devices that a test holds in its hands.
type board struct {
	keys     map[ebiten.Key]bool
	gamepads []Buttons
	touches  []Touch
}

func (b *board) KeyDown(k ebiten.Key) bool              { return b.keys[k] }
func (b *board) AppendGamepads(dst []Buttons) []Buttons { return append(dst, b.gamepads...) }
func (b *board) AppendTouches(dst []Touch) []Touch      { return append(dst, b.touches...) }

func hold(keys ...ebiten.Key) *board {
	b := &board{keys: map[ebiten.Key]bool{}}
	for _, k := range keys {
		b.keys[k] = true
	}
	return b
}

func TestSampleKeyboard(t *testing.T) {
	tests := []struct {
		name string
		keys []ebiten.Key
		want []Buttons
	}{
		{"nothing", nil, []Buttons{0}},
		{"arrows", []ebiten.Key{ebiten.KeyArrowUp, ebiten.KeyArrowLeft}, []Buttons{Up | Left}},
		{"letters", []ebiten.Key{ebiten.KeyS, ebiten.KeySpace, ebiten.KeyX}, []Buttons{Down | ButtonA | ButtonB}},
		{"opposites cancel", []ebiten.Key{ebiten.KeyArrowLeft, ebiten.KeyD, ebiten.KeyW}, []Buttons{Up}},
		{"two share", []ebiten.Key{ebiten.KeyW, ebiten.KeyF, ebiten.KeyArrowDown, ebiten.KeyL}, []Buttons{Up | ButtonB, Down | ButtonA}},
		{"a third has no keys", []ebiten.Key{ebiten.KeyW, ebiten.KeyArrowDown}, []Buttons{Up, Down, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Sampler{Devices: hold(test.keys...)}
			got := make([]Buttons, len(test.want))
			got[0] = 0xff // Sample must clear what it was given
			s.Sample(got)
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("player %d holds %08b, want %08b", i, got[i], test.want[i])
				}
			}
		})
	}
}

func TestKeyboardHalvesDoNotOverlap(t *testing.T) {
	left := map[ebiten.Key]bool{}
	for _, b := range KeysLeft {
		left[b.Key] = true
	}
	for _, b := range KeysRight {
		if left[b.Key] {
			t.Errorf("both players have the key %v", b.Key)
		}
	}
}

func TestSeatOfGamepad(t *testing.T) {
	tests := []struct{ pads, players, want0, want1 int }{
		{1, 1, 0, -2}, // one player
		{2, 1, 0, 0},  // one player takes either
		{1, 2, 1, -2}, // the first has the keyboard
		{2, 2, 0, 1},
		{2, 3, 1, 2},
		{3, 2, 0, 1}, // the third pad is nobody's
		{1, 0, -1, -2},
	}
	for _, test := range tests {
		if got := seatOfGamepad(0, test.pads, test.players); got != test.want0 {
			t.Errorf("pad 0 of %d with %d players: seat %d, want %d", test.pads, test.players, got, test.want0)
		}
		if test.want1 == -2 {
			continue
		}
		if got := seatOfGamepad(1, test.pads, test.players); got != test.want1 {
			t.Errorf("pad 1 of %d with %d players: seat %d, want %d", test.pads, test.players, got, test.want1)
		}
	}
	if got := seatOfGamepad(2, 3, 2); got != -1 {
		t.Errorf("pad 2 of 3 with 2 players: seat %d, want -1", got)
	}
}

func TestHoldRepeats(t *testing.T) {
	s := Sampler{Devices: hold(ebiten.KeyX, ebiten.KeySpace)}
	s.Hold[0] = ButtonB
	presses, before := 0, Buttons(0)
	got := make([]Buttons, 1)
	for range 60 {
		s.Sample(got)
		if !got[0].Has(ButtonA) {
			t.Fatal("a button that is not in Hold was let go")
		}
		if got[0]&^before&ButtonB != 0 {
			presses++
		}
		before = got[0]
	}
	if presses != 10 {
		t.Errorf("%d presses in a second, want 10", presses)
	}
	s.Hold[0] = 0
	for range 20 {
		if s.Sample(got); !got[0].Has(ButtonB) {
			t.Fatal("a held button was let go although Hold is clear")
		}
	}
}

func TestTouchZones(t *testing.T) {
	b := hold()
	s := Sampler{Devices: b, Width: 640, Height: 360}
	got := make([]Buttons, 1)
	steps := []struct {
		name    string
		touches []Touch
		want    Buttons
	}{
		{"stick at rest", []Touch{{1, 100, 200}}, 0},
		{"stick right", []Touch{{1, 140, 202}}, Right},
		{"stick stays a stick when it slides over", []Touch{{1, 400, 202}}, Right},
		{"stick and hop", []Touch{{1, 100, 160}, {2, 500, 300}}, Up | ButtonA},
		{"tongue", []Touch{{2, 500, 100}}, ButtonB},
		{"a new finger starts a new stick", []Touch{{1, 300, 20}}, 0},
		{"croak", []Touch{{3, 630, 10}}, ButtonC},
		{"none", nil, 0},
	}
	for _, step := range steps {
		b.touches = step.touches
		if s.Sample(got); got[0] != step.want {
			t.Errorf("%s: %08b, want %08b", step.name, got[0], step.want)
		}
	}
	if len(s.fingers) != 0 {
		t.Errorf("%d fingers are remembered after all have left", len(s.fingers))
	}
}

func TestStickHasEightEqualSectors(t *testing.T) {
	want := []Buttons{Right, Right | Down, Down, Down | Left, Left, Left | Up, Up, Up | Right}
	for degree := range 360 {
		sector := (degree + 22) / 45 % 8
		if (degree+22)%45 == 0 || (degree+23)%45 == 0 {
			continue // on the border either is right
		}
		angle := float64(degree) * math.Pi / 180
		if got := stickBits(math.Cos(angle), math.Sin(angle), gamepadDeadZone); got != want[sector] {
			t.Errorf("at %d degrees: %08b, want %08b", degree, got, want[sector])
		}
	}
	if got := stickBits(0.2, 0.2, gamepadDeadZone); got != 0 {
		t.Errorf("inside the dead zone: %08b", got)
	}
}
