package screens

import (
	"fmt"
	"image"
	"net/netip"
	"strings"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// destination is where a player wants to go.
type destination struct {
	address string // for netcode.JoinLobby, or with a name in it to look up
	shown   string // what to call it; "" is the address
	secret  string
	keep    bool // it was typed, and may be typed again next time
	watch   bool // only to watch,
	waits   bool // until there is a place
	open    bool // the player knows that the host reads the address there, which is hidden elsewhere

	rendezvous string // the server that knows the code; "" is the player's own
}

func (d destination) name() string {
	if d.shown != "" {
		return d.shown
	}
	return d.address
}

// destinationOf reads what was typed, or says why nobody can be there.
func destinationOf(text string, canCode bool) (to destination, why string) {
	if text == "" {
		return destination{}, "Choose a lobby above, or type or paste the host's address."
	}
	if l, ok := netplay.FindLink(text); ok {
		to, why = placeOf(l.Address, canCode || l.Rendezvous != "")
		to.rendezvous = l.Rendezvous
		return to, why
	}
	return placeOf(text, canCode)
}

// placeOf is destinationOf for what is no link.
func placeOf(text string, canCode bool) (to destination, why string) {
	if isInvite(text) {
		return destination{address: text, shown: "the host of the invite"}, inviteProblem(text)
	}
	// The next lobby has another code.
	return destination{address: text, keep: !isCode(text)}, codeProblem(text, canCode)
}

// aloneTicks is how long an invite may do without a reply before the player is
// shown one: who can be reached unasked is reached by then.
const aloneTicks = 150

// joiningWordsAt is where it says what is being done.
var joiningWordsAt = image.Rect(100, 100, Width-100, 166)

// joining waits until the host has answered.
type joining struct {
	form    ui.Form
	tick    int
	to      destination
	lookup  *lookup
	dialled int  // tick
	entered bool // the lobby is on the screen stack now and owns the connection

	coming int // ticks that it is on its way into a match that runs
}

// comingTicks is how long the way into a match that runs is watched here; if it takes
// longer, one waits in the lobby.
const comingTicks = 600

func newJoining(a *App, to destination) *joining {
	j := &joining{to: to, lookup: newLookup(to.address)}
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
	if a.online != nil && a.online.open() && j.lookup == nil {
		a.online.poll()
		coming := false
		if a.online.lobby != nil {
			_, coming = a.online.lobby.Coming()
		}
		if coming {
			j.coming++
		}
		if !coming || j.coming > comingTicks {
			if a.awaitHost(j.to, &j.entered) {
				return
			}
		}
		if _, ready := a.online.entrance().Reply(); ready && j.tick-j.dialled >= aloneTicks {
			j.entered = true // the next screen owns the connection
			a.replace(newReplying(a, j.to))
			return
		}
	}
	a.sound.menu(j.form.Update(in))
}

// awaitHost polls a lobby that the player has asked to be let in to, or to watch, and
// reports whether another screen is shown now: the lobby itself, what is to be seen, or why
// not. entered becomes true if that screen owns the connection.
func (a *App) awaitHost(to destination, entered *bool) bool {
	way := a.online.entrance()
	a.online.poll()
	switch way.State() {
	case netcode.Connecting:
		return false
	case netcode.Ended:
		a.turnedAway(to, way.Err())
		return true
	}
	*entered = true
	if to.watch {
		a.replace(newWatching(a, to))
		return true
	}
	if a.joined = to; isInvite(to.address) {
		a.joined = destination{secret: to.secret} // it may be used up
	}
	if to.keep {
		a.settings.LastHost = to.address
	}
	a.settings.Met = true
	a.save()
	a.replace(newLobby(a))
	if into := a.online.started(a); into != nil { // a match that ran
		a.push(newMatch(a, into))
	}
	return true
}

// turnedAway says why somebody does not come in. Where no place is free, he may watch.
func (a *App) turnedAway(to destination, err error) {
	switch {
	case to.watch:
		a.replace(newTrouble(a, "Could not watch", sentence(err.Error())))
	case netcode.ReasonOf(err) == netcode.ReasonFull:
		a.replace(newFullDoorway(a, to, err.Error()))
	default:
		a.replace(newTrouble(a, "Could not join", sentence(err.Error())))
	}
}

func (j *joining) dial(a *App, answer lookupAnswer) {
	if answer.err != nil {
		j.fail(a, answer.err)
		return
	}
	if a.online != nil {
		a.online.leave()
	}
	if a.settings.hides() && !j.to.open && readsAddress(answer.address) {
		j.askToShow(a)
		return
	}
	server := a.rendezvous()
	if to := j.to.rendezvous; to != "" && to != server && a.settings.hides() {
		j.fail(a, fmt.Errorf("you hide your address, and this link's server %s would see your address: if you trust it, make it yours under Options, Network", firstRunes(to, 60)))
		return
	}
	if j.to.rendezvous != "" {
		server = j.to.rendezvous
	}
	o, err := a.network(server)
	if err != nil {
		j.fail(a, err)
		return
	}
	j.dialled = j.tick
	if j.to.watch {
		o.watching, err = netcode.Watch(o.node, netplay.Config(), answer.address, netcode.LobbyConfig{Secret: j.to.secret})
	} else {
		config := a.settings.lobbyConfig(j.to.secret)
		config.Wait = j.to.waits || isInvite(j.to.address) // which is good for one way in
		o.lobby, err = netcode.JoinLobby(o.node, netplay.Config(), answer.address, config)
	}
	if err != nil {
		o.lobby, o.watching = nil, nil
		j.fail(a, err)
	}
}

// readsAddress reports whether whoever is called there reads this machine's public address:
// not by a code or an invite, and not on a network of one's own.
func readsAddress(address string) bool {
	if isInvite(address) || isCode(address) {
		return false
	}
	at, err := netip.ParseAddrPort(bareAddress(address))
	ip := at.Addr().Unmap()
	return err == nil && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast()
}

// askToShow asks a player who hides the address whether it may be seen this time.
func (j *joining) askToShow(a *App) {
	to := j.to
	to.open = true
	a.replace(newQuestion(a, "You hide your address", "Whoever is called by an address reads yours. Whom you meet by a code or an invite never sees it.",
		"Back", "Call all the same", func() { a.replace(newJoining(a, to)) }))
}

func (j *joining) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, j.tick)
	r := image.Rect(80, 90, Width-80, 270)
	p.Panel(r)
	words := "Looking up the name"
	if a.online != nil && a.online.open() {
		words = a.online.entrance().Progress()
		if a.online.lobby != nil {
			if c, coming := a.online.lobby.Coming(); coming {
				words = comingWords(c)
			}
		}
	}
	if isTrouble(words) {
		p.Paragraph(sentence(words), joiningWordsAt, a.settings.textSize(), ui.Alarm)
	} else {
		drawProgress(p, words, joiningWordsAt, a.settings.textSize(), j.tick)
	}
	if name := j.to.name(); !strings.Contains(words, bareAddress(name)) {
		p.Centred(p.Fit(name, r.Dx()-40, 1), image.Rect(r.Min.X, 172, r.Max.X, 190), 1, ui.Faint)
	}
	waitStrip(p, image.Rect(r.Min.X+60, 196, r.Max.X-60, 202), j.tick)
	j.form.Draw(p)
}

