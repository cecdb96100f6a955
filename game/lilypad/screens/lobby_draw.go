package screens

import (
	"fmt"
	"image"
	"image/color"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

func (l *lobby) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, l.tick)
	title := "Lobby"
	for _, m := range l.members {
		if m.Host {
			title = p.Fit(m.Name, 200, 2) + "'s lobby"
		}
	}
	if l.host {
		title = "Your lobby"
	}
	p.Shaded(title, image.Rect(lobbyPondAt.Min.X, 4, lobbyPondAt.Max.X, 24), 2, ui.Bright)
	for seat := range l.rows {
		if l.talk.form == nil { // its sheet lies there
			l.drawSeat(a, p, seat)
		}
	}
	if l.watched != "" && l.talk.form == nil {
		p.Shaded(p.Fit(l.watched, lobbyPondAt.Dx()-8, 1), image.Rect(lobbyPondAt.Min.X, lobbyPondAt.Min.Y-1, lobbyPondAt.Max.X, lobbyPondAt.Max.Y), 1, ui.Ink)
	}
	l.drawNews(a, p)
	l.form.Draw(p)
	chat, _, _ := lobbyTalkAt(l.form.TextSize)
	drawChat(a, p, chat, l.lines)
	l.talk.draw(p)
}

// cell is the part of the pond that a seat has: a quarter of it, or an eighth if there
// are more than four.
func (l *lobby) cell(seat int) image.Rectangle {
	columns := 2
	if len(l.rows) > 4 {
		columns = 4
	}
	w, h := lobbyPondAt.Dx()/columns, lobbyPondAt.Dy()/2
	at := lobbyPondAt.Min.Add(image.Pt(seat%columns*w, seat/columns*h))
	if len(l.rows) <= columns {
		at.Y += h / 2 // one row, in the middle
	}
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(w, h-2))}
}

// lilyPicture is a lily that has room for a frog that hops.
var lilyPicture = func() func() art.Sprite {
	var s art.Sprite
	return func() art.Sprite {
		if s.Image == nil {
			s = art.Get("lily/3")
		}
		return s
	}
}()

// drawSeat draws a frog on its lily, its name, and how it stands with its player. Up to
// four are twice as large.
func (l *lobby) drawSeat(a *App, p *ui.Painter, seat int) {
	row, cell, size, style := l.rows[seat], l.cell(seat), a.settings.textSize(), l.styles[seat]
	scale := 1
	if len(l.rows) <= 4 {
		scale = 2
	}
	x, y := (cell.Min.X+cell.Max.X)/2, cell.Min.Y+54+4*scale
	bob := (l.tick/30 + seat) % 3 / 2
	lilyPicture().Paint(p.Dst, float64(x), float64(y+bob), art.Paint{Mirror: seat%2 == 1, Scale: 1 + 0.4*float64(scale-1)})
	if scale == 1 {
		art.Halo(p.Dst, int(style.Colour), float64(x), float64(y+bob), art.Paint{Fade: 0.15})
	}
	l.whims[seat].draw(p, style, row.you, x, y+6+bob, l.tick, scale)
	if row.ready && !row.bot {
		art.Ready.Draw(p.Dst, x+24*scale, y-16)
	}
	if row.muted {
		art.Mute.Draw(p.Dst, x+24*scale, y)
	}
	if row.ping >= 0 {
		icon := art.Signal2
		switch {
		case row.ping > 200:
			icon = art.Signal0
		case row.ping > 90:
			icon = art.Signal1
		}
		icon.Draw(p.Dst, x-24*scale-10, y-16)
	}
	l.drawName(p, row, cell, size, style)
}

// drawName writes a player's name with the mark of the colour, and below it a note; the
// notes have no room beside large letters, and the signs tell as much.
func (l *lobby) drawName(p *ui.Painter, row seatRow, cell image.Rectangle, size int, style art.Style) {
	c := ui.Ink
	if row.you {
		c = ui.Bright
	}
	x, y := (cell.Min.X+cell.Max.X)/2, cell.Max.Y-24
	name := p.Fit(row.name, cell.Dx()-16, size)
	left := x - (p.Width(name, size)+12)/2
	art.SmallMark(p.Dst, int(style.Colour), float64(left+4), float64(y+6*size), art.Paint{})
	p.ShadedAt(name, left+12, y, size, c)
	if size > 1 {
		return
	}
	note := row.note
	if row.ping >= 0 {
		if note != "" {
			note += ", "
		}
		note += fmt.Sprintf("%d ms", row.ping)
	}
	p.Shaded(p.Fit(note, cell.Dx()-8, 1), image.Rect(cell.Min.X, y+12, cell.Max.X, cell.Max.Y), 1, ui.Ink)
}

// drawNews says what will be played, how a friend gets here and who gets in, or who
// the host is.
func (l *lobby) drawNews(a *App, p *ui.Painter) {
	box := lobbyNewsAt
	p.Panel(box)
	inner := box.Inset(7)
	if code, ready := a.online.code(); l.host && code != "" {
		foot := codeWords(&a.settings)
		if !ready {
			foot = sentenceStart(a.online.lobby.Progress()) + "..."[:l.tick/20%4]
		}
		drawLobbyCode(p, box, code, ready, watchCodeWords(a.online.watchCode()), foot)
		return
	}
	lines := l.hostWords(a)
	if !l.host {
		lines = l.guestWords()
	}
	if c, coming := a.online.lobby.Coming(); coming {
		lines[0], lines[1] = newsLine{sentence(comingWords(c)), ui.Bright}, newsLine{"You come in by yourself.", ui.Ink}
	}
	if words := a.online.lobby.Seating(); words != "" {
		lines = append([]newsLine{{sentence(words), ui.Alarm}}, lines...)
	}
	y := inner.Min.Y
	for i, said := range lines {
		size := a.settings.textSize()
		if i >= largeLines || p.Width(said.text, size) > inner.Dx() {
			size = 1
		}
		for _, text := range p.Wrap(said.text, inner.Dx(), size, 3) {
			if y+p.LineHeight(size) > box.Max.Y-2 {
				return // what comes last matters least
			}
			p.Text(text, inner.Min.X, y, size, said.c)
			y += p.LineHeight(size)
		}
	}
}

