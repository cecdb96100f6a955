package lab

import (
	"fmt"
	"image"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// guide is the guided minute: steps of one sentence and one thing to press each.
type guide struct {
	at      int  // index of Lab.steps
	pressed bool // what there is to press was pressed
	since   int  // ticks since then
	hopFor  int  // ticks for which the button still holds Hop
	held    bool // Hop was held in the last tick
	echo    echo
	main    *ui.Button
}

// step is one of the guided minute.
type step struct {
	title  string
	words  func(l *Lab) string
	button string
	hops   bool         // what is pressed is the frog's hop, and how long it takes is measured
	enter  func(l *Lab) // sets the scene; may be nil
	press  func(l *Lab) // does what the button says, if it is no hop
	done   func(l *Lab) bool
	result func(l *Lab) string // what has come of it
}

// echo is how long a key takes to be seen: on the player's own machine, and on the
// other one.
type echo struct {
	began   time.Duration // when the tick read the key, by the Lab's clock
	frame   rollback.Frame
	waiting bool // began, and not seen everywhere yet
	sent    bool // frame is known
	seen    [2]bool
	took    [2]time.Duration
}

// Of the guide.
const (
	hopTicks    = 6  // for which its button holds Hop
	lookTicks   = 90 // for which something is looked at before it goes on
	guideDelay  = 80 // ms one way
	guideLoss   = 20 // percent
	guideJitter = 10 // ms
)

func says(words string) func(*Lab) string { return func(*Lab) string { return words } }

// ms writes a time as a player reads it. What is drawn in the tick that has read the key
// is seen when that picture is shown.
func ms(d time.Duration) string {
	if d < tickTime {
		return "less than 17 ms"
	}
	return fmt.Sprintf("%d ms", (d+time.Millisecond/2)/time.Millisecond)
}

// lookedAt reports whether what was pressed has been looked at for long enough.
func lookedAt(l *Lab) bool { return l.guide.since > lookTicks }

// both are the two times of the last hop, in words.
func (l *Lab) both() string {
	return fmt.Sprintf("From key to picture: %s on yours, %s on Ana's.", ms(l.guide.echo.took[0]), ms(l.guide.echo.took[1]))
}

// stage begins a round that is played in a way, over the guide's wires.
func (l *Lab) stage(mode Mode) {
	l.way, l.speed, l.ghosts, l.paused = int(mode), 0, false, false
	l.delay, l.jitter, l.loss, l.machines = guideDelay, guideJitter, 0, 0
	l.restart()
}

// newSteps are the steps of the guided minute.
func newSteps() []step {
	return []step{
		{title: "Delay", words: func(l *Lab) string {
			return fmt.Sprintf("Two whole computers play one match. A packet from one to the other takes %d ms.", l.delay)
		}, button: "Hop", hops: true, enter: func(l *Lab) { l.stage(Rollback) }, result: (*Lab).both},
		{title: "What you feel", words: says("The old way, nobody moves until all know all keys: your own frog waits for the line."),
			button: "Hop", hops: true, enter: func(l *Lab) { l.stage(DelayBased) },
			result: func(l *Lab) string { return l.both() + " That is what lag feels like." }},
		{title: "Rollback", words: says("With rollback your frog moves at once. What the others do is guessed, and put right when it is known."),
			button: "Hop", hops: true, enter: func(l *Lab) { l.stage(Rollback) },
			result: func(l *Lab) string { return l.both() + " Each bar is a guess put right." }},
		{title: "What is guessed", words: says("How much of the picture is a guess? Look at it slowly."), button: "Show it",
			press: func(l *Lab) { l.ghosts, l.speed = true, 2 }, done: lookedAt,
			result: func(l *Lab) string {
				s := l.bench.sample(0)
				guessed := max(s.Frame-1-s.Confirmed, 0)
				return fmt.Sprintf("The frogs are guessed, the shades are certain: %d frames, %d ms, lie between.", guessed, guessed*1000/60)
			}},
		{title: "Loss", words: says("Packets get lost. Throw away one in five, and see who waits."), button: "Lose packets",
			enter: func(l *Lab) { l.ghosts, l.speed = false, 0 },
			press: func(l *Lab) { l.loss = guideLoss; l.rewire() }, done: lookedAt,
			result: func(l *Lab) string {
				return "Nobody waits: every packet says again what the other has not confirmed yet. The guesses are deeper now and then."
			}},
		{title: "Break it", words: says("If two worlds ever differ, a game must notice. Change a single bit on Ana's computer."), button: "Break it",
			enter: func(l *Lab) { l.loss = 0; l.rewire() },
			press: func(l *Lab) { l.breakIt() }, done: (*Lab).broken,
			result: func(l *Lab) string { return l.foundWords() }},
	}
}

// foundWords are what the machines found.
func (l *Lab) foundWords() string {
	w, ok := l.bench.(*wired)
	if !ok || w.desync() == nil {
		return ""
	}
	d := w.desync()
	return fmt.Sprintf("Found at the next comparison: since frame %d, %s is %s here and %s at %s's.", d.Frame, d.Field, d.Here, d.There, d.Peer)
}

// begin shows a step of the guide, and after the last one the free mode.
func (l *Lab) begin(at int) {
	if at >= len(l.steps) {
		l.setFree()
		return
	}
	g := l.guide
	*g = guide{at: at, held: g.held}
	if enter := l.steps[at].enter; enter != nil {
		enter(l)
	}
	l.build()
}

// setFree ends the guide: everything is the player's to play with.
func (l *Lab) setFree() {
	l.guide = nil
	l.ghosts, l.speed, l.loss = true, 0, 2
	l.restart()
}

// setGuided begins the guided minute.
func (l *Lab) setGuided() {
	l.guide, l.steps = &guide{}, newSteps()
	l.begin(0)
}

// finished reports whether the step has shown what it is for.
func (l *Lab) finished() bool {
	s := &l.steps[l.guide.at]
	switch {
	case l.bench == nil:
		return true // there is nothing to be seen
	case s.hops:
		return l.guide.echo.seen == [2]bool{true, true}
	}
	return l.guide.pressed && s.done(l)
}

// pressMain does what the step's button says, or goes on once that is done.
func (l *Lab) pressMain() {
	g, s := l.guide, &l.steps[l.guide.at]
	switch {
	case l.finished():
		l.begin(g.at + 1)
	case s.hops:
		g.hopFor = hopTicks
	case !g.pressed:
		g.pressed, g.since = true, 0
		s.press(l)
	}
}

// guided plays a tick of the guide: what the player's frog is told, and when that began.
func (l *Lab) guided(pad rules.Pad) rules.Pad {
	g := l.guide
	if g.pressed {
		g.since++
	}
	if g.hopFor > 0 {
		g.hopFor--
		pad |= rules.Hop
	}
	hop := pad&rules.Hop != 0
	if hop && !g.held && l.steps[g.at].hops && !g.echo.waiting && !l.finished() {
		g.echo = echo{began: l.config.Now(), waiting: true}
	}
	g.held = hop
	return pad
}

// taken notes for which frame a hop was taken.
func (l *Lab) taken() {
	w, ok := l.bench.(*wired)
	if e := &l.guide.echo; ok && e.waiting && !e.sent && l.guide.held {
		if frame := w.machines[0].status.TakenFrame; frame != rollback.NoFrame {
			e.frame, e.sent = frame, true
		}
	}
}

// noteEcho is called when a picture is drawn: what it shows for the first time has
// arrived.
func (l *Lab) noteEcho() {
	w, ok := l.bench.(*wired)
	if l.guide == nil || !ok {
		return
	}
	e := &l.guide.echo
	if !e.waiting || !e.sent {
		return
	}
	for i := range e.seen {
		if !e.seen[i] && w.shows(i, e.frame) {
			e.seen[i], e.took[i] = true, l.config.Now()-e.began
		}
	}
	e.waiting = !(e.seen[0] && e.seen[1])
}

// shows reports whether a machine's picture has the player's input of a frame in it: it
// has stepped that frame, and the input is there and no guess.
func (w *wired) shows(machine int, frame rollback.Frame) bool {
	stats := w.machines[machine].match.Stats()
	return stats.Frame > frame && (machine == 0 || stats.Confirmed >= frame)
}

// guideArea is where the guide speaks.
func (l *Lab) guideArea() image.Rectangle {
	if l.large() {
		return image.Rect(4, 210, width-4, height-4)
	}
	return image.Rect(4, 240, width-4, height-4)
}

// buildGuide makes the guide's buttons.
func (l *Lab) buildGuide() {
	g, f, area := l.guide, &l.form, l.guideArea()
	f.TextSize, f.Gap = l.config.TextSize, 3
	wide := 120 + 36*(f.TextSize-1)
	f.Column(image.Rect(area.Max.X-wide-8, area.Min.Y+8, area.Max.X-8, area.Max.Y-4))
	g.main = &ui.Button{Text: l.steps[g.at].button, Primary: true, Press: l.pressMain}
	f.Add(g.main)
	f.Add(&ui.Button{Text: "Free mode", Press: l.setFree})
	l.leaver = &ui.Button{Text: "Leave", Press: func() { l.left = true }}
	f.Add(l.leaver)
	f.Focus(g.main)
}

// drawGuide says the step's sentence, and what came of what was pressed.
func (l *Lab) drawGuide(p *ui.Painter) {
	g, s, area := l.guide, &l.steps[l.guide.at], l.guideArea()
	p.Panel(area)
	inner := image.Rect(area.Min.X+10, area.Min.Y+8, l.form.At(g.main).Min.X-10, area.Max.Y-6)
	title := fmt.Sprintf("%d of %d: %s", g.at+1, len(l.steps), s.title)
	p.Text(title, inner.Min.X, inner.Min.Y, 2, ui.Bright)
	inner.Min.Y += p.LineHeight(2) + 2
	words, c := s.words(l), ui.Ink
	if l.finished() && l.bench != nil {
		words, c = s.result(l), ui.Good
	}
	if l.trouble != "" {
		words, c = l.trouble, ui.Alarm
	}
	p.Paragraph(words, inner, 2, c) // it has the room
}
