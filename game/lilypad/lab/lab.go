package lab

import (
	"fmt"
	"image"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// Size of the picture, in pixels.
const (
	width  = rules.ArenaWidth
	height = rules.ArenaHeight
)

// What the sliders reach to.
const (
	maxDelayMs  = 250
	maxJitterMs = 100
	maxLoss     = 30
)

// Config says how the Lab begins.
type Config struct {
	Seed      uint64                  // of the round and of the network; the same seed shows the same
	TextSize  int                     // 1 or 2; 0 means 1
	CalmFlash bool                    // nothing flickers or flashes
	Hear      func([]rollback.Notice) // takes what happens at the player's machine, for sound; may be nil
	Leave     func()                  // the player wants out; nil: there is no way out but closing
	Guide     bool                    // begin with the guided minute, else with everything free
	Now       func() time.Duration    // a clock that measures from key to picture; nil is the computer's
}

// Lab is several machines in one picture, and the switches to torment them
// with.
type Lab struct {
	config Config
	bench  bench
	mode   Mode
	peers  int // machines

	// What the widgets show.
	way, machines, speed    int // index of wayNames, machineNames, speedNames
	delay, jitter, loss     int
	ghosts, paused, stepOne bool

	form     ui.Form
	breaker  *ui.Button
	leaver   *ui.Button
	counter  *ui.Choice // of computers
	controls bool       // the arrow keys move the focus and not the frog
	scenes   [maxMachines]*scene.Scene
	graphs   [maxMachines]game.Netgraph
	panes    [maxMachines]pane
	charts   [maxMachines]charts
	guide    *guide // nil in the free mode
	steps    []step // of the guide
	turn     int    // pictures drawn
	notices  []rollback.Notice
	pads     []rules.Pad
	budget   game.Budget
	ticks    int
	idle     int // ticks since the player's frog was last told anything
	overFor  int
	said     string
	trouble  string // why there is no bench
	left     bool   // Leave was pressed
}

const (
	maxMachines = 4
	idleTicks   = 180 // after so long a bot plays the player's frog
	botLevel    = 2
	restTicks   = 150 // between two rounds
)

var (
	wayNames     = []string{"rollback", "wait for all", "no repair"}
	machineNames = []string{"2", "3", "4"}
	speedNames   = []string{"1", "1/2", "1/4", "1/8"}
	machineOf    = [maxMachines]string{"You", "Ana", "Ben", "Cleo"}
)

// New returns a Lab of two machines, 80 ms apart, that play with rollback.
func New(config Config) *Lab {
	l := &Lab{config: config, delay: 80, jitter: 10, loss: 2, ghosts: true}
	for i := range l.scenes {
		l.scenes[i] = scene.New()
		l.graphs[i].Mode = game.GraphFull
	}
	if l.config.Now == nil {
		start := time.Now()
		l.config.Now = func() time.Duration { return time.Since(start) }
	}
	if config.Guide {
		l.setGuided()
	} else {
		l.restart()
	}
	return l
}

// Close lets the machines leave.
func (l *Lab) Close() {
	if l.bench != nil {
		l.bench.close()
		l.bench = nil
	}
}

// restart begins a new round in the way and with the machines that are chosen.
func (l *Lab) restart() {
	l.Close()
	l.mode, l.peers = Mode(l.way), l.machines+2
	l.said, l.trouble, l.overFor = "", "", 0
	setup := rules.Setup{Seed: l.config.Seed + 1, Seats: l.peers, DurationFrames: rules.RoundFrames, Pond: rules.Puddle}
	l.config.Seed++
	l.pads = make([]rules.Pad, l.peers)
	for i := range l.scenes {
		l.scenes[i].Begin()
		l.graphs[i] = game.Netgraph{Mode: game.GraphFull}
		l.charts[i] = charts{}
	}
	var err error
	if l.bench, err = newBench(l.mode, setup, l.peers, l.wires()); err != nil {
		l.trouble = err.Error()
	}
	l.build()
}

func newBench(mode Mode, setup rules.Setup, machines int, wires network) (bench, error) {
	if mode == NoCorrection {
		n := newNaive(setup, machines)
		n.setNetwork(wires)
		return n, nil
	}
	return newWired(mode, setup, machines, wires)
}

func (l *Lab) wires() network {
	return network{delayMs: l.delay, jitterMs: l.jitter, lossPercent: l.loss}
}

// Update takes what the player did in one tick: in for the controls, pad for
// the frog.
func (l *Lab) Update(in ui.Input, pad rules.Pad) {
	l.ticks++
	if l.guide == nil {
		l.keys(&in)
	}
	if in.Back {
		if l.controls {
			l.controls = false
		} else if l.config.Leave != nil {
			l.config.Leave()
			return
		}
	}
	if in.Next || in.Previous || in.Talk {
		l.controls = !l.controls
		in.Next, in.Previous = false, false
	}
	if l.controls {
		pad = 0
	} else { // the keys are the frog's, the pointer is the controls'
		in.Up, in.Down, in.Left, in.Right = false, false, false, false
		in.Steer.Up, in.Steer.Down, in.Steer.Left, in.Steer.Right = false, false, false, false
		if l.guide == nil {
			in.Accept, in.Enter = false, false
		} else if in.Accept {
			l.form.Focus(l.guide.main) // what there is to press is never far
		}
	}
	l.form.Quiet = !l.controls && !in.Held && l.guide == nil
	l.form.Update(in)
	if l.left && l.config.Leave != nil {
		l.left = false
		l.config.Leave()
		return
	}
	if Mode(l.way) != l.mode || l.machines+2 != l.peers {
		l.restart()
	}
	if l.bench == nil {
		return
	}
	if l.guide != nil {
		pad = l.guided(pad)
		l.play(pad)
		if l.guide.main.Text = l.steps[l.guide.at].button; l.finished() {
			l.guide.main.Text = "Next"
			if l.guide.at == len(l.steps)-1 {
				l.guide.main.Text = "Try it yourself"
			}
		}
		return
	}
	l.play(pad)
	l.breaker.Text = breakWord
	if l.broken() {
		l.breaker.Text = "New round"
	}
}

const breakWord = "Break it"

// keys are shortcuts for people with both hands on the frog.
func (l *Lab) keys(in *ui.Input) {
	for _, r := range in.Chars {
		switch r {
		case '1', '2', '3':
			l.way = int(r - '1')
		case 'p', 'P':
			l.paused = !l.paused
		case 'n', 'N':
			l.paused, l.stepOne = true, true
		case 'b', 'B':
			l.breakIt()
		case 'o', 'O':
			l.ghosts = !l.ghosts
		case '-':
			l.delay = max(l.delay-10, 0)
			l.rewire()
		case '+', '=':
			l.delay = min(l.delay+10, maxDelayMs)
			l.rewire()
		}
	}
}

func (l *Lab) rewire() {
	if l.bench != nil {
		l.bench.setNetwork(l.wires())
	}
}

// breakIt spoils a machine's world; once the machines have found that out, it
// begins a new round.
func (l *Lab) breakIt() {
	switch {
	case l.bench == nil:
	case l.broken():
		l.restart()
	default:
		l.said = l.bench.flip()
	}
}

// broken reports whether the machines have found that they disagree.
func (l *Lab) broken() bool {
	w, ok := l.bench.(*wired)
	return ok && w.desync() != nil
}

// play runs one tick of virtual time, if it is time for one.
func (l *Lab) play(pad rules.Pad) {
	if l.stepOne {
		l.stepOne = false
	} else if l.paused || l.ticks%(1<<l.speed) != 0 {
		return
	}
	began := time.Time{}.Add(l.config.Now())
	if !l.budget.Allow(began) {
		return
	}
	l.idle++
	if pad != 0 {
		l.idle = 0
	}
	for i := range l.pads {
		l.pads[i] = rules.Bot(l.bench.world(i), i, botLevel)
	}
	if l.idle < idleTicks {
		l.pads[0] = pad
	}
	l.bench.tick(l.pads)
	if l.guide != nil {
		l.taken()
	}
	for i := range l.peers {
		l.notices = l.bench.appendNotices(i, l.notices[:0])
		l.scenes[i].Hear(l.notices)
		if i == 0 && l.config.Hear != nil {
			l.config.Hear(l.notices)
		}
		l.scenes[i].Tick()
		s := l.bench.sample(i)
		s.TPS, s.FPS = ebiten.ActualTPS(), ebiten.ActualFPS()
		l.graphs[i].Observe(s)
		if w, ok := l.bench.(*wired); ok {
			l.charts[i].observe(w, i)
		}
	}
	l.budget.Spend(time.Time{}.Add(l.config.Now()).Sub(began))
	if l.bench.over() {
		if l.overFor++; l.overFor > restTicks {
			l.restart()
		}
	}
}

// Form returns the controls.
func (l *Lab) Form() *ui.Form { return &l.form }

// build makes the controls: below two machines, beside more.
func (l *Lab) build() {
	old := l.form
	l.form = ui.Form{Gap: 2}
	if l.guide != nil {
		l.buildGuide()
		return
	}
	f := &l.form
	f.TextSize = l.config.TextSize
	counted := l.counter != nil && old.Focused() == ui.Widget(l.counter)
	l.counter = &ui.Choice{Text: "Computers", Names: machineNames, Value: &l.machines}
	ms := func(n int) string { return fmt.Sprintf("%d ms", n) }
	wires := []ui.Widget{
		&ui.Slider{Text: "Delay", Value: &l.delay, Max: maxDelayMs, Step: 10, Format: ms, Change: l.rewire},
		&ui.Slider{Text: "Uneven", Value: &l.jitter, Max: maxJitterMs, Step: 5, Format: ms, Change: l.rewire},
		&ui.Slider{Text: "Lost", Value: &l.loss, Max: maxLoss, Format: func(n int) string { return fmt.Sprintf("%d %%", n) }, Change: l.rewire},
		&ui.Toggle{Text: "Shades", Value: &l.ghosts},
		l.counter,
	}
	l.breaker = &ui.Button{Text: breakWord, Press: l.breakIt}
	ways := []ui.Widget{
		&ui.Choice{Text: "By", Names: wayNames, Value: &l.way},
		&ui.Choice{Text: "Speed", Names: speedNames, Value: &l.speed},
		&ui.Toggle{Text: "Pause", Value: &l.paused},
		&ui.Button{Text: "One frame", Press: func() { l.paused, l.stepOne = true, true }},
		l.breaker,
	}
	add := func(widgets []ui.Widget) {
		for _, w := range widgets {
			f.Add(w)
		}
	}
	l.leaver = &ui.Button{Text: "Leave", Press: func() { l.left = true }}
	guided := &ui.Button{Text: "Guide", Press: l.setGuided}
	defer func() { // when all are there
		if f.FocusLike(&old); counted {
			f.Focus(l.counter)
		}
	}()
	if l.peers == 2 {
		f.Column(image.Rect(216, 246, 414, height-2))
		add(ways)
		if f.TextSize > 1 {
			add([]ui.Widget{guided, l.leaver})
		}
		f.Column(image.Rect(4, 246, 210, height-2))
		add(wires)
		if f.TextSize > 1 {
			return
		}
		f.Place(l.leaver, image.Rect(580, 229, 636, 245))
		f.Place(guided, image.Rect(500, 229, 576, 245))
		return
	}
	if l.large() {
		f.Column(image.Rect(410, 2, 626, height-2))
		add(ways)
		add(wires)
		add([]ui.Widget{guided, l.leaver})
		return
	}
	f.Column(image.Rect(486, 14, 636, height))
	add(ways)
	add(wires)
	f.Place(l.leaver, image.Rect(566, 342, 636, 358))
	f.Place(guided, image.Rect(490, 342, 562, 358))
}
