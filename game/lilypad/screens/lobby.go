package screens

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// lobby is where players meet before a match and between two.
type lobby struct {
	form    ui.Form
	tick    int
	host    bool
	ready   bool
	chat    *ui.TextField
	line    string // what is being typed
	members []netcode.Member
	lines   []netcode.Line // the newest chatLines
	news    []netcode.Line
	rows    []seatRow

	frogs, bots, length int    // shown to guests
	match               string // what else the host has chosen, in words
	frogChoice          *ui.Choice
}

// seatRow is one seat of the coming round.
type seatRow struct {
	name  string
	note  string
	bot   bool
	you   bool
	ready bool
	ping  int // ms, -1 for none
}

const (
	chatLines    = 6 // that have room
	maxChatRunes = 100
)

// openLobby hosts a match.
func (a *App) openLobby() {
	o, err := a.network()
	if err == nil {
		o.leave()
		config := netcode.LobbyConfig{
			LocalSeats: a.settings.PlayersHere + 1, Secret: a.settings.Secret,
			LAN: a.settings.ShowLAN, Code: a.rendezvous() != "",
		}
		if config.LAN {
			config.Title = a.settings.Title
		}
		o.lobby, err = netcode.OpenLobby(o.node, netplay.Config(), config)
	}
	if err != nil {
		a.push(newTrouble(a, "Could not host", sentence(err.Error())))
		return
	}
	a.push(newLobby(a))
}

func newLobby(a *App) *lobby {
	a.nearby.close() // what others host is of no interest now
	l := &lobby{host: a.online.lobby.Hosting()}
	room := a.online.lobby
	f := &l.form
	f.TextSize, f.Gap, f.Typing = a.settings.textSize(), 2, true
	f.Column(image.Rect(328, 110, 628, 250))
	s := &a.settings
	frogs, bots, length := &s.Frogs, &s.Bots, &s.Length
	if !l.host {
		frogs, bots, length = &l.frogs, &l.bots, &l.length
	}
	l.frogChoice = &ui.Choice{Text: "Frogs on the pond", Names: frogChoices, Value: frogs, Locked: !l.host, Change: a.save}
	f.Add(l.frogChoice)
	f.Add(&ui.Choice{Text: "Bots fill up and are", Names: botChoices, Value: bots, Locked: !l.host, Change: a.save})
	lasts := &ui.Choice{Text: "A round lasts", Names: lengthChoices, Value: length, Locked: !l.host, Change: a.save}
	if l.host {
		f.Beside(lasts, &ui.Button{Text: "Rounds, pond, teams...", Press: func() { a.push(newRoundOptions(a)) }})
	} else {
		f.Add(lasts)
	}
	f.Space(4)
	if l.host {
		start := &ui.Button{Text: "Start", Blocked: room.Blocker, Press: func() { l.start(a) },
			Refuse: func(why string) { a.say(sentence(why)) }}
		f.Add(start)
		f.Focus(start)
		what := "Copy the address"
		if code, _ := room.Code(); code != "" {
			what = "Copy the code"
		}
		f.Beside(&ui.Button{Text: what, Press: func() { l.copyInvitation(a) }},
			&ui.Button{Text: "Invite without server", Press: a.openInvite})
	} else {
		ready := &ui.Toggle{Text: "I am ready", Value: &l.ready, Change: func() { room.SetReady(l.ready) }}
		f.Add(ready)
		f.Focus(ready)
	}
	f.Beside(&ui.Button{Text: "How to play", Press: a.openHowto},
		&ui.Button{Text: "Leave", Press: func() { l.askToLeave(a) }})
	l.chat = &ui.TextField{Text: "Say", Value: &l.line, Max: maxChatRunes, Clipboard: a.clip, Enter: func() {
		if l.line != "" {
			if err := room.Say(l.line); err != nil {
				a.say(sentence(err.Error()))
				return
			}
			l.line = ""
		}
	}}
	f.Place(l.chat, image.Rect(12, 337, 628, 337+20))
	return l
}

func (l *lobby) start(a *App) {
	if err := a.online.lobby.Start(a.newSeed(), 0); err != nil {
		a.say(sentence(err.Error()))
	}
}

func (l *lobby) copyInvitation(a *App) {
	text, _ := a.online.lobby.Code()
	if text == "" {
		text = a.online.invitation()
	}
	a.copyText(text, "Copied: "+text)
}

// invitation is the likeliest address with the fingerprint that pins us.
func (o *online) invitation() string {
	if addrs := o.node.Addresses(); len(addrs) > 0 {
		return addrs[0] + "#" + o.node.Fingerprint()
	}
	return fmt.Sprintf("127.0.0.1:%d#%s", o.node.Addr().Port(), o.node.Fingerprint())
}

