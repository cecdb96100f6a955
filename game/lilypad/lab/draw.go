package lab

import (
	"fmt"
	"image"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// viewport returns where machine i is shown; its caption stands above.
func (l *Lab) viewport(i int) image.Rectangle {
	if l.peers == 2 {
		top := 14
		if l.large() {
			top = 26
		}
		return image.Rect(i*320, top, i*320+320, top+180) // two frogs have the puddle: it is as large
	}
	size, way, top := image.Pt(240, 135), image.Pt(242, 150), 14
	if l.large() { // large letters want room beside them
		size, way, top = image.Pt(200, 112), image.Pt(203, 137), 24
	}
	at := image.Pt(i%2*way.X, top+i/2*way.Y)
	if l.peers == 3 && i == 2 {
		at.X = way.X / 2 // below the other two, in the middle
	}
	return image.Rectangle{Min: at, Max: at.Add(size)}
}

// large reports whether letters are large.
func (l *Lab) large() bool { return l.config.TextSize > 1 }

// reportArea is where words stand.
func (l *Lab) reportArea() image.Rectangle {
	switch {
	case l.peers == 2:
		return image.Rect(420, 246, width-4, height-4)
	case l.large():
		return image.Rect(4, 277, 403, height-2)
	}
	return image.Rect(4, 302, 480, height-4)
}

// Draw shows the machines and the controls, and changes nothing but its own
// panes.
func (l *Lab) Draw(p *ui.Painter) {
	p.Fill(image.Rect(0, 0, width, height), ui.Night)
	l.turn++
	if l.bench != nil {
		for i := range l.peers {
			l.drawMachine(p, i)
		}
	}
	if l.peers == 2 { // a line between the two
		p.Fill(image.Rect(width/2-1, 0, width/2+1, l.viewport(0).Max.Y), ui.Night)
	}
	l.noteEcho()
	if l.guide != nil {
		l.drawGuide(p)
		l.form.Draw(p)
		return
	}
	l.drawReport(p)
	l.form.Draw(p)
	hint := "Tab: use the controls   1 2 3 way   + - delay   B break   P pause   N one frame"
	if l.controls {
		hint = "Arrows and Enter move the controls   Tab: back to the frog"
	}
	if l.large() && l.peers > 2 {
		return // there is no room for it
	}
	if l.large() {
		hint = "Tab: controls   1 2 3 way   + - delay   B break"
		if l.controls {
			hint = "Arrows, Enter: controls   Tab: the frog"
		}
		p.Text(hint, 6, 223, 2, ui.Faint)
		return
	}
	if l.peers == 2 {
		p.Text(hint, 6, 233, 1, ui.Faint)
		return
	}
	lines := []string{"Tab: use the controls", "1 2 3 way, + - delay"}
	if l.controls {
		lines = []string{"Arrows, Enter: controls", "Tab: back to the frog"}
	}
	for i, line := range lines {
		p.Text(line, 490, 314+i*p.LineHeight(1), 1, ui.Faint)
	}
}

func (l *Lab) drawMachine(p *ui.Painter, i int) {
	at := l.viewport(i)
	view := scene.View{Viewport: at, CalmFlash: l.config.CalmFlash, HideScore: l.peers > 2 || l.large()}
	for seat := range l.peers {
		view.Names[seat] = machineOf[seat]
	}
	view.Mine[i] = true
	if l.ghosts {
		view.Ghost = l.bench.ghost(i)
	}
	l.drawPond(p, i, view)
	l.drawCaption(p, i, at)
	switch {
	case l.large() && (l.guide != nil || l.peers > 2): // the words are there
	case l.large():
		p.Text(l.figures(i)[0], at.Min.X+6, at.Max.Y-2, 2, ui.Ink)
		l.graphs[i].DrawBars(p.Dst, image.Rect(at.Max.X-6-game.GraphFrames, at.Max.Y+1, at.Max.X-6, at.Max.Y+17))
	case l.peers == 2:
		l.graphs[i].DrawBars(p.Dst, image.Rect(at.Min.X+4, at.Max.Y+15, at.Min.X+4+game.GraphFrames, at.Max.Y+39))
		l.drawCharts(p, i, image.Pt(at.Min.X+4, at.Max.Y))
		l.drawFigures(p, i, image.Pt(at.Min.X+258, at.Max.Y+4))
	case i == 0:
		l.graphs[i].DrawBars(p.Dst, image.Rect(490, 240, 490+game.GraphFrames, 272))
		l.drawFigures(p, i, image.Pt(490, 278))
	}
}

// drawCharts names the bars of the rollbacks, and shows two charts beside them.
func (l *Lab) drawCharts(p *ui.Painter, i int, at image.Point) {
	p.Text("guesses put right", at.X, at.Y, 1, ui.Faint)
	c := &l.charts[i]
	lead, bytes := c.words()
	if _, ok := l.bench.(*wired); !ok {
		return
	}
	x := at.X + game.GraphFrames + 8
	p.Text("lead "+lead, x, at.Y, 1, ui.Faint)
	c.lead.draw(p, image.Rect(x, at.Y+13, x+chartTicks, at.Y+37), at.Y+25, 4, ui.Bright)
	x += chartTicks + 8
	p.Text(bytes, x, at.Y, 1, ui.Faint)
	c.bytes.draw(p, image.Rect(x, at.Y+13, x+chartTicks, at.Y+37), at.Y+33, 6000, ui.Good)
}

// drawPond shows what machine i sees. With more than two machines only the
// player's own and one of the others are painted anew in a picture, in turn,
// and the rest is shown as it was: without a graphics card four ponds are more
// than a 60th of a second holds.
func (l *Lab) drawPond(p *ui.Painter, i int, view scene.View) {
	if l.peers == 2 {
		l.scenes[i].Draw(p.Dst, l.bench.world(i), view)
		return
	}
	at := view.Viewport
	pane := &l.panes[i]
	fresh := pane.image == nil || pane.bench != l.bench
	if pane.image == nil {
		pane.image = ebiten.NewImage(at.Dx(), at.Dy())
	}
	if fresh || i == 0 || i == 1+l.turn%(l.peers-1) {
		pane.bench = l.bench
		view.Viewport = pane.image.Bounds()
		l.scenes[i].Draw(pane.image, l.bench.world(i), view)
	}
	op := &ebiten.DrawImageOptions{}
	op.GeoM.Translate(float64(at.Min.X), float64(at.Min.Y))
	p.Dst.DrawImage(pane.image, op)
}

// pane is the last picture of a machine. Owner: Draw.
type pane struct {
	image *ebiten.Image
	bench bench // that it shows
}

func (l *Lab) drawCaption(p *ui.Painter, i int, at image.Rectangle) {
	name := machineOf[i] + "'s machine"
	if l.peers > 2 && l.large() {
		name = machineOf[i]
	}
	if i == 0 {
		name = "Your machine"
		switch {
		case l.idle < idleTicks:
		case l.peers > 2 && l.large():
			name = "A bot plays"
		case l.peers > 2, l.large():
			name = "Yours (a bot plays)" // it has less room
		default:
			name += " (a bot plays)"
		}
	}
	if l.large() {
		art.Mark(p.Dst, i, float64(at.Min.X+8), float64(at.Min.Y-13), art.Paint{})
		p.Text(p.Fit(name, at.Dx()-36, 2), at.Min.X+17, at.Min.Y-22, 2, ui.Ink)
		return
	}
	art.Mark(p.Dst, i, float64(at.Min.X+8), float64(at.Min.Y-8), art.Paint{})
	p.Text(p.Fit(name, at.Dx()-120, 1), at.Min.X+17, at.Min.Y-13, 1, ui.Ink)
	frame := fmt.Sprintf("frame %d", l.bench.sample(i).Frame)
	if i == 0 && l.peers == 2 {
		frame += fmt.Sprintf(", %.0f fps", ebiten.ActualFPS())
	}
	p.Text(frame, at.Max.X-18-p.Width(frame, 1), at.Min.Y-13, 1, ui.Faint) // the corner is for the sign of silence
}

// drawFigures writes the few numbers that matter beside the bars.
func (l *Lab) drawFigures(p *ui.Painter, i int, at image.Point) {
	for i, line := range l.figures(i) {
		p.Text(line, at.X, at.Y+i*11, 1, ui.Ink)
	}
}

// figures are the numbers that matter of a machine, the first one most.
func (l *Lab) figures(i int) (lines [2]string) {
	s := l.bench.sample(i)
	switch l.mode {
	case Rollback:
		lines[0] = fmt.Sprintf("%d guessed", max(s.Frame-1-s.Confirmed, 0))
		lines[1] = fmt.Sprintf("delay %d", s.DelayFrames)
	case DelayBased:
		lines[0] = fmt.Sprintf("delay %d", s.DelayFrames)
		lines[1] = fmt.Sprintf("= %d ms", s.DelayFrames*1000/60)
	default:
		lines[0] = "no repair"
	}
	return lines
}

var wayWords = [...]string{
	Rollback: "Your frog answers at once. What the others do is guessed, and repaired when their inputs arrive: " +
		"each bar is a repair, as high as the frames played again. The shades are what is certain.",
	DelayBased: "Nothing is guessed: every input waits until it has reached everybody. All machines always agree, " +
		"and your frog wades through mud. Slide the delay up and hop.",
	NoCorrection: "Inputs count when they come and nothing is repaired. Every machine looks fine by itself. " +
		"The shades are where the other machine has the frogs.",
}

// wayShort say it where letters are large.
var wayShort = [...]string{
	Rollback:     "Your frog answers at once; bars are guesses put right.",
	DelayBased:   "All wait for all: your frog is slow.",
	NoCorrection: "Nothing is mended: the ponds drift apart.",
}

func (l *Lab) drawReport(p *ui.Painter) {
	area := l.reportArea()
	p.Panel(area)
	inner := area.Inset(6)
	y := inner.Min.Y
	write := func(text string, alarm bool) {
		c := ui.Ink
		if alarm {
			c = ui.Alarm
		}
		lines, size := p.Lines(text, image.Rect(inner.Min.X, y, inner.Max.X, area.Max.Y-2), l.config.TextSize)
		for _, line := range lines {
			p.Text(line, inner.Min.X, y, size, c)
			y += p.LineHeight(size)
		}
	}
	switch report := l.report(); {
	case l.trouble != "":
		write(l.trouble, true)
	case len(report) > 0 && l.peers > 2: // the area is wide and low
		write(strings.Join(report, " "), true)
	case len(report) > 0:
		for _, line := range report {
			write(line, true)
		}
	case l.said != "":
		write(l.said, false)
	case l.large():
		write(wayShort[l.mode], false)
	default:
		write(wayWords[l.mode], false)
	}
}

func (l *Lab) report() []string {
	if l.bench == nil {
		return nil
	}
	return l.bench.report()
}
