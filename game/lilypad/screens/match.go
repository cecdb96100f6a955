package screens

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// match shows a round and plays it: one tick per update.
type match struct {
	contest contest
	form    ui.Form // shown while asking
	asking  bool    // Esc was pressed: stay or leave?
	left    bool    // the player has gone, and this screen with them
	stops   bool    // the player ends the match for everybody
	pauses  bool    // the player has asked the others for a pause

	seats    []int // played here now
	benched  int   // ticks without any
	look     int   // whom the picture follows then: a seat and one more; 0: nobody
	held     []game.Buttons
	pads     []rules.Pad
	notices  []rollback.Notice
	overFor  int // ticks since the round ended
	news     string
	newsLeft int // ticks that news is shown for
	pointer  image.Point
	talk     talk
	lines    []netcode.Line
	watched  int // by how many
	chat     []spoken
	pace     pace
	moments  moments
	vigil    vigil
	hints    hints
	loop     game.Loop
}

const (
	waitBannerMs = 250 // waiting shorter than this is not worth a word
	overTicks    = 150 // the pond stays in view this long after the round
	newsTicks    = 240
)

func newMatch(a *App, c contest) *match {
	a.nearby.close() // the network is the match's now
	m := &match{contest: c}
	m.build(a)
	mode := a.graph.Mode
	a.graph = game.Netgraph{Mode: mode, Plate: graphPlate}
	a.pond.begin(c)
	a.pond.know(c, &a.settings)
	m.sit(a)
	a.hand.steers = false
	width, _ := c.world().Size()
	a.sound.begin(int(width))
	return m
}

// sit takes in which seats are played here: who comes late has none at first.
func (m *match) sit(a *App) {
	seats := m.contest.localSeats()
	if slices.Equal(seats, m.seats) {
		return
	}
	m.seats, m.look = seats, 0
	m.held, m.pads = make([]game.Buttons, len(seats)), make([]rules.Pad, len(seats))
	a.pond.mark(seats)
	a.pond.view.Hints = [rules.MaxSeats][scene.HintsPerFrog]scene.Hint{}
	m.hints = newHints(a, len(seats))
	if len(seats) > 1 {
		left, right := a.settings.keyCaps(leftKeys), a.settings.keyCaps(rightKeys)
		m.tell(fmt.Sprintf("Left: %s, %s hops, %s tongue   Right: %s, %s hops, %s tongue", left[0], left[1], left[2], right[0], right[1], right[2]))
	}
}

// build makes the menu that stands over the match while it is asked for.
func (m *match) build(a *App) {
	c, size := m.contest, a.settings.textSize()
	m.form = ui.Form{TextSize: size, Gap: 2}
	f := &m.form
	top := 126
	if !c.pauses() {
		top = 106 + 35*size // below what leaving means
	}
	f.Column(image.Rect(200-80*(size-1), top, 440+80*(size-1), 350))
	f.Add(&ui.Button{Text: "Play on", Primary: true, Press: func() { m.asking = false }})
	if !c.pauses() {
		f.Beside(&ui.Button{Text: "Say...", Press: func() { m.asking = false; m.talk.open(a) }},
			&ui.Button{Text: "Mute...", Press: func() { a.push(newMutes(a)) }})
	}
	f.Beside(&ui.Button{Text: "Options", Press: func() { a.push(newOptions(a)) }},
		&ui.Button{Text: "How to play", Press: a.openHowto})
	if c.stops() {
		f.Add(&ui.Button{Text: "All back to the lobby", Press: func() { m.asking, m.stops = false, true }})
	}
	leave := &ui.Button{Text: "Leave", Press: func() { m.left = true; a.leaveMatch(c) }}
	if c.pauses() || len(m.seats) == 0 {
		f.Add(leave)
		return
	}
	pause := "Pause"
	if m.pauses {
		pause = "Pause is over"
	}
	f.Beside(leave, &ui.Button{Text: pause, Press: func() {
		m.asking, m.pauses = false, !m.pauses
		c.votePause(m.pauses)
	}})
}

// tell shows a line for some seconds.
func (m *match) tell(line string) { m.news, m.newsLeft = line, newsTicks }

// leaveMatch says goodbye and goes to where the match was started from, or, as the lobby is
// left, too, to the title; there it is asked whether to come back.
func (a *App) leaveMatch(c contest) {
	back := c.wayBack()
	c.leave()
	if c.pauses() {
		a.pop()
		return
	}
	a.home()
	if back.address != "" {
		a.offerReturn(back)
	}
}