// askToLeave leaves; a host who has guests is asked first, because they go, too.
func (l *lobby) askToLeave(a *App) {
	if !l.host || len(l.members) < 2 {
		a.pop()
		return
	}
	var guests []string
	for _, m := range l.members {
		if !m.You {
			guests = append(guests, m.Name)
		}
	}
	a.push(newQuestion(a, "Close the lobby?", listOf(guests)+" must leave it, too: it is yours.", "Stay", "Close it", func() {
		a.pop()
		a.pop()
	}))
}

// listOf joins names as a sentence does.
func listOf(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

func (l *lobby) leave(a *App) { a.online.leave() }

func (l *lobby) update(a *App, in ui.Input) {
	l.tick++
	room := a.online.lobby
	room.Poll()
	if room.State() == netcode.Ended {
		err := room.Err()
		a.replace(newTrouble(a, "The lobby is closed", sentence(err.Error())))
		return
	}
	if next := a.online.started(a); next != nil {
		a.push(newMatch(a, next))
		return
	}
	l.refresh(a)
	if !a.settings.Taught { // while one waits for the first round
		a.settings.Taught = true
		a.save()
		a.push(newHowto(a, "To the lobby", a.pop))
		return
	}
	if in.Back {
		l.askToLeave(a)
		return
	}
	if len(in.Chars) > 0 && in.Chars[0] != ' ' { // whoever types wants to say something
		l.form.Focus(l.chat)
	}
	a.sound.menu(l.form.Update(in))
}

// refresh takes in what the network has told since the last tick.
func (l *lobby) refresh(a *App) {
	room := a.online.lobby
	l.members = room.AppendMembers(l.members[:0])
	a.online.settle(&a.settings, l.members)
	l.news = room.AppendLines(l.news[:0])
	l.lines = append(l.lines, l.news...)
	if n := len(l.lines) - chatLines; n > 0 {
		l.lines = append(l.lines[:0], l.lines[n:]...)
	}
	for _, m := range l.members {
		if m.You {
			l.ready = m.Ready
		}
	}
	l.readOptions(room.Options())
	l.frogChoice.Names = frogChoicesFor(l.humans())
	l.deal()
}

// frogChoicesFor are the choices of how many frogs there are, as so many players make them:
// every player has one.
func frogChoicesFor(humans int) []string {
	if humans <= 2 {
		return frogChoices
	}
	names := slices.Clone(frogChoices)
	for i := range names {
		if i+2 < humans {
			names[i] = fmt.Sprintf("%d: all players", humans)
		}
	}
	return names
}

// readOptions shows a guest what the host has chosen.
func (l *lobby) readOptions(options []byte) {
	setup, err := rules.DecodeSetup(0, l.humans(), options)
	if err != nil {
		return
	}
	l.match = matchWords(setup)
	l.frogs = inside(setup.Seats-2, len(frogChoices))
	for _, level := range setup.Levels {
		if level > 0 {
			l.bots = inside(int(level)-1, len(botChoices))
		}
	}
	for i, frames := range lengthFrames {
		if frames == setup.DurationFrames {
			l.length = i
		}
	}
}

func (l *lobby) humans() (n int) {
	for _, m := range l.members {
		n += m.Seats
	}
	return n
}

// deal lists the seats of the coming round: players in the order they came,
// then bots.
func (l *lobby) deal() {
	l.rows = l.rows[:0]
	for _, m := range l.members {
		for _, player := range m.Players {
			row := seatRow{name: player.Name, you: m.You, ready: m.Ready, ping: m.PingMs}
			switch {
			case m.You:
				row.note, row.ping = "you", -1
			case m.Host:
				row.note = "host"
			case !m.Linked:
				row.note, row.ping = "connecting", -1
			}
			l.rows = append(l.rows, row)
		}
	}
	for seat := len(l.rows); seat < min(l.frogs+2, rules.MaxSeats); seat++ {
		l.rows = append(l.rows, seatRow{name: botNames[seat], bot: true, ping: -1, note: botChoices[l.bots] + " bot"})
	}
}

func (l *lobby) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, l.tick)
	title := "Lobby"
	if l.host {
		title = "Your lobby"
	}
	p.Shaded(title, image.Rect(0, 4, Width, 24), 2, ui.Bright)
	l.drawSeats(a, p)
	l.drawAddress(a, p)
	l.form.Draw(p)
	l.drawChat(a, p)
}

