package screens

import (
	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/rollback"
)

// lesson is a looping picture of one rule: a small pond on which a script plays.
// It is the game itself, so what it shows is true.
type lesson struct {
	words   string
	short   string // for large text
	caps    []int  // the hints that it needs: see caps
	start   func(w *rules.World)
	presses []press
	frames  int // of a loop
	frogs   int
	seed    uint64 // with which a golden fly is where the script wants it
}

// press is a button that is held for some frames of a lesson.
type press struct {
	from, to int // frames, the last one not included
	seat     int
	pad      rules.Pad
}

// lessons are what one has to know, in their order. All of them play on the
// middle row of the puddle.
var lessons = [...]lesson{
	{
		words: "Hop from lily to lily.", short: "Hop from lily to lily.", caps: []int{0, 1}, frames: 250, frogs: 1,
		start: func(w *rules.World) {
			lilies(w, 0, 1, 2, 3)
			sit(w, 0, 40, 0)
		},
		presses: []press{
			{30, 50, 0, rules.Right}, {34, 50, 0, rules.Hop}, {75, 95, 0, rules.Right}, {79, 95, 0, rules.Hop},
			{125, 145, 0, rules.Left}, {129, 145, 0, rules.Hop}, {170, 190, 0, rules.Left}, {174, 190, 0, rules.Hop},
		},
	},
	{
		words: "Your tongue takes flies, and throws frogs over your head.", short: "Take flies, throw frogs.", caps: []int{0, 2}, frames: 205, frogs: 2,
		start: func(w *rules.World) {
			lilies(w, 1, 2)
			sit(w, 0, 99, 4) // near the rim: whoever it pulls lands in the water
			sit(w, 1, 180, 4)
			flyAt(w, 0, rules.FlyPlain, 64, 84)
			flyAt(w, 1, rules.FlyPlain, 99, 48)
		},
		presses: []press{
			{34, 37, 0, rules.Left}, {36, 48, 0, rules.Tongue},
			{84, 87, 0, rules.Up}, {86, 98, 0, rules.Tongue},
			{131, 134, 0, rules.Right}, {133, 145, 0, rules.Tongue},
		},
	},
	{
		words: "Hold it, let go: a bubble knocks others in. That costs 3 flies.", short: "Held, it spits. Splash: -3.", caps: []int{2}, frames: 200, frogs: 2,
		start: func(w *rules.World) {
			lilies(w, 0, 2)
			sit(w, 0, 50, 0)
			sit(w, 1, 190, 4)
			w.Frogs[1].Score, w.Hatched = 5, 5
		},
		presses: []press{{30, 80, 0, rules.Tongue}},
	},
	{
		words: "A lily sinks under you: watch its ring. Gold counts 5.", short: "Lilies sink. Gold counts 5.", caps: []int{0, 1}, frames: 270, frogs: 1, seed: 89,
		start: func(w *rules.World) {
			lilies(w, 0, 1, 2)
			w.Lilies[rules.LilyColumns].Frames = 60
			sit(w, 0, 48, 0)
			flyAt(w, 0, rules.FlyGold, 176, 84)
		},
		presses: []press{
			{126, 146, 0, rules.Right}, {130, 146, 0, rules.Hop}, {185, 200, 0, rules.Right}, {192, 202, 0, rules.Tongue},
		},
	},
}

// ground of the lessons, in px.
const (
	lessonX   = 12 // of the puddle's picture, what is shown of it
	lessonY   = 36
	lessonRow = 96 // y of the middle row
)

// lilies lets lilies grow in some columns of the middle row.
func lilies(w *rules.World, columns ...int) {
	for _, c := range columns {
		w.Lilies[rules.LilyColumns+c] = rules.Lily{X: int32(40+80*c) * rules.Px, Y: lessonRow * rules.Px, Radius: 25, State: rules.LilyUp}
	}
}

// sit puts a frog on the middle row.
func sit(w *rules.World, seat int, x int32, facing uint8) {
	w.Frogs[seat].X, w.Frogs[seat].Y, w.Frogs[seat].Facing = x*rules.Px, lessonRow*rules.Px, facing
}

// flyAt lets a fly hover.
func flyAt(w *rules.World, i int, kind rules.FlyKind, x, y int32) {
	w.Flies[i] = rules.Fly{X: x * rules.Px, Y: y * rules.Px, Kind: kind, Holder: -1, Frames: 601}
	w.Hatched += kind.Worth()
}

// pond returns the world in which a lesson begins.
func (l *lesson) pond() rules.World {
	w := rules.New(rules.Setup{Seed: l.seed, Seats: l.frogs, Pond: rules.Puddle})
	w.Phase, w.PhaseFrames = rules.Play, rules.GentleFrames
	w.LeftFrames, w.HatchFrames, w.GoldenFrames = rules.RoundFrames, rules.MaxRoundFrames, rules.MaxRoundFrames
	w.Lilies, w.Hatched = [rules.MaxLilies]rules.Lily{}, 0
	for i := range w.Flies {
		w.Flies[i] = rules.Fly{Holder: -1}
	}
	l.start(&w)
	return w
}

// held returns what a seat holds in a frame of the loop.
func (l *lesson) held(frame, seat int) (pad rules.Pad) {
	for _, p := range l.presses {
		if p.seat == seat && frame >= p.from && frame < p.to {
			pad |= p.pad
		}
	}
	return pad
}

// loop plays a lesson over and over.
type loop struct {
	lesson  *lesson
	session *rollback.Session[rules.World, rules.Pad]
	notices []rollback.Notice // of the last tick
	frame   int
	scene   *scene.Scene
	picture *ebiten.Image // of the whole puddle
}

func newLoop(l *lesson) *loop {
	p := &loop{lesson: l, scene: scene.New()}
	p.begin()
	return p
}

// begin starts the loop anew.
func (p *loop) begin() {
	p.frame = 0
	p.scene.Begin()
	var err error
	p.session, err = rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: p.lesson.pond(), Step: (*rules.World).Step, Seats: p.lesson.frogs, Local: []int{0, 1}[:p.lesson.frogs], ChecksumFrames: -1,
	})
	if err != nil {
		panic("screens: a lesson cannot start: " + err.Error()) // its config is written above
	}
}

// update plays one tick.
func (p *loop) update() {
	if p.frame >= p.lesson.frames {
		p.begin()
	}
	pads := [2]rules.Pad{p.lesson.held(p.frame, 0), p.lesson.held(p.frame, 1)}
	p.session.Tick(pads[:p.lesson.frogs]...)
	p.frame++
	p.notices = p.session.AppendNotices(p.notices[:0])
	p.scene.Hear(p.notices)
	p.scene.Tick()
}
