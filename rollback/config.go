package rollback

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Defaults of Config.
const (
	DefaultWindowFrames   = 8 // at 60 ticks a second: see DefaultWindow
	DefaultTickRate       = 60
	DefaultChecksumFrames = 60
)

// DefaultWindow returns the prediction window in frames that Config.WindowFrames 0
// means at a tick rate. What it must hide is a time, that to the other machines, so
// it is about as long at every rate as 8 frames are at 60: 4 at 30, 16 at 120 and 32
// at 240. It is never less than 4: what a lost datagram costs is frames.
func DefaultWindow(tickRate int) int {
	frames := (tickRate*DefaultWindowFrames + DefaultTickRate - 1) / DefaultTickRate
	return max(4, min(frames, MaxWindowFrames))
}

// Config says what the game is and how it is played. Zero values mean the
// default given at each field. Start, Step and Seats are required.
type Config[S, I any] struct {
	// Start is the world at frame 0, equal on all machines; with Origin, at its frame.
	Start S
	// Step advances the world by one frame and is the only place where it
	// changes: same world and inputs in, same world out, on every machine.
	Step func(*S, Inputs[I])
	// Seats is the number of players, 1 to MaxSeats.
	Seats int
	// Local are the seats that are played on this machine, ascending. None
	// for a session that only follows.
	Local []int

	// WindowFrames is how many frames may run ahead of the confirmed ones on
	// predicted inputs, 1 to MaxWindowFrames; 0 means DefaultWindow(TickRate), 8 at
	// 60 ticks a second.
	WindowFrames int
	// Lockstep sets the window to 0: a frame runs when all its inputs are
	// here and nothing is ever predicted. WindowFrames must then be 0.
	Lockstep bool
	// DelayFrames is the local input delay at the start, 0 to MaxDelayFrames.
	DelayFrames int
	// TickRate is frames per second, MinTickRate to MaxTickRate; 0 means
	// DefaultTickRate. The core has no clock: it is for the pace (TimeSync).
	TickRate int
	// ChecksumFrames is how many frames apart the confirmed world is hashed;
	// 0 means DefaultChecksumFrames, a negative number never.
	ChecksumFrames int
	// SaveEvery saves every so many frames only (and every checksum frame):
	// fewer copies of a big world, more frames stepped again in a rollback.
	// 0 and 1 save every frame; at most MaxWindowFrames.
	SaveEvery int

	// Lineups: who plays changes during the match. Each frame then has a Lineup, which is
	// known by ConfirmLineup, and nothing is confirmed without. If false, all seats are
	// present in every frame, and none is paused.
	Lineups bool
	// Absent is what a seat does while nobody plays it: the zero input if it is not set.
	Absent Absence
	// Bot is what an absent seat does with AbsentBot. It is asked just before a frame is
	// stepped, on every machine, and again when the frame is stepped again: it must depend
	// on nothing but the world and the seat, and leave the world as it is. Clean makes
	// what it says a legal input.
	Bot func(world *S, seat int) I
	// Origin is where to begin, for one who comes late; the zero Origin is frame 0.
	Origin Origin

	// Guard is for development: each Tick then looks whether the newest world, the one
	// before it or the confirmed one was written to since the last Tick, and panics with
	// a *TrespassError that names the field. It costs the bytes of three worlds twice a tick.
	Guard bool

	// Predict guesses a seat's next input from its last known one; nil
	// repeats it. For bits that do not repeat, clear them here.
	Predict func(last I) I

	// Clean makes any input a legal one; nil if every input is. The inputs of others are
	// a stranger's bytes, whatever this copy of the game would send: Step and Predict
	// are given nothing that Clean has not returned, neither of this machine's players
	// nor of others, known or guessed. It must depend on its argument alone, give a legal
	// input back as it is, bear every value of I (NaN and all), and not allocate. It is
	// called when an input becomes known, not when a frame is stepped again.
	Clean func(input I) I

	// Copy, Append and Decode say how to keep a world that is not a plain value
	// faster than by its compiled layout, or one that the layout refuses: Copy
	// makes dst equal to src without sharing memory (dst is a zero world or an
	// older one, whose memory it may use again), Append appends src's canonical
	// bytes, the same ones every time, Decode reads them back into a zero world or
	// an older one. src is Start or a world that came from it. All three or none.
	Copy   func(dst, src *S)
	Append func(dst []byte, src *S) []byte
	Decode func(dst *S, src []byte) error
}

