package screens

import (
	"image"
	"image/color"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// maxAddressRunes is room for an invite, and so for a long host name, a port and a
// fingerprint too.
const maxAddressRunes = maxInviteRunes

// join asks where to: one of the lobbies on the local network, or an address.
type join struct {
	form    ui.Form
	list    *ui.List
	address ui.TextField
	secret  ui.TextField
	status  image.Rectangle // where it says what is wrong, or what to do

	tick    int
	typed   string     // address or code
	seen    string     // what the status was said of
	word    string     // secret
	picked  string     // lobby of the list whose secret is being typed
	said    string     // a reply to what was pressed last
	touched bool       // something was pressed: the focus stays where it was put
	pasting bool       // the Paste button was pressed
	looking *ui.Button // the Watch button
	typing  bool       // something was typed since the list had the focus
}

// statusHeight is room for three lines, or for one in large letters.
const statusHeight = 38

func newJoin(a *App) *join {
	j := &join{typed: a.settings.LastHost, seen: a.settings.LastHost}
	size := a.settings.textSize()
	row := 12*size + 8
	f := &j.form
	f.TextSize, f.Typing = size, true
	const left, right = 80, Width - 80
	buttons := image.Rect(left, Height-8-row, right, Height-8)
	secret := image.Rect(left, buttons.Min.Y-6-row, right, buttons.Min.Y-6)
	j.status = image.Rect(8, secret.Min.Y-4-statusHeight, Width-8, secret.Min.Y-4)
	address := image.Rect(left, j.status.Min.Y-4-row, right, j.status.Min.Y-4)

	j.list = &ui.List{Empty: a.nearby.emptyWords, Press: func(item ui.ListItem) { j.pick(a, item.Key, false) }}
	f.Place(j.list, image.Rect(left, 58, right, address.Min.Y-8))
	what, hint := "Link or address", "192.168.1.5:7777"
	if a.rendezvous() != "" {
		what, hint = "Link, code or address", "K7QF-3MX9-TD4W"
	}
	j.address = ui.TextField{Text: what, Hint: hint, Value: &j.typed, Max: maxAddressRunes,
		Clipboard: a.clip, Enter: func() { j.connect(a, false) }}
	f.Place(&j.address, address)
	j.secret = ui.TextField{Text: "Secret", Hint: "if the lobby has one", Value: &j.word, Max: maxSecretRunes,
		Clipboard: a.clip, Enter: func() { j.withSecret(a) }}
	f.Place(&j.secret, secret)
	j.looking = &ui.Button{Text: "Watch", Press: func() { j.watch(a) }}
	width := (buttons.Dx() - 4*6) / 5
	for i, b := range []*ui.Button{
		{Text: "Join", Press: func() { j.withSecret(a) }}, j.looking,
		{Text: "Paste", Press: func() { j.paste(a) }},
		{Text: "Clear", Press: func() { j.typed, j.word = "", "" }},
		{Text: "Back", Press: a.pop},
	} {
		x := left + i*(width+6)
		f.Place(b, image.Rect(x, buttons.Min.Y, x+width, buttons.Max.Y))
	}
	f.Focus(&j.address)
	return j
}

// connect goes to what was typed, unless something is wrong with it.
func (j *join) connect(a *App, watch bool) {
	to, why := destinationOf(j.typed, a.rendezvous() != "")
	if why != "" {
		j.said = why
		return
	}
	to.secret, to.watch = j.word, watch
	a.push(newJoining(a, to))
}

// watch goes to see the match of what was chosen or typed last.
func (j *join) watch(a *App) {
	switch item, some := j.list.Chosen(); {
	case j.picked != "":
		j.pick(a, j.picked, true)
	case some && !j.typing:
		j.pick(a, item.Key, true)
	default:
		j.connect(a, true)
	}
}

// pick goes to a lobby of the list, or asks for its secret first; where a match runs, or no
// place is free, one chooses whether to watch.
func (j *join) pick(a *App, address string, watch bool) {
	f, ok := a.nearby.at(address)
	if !ok {
		j.said = "This lobby has just been closed."
		return
	}
	j.picked, j.said = "", lobbyBlocked(f)
	switch {
	case f.Watch:
		j.said = ""
	case watch:
		j.said = f.Name + " lets nobody watch."
	}
	if j.said != "" {
		return
	}
	if f.NeedsSecret {
		j.picked = address // also for the next try, if this secret is wrong
	}
	if f.NeedsSecret && j.word == "" {
		j.said = f.Name + "'s lobby asks for a secret: type it here, and press " + goOn(a) + "."
		j.form.Focus(&j.secret)
		return
	}
	to := destination{address: address, shown: f.Name + "'s lobby", secret: j.word, watch: watch}
	if !watch && f.Watch && (f.Playing || lobbyBlocked(f) != "") {
		a.push(newDoorway(a, f, to))
		return
	}
	a.push(newJoining(a, to))
}

// withSecret goes on to where the secret is for: the lobby that asked for it,
// or the address.
func (j *join) withSecret(a *App) {
	if j.picked != "" {
		j.pick(a, j.picked, false)
		return
	}
	j.connect(a, false)
}

func (j *join) paste(a *App) {
	if !a.clip.available() {
		j.said = "This desktop has no program that pastes text (xclip, xsel or wl-paste): type it by hand."
		return
	}
	j.pasting = true
	a.clip.Ask()
}

func (j *join) update(a *App, in ui.Input) {
	j.tick++
	if in.Back {
		a.pop()
		return
	}
	a.nearby.watch(a)
	j.list.Items = a.nearby.appendItems(j.list.Items[:0])
	j.guide(&in)
	if j.pasting {
		if text, ok := a.clip.Paste(); ok {
			j.typed, j.pasting = firstRunes(bareLink(text), maxAddressRunes), false
			j.address.ToEnd()
			j.form.Focus(&j.address) // where Enter goes on
		}
	}
	a.sound.menu(j.form.Update(in))
	if j.form.Focused() == ui.Widget(j.list) {
		j.typing = false
	}
	if j.typed != j.seen {
		j.typing = true
		better := tidy(j.typed)
		if len(j.typed) > len(j.seen)+utf8.UTFMax { // it was pasted
			better = tidy(bareLink(j.typed))
		}
		if better != j.typed {
			j.typed = better
			j.address.ToEnd()
		}
		j.seen, j.said, j.picked = j.typed, "", ""
	}
}

// guide puts the focus where a newcomer wants it: on the list as soon as there
// is something on it, and on the address for those who just type.
func (j *join) guide(in *ui.Input) {
	if !j.touched && len(j.list.Items) > 0 {
		j.form.Focus(j.list)
		j.touched = true
	}
	j.touched = j.touched || in.Any() || in.Next || in.Previous
	typing := j.form.Focused() == ui.Widget(&j.secret)
	if len(in.Chars) > 0 && in.Chars[0] != ' ' && !typing {
		j.form.Focus(&j.address)
	}
}

// bareLink is a link without what was written around it. Other texts stay as they are.
func bareLink(text string) string {
	if l, ok := netplay.FindLink(text); ok {
		return l.String()
	}
	return text
}

func firstRunes(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

// statusLine is what stands below the address, and how it is meant.
func (j *join) statusLine(a *App) (string, color.NRGBA) {
	if j.said != "" {
		return j.said, ui.Alarm
	}
	if item, some := j.list.Chosen(); some && !j.typing && j.form.Focused() == ui.Widget(j.looking) {
		return "Shows the match of " + item.Name + "'s lobby.", ui.Good
	}
	if _, why := destinationOf(j.typed, a.rendezvous() != ""); why != "" && j.typed != "" {
		return why, ui.Alarm
	}
	_, isLink := netplay.FindLink(j.typed)
	switch {
	case isLink:
		return "That is a link to a lobby: press " + goOn(a) + ".", ui.Good
	case isCode(j.typed):
		return "That is a code: press " + goOn(a) + ".", ui.Good
	case isInvite(j.typed):
		return "That is an invite: press " + goOn(a) + ".", ui.Good
	}
	if why := a.nearby.problem(); why != "" && len(j.list.Items) > 0 {
		return why, ui.Ink
	}
	ask := "Ask the host for a link or the address. "
	if a.rendezvous() != "" {
		ask = "Ask the host for a link or the code. "
	}
	if a.hand.touches() {
		return ask + "Press Paste.", ui.Ink
	}
	return ask + "Ctrl+V pastes.", ui.Ink
}

// goOn says what to press next.
func goOn(a *App) string {
	if a.hand.touches() {
		return "Join"
	}
	return "Enter"
}

func (j *join) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, j.tick)
	size := a.settings.textSize()
	p.Shaded("Join a match", image.Rect(0, 14-6*size, Width, 34), 2, ui.Bright)
	p.Shaded("Lobbies on this network", image.Rect(0, 56-12*size, Width, 58), size, ui.Ink)
	j.form.Draw(p)
	words, c := j.statusLine(a)
	lines, size := p.Lines(words, j.status.Inset(1), size)
	width := 0
	for _, line := range lines {
		width = max(width, p.Width(line, size))
	}
	y := (j.status.Min.Y + j.status.Max.Y - len(lines)*p.LineHeight(size)) / 2
	p.Fill(image.Rect(Width/2-width/2-5, y-1, Width/2+width/2+5, y+len(lines)*p.LineHeight(size)+1), ui.Night)
	for i, line := range lines {
		p.Centred(line, image.Rect(0, y+1+i*p.LineHeight(size), Width, Height), size, c)
	}
}