func (m *match) leave(a *App) { a.sound.end() }

// Buttons for those without keys, at the ends of the score row.
var (
	pauseAt = image.Rect(2, 4, 19, 22)
	sayAt   = image.Rect(Width-19, 4, Width-2, 22)
)

// onMatchButton reports whether a place is on one of them, or so near that a thumb
// means it.
func onMatchButton(at image.Point) bool {
	return at.In(pauseAt.Inset(-10)) || at.In(sayAt.Inset(-10))
}

func (m *match) update(a *App, in ui.Input) {
	m.pointer = in.Pointer
	talks := !m.contest.pauses()
	switch {
	case talks && m.talk.update(a, &in, a.settings.boundDigit()):
	case m.asking:
		if m.form.TextSize != a.settings.textSize() {
			m.build(a)
		}
		if in.Back {
			m.asking = false
		} else {
			a.sound.menu(m.form.Update(in))
		}
		if m.left {
			return
		}
	case talks && (m.talkPressed(a, &in) || in.Released && in.Pointer.In(sayAt.Inset(-10))):
		m.talk.open(a)
	case len(m.seats) == 0 && m.lookAround(a, &in):
	case in.Back || in.Released && in.Pointer.In(pauseAt.Inset(-10)):
		m.asking = true
		m.build(a)
	}
	if m.asking && m.contest.pauses() {
		return
	}
	m.run(a)
	if line := m.pace.observe(ebiten.ActualFPS(), ebiten.ActualTPS()); line != "" && !m.asking {
		m.tell(line)
	}
	over, why := m.contest.ended()
	if !over {
		return
	}
	m.asking = false
	if m.contest.world().Stopped() && why == "" {
		a.pop()
		if !m.stops {
			a.say(m.contest.names()[m.contest.ender()] + " has ended the match for all.")
		}
		return
	}
	if m.overFor == 0 && why == "" {
		a.noteWin(m.contest)
	}
	if m.overFor++; m.overFor >= overTicks || why != "" || m.overFor > 30 && in.Accept {
		a.replace(newResults(a, m.contest, why, &m.moments))
	}
}

// lookAround lets who has no frog look at one after the other, by arrows or by a press on
// it. It reports whether the input was for that.
func (m *match) lookAround(a *App, in *ui.Input) bool {
	w := m.contest.world()
	views := int(w.Seats) + 1
	switch {
	case in.Left:
		m.look = (m.look + views - 1) % views
	case in.Right:
		m.look = (m.look + 1) % views
	case in.Released && !onMatchButton(in.Pointer):
		seat, ok := a.pond.scene.FrogAt(w, in.Pointer)
		if m.look = seat + 1; !ok {
			m.look = 0
		}
	default:
		return false
	}
	return true
}

// lookWords say how.
func (a *App) lookWords() string {
	switch a.hand.device {
	case ui.Finger, ui.Mouse:
		return "Press a frog to follow it."
	}
	return "Left and right: whom to follow."
}

// talkPressed reports whether the key for phrases was pressed: T is no letter here,
// unless it is one of the player's own keys.
func (m *match) talkPressed(a *App, in *ui.Input) bool {
	return !a.settings.bound("T") && slices.ContainsFunc(in.Chars, func(r rune) bool { return r == 't' || r == 'T' })
}

// run plays the ticks that are due, and takes in what is said.
func (m *match) run(a *App) {
	m.play(a)
	m.newsLeft = max(m.newsLeft-1, 0)
	if m.benched++; len(m.seats) > 0 {
		m.benched = 0
	}
	for i := range m.chat {
		m.chat[i].left--
	}
	m.watched = m.contest.watched()
	m.lines = m.contest.appendLines(m.lines[:0])
	var news []string
	for _, line := range m.lines {
		if line.From == "" {
			news = append(news, sentence(line.Text))
			m.tell(strings.Join(news, " "))
		} else {
			m.chat = append(m.chat, spoken{chatLine(line), newsTicks})
		}
	}
	for len(m.chat) > 0 && (len(m.chat) > spokenLines || m.chat[0].left <= 0) {
		m.chat = append(m.chat[:0], m.chat[1:]...)
	}
}