// filled returns a copy with the defaults in place.
func (c Config[S, I]) filled() Config[S, I] {
	if c.TickRate == 0 {
		c.TickRate = DefaultTickRate
	}
	if c.WindowFrames == 0 && !c.Lockstep {
		c.WindowFrames = DefaultWindow(c.TickRate)
	}
	if c.ChecksumFrames == 0 {
		c.ChecksumFrames = DefaultChecksumFrames
	}
	c.SaveEvery = max(c.SaveEvery, 1)
	return c
}

// Check reports what New would refuse, as a *ConfigError, a *LayoutError or a
// *SharedError. It calls no function of the Config.
func (c Config[S, I]) Check() error {
	c = c.filled()
	inRange := func(field string, v, low, high int) error {
		if v < low || v > high {
			return &ConfigError{field, fmt.Sprintf("is %d; allowed is %d to %d", v, low, high)}
		}
		return nil
	}
	if c.Step == nil {
		return &ConfigError{"Step", "is missing"}
	}
	low := 1
	if c.Lockstep {
		low = 0
		if c.WindowFrames != 0 {
			return &ConfigError{"WindowFrames", "must be 0 with Lockstep"}
		}
	}
	for _, err := range []error{
		inRange("Seats", c.Seats, 1, MaxSeats),
		inRange("WindowFrames", c.WindowFrames, low, MaxWindowFrames),
		inRange("DelayFrames", c.DelayFrames, 0, MaxDelayFrames),
		inRange("TickRate", c.TickRate, MinTickRate, MaxTickRate),
		inRange("SaveEvery", c.SaveEvery, 1, MaxWindowFrames),
	} {
		if err != nil {
			return err
		}
	}
	switch {
	case c.Absent > AbsentBot:
		return &ConfigError{"Absent", "is none of AbsentIdle, AbsentFrozen and AbsentBot"}
	case c.Absent == AbsentBot && c.Bot == nil:
		return &ConfigError{"Bot", "is missing: Absent is AbsentBot"}
	}
	for i, seat := range c.Local {
		if seat < 0 || seat >= c.Seats || i > 0 && seat <= c.Local[i-1] {
			return &ConfigError{"Local", fmt.Sprintf("must be ascending seats from 0 to %d", c.Seats-1)}
		}
	}
	shapes, err := c.shapes()
	if err != nil {
		return err
	}
	if err := c.Origin.check(c.Seats, shapes.input.size, c.Lineups); err != nil {
		return err
	}
	if shapes.deep == nil {
		return nil
	}
	return shapes.deep.check(unsafe.Pointer(&c.Start))
}

// shapes are how inputs and worlds lie in memory and in canonical bytes. Of the two
// for worlds one is there, or none where Copy, Append and Decode stand in for it.
type shapes struct {
	input, world *layout
	deep         *deepLayout
}

func (c Config[S, I]) shapes() (shapes, error) {
	input, err := inputLayout[I]()
	if err != nil {
		return shapes{}, err
	}
	given := 0
	for _, set := range []bool{c.Copy != nil, c.Append != nil, c.Decode != nil} {
		if set {
			given++
		}
	}
	switch given {
	case 3:
		return shapes{input: input}, nil
	case 0:
		world, deep, err := compileWorld(reflect.TypeFor[S](), typeName[S]("World"))
		return shapes{input, world, deep}, err
	}
	return shapes{}, &ConfigError{"Copy", "needs Append and Decode beside it: all three or none"}
}

func inputLayout[I any]() (*layout, error) {
	name := typeName[I]("Input")
	l, err := compileLayout(reflect.TypeFor[I](), name)
	if err == nil && (l.size < 1 || l.size > MaxInputBytes) {
		err = &LayoutError{[]LayoutFault{{name, fmt.Sprintf("%d bytes long; allowed is 1 to %d", l.size, MaxInputBytes)}}}
	}
	return l, err
}

// InputBytes returns the canonical size of an input of type I, 1 to MaxInputBytes,
// or a *LayoutError if I cannot be an input.
func InputBytes[I any]() (int, error) {
	l, err := inputLayout[I]()
	if err != nil {
		return 0, err
	}
	return l.size, nil
}

// useDeep lets a compiled deepLayout do what Copy, Append and Decode do.
func (c *Config[S, I]) useDeep(d *deepLayout) {
	c.Copy = func(dst, src *S) { d.copy(unsafe.Pointer(dst), unsafe.Pointer(src)) }
	c.Append = func(b []byte, src *S) []byte { return d.append(b, unsafe.Pointer(src)) }
	c.Decode = func(dst *S, b []byte) error { return d.decode(unsafe.Pointer(dst), b) }
}

// typeName is how errors call T: by its name, or by its role if it has none or
// is a type of the language.
func typeName[T any](role string) string {
	if t := reflect.TypeFor[T](); t.PkgPath() != "" {
		return t.Name()
	}
	return role
}
