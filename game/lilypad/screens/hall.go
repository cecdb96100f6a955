package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/privatefile"
	"github.com/visavis-netcode/visavis/rollback"
)

// hall is a lobby that looks at a replay together: who is there, who has the controls, and what
// is said. What a playback in one is told to do is a wish, which all see if this player has the
// controls. The lobby's screen is below, and owns the connection.
type hall struct {
	lobby *lobby
	of    *netcode.Screening
	lent  bool   // the replay is the host's, and not among this player's own
	line  string // what is being typed
	field *ui.TextField
	talk  talk
	heard int // of the lobby's lines, how many there were
	chat  []spoken

	grows  bool           // the controls are made for a match that goes on
	marked rollback.Frame // it was looked for what has happened in it up to here
}

const (
	hallLines  = 4                    // of chat that are shown at once
	followTime = 8 * time.Millisecond // of a tick, for going to where the others are
)

// sayAtHall is where one types, at a text size: below the scores.
func sayAtHall(size int) image.Rectangle {
	top := 34 + 12*(size-1)
	return image.Rect(10, top, 310, top+12*size+8)
}

// place puts onto a player's form what there is only with others, and returns where the next one
// goes.
func (h *hall) place(a *App, b *playback, put func(w ui.Widget, wide int)) {
	size := a.settings.textSize()
	together, wide := "Together...", 92+60*(size-1)
	if size > 1 && h.of.Grows() {
		together, wide = "Room...", 92+12*(size-1)
	}
	put(&ui.Button{Text: together, Help: "Who is here, who has the controls, and playing on from here.", Press: func() { a.push(newCompany(a, b)) }}, wide)
	put(&ui.Button{Text: "Say...", Help: "Ready-made words. Whoever has a keyboard types.", Press: func() { h.talk.open(a) }}, 56+20*(size-1))
	h.placeLive(a, put)
	h.field = &ui.TextField{Text: "Say", Value: &h.line, Max: maxChatRunes, Clipboard: a.clip, Enter: func() { h.say(a, b) }}
	b.form.Place(h.field, sayAtHall(size))
	b.form.Typing = true
}

// say says what was typed.
func (h *hall) say(a *App, b *playback) {
	if h.line == "" {
		return
	}
	if err := a.online.lobby.Say(h.line); err != nil {
		a.say(sentence(err.Error()))
		return
	}
	h.line = ""
	b.form.Focus(b.playing)
}

// want tells the player why a wish is none: nearly always another one has the controls.
func (h *hall) want(a *App, err error) {
	switch err {
	case nil:
	case netcode.ErrNotAtControls:
		a.say(h.holder() + " has the controls: under Together you see who is here.")
	default:
		a.say(sentence(err.Error()))
	}
}

// holder is what the player is called who has the controls.
func (h *hall) holder() string {
	for _, m := range h.lobby.members {
		if m.Machine == h.of.Holder() {
			return m.Name
		}
	}
	return "Somebody"
}

// update takes in what is said, and what of the input is for that: it reports whether all of it
// was.
func (h *hall) update(a *App, b *playback, in *ui.Input) bool {
	h.listen()
	typing := b.form.Focused() == ui.Widget(h.field) || h.line != ""
	if h.talk.update(a, in, typing) {
		return true
	}
	if len(in.Chars) > 0 && !typing && !strings.ContainsRune(" ,.", in.Chars[0]) {
		b.form.Focus(h.field)
	}
	return false
}

// typing reports whether what is typed is a line of chat.
func (h *hall) typing(b *playback) bool {
	return h != nil && (b.form.Focused() == ui.Widget(h.field) || h.line != "")
}

// listen takes over what the lobby has heard.
func (h *hall) listen() {
	for i := range h.chat {
		h.chat[i].left--
	}
	for _, line := range h.lobby.lines[max(0, len(h.lobby.lines)-(h.lobby.heard-h.heard)):] {
		h.chat = append(h.chat, spoken{chatLine(line), newsTicks})
	}
	h.heard = h.lobby.heard
	for len(h.chat) > 0 && (len(h.chat) > hallLines || h.chat[0].left <= 0) {
		h.chat = append(h.chat[:0], h.chat[1:]...)
	}
}

// follow goes to where all are, and returns what has happened on the way.
func (h *hall) follow(b *playback) ([]rollback.Notice, error) {
	if at := slices.Index(speeds, h.of.Speed()); at >= 0 {
		b.speed = at
	}
	h.grow(b)
	began := now()
	return b.film.follow(h.of, func() bool { return now().Sub(began) > followTime })
}

// toggle plays, or stands still.
func (h *hall) toggle(a *App) {
	if h.of.Playing() {
		h.want(a, h.of.Pause())
	} else {
		h.want(a, h.of.Play())
	}
}

