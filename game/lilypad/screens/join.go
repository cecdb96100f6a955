package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// maxAddressRunes is room for a long host name, a port and a fingerprint.
const maxAddressRunes = 160

// join asks where to.
type join struct {
	form    ui.Form
	tick    int
	address string
}

func newJoin(a *App) *join {
	j := &join{address: a.settings.LastHost}
	connect := func() { a.push(newJoining(a, j.address)) }
	blocked := func() string {
		if j.address == "" {
			return "type or paste the address first"
		}
		return ""
	}
	j.form.TextSize = a.settings.textSize()
	j.form.Column(image.Rect(90, 150, 550, 330))
	j.form.Add(&ui.TextField{Value: &j.address, Max: maxAddressRunes, Hint: "192.168.1.5:7777#fingerprint", Clipboard: a.clip,
		Enter: func() {
			if blocked() == "" {
				connect()
			}
		}})
	j.form.Space(4)
	j.form.Add(&ui.Button{Text: "Join", Press: connect, Blocked: blocked})
	j.form.Add(&ui.Button{Text: "Paste", Press: a.clip.Ask})
	j.form.Add(&ui.Button{Text: "Clear", Press: func() { j.address = "" }})
	j.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	return j
}

func (j *join) update(a *App, in ui.Input) {
	j.tick++
	if in.Back {
		a.pop()
		return
	}
	if text, ok := a.clip.Paste(); ok {
		j.address = firstRunes(text, maxAddressRunes)
	}
	a.sound.menu(j.form.Update(in))
}

func firstRunes(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

func (j *join) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, j.tick)
	p.Shaded("Join a match", image.Rect(0, 60, Width, 100), 3, ui.Bright)
	p.Shaded("Ask the host for the address on their screen. Ctrl+V pastes.", image.Rect(0, 116, Width, 130), 1, ui.Ink)
	j.form.Draw(p)
}

// joining waits until the host has answered.
type joining struct {
	form    ui.Form
	tick    int
	address string
	lookup  *lookup
	entered bool // the lobby is on the screen stack now and owns the connection
}

func newJoining(a *App, address string) *joining {
	j := &joining{address: address, lookup: newLookup(address)}
	j.form.TextSize = a.settings.textSize()
	j.form.Column(image.Rect(240, 230, 400, 330))
	j.form.Add(&ui.Button{Text: "Cancel", Press: a.pop})
	return j
}

func (j *joining) leave(a *App) {
	if !j.entered && a.online != nil {
		a.online.leave()
	}
}

func (j *joining) fail(a *App, err error) {
	a.replace(newTrouble(a, "Could not join", sentence(err.Error())))
}

func (j *joining) update(a *App, in ui.Input) {
	j.tick++
	if in.Back {
		a.pop()
		return
	}
	if j.lookup != nil {
		if answer, ok := j.lookup.done(); ok {
			j.lookup = nil
			j.dial(a, answer)
			return
		}
	}
	if a.online != nil && a.online.lobby != nil && j.lookup == nil {
		lobby := a.online.lobby
		lobby.Poll()
		switch lobby.State() {
		case netcode.Connecting:
		case netcode.Ended:
			j.fail(a, lobby.Err())
			return
		default:
			j.entered = true
			a.settings.LastHost = j.address
			a.save()
			a.replace(newLobby(a))
			return
		}
	}
	a.sound.menu(j.form.Update(in))
}

func (j *joining) dial(a *App, answer lookupAnswer) {
	if answer.err != nil {
		j.fail(a, answer.err)
		return
	}
	o, err := a.network()
	if err != nil {
		j.fail(a, err)
		return
	}
	o.leave()
	o.lobby, err = netcode.JoinLobby(o.node, netplay.Config(), answer.address, netcode.LobbyConfig{LocalSeats: a.settings.PlayersHere + 1})
	if err != nil {
		o.lobby = nil
		j.fail(a, err)
	}
}

func (j *joining) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, j.tick)
	r := image.Rect(80, 110, Width-80, 270)
	p.Panel(r)
	words := "Looking up the name"
	if a.online != nil && a.online.lobby != nil {
		words = a.online.lobby.Progress()
	}
	dots := "..."[:j.tick/20%4]
	p.Centred(p.Fit(sentenceStart(words), r.Dx()-40, 1)+dots, image.Rect(r.Min.X, 140, r.Max.X, 160), 1, ui.Ink)
	p.Centred(p.Fit(j.address, r.Dx()-40, 1), image.Rect(r.Min.X, 160, r.Max.X, 180), 1, ui.Faint)
	// A strip that moves says that the wait is alive.
	track := image.Rect(r.Min.X+60, 196, r.Max.X-60, 202)
	p.Well(track)
	x := track.Min.X + 2 + (j.tick*2)%(track.Dx()-44)
	p.Fill(image.Rect(x, track.Min.Y+1, x+40, track.Max.Y-1), ui.Good)
	j.form.Draw(p)
}

func sentenceStart(text string) string {
	s := sentence(text)
	if len(s) > 0 && s[len(s)-1] == '.' {
		return s[:len(s)-1]
	}
	return s
}
