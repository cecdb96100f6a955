package screens

import (
	"fmt"
	"image"
	"image/color"
	"slices"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

func (v *watching) draw(a *App, p *ui.Painter) {
	w := v.watcher.World()
	if w == nil {
		a.pond.backdrop(p, v.tick)
		v.drawFoyer(a, p)
	} else {
		v.scene.Draw(p.Dst, w, v.view)
		v.drawLinks(a, p)
	}
	switch size := a.settings.textSize(); {
	case v.behindF > 0:
		v.drawCatchingUp(a, p)
	case w != nil && v.over >= overTicks:
		v.drawNext(p, size)
	}
	v.drawBar(a, p)
}

// drawBar draws the controls and how it stands, or of that only the words.
func (v *watching) drawBar(a *App, p *ui.Painter) {
	size := a.settings.textSize()
	live := watchWords(v.foyer.Watchers, v.foyer.Watching)
	if v.watcher.World() != nil {
		live = v.liveWords()
	}
	proof, bad := v.verifiedWords()
	c := ui.Good
	if bad {
		c = ui.Alarm
	}
	room := Width - 34 - p.Width(proof, size)
	if v.asleep() {
		y := Height - 2 - 12*size
		if p.Width(live, size) > room {
			p.ShadedAt(p.Fit(live, room, 1), 8, y+6*(size-1), 1, ui.Ink)
		} else {
			p.ShadedAt(live, 8, y, size, ui.Ink)
		}
		p.ShadedAt(proof, Width-8-p.Width(proof, size), y, size, c)
		return
	}
	top := barTop(size)
	p.Banner(image.Rect(2, top, Width-2, Height-2))
	p.Squeeze(live, image.Rect(12, top+7, 12+room, top+7+p.LineHeight(size)), false, ui.Ink)
	p.Text(proof, Width-12-p.Width(proof, size), top+7, size, c)
	v.form.Draw(p)
}

// drawLinks draws how the players' links are, as far as the netgraph is to be seen.
func (v *watching) drawLinks(a *App, p *ui.Painter) {
	links, known := v.watcher.Links()
	if !known || v.behindF > 0 || v.over >= overTicks {
		return
	}
	size := a.settings.textSize()
	wide := Width - 2*graphLeft - 12
	var lines []string
	for _, line := range linkLines(a.graph.Mode, &links) {
		lines = append(lines, p.Wrap(line, wide, size, 3)...)
	}
	if len(lines) == 0 {
		return
	}
	box := image.Rect(graphLeft, graphTop, graphLeft+12, graphTop+8+len(lines)*p.LineHeight(size))
	for _, line := range lines {
		box.Max.X = max(box.Max.X, box.Min.X+12+p.Width(line, size))
	}
	game.Fill(p.Dst, box, linksPlate)
	for i, line := range lines {
		p.ShadedAt(line, box.Min.X+6, box.Min.Y+4+i*p.LineHeight(size), size, ui.Ink)
	}
}

// linksPlate lets the pond be seen through what stands on it.
var linksPlate = color.NRGBA{0, 0, 0, 110}

// linkLines say how the links are of the player who tells them: on one line, or on one for each.
func linkLines(mode game.GraphMode, links *netcode.WatchedLinks) (lines []string) {
	whose := links.Name + "'s links"
	if links.Name == "" {
		whose = "links"
	}
	switch {
	case mode == game.GraphOff || len(links.To) == 0:
		return nil
	case mode == game.GraphSmall:
		worst := slices.MaxFunc(links.To, func(x, y netcode.WatchedLink) int { return int(x.PingMs) - int(y.PingMs) })
		return []string{fmt.Sprintf("%s: %.0f ms to %s, loss %.0f%%", whose, worst.PingMs, orSomebody(worst.Name), worst.LossPercent)}
	}
	lines = append(lines, fmt.Sprintf("%s, waited %d ticks", whose, links.Stalls))
	for _, l := range links.To {
		lines = append(lines, fmt.Sprintf("%s %.0f ms ±%.0f  loss %.0f%%", orSomebody(l.Name), l.PingMs, l.JitterMs, l.LossPercent))
	}
	return lines
}

// orSomebody is a name, or a word in its place.
func orSomebody(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

// drawCatchingUp draws how far it is with what was missed.
func (v *watching) drawCatchingUp(a *App, p *ui.Painter) {
	box := image.Rect(Width/2-150, 40, Width/2+150, 40+34+12*a.settings.textSize())
	p.Banner(box)
	words := "Catching up: " + leftWords(int64(v.behindF-v.status.Left), int64(v.behindF), now().Sub(v.began))
	p.Centred(words, image.Rect(box.Min.X, box.Min.Y+8, box.Max.X, box.Max.Y), a.settings.textSize(), ui.Ink)
	drawBar(p, image.Rect(box.Min.X+14, box.Max.Y-22, box.Max.X-14, box.Max.Y-8), int64(v.behindF-v.status.Left), int64(v.behindF))
}

// drawNext says below the winner what comes next.
func (v *watching) drawNext(p *ui.Painter, size int) {
	lines, size := p.Lines(v.nextWords(), image.Rect(0, 0, Width-60, 3*p.LineHeight(size)), size)
	wide := 0
	for _, line := range lines {
		wide = max(wide, p.Width(line, size))
	}
	tall := len(lines)*p.LineHeight(size) + 10
	bottom := barTop(size) - 8
	box := image.Rect((Width-wide)/2-10, bottom-tall, (Width+wide)/2+10, bottom)
	p.Banner(box)
	for i, line := range lines {
		p.Centred(line, image.Rect(box.Min.X, box.Min.Y+7+i*p.LineHeight(size), box.Max.X, box.Max.Y), size, ui.Bright)
	}
}

// drawFoyer shows who is in the lobby, while there is no match.
func (v *watching) drawFoyer(a *App, p *ui.Painter) {
	size := a.settings.textSize()
	p.Shaded(p.Fit(v.foyer.Host+"'s lobby", Width-40, 2), image.Rect(0, 28, Width, 56), 2, ui.Bright)
	box := image.Rect(90, 64, Width-90, barTop(size)-10)
	lines, small := p.Lines(v.nextWords(), image.Rect(0, 0, box.Dx()-24, 3*p.LineHeight(size)), size)
	row := p.LineHeight(size) + 2
	top := box.Min.Y + 20 + len(lines)*p.LineHeight(small)
	rows := min((len(v.foyer.Players)+1)/2, (box.Max.Y-6-top)/row)
	box.Max.Y = top + rows*row + 6
	p.Panel(box)
	for i, line := range lines {
		p.Centred(line, image.Rect(box.Min.X, box.Min.Y+10+i*p.LineHeight(small), box.Max.X, box.Max.Y), small, ui.Ink)
	}
	left, wide := box.Min.X+24, (box.Dx()-36)/2
	for i, player := range v.foyer.Players[:min(len(v.foyer.Players), 2*rows)] {
		at, c := image.Pt(left+i%2*wide, top+i/2*row), ui.Ink
		if player.Ready {
			art.Ready.Draw(p.Dst, at.X, at.Y+4*(size-1))
			c = ui.Bright
		}
		p.Text(p.Fit(player.Name, wide-30, size), at.X+16, at.Y, size, c)
	}
}