func (l *lobby) drawSeats(a *App, p *ui.Painter) {
	box := image.Rect(12, 30, 316, 246)
	p.Panel(box)
	size := a.settings.textSize()
	for seat, row := range l.rows {
		y := box.Min.Y + 8 + seat*26
		line := y + 11 - 6*size
		a.pond.portrait(p, seat, box.Min.X+22+seat%2*26, y+19, l.tick) // in two columns: they are taller than a row
		art.Mark(p.Dst, seat, float64(box.Min.X+74), float64(y+11), art.Paint{})
		c := ui.Ink
		switch {
		case row.you:
			c = ui.Bright
		case row.bot:
			c = ui.Faint
		}
		room := 80
		if size > 1 || row.note == "" {
			room = 134 // large text leaves the notes out: the colours tell as much
		}
		p.Text(p.Fit(row.name, room, size), box.Min.X+86, line, size, c)
		if size == 1 {
			p.Text(row.note, box.Min.X+166, line, size, ui.Faint)
		}
		if row.ping >= 0 {
			icon := art.Signal2
			switch {
			case row.ping > 200:
				icon = art.Signal0
			case row.ping > 90:
				icon = art.Signal1
			}
			icon.Draw(p.Dst, box.Max.X-78, y+6)
			p.Text(fmt.Sprintf("%d ms", row.ping), box.Max.X-64, y+5, 1, ui.Ink)
		}
		if row.ready && !row.bot {
			art.Ready.Draw(p.Dst, box.Max.X-22, y+6)
		}
	}
}

// drawAddress says how a friend gets here and who gets in, or who the host is.
func (l *lobby) drawAddress(a *App, p *ui.Painter) {
	box := image.Rect(328, 30, 628, 105)
	p.Panel(box)
	y := box.Min.Y + 6
	line := func(text string, c color.NRGBA) {
		p.Text(p.Fit(text, box.Dx()-16, 1), box.Min.X+8, y, 1, c)
		y += p.LineHeight(1)
	}
	if !l.host {
		line("You are in. The host starts when all are ready.", ui.Ink)
		if l.match != "" {
			line(l.match, ui.Bright)
		}
		line("Fingerprint of the host:", ui.Faint)
		for _, m := range l.members {
			if m.Host {
				line(m.Fingerprint, ui.Faint)
			}
		}
		return
	}
	if code, ready := a.online.lobby.Code(); code != "" {
		foot := codeWords(&a.settings)
		if !ready {
			foot = sentenceStart(a.online.lobby.Progress()) + "..."[:l.tick/20%4]
		}
		drawLobbyCode(p, box, code, ready, foot)
		return
	}
	for _, text := range addressWords(&a.settings) {
		line(text, ui.Ink)
	}
	node := a.online.node
	for i, addr := range node.Addresses() {
		if i < 2 {
			line(addr, ui.Bright)
		}
	}
	line(fmt.Sprintf("From outside: forward UDP port %d to this machine.", node.Addr().Port()), ui.Faint)
}

// addressWords say, in two lines, who gets into a lobby without a code.
func addressWords(s *Settings) [2]string {
	first, second := "Friends type one of these under Join a match:", "Whoever knows one of them gets in."
	switch {
	case s.ShowLAN && s.Secret != "":
		return [2]string{"On this network friends see you under Join a match.", "Or they type one of these. All need your secret:"}
	case s.ShowLAN:
		return [2]string{"On this network friends see you under Join a match.", "Or they type one of these. Whoever does gets in:"}
	case s.Secret != "":
		second = "They need your secret, too."
	}
	return [2]string{first, second}
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

// drawLobbyCode shows the code as large as it fits, pale until friends can use
// it, and what there is to say below it.
func drawLobbyCode(p *ui.Painter, box image.Rectangle, code string, ready bool, foot string) {
	c := ui.Bright
	if !ready {
		c = ui.Faint
	}
	inner := box.Inset(8)
	lines := p.Wrap(foot, inner.Dx(), 1, 4)
	top, bottom := box.Min.Y+18, box.Max.Y-5-len(lines)*p.LineHeight(1)
	size := 3
	for size > 1 && (p.Width(code, size) > inner.Dx() || p.LineHeight(size) > bottom-top) {
		size--
	}
	row := func(text string, y, size int, c color.NRGBA) {
		p.Centred(text, image.Rect(box.Min.X, y, box.Max.X, box.Max.Y), size, c)
	}
	row("Friends type this code under Join a match:", box.Min.Y+5, 1, ui.Ink)
	row(code, top+(bottom-top-p.LineHeight(size))/2, size, c)
	for i, line := range lines {
		row(line, bottom+i*p.LineHeight(1), 1, ui.Ink)
	}
}

// drawChat shows the newest lines that have room, long ones on several.
func (l *lobby) drawChat(a *App, p *ui.Painter) {
	box := image.Rect(12, 252, 628, 333)
	p.Panel(box)
	size := a.settings.textSize()
	most := chatLines / size
	type row struct {
		text string
		c    color.NRGBA
	}
	var rows []row
	for _, said := range l.lines {
		c := ui.Ink
		if said.From == "" {
			c = ui.Faint
		}
		for _, text := range p.Wrap(chatLine(said), box.Dx()-16, size, most) {
			rows = append(rows, row{text, c})
		}
	}
	if len(rows) == 0 {
		rows = []row{{"Type to say something to all.", ui.Faint}}
	}
	for i, r := range rows[max(len(rows)-most, 0):] {
		p.Text(r.text, box.Min.X+8, box.Min.Y+4+i*p.LineHeight(size), size, r.c)
	}
}