// comingWords say how far one is on the way into a match that runs.
func comingWords(c netcode.Coming) string {
	switch {
	case c.Frame > 0:
		return "A match is running: catching up with it, " + clock(int32(c.Frame)) + " by now"
	case c.OfBytes > 0:
		return fmt.Sprintf("A match is running: %d of %d kB of its pond are here", c.Bytes/1000, max(c.OfBytes/1000, 1))
	case c.Denied != nil:
		return sentence(c.Denied.Reason)
	}
	return "A match is running: asking to be let in"
}

// isTrouble reports whether words about how a meeting goes say that it fails, though
// it is tried for some seconds more: the code may be wrong, or the server full.
func isTrouble(words string) bool {
	for _, start := range []string{"nobody hosts", "too many players", "the rendezvous server"} {
		if strings.HasPrefix(words, start) {
			return true
		}
	}
	return false
}

// bareAddress is an address without the fingerprint behind it, which no sentence
// repeats.
func bareAddress(address string) string {
	bare, _, _ := strings.Cut(address, "#")
	return bare
}

// drawProgress writes what is being done in the middle of a box, with dots that
// come and go.
func drawProgress(p *ui.Painter, words string, box image.Rectangle, size, tick int) {
	lines, size := p.Lines(sentenceStart(words)+"...", box, size)
	lines[len(lines)-1] = strings.TrimSuffix(lines[len(lines)-1], "...") + "..."[:tick/20%4]
	y := box.Min.Y + (box.Dy()-len(lines)*p.LineHeight(size))/2
	for _, line := range lines {
		p.Centred(line, image.Rect(box.Min.X, y, box.Max.X, y), size, ui.Ink)
		y += p.LineHeight(size)
	}
}

// waitStrip moves, which says that the wait is alive.
func waitStrip(p *ui.Painter, track image.Rectangle, tick int) {
	p.Well(track)
	x := track.Min.X + 2 + (tick*2)%(track.Dx()-44)
	p.Fill(image.Rect(x, track.Min.Y+1, x+40, track.Max.Y-1), ui.Good)
}

func sentenceStart(text string) string {
	s := sentence(text)
	if len(s) > 0 && s[len(s)-1] == '.' {
		return s[:len(s)-1]
	}
	return s
}
