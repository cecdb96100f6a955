package screens

import (
	"fmt"
	"image"
	"image/color"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// whyAt is where it says why a round ended before its time.
var whyAt = image.Rect(10, 31, Width-10, 79)

// results shows who won and offers another round.
type results struct {
	contest contest
	form    ui.Form
	tick    int
	why     string // why the round ended before its time; "" if it did not
	rows    []resultRow
}

type resultRow struct {
	seat, score, splashes, knocks int
	name                          string
	here                          bool // played at this machine
}

func newResults(a *App, c contest, why string) *results {
	r := &results{contest: c, why: why}
	w := c.world()
	names := c.names()
	here := map[int]bool{}
	for _, seat := range c.localSeats() {
		here[seat] = true
	}
	for _, seat := range w.AppendRanking(nil) {
		f := &w.Frogs[seat]
		r.rows = append(r.rows, resultRow{seat, int(f.Score), int(f.Splashes), int(f.Knocks), names[seat], here[seat]})
	}
	r.form.TextSize = a.settings.textSize()
	r.form.Column(image.Rect(130, 306, 310, 345))
	again := &ui.Button{Text: "Rematch", Press: func() { r.again(a) }}
	r.form.Add(again)
	r.form.Column(image.Rect(330, 306, 510, 345))
	r.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	return r
}

// again asks for the next round, or says why it cannot start yet.
func (r *results) again(a *App) {
	if why := r.contest.again(); why != "" {
		a.say(why)
	}
}

func (r *results) update(a *App, in ui.Input) {
	r.tick++
	if line, ok := r.contest.news(); ok {
		a.say(line)
	}
	if next := r.contest.idle(); next != nil {
		a.replace(newMatch(a, next))
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
	if r.why != "" {
		p.Shaded("It is over", image.Rect(0, 6, Width, 30), 2, ui.Bright)
		lines, size := p.Lines(r.why, whyAt, a.settings.textSize())
		for i, line := range lines {
			p.Shaded(line, image.Rect(whyAt.Min.X, whyAt.Min.Y+i*p.LineHeight(size), whyAt.Max.X, whyAt.Max.Y), size, ui.Alarm)
		}
	} else if len(r.rows) > 0 {
		p.Shaded(r.rows[0].name+" wins!", image.Rect(0, 20, Width, 60), 3, ui.Bright)
	}
	r.drawTable(a, p)
	r.form.Draw(p)
}

// drawTable lists the frogs, the best first. Few frogs have taller rows.
func (r *results) drawTable(a *App, p *ui.Painter) {
	size := a.settings.textSize()
	row := min(208/(len(r.rows)+1), 34)
	box := image.Rect(80, 80, Width-80, 92+row*(len(r.rows)+1))
	p.Panel(box)
	y := box.Min.Y + 6
	right := func(text string, fromRight int, c color.NRGBA) {
		p.Text(text, box.Max.X-fromRight-p.Width(text, size), y+(row-12*size)/2, size, c)
	}
	columns := [...]int{150 + 76*(size-1), 82 + 30*(size-1), 16}
	for i, head := range []string{"flies", "splashes", "knocks"} {
		right(head, columns[i], ui.Faint)
	}
	for i, line := range r.rows {
		y += row
		c := ui.Ink
		if line.here {
			c = ui.Bright
		}
		text := func(words string, x int) { p.Text(words, x, y+(row-12*size)/2, size, c) }
		text(fmt.Sprintf("%d.", i+1), box.Min.X+14)
		a.pond.portrait(p, line.seat, box.Min.X+56, y+row/2+8, r.tick)
		text(p.Fit(line.name, 160, size), box.Min.X+80)
		for i, n := range []int{line.score, line.splashes, line.knocks} {
			right(fmt.Sprint(n), columns[i], c)
		}
	}
}
