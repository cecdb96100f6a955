package screens

import (
	"image"
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// match shows a round and plays it: one tick per update.
type match struct {
	contest contest
	form    ui.Form // shown while asking
	asking  bool    // Esc was pressed: stay or leave?
	left    bool    // the player has gone, and this screen with them

	held     []game.Buttons
	pads     []rules.Pad
	notices  []rollback.Notice
	overFor  int // ticks since the round ended
	news     string
	newsLeft int  // ticks that news is shown for
	pointed  bool // the pointer is on the pause button
	pace     pace
	moments  moments
	hints    hints
	buttons  int  // of the question whether to leave
	refused  bool // a tick, by the budget, in the last update
}

const (
	waitBannerMs = 250 // waiting shorter than this is not worth a word
	overTicks    = 150 // the pond stays in view this long after the round
	newsTicks    = 240
)

func newMatch(a *App, c contest) *match {
	a.nearby.close() // the network is the match's now
	m := &match{contest: c}
	m.held = make([]game.Buttons, len(c.localSeats()))
	m.pads = make([]rules.Pad, len(c.localSeats()))
	m.form.TextSize = a.settings.textSize()
	m.form.Column(image.Rect(200, 182, 440, 330))
	m.form.Add(&ui.Button{Text: "Play on", Press: func() { m.asking = false }})
	if c.rejoins() {
		m.form.Add(&ui.Button{Text: "Back to the lobby", Press: func() { m.left = true; a.leaveMatch(c); a.rejoin() }})
	}
	m.form.Add(&ui.Button{Text: "Leave", Press: func() { m.left = true; a.leaveMatch(c) }})
	m.buttons = 2
	if c.rejoins() {
		m.buttons++
	}
	if len(m.held) > 1 {
		m.news, m.newsLeft = "Left: WASD, Space hops, F tongue   Right: arrows, L hops, K tongue", newsTicks
	}
	m.hints = newHints(a, len(m.pads))
	mode := a.graph.Mode
	a.graph = game.Netgraph{Mode: mode, Plate: graphPlate}
	a.pond.begin(c, &a.settings)
	a.pond.know(c)
	width, _ := c.world().Size()
	a.sound.begin(int(width))
	return m
}

// leaveMatch says goodbye and goes to where the match was started from.
func (a *App) leaveMatch(c contest) {
	c.leave()
	a.home()
}

func (m *match) leave(a *App) { a.sound.end() }

func (m *match) update(a *App, in ui.Input) {
	if m.asking {
		if in.Back {
			m.asking = false
		} else {
			a.sound.menu(m.form.Update(in))
		}
		if m.left {
			return
		}
		if m.asking && m.contest.pauses() {
			return
		}
	} else if in.Back || in.Released && in.Pointer.In(pauseAt) {
		m.asking = true
	}
	m.pointed = in.Pointer.In(pauseAt)
	m.play(a)
	if line, ok := m.contest.news(); ok {
		m.news, m.newsLeft = line, newsTicks
	}
	if line := m.pace.observe(ebiten.ActualFPS(), ebiten.ActualTPS()); line != "" && !m.asking {
		m.news, m.newsLeft = line, newsTicks
	}
	m.newsLeft = max(m.newsLeft-1, 0)
	over, why := m.contest.ended()
	if !over {
		return
	}
	m.asking = false
	if m.overFor == 0 && why == "" {
		a.noteWin(m.contest)
	}
	if m.overFor++; m.overFor >= overTicks || why != "" || m.overFor > 30 && in.Accept {
		a.replace(newResults(a, m.contest, why, &m.moments))
	}
}

// play runs the ticks of the round that are due, as far as there is time for them.
func (m *match) play(a *App) {
	due, slow := m.contest.due()
	slow = slow || m.refused
	m.refused = false
	for range due {
		began := now()
		if m.refused = !a.budget.Allow(began); m.refused {
			return
		}
		m.readPads(a)
		m.contest.tick(m.pads)
		m.hints.update(a, m.contest, m.pads)
		m.notices = m.contest.appendNotices(m.notices[:0])
		a.pond.hear(m.notices)
		m.moments.hear(m.notices)
		a.pond.know(m.contest)
		a.sound.hear(m.notices)
		a.budget.Spend(now().Sub(began))
		m.contest.observe(&a.graph, slow)
	}
}

// readPads samples the devices. While the player is in a menu the frog rests,
// and while the window is put away a bot plays: the others need not wait.
func (m *match) readPads(a *App) {
	w := m.contest.world()
	for i, seat := range m.contest.localSeats() {
		a.sampler.Hold[i] = 0
		if a.settings.HoldToMash && w.Frogs[seat].Tongue == rules.TongueTug {
			a.sampler.Hold[i] = controls.Tongue
		}
	}
	away := !m.contest.pauses() && ebiten.IsWindowMinimized()
	a.sampler.Sample(m.held)
	for i := range m.pads {
		m.pads[i] = controls.Pad(m.held[i])
		switch {
		case away || i == 0 && a.config.Script.playing():
			m.pads[i] = rules.Auto
		case m.asking:
			m.pads[i] = 0
		}
	}
}

func (m *match) draw(a *App, p *ui.Painter) {
	w := m.contest.world()
	a.pond.draw(p, w)
	a.drawGraph(p)
	if words, ms := m.contest.waiting(); ms >= waitBannerMs {
		a.drawNews(p, w, words)
	} else if m.newsLeft > 0 {
		a.drawNews(p, w, m.news)
	}
	p.Button(pauseAt, m.pointed)
	art.Pause.Draw(p.Dst, pauseAt.Min.X+4, pauseAt.Min.Y+5)
	if m.asking {
		m.drawAsking(a, p)
	}
}

// pauseAt is the button that stops a match for those without keys: at the left end of
// the score row.
var pauseAt = image.Rect(2, 4, 19, 22)

// drawAsking draws the question whether to stay, and what leaving means.
func (m *match) drawAsking(a *App, p *ui.Painter) {
	size := a.settings.textSize()
	title, text := "Paused", ""
	if !m.contest.pauses() {
		title, text = "Leave this match?", m.contest.leaving()
	}
	box := image.Rect(130, 84, 510, 190+m.buttons*(12*size+11))
	if text == "" {
		box.Min.Y = 142
	}
	p.Banner(box)
	p.Centred(title, image.Rect(box.Min.X, box.Min.Y+12, box.Max.X, box.Max.Y), 2, ui.Bright)
	p.Paragraph(text, image.Rect(box.Min.X+14, box.Min.Y+42, box.Max.X-14, 180), size, ui.Ink)
	m.form.Draw(p)
}

// graphPlate lets frogs and lilies be seen through the netgraph.
var graphPlate = color.NRGBA{0, 0, 0, 48}

// drawGraph draws the netgraph: a line at the bottom, or all of it from below the
// score row on.
func (a *App) drawGraph(p *ui.Painter) {
	font := ui.GraphFont{Size: a.settings.textSize()}
	y := Height - 7 - font.Height()
	if a.graph.Mode == game.GraphFull {
		y = 30
	}
	a.graph.Draw(p.Dst, font, 4, y)
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