// draw shows what was said and, unless the controls are hidden, who is here.
func (h *hall) draw(a *App, b *playback, p *ui.Painter) {
	size := a.settings.textSize()
	field := sayAtHall(size)
	y := field.Max.Y + 8
	for _, line := range h.chat {
		lines, size := p.Lines(line.text, image.Rect(0, 0, Width/2, 4*p.LineHeight(1)), size)
		for _, text := range lines {
			p.ShadedAt(text, 10, y, size, ui.Ink)
			y += p.LineHeight(size)
		}
	}
	if b.asleep() {
		return
	}
	words := h.holder() + " has the controls."
	if h.of.Mine() {
		words = "You have the controls."
	}
	words += h.liveWords()
	p.Banner(image.Rect(2, field.Min.Y-5, Width-2, field.Max.Y+5))
	room := image.Rect(field.Max.X+10, field.Min.Y-2, Width-10, field.Max.Y)
	for size > 1 && p.Width(words, size) > room.Dx() {
		size--
	}
	p.Text(p.Fit(words, room.Dx(), size), room.Min.X, room.Min.Y, size, ui.Bright)
	p.Text(p.Fit(h.present(a), room.Dx(), 1), room.Min.X, room.Min.Y+p.LineHeight(size), 1, ui.Ink)
}

// names are who is here.
func (h *hall) names() string {
	var names []string
	for _, m := range h.lobby.members {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// company is who looks at a replay together: the controls go from one to another here, and the
// match from here on begins.
type company struct {
	page
	from  *playback
	ready bool
	told  string // what the form is built of
}

func newCompany(a *App, b *playback) *company {
	c := &company{from: b}
	c.refresh(a)
	return c
}

// refresh builds the form anew if somebody has come or gone, or has the controls.
func (c *company) refresh(a *App) {
	h, room := c.from.hall, a.online.lobby
	told := fmt.Sprint(a.settings.textSize(), room.Hosting(), h.of.Holder(), h.lent, h.names())
	for _, m := range h.lobby.members {
		if m.You {
			c.ready = m.Ready
		}
	}
	if told == c.told {
		return
	}
	c.told = told
	old := c.form
	c.form = ui.Form{TextSize: a.settings.textSize(), Gap: 2}
	f := &c.form
	f.Column(image.Rect(150, 84, 490, Height-6))
	if room.Hosting() {
		f.Add(&ui.Button{Text: "Play on from here", Primary: true, Blocked: func() string { return startBlocked(room.Blocked()) }, Press: func() { c.playOn(a) },
			Refuse: func(string) { a.say(sentence(room.Blocker())) }})
	} else {
		f.Add(&ui.Toggle{Text: "I am ready to play on", Primary: true, Value: &c.ready, Change: func() { room.SetReady(c.ready) }})
	}
	for _, m := range h.lobby.members {
		if h.of.Mine() && !m.You {
			f.Add(&ui.Button{Text: "Controls to " + m.Name, Press: func() { c.handOver(a, m.Machine) }})
		}
	}
	if room.Hosting() && !h.of.Mine() {
		f.Add(&ui.Button{Text: "Take the controls", Press: func() { h.want(a, h.of.TakeBack()); a.pop() }})
	}
	if h.lent && a.saving.folder.Path != "" {
		f.Add(&ui.Button{Text: "Keep this replay", Press: func() { c.keep(a) }})
	}
	f.Add(&ui.Button{Text: "To the lobby", Press: func() { a.pop(); a.pop() }})
	f.Add(&ui.Button{Text: "Back", Press: a.pop})
	f.FocusLike(&old)
}

// handOver gives the controls to another one.
func (c *company) handOver(a *App, machine int) {
	c.from.hall.want(a, c.from.hall.of.HandOver(machine))
	a.pop()
}

// keep puts the replay among this player's own.
func (c *company) keep(a *App) {
	if err := a.saving.folder.Keep(now(), c.from.bytes); err != nil {
		a.say("The replay could not be kept: " + privatefile.Explain(err).Error() + ".")
		return
	}
	c.from.hall.lent = false
	a.say("It is among your replays now.")
	a.pop()
}

// playOn begins the match that goes on from where all stand.
func (c *company) playOn(a *App) {
	if err := a.online.lobby.StartFromReplay(netcode.UntilOver); err != nil {
		a.say(sentence(err.Error()))
		return
	}
	a.online.fromReplay = true
}

func (c *company) update(a *App, in ui.Input) {
	c.refresh(a)
	c.page.update(a, in)
}

func (c *company) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, c.tick)
	size := a.settings.textSize()
	p.Shaded("Together", image.Rect(0, 8, Width, 32), 2, ui.Bright)
	h, who, what := c.from.hall, "you have", "replay"
	if !h.of.Mine() {
		who = h.holder() + " has"
	}
	if h.of.Grows() {
		what = "match"
	}
	words := fmt.Sprintf("%d look at this %s; %s the controls: %s.", len(h.lobby.members), what, who, h.present(a))
	p.Paragraph(words, image.Rect(20, 36, Width-20, 80), size, ui.Ink)
	c.form.Draw(p)
}
