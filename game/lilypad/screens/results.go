package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// whyAt is where it says why a round ended before its time.
var whyAt = image.Rect(10, 31, Width-10, 79)

// results shows who won and offers another round.
type results struct {
	contest contest
	form    ui.Form
	tick    int
	why     string // why the round ended before its time; "" if it did not
	title   string // who has won
	rows    []resultRow
	styles  art.Styles
	wants   [rules.MaxSeats]bool // a rematch, by seat
	lines   []netcode.Line
	talk    talk
}

type resultRow struct {
	seat         int
	flies        int // of all rounds
	won          int // rounds, of a match of several
	name, moment string
	here         bool // played at this machine
}

func newResults(a *App, c contest, why string, m *moments) *results {
	r := &results{contest: c, why: why, styles: c.styles()}
	w := c.world()
	names := c.names()
	here := map[int]bool{}
	for _, seat := range c.localSeats() {
		here[seat] = true
	}
	ranking := w.AppendRanking(nil)
	told := m.tell(ranking)
	for _, seat := range ranking {
		row := resultRow{seat: seat, flies: int(w.Earlier[seat]) + int(w.Frogs[seat].Score), name: names[seat], moment: told[seat], here: here[seat]}
		if w.Rounds > 1 {
			row.won = int(w.Wins[seat])
		}
		r.rows = append(r.rows, row)
	}
	if w.Champion >= 0 && int(w.Champion) < len(w.Frogs) {
		r.title, _ = scene.ResultWords(w, &a.pond.view)
	}
	r.form.TextSize = a.settings.textSize()
	r.build(a)
	return r
}

// build makes the buttons: with a replay, there are four.
func (r *results) build(a *App) {
	again := &ui.Button{Text: "Rematch", Primary: true, Press: func() { r.again(a) }}
	back := &ui.Button{Text: "Back", Press: a.pop}
	buttons, wide := []*ui.Button{again, back}, 180
	if t := r.contest.recorded(); t != nil {
		blocked := func() string { return replayBlocked(t) }
		buttons, wide = []*ui.Button{again,
			{Text: "Last 5 s", Blocked: blocked, Press: func() { r.watch(a, newExcerpt) }},
			{Text: "Replay", Blocked: blocked, Press: func() { r.watch(a, newPlayback) }}, back}, 148
	}
	left := (Width - wide*len(buttons) - 8*(len(buttons)-1)) / 2
	for i, b := range buttons {
		x := left + i*(wide+8)
		r.form.Column(image.Rect(x, 306, x+wide, 345))
		r.form.Add(b)
	}
}

// replayBlocked says why there is no replay to be watched, "" if there is one.
func replayBlocked(t *take) string {
	switch {
	case t.watchable():
		return ""
	case t.saved():
		return "none"
	}
	return "wait"
}

// watch shows the replay of the match that was just played, while the lobby goes on.
func (r *results) watch(a *App, show func(a *App, o opened) *playback) {
	path := r.contest.recorded().draft.Path()
	a.openReplay(func() ([]byte, error) { return replays.Load(path) }, func(o opened) {
		b := show(a, o)
		b.contest = r.contest
		a.replace(b)
	})
}

// counted says what a frog has won and eaten.
func (row resultRow) counted() string {
	flies := countOf(row.flies, "fly", "flies")
	if row.won > 0 {
		return countOf(row.won, "round", "rounds") + ", " + flies
	}
	return flies
}

// again asks for the next round, or says why it cannot start yet.
func (r *results) again(a *App) {
	if why := r.contest.again(); why != "" {
		a.say(why)
	}
}

func (r *results) update(a *App, in ui.Input) {
	r.tick++
	r.lines = r.contest.appendLines(r.lines[:0])
	for _, line := range r.lines {
		a.say(chatLine(line))
	}
	if next := r.contest.idle(); next != nil {
		a.replace(newMatch(a, next))
		return
	}
	if r.tick%15 == 1 {
		r.wants = r.contest.wants()
	}
	if !r.contest.pauses() && r.talk.update(a, &in, false) {
		return
	}
	if in.Back {
		a.pop()
		return
	}
	if r.tick > 20 { // a thumb still hammering must not start the next round
		a.sound.menu(r.form.Update(in))
	}
}

func (r *results) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, r.tick)
	if r.talk.form != nil {
		r.talk.draw(p)
		return
	}
	if r.why != "" {
		p.Shaded("It is over", image.Rect(0, 6, Width, 30), 2, ui.Bright)
		lines, size := p.Lines(r.why, whyAt, a.settings.textSize())
		for i, line := range lines {
			p.Shaded(line, image.Rect(whyAt.Min.X, whyAt.Min.Y+i*p.LineHeight(size), whyAt.Max.X, whyAt.Max.Y), size, ui.Alarm)
		}
	} else {
		p.Shaded(p.Fit(r.title, Width-20, 3), image.Rect(0, 8, Width, 48), 3, ui.Bright)
	}
	r.drawPodium(a, p)
	r.form.Draw(p)
}