// newsLine is a line of what there is to know in a lobby.
type newsLine struct {
	text string
	c    color.NRGBA
}

// largeLines is how many of them are written in large letters, if the player wants such:
// the first, which say the most.
const largeLines = 2

// guestWords tell a guest what will be played, and with whom.
func (l *lobby) guestWords() []newsLine {
	lines := []newsLine{{"You are in.", ui.Ink}, {"The host starts when all are ready.", ui.Ink}, {sentence(l.match), ui.Bright}}
	for _, m := range l.members {
		if m.Host {
			lines = append(lines, newsLine{"The host's fingerprint: " + m.Fingerprint, ui.Faint})
		}
	}
	return lines
}

// hostWords tell a host without a code how friends get in.
func (l *lobby) hostWords(a *App) []newsLine {
	node := a.online.node
	lines := []newsLine{{"Friends type this:", ui.Ink}}
	if all := node.Addresses(); len(all) > 0 {
		lines = append(lines, newsLine{all[0], ui.Bright})
	}
	return append(lines, newsLine{addressWords(&a.settings), ui.Ink}, newsLine{sentence(l.match), ui.Ink},
		newsLine{fmt.Sprintf("Outside: forward UDP port %d.", node.Addr().Port()), ui.Faint})
}

// addressWords say who gets into a lobby without a code.
func addressWords(s *Settings) string {
	switch {
	case s.ShowLAN && s.Secret != "":
		return "On this network they see you under Join a match. All need your secret."
	case s.ShowLAN:
		return "On this network they see you under Join a match. Whoever comes gets in."
	case s.Secret != "":
		return "Under Join a match. They need your secret, too."
	}
	return "Under Join a match. Whoever knows it gets in."
}

// codeWords say who gets into a lobby with a code. Those on this network need
// none if they find it on their lists: see netcode.LobbyConfig.
func codeWords(s *Settings) string {
	switch {
	case s.ShowLAN && s.Secret != "":
		return "On this network friends see you under Join a match, and your secret will do, too."
	case s.ShowLAN:
		return "On this network anybody sees you under Join a match, and gets in without the code."
	case s.Secret != "":
		return "Nobody gets in without the code or your secret."
	}
	return "Nobody gets in without it."
}

// watchCodeWords tell the code by which one only watches, "" if there is none.
func watchCodeWords(code string) string {
	if code == "" {
		return ""
	}
	return "Who only watches: " + code
}

// drawLobbyCode shows the code as large as it fits, pale until friends can use
// it, and below it that for those who watch, if there is one, and what there is to say.
func drawLobbyCode(p *ui.Painter, box image.Rectangle, code string, ready bool, watch, foot string) {
	c := ui.Bright
	if !ready {
		c = ui.Faint
	}
	inner := box.Inset(7)
	head := p.Wrap("Friends join by this code:", inner.Dx(), 1, 2)
	lines := p.Wrap(foot, inner.Dx(), 1, 4)
	if watch != "" {
		lines = append([]string{watch}, lines...)
	}
	top, bottom := inner.Min.Y+len(head)*p.LineHeight(1), box.Max.Y-5-len(lines)*p.LineHeight(1)
	size := 3
	for size > 1 && (p.Width(code, size) > inner.Dx() || p.LineHeight(size) > bottom-top) {
		size--
	}
	row := func(text string, y, size int, c color.NRGBA) {
		p.Centred(text, image.Rect(box.Min.X, y, box.Max.X, box.Max.Y), size, c)
	}
	for i, line := range head {
		row(line, inner.Min.Y+i*p.LineHeight(1), 1, ui.Ink)
	}
	row(code, top+(bottom-top-p.LineHeight(size))/2, size, c)
	for i, line := range lines {
		row(line, bottom+i*p.LineHeight(1), 1, ui.Ink)
	}
}

// drawChat shows the newest lines that have room, long ones on several.
func drawChat(a *App, p *ui.Painter, box image.Rectangle, said []netcode.Line) {
	p.Panel(box)
	inner := image.Rect(box.Min.X+8, box.Min.Y+4, box.Max.X-8, box.Max.Y-2)
	type row struct {
		text string
		size int
		c    color.NRGBA
	}
	var rows []row
	add := func(text string, c color.NRGBA) {
		lines, size := p.Lines(text, inner, a.settings.textSize())
		for _, line := range lines {
			rows = append(rows, row{line, size, c})
		}
	}
	for _, line := range said {
		c := ui.Ink
		if line.From == "" {
			c = ui.Faint
		}
		add(chatLine(line), c)
	}
	if len(rows) == 0 {
		add("Type to say something to all, or press 1 to 8 for a phrase.", ui.Faint)
	}
	first, tall := len(rows), 0
	for first > 0 && tall+p.LineHeight(rows[first-1].size) <= inner.Dy() {
		first--
		tall += p.LineHeight(rows[first].size)
	}
	y := inner.Min.Y
	for _, r := range rows[first:] {
		p.Text(r.text, inner.Min.X, y, r.size, r.c)
		y += p.LineHeight(r.size)
	}
}