// behind goes on with a match of others while a menu covers it; the frog rests.
func (m *match) behind(a *App) bool {
	if m.contest.pauses() {
		return false
	}
	m.run(a)
	over, _ := m.contest.ended()
	return over
}

// spoken is a line of chat over the match, for a while.
type spoken struct {
	text string
	left int // ticks
}

// spokenLines are as many as are shown at once.
const spokenLines = 3

// play runs the ticks of the round that are due, as far as there is time for them.
func (m *match) play(a *App) {
	now, tick := m.contest.clock()
	m.loop.Run(now, tick, func(slow bool) {
		m.sit(a)
		m.readPads(a)
		m.contest.tick(m.pads)
		m.hints.update(a, m.contest, m.pads)
		m.notices = m.contest.appendNotices(m.notices[:0])
		m.contest.heed(m.notices)
		a.pond.hear(m.notices)
		m.moments.hear(m.notices)
		a.pond.know(m.contest, &a.settings)
		a.pond.scene.Follow(m.contest.world(), m.look-1, 0, a.settings.ReduceFlash)
		a.sound.hear(m.notices)
		m.contest.observe(&a.graph, slow)
	})
}

// readPads samples the devices. While the player is in a menu the frog rests,
// and while the window is put away a bot plays: the others need not wait.
func (m *match) readPads(a *App) {
	if len(m.seats) == 0 {
		return
	}
	w := m.contest.world()
	for i, seat := range m.seats {
		a.sampler.Hold[i] = 0
		if a.settings.HoldToMash && w.Frogs[seat].Tongue == rules.TongueTug {
			a.sampler.Hold[i] = controls.Tongue
		}
	}
	hidden := !m.contest.pauses() && ebiten.IsWindowMinimized()
	a.sampler.Sample(m.held)
	width, _ := w.Size()
	m.held[0] |= a.hand.mouse(&w.Frogs[m.seats[0]], width)
	busy := a.hand.used || a.config.Script.playing() || !canPlay(w, m.seats) || m.contest.stands()
	m.contest.away(m.vigil.look(hidden, busy))
	for i := range m.pads {
		m.pads[i] = controls.Pad(m.held[i])
		switch {
		case m.stops || m.contest.ends():
			m.pads[i] = rules.Stop
		case hidden || i == 0 && a.config.Script.playing():
			m.pads[i] = rules.Auto
		case m.asking || m.talk.form != nil || a.stack[len(a.stack)-1] != screen(m):
			m.pads[i] = 0
		}
	}
}

func (m *match) draw(a *App, p *ui.Painter) {
	w := m.contest.world()
	a.pond.draw(p, w)
	a.drawGraph(p)
	quiet := m.talk.form != nil || m.asking // what is asked lies over it
	switch words, ms := m.contest.waiting(); {
	case quiet:
	case m.contest.stands():
		a.drawNews(p, w, standsWords)
	case ms >= waitBannerMs:
		a.drawNews(p, w, words)
	case m.newsLeft > 0:
		a.drawNews(p, w, m.news)
	case len(m.seats) == 0 && m.overFor == 0 && m.benched < newsTicks:
		a.drawNews(p, w, m.contest.bench())
	case len(m.seats) == 0 && m.overFor == 0: // known by now, and all of the pond is for looking at
		p.Shaded(m.contest.bench()+" "+a.lookWords(), image.Rect(0, 30, Width, 60), 1, ui.Ink)
	}
	if !quiet {
		m.drawSpoken(a, p)
	}
	if m.watched > 0 && !quiet {
		drawWatched(p, m.watched, a.settings.textSize())
	}
	if a.hand.device == ui.Finger && !quiet && len(m.seats) > 0 {
		drawTouch(p, a.settings.textSize())
	}
	p.Button(pauseAt, m.pointer.In(pauseAt))
	art.Pause.Draw(p.Dst, pauseAt.Min.X+4, pauseAt.Min.Y+5)
	if !m.contest.pauses() {
		p.Button(sayAt, m.pointer.In(sayAt))
		art.Talk.Draw(p.Dst, sayAt.Min.X+4, sayAt.Min.Y+5)
	}
	m.talk.draw(p)
	if m.asking {
		m.drawAsking(a, p)
	}
}

// standsWords say why nothing moves.
const standsWords = "A pause: most of the players have asked for it. It lasts until most want to go on: menu, Pause."

