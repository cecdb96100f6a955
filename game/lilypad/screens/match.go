package screens

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
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
	m.form.Column(image.Rect(240, 170, 400, 250))
	m.form.Add(&ui.Button{Text: "Play on", Press: func() { m.asking = false }})
	m.form.Add(&ui.Button{Text: "Leave", Press: func() { m.left = true; a.leaveMatch(c) }})
	if len(m.held) > 1 {
		m.news, m.newsLeft = "Left: WASD, Space hops, F tongue   Right: arrows, L hops, K tongue", newsTicks
	}
	mode := a.graph.Mode
	a.graph = game.Netgraph{Mode: mode}
	a.pond.begin(c, &a.settings)
	a.pond.know(c)
	a.sound.begin()
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
	} else if in.Back {
		m.asking = true
	}
	m.play(a)
	if line, ok := m.contest.news(); ok {
		m.news, m.newsLeft = line, newsTicks
	}
	m.newsLeft = max(m.newsLeft-1, 0)
	over, why := m.contest.ended()
	if !over {
		return
	}
	m.asking = false
	if m.overFor++; m.overFor >= overTicks || why != "" || m.overFor > 30 && in.Accept {
		a.replace(newResults(a, m.contest, why))
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
		m.notices = m.contest.appendNotices(m.notices[:0])
		a.pond.hear(m.notices)
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
	a.pond.draw(p, m.contest.world())
	a.graph.Draw(p.Dst, ui.GraphFont{}, 4, Height-4-a.graphHeight())
	if words, ms := m.contest.waiting(); ms >= waitBannerMs {
		drawBanner(p, 60, words)
	} else if m.newsLeft > 0 {
		drawBanner(p, 60, m.news)
	}
	if m.asking {
		r := image.Rect(200, 124, 440, 203+24*a.settings.textSize())
		p.Banner(r)
		words := "Paused"
		if !m.contest.pauses() {
			words = "Leave this match?"
		}
		p.Centred(words, image.Rect(r.Min.X, r.Min.Y+14, r.Max.X, r.Max.Y), 2, ui.Bright)
		m.form.Draw(p)
	}
}

// graphHeight is how much room the netgraph takes at the bottom.
func (a *App) graphHeight() int {
	switch a.graph.Mode {
	case game.GraphSmall:
		return ui.GraphFont{}.Height() + 3
	case game.GraphFull:
		return len(a.graph.Lines())*ui.GraphFont{}.Height() + 40
	}
	return 0
}

// drawBanner writes words on a plate in the middle, y from the top: on as many
// lines as they take, up to five.
func drawBanner(p *ui.Painter, y int, text string) {
	lines := p.Wrap(text, Width-40, 1, 5)
	w := 16
	for _, line := range lines {
		w = max(w, p.Width(line, 1)+16)
	}
	r := image.Rect((Width-w)/2, y, (Width+w)/2, y+6+len(lines)*p.LineHeight(1))
	p.Banner(r)
	for i, line := range lines {
		p.Centred(line, image.Rect(r.Min.X, r.Min.Y+5+i*p.LineHeight(1), r.Max.X, r.Max.Y), 1, ui.Bright)
	}
}