// drawSpoken writes what was said of late at the lower edge.
func (m *match) drawSpoken(a *App, p *ui.Painter) {
	size := a.settings.textSize()
	below := p.LineHeight(size) // for the netgraph
	if a.graph.Mode == game.GraphSmall {
		below = max(below, a.graph.Height(p.Dst, ui.GraphFont{Size: size}, graphLeft))
	}
	y := Height - 10 - below - p.LineHeight(size)*len(m.chat)
	for _, line := range m.chat {
		p.ShadedAt(p.Fit(line.text, Width-40, size), 8, y, size, ui.Ink)
		y += p.LineHeight(size)
	}
}

// Where the fingers go: see game.Sampler.
var (
	touchStick  = image.Pt(84, 276)
	touchHop    = image.Pt(572, 284)
	touchTongue = image.Pt(552, 128)
)

// drawTouch shows where a finger is a stick, and where it is a button.
func drawTouch(p *ui.Painter, size int) {
	pale := art.Paint{Fade: 0.72}
	art.Disc(p.Dst, float64(touchStick.X), float64(touchStick.Y), 84, pale)
	art.Disc(p.Dst, float64(touchStick.X), float64(touchStick.Y), 34, pale)
	for _, button := range []struct {
		at   image.Point
		word string
	}{{touchHop, "hop"}, {touchTongue, "tongue"}} {
		art.Disc(p.Dst, float64(button.at.X), float64(button.at.Y), 72, pale)
		p.Shaded(button.word, image.Rect(button.at.X-40, button.at.Y-6*size, button.at.X+40, button.at.Y+6*size), size, ui.Ink)
	}
}

// drawAsking draws the menu over the match, and what leaving means for the others.
func (m *match) drawAsking(a *App, p *ui.Painter) {
	size := a.settings.textSize()
	title, text := "Paused", ""
	if !m.contest.pauses() {
		title, text = "The match goes on", "Leaving: "+m.contest.leaving()
	}
	top, bottom := Height, 0
	for _, r := range m.form.Places() {
		top, bottom = min(top, r.Min.Y), max(bottom, r.Max.Y)
	}
	box := image.Rect(130-60*(size-1), top-34, 510+60*(size-1), bottom+10)
	if text != "" {
		box.Min.Y = top - 24*size*size - 42 // large letters take twice as many lines, too
	}
	p.Banner(box)
	p.Centred(title, image.Rect(box.Min.X, box.Min.Y+8, box.Max.X, box.Max.Y), 2, ui.Bright)
	p.Paragraph(text, image.Rect(box.Min.X+14, box.Min.Y+36, box.Max.X-14, top-4), size, ui.Ink)
	m.form.Draw(p)
}

// graphPlate lets frogs and lilies be seen through the netgraph.
var graphPlate = color.NRGBA{0, 0, 0, 48}

// graphLeft is where it begins, in pixels, and graphTop where all of it does.
const (
	graphLeft = 4
	graphTop  = 30
)

// drawGraph draws the netgraph: a line at the bottom, or all of it from below the
// score row on.
func (a *App) drawGraph(p *ui.Painter) {
	font := ui.GraphFont{Size: a.settings.textSize()}
	y := Height - 4 - a.graph.Height(p.Dst, font, graphLeft)
	if a.graph.Mode == game.GraphFull {
		y = graphTop
	}
	a.graph.Draw(p.Dst, font, graphLeft, y)
}

// drawNews writes words on a plate, on as many lines as they take, up to five: where
// they cover neither the player's frog nor the netgraph.
func (a *App) drawNews(p *ui.Painter, w *rules.World, text string) {
	size := a.settings.textSize()
	lines := p.Wrap(text, Width-40, size, 5)
	wide := 16
	for _, line := range lines {
		wide = max(wide, p.Width(line, size)+16)
	}
	tall := 6 + len(lines)*p.LineHeight(size)
	heights := []int{50 + tall/2, Height - 40 - tall/2}
	if a.graph.Mode == game.GraphFull {
		heights = heights[1:]
	}
	y := a.pond.scene.Clear(w, &a.pond.view, image.Pt(wide, tall), heights...) - tall/2
	r := image.Rect((Width-wide)/2, y, (Width+wide)/2, y+tall)
	p.Banner(r)
	for i, line := range lines {
		p.Centred(line, image.Rect(r.Min.X, r.Min.Y+5+i*p.LineHeight(size), r.Max.X, r.Max.Y), size, ui.Bright)
	}
}
