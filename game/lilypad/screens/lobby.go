package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// lobby is where players meet before a match and between two: a pond on which
// everybody's frog has a lily.
type lobby struct {
	form    ui.Form
	tick    int
	host    bool
	ready   bool
	chat    *ui.TextField
	line    string // what is being typed
	talk    talk
	members []netcode.Member
	lines   []netcode.Line // the newest chatLines
	news    []netcode.Line
	events  []netcode.Event
	watched string // by whom, in words
	rows    []seatRow
	styles  art.Styles
	whims   [rules.MaxSeats]whim
	players int // Settings.PlayersHere, for which the form was built
	spots   [rules.MaxSeats]*ui.Spot

	heard  int // lines that were shown so far
	cinema cinema

	setup rules.Setup // what the host has chosen
	match string      // that, in words
}

// seatRow is one seat of the coming round.
type seatRow struct {
	name    string
	note    string
	machine int
	bot     bool
	you     bool
	ready   bool
	muted   bool
	ping    int // ms, -1 for none
}

const (
	chatLines    = 6 // that have room
	maxChatRunes = 100
)

// Where the parts of the lobby lie.
var (
	lobbyPondAt   = image.Rect(8, 26, 404, 246)
	lobbyNewsAt   = image.Rect(412, 6, 624, 108)
	lobbyColumnAt = image.Rect(412, 114, 624, 356)
)

// lobbyTalkAt is where the chat lies, the field to type in, and the button of the
// phrases, at a text size.
func lobbyTalkAt(size int) (chat, say, phrases image.Rectangle) {
	row, wide := 12*size+8, 88+16*(size-1)
	top := 356 - row
	return image.Rect(8, 250, 404, top-4), image.Rect(8, top, 400-wide, 356), image.Rect(404-wide, top, 404, 356)
}

// openLobby hosts a match.
func (a *App) openLobby() {
	o, err := a.network(a.rendezvous())
	if err == nil {
		o.leave()
		config := a.settings.lobbyConfig(a.settings.Secret)
		config.LAN, config.Code = a.settings.ShowLAN, a.rendezvous() != ""
		if config.LAN {
			config.Title = a.settings.Title
		}
		a.settings.letWatch(&config)
		o.lobby, err = netcode.OpenLobby(o.node, netplay.Config(), config)
		a.joined = destination{secret: config.Secret} // others come to know the address when they host it
	}
	if err != nil {
		a.push(newTrouble(a, "Could not host", sentence(err.Error())))
		return
	}
	a.push(newLobby(a))
}

// lobbyConfig is how this machine takes part in a lobby, its own or another's.
func (s *Settings) lobbyConfig(secret string) netcode.LobbyConfig {
	config := netcode.LobbyConfig{LocalSeats: s.PlayersHere + 1, Players: s.players(), Secret: secret}
	if s.Delay > 0 {
		config.ManualDelay, config.DelayFrames = true, s.Delay-1
	}
	return config
}

func newLobby(a *App) *lobby {
	a.nearby.close() // what others host is of no interest now
	l := &lobby{styles: art.SeatStyles()}
	a.online.again, a.online.told, a.online.seats = false, make([]string, rules.MaxSeats), a.settings.PlayersHere+1
	for i := range l.whims {
		l.whims[i] = newWhim()
	}
	l.build(a)
	return l
}

// build makes the form: what is to be done first, how one looks, and the rest.
func (l *lobby) build(a *App) {
	room, s := a.online.lobby, &a.settings
	l.players, l.host = s.PlayersHere, room.Hosting()
	l.form = ui.Form{TextSize: s.textSize(), Gap: 2, Typing: true}
	f := &l.form
	for seat := range l.spots {
		l.spots[seat] = &ui.Spot{Press: func() { l.pressFrog(a, seat) }, Off: func() bool { return seat >= len(l.rows) || l.rows[seat].bot }}
		f.Place(l.spots[seat], image.Rectangle{})
	}
	f.Column(lobbyColumnAt)
	if l.host {
		start := &ui.Button{Text: "Start", Primary: true, Blocked: func() string { return startBlocked(room.Blocked()) }, Press: func() { l.start(a) },
			Refuse: func(string) { a.say(sentence(room.Blocker())) }}
		f.Add(start)
		f.Focus(start)
	} else {
		ready := &ui.Toggle{Text: "I am ready", Primary: true, Value: &l.ready, Change: func() { room.SetReady(l.ready); l.cheer() }}
		f.Add(ready)
		f.Focus(ready)
	}
	for local := range s.PlayersHere + 1 {
		hat, colour := "Hat", "Colour"
		if local > 0 {
			hat, colour = "Hat of the second", "Its colour"
		}
		f.Add(&ui.Choice{Text: hat, Names: hatNames, Value: &s.Looks[local].Hat, Change: a.save})
		f.Add(&ui.Choice{Text: colour, Names: colourNames, Value: &s.Looks[local].Colour, Change: a.save})
	}
	if l.host {
		f.Add(&ui.Button{Text: "The match...", Press: func() { a.push(newRoundOptions(a)) }})
		f.Beside(&ui.Button{Text: "Copy link", Press: func() { l.copyLink(a) }}, &ui.Button{Text: "Invite...", Press: a.openInvite})
		if watch := a.online.watchCode(); watch != "" {
			f.Add(&ui.Button{Text: "Copy code to watch by", Press: func() { a.copyText(watch, "Copied, for those who watch: "+watch) }})
		}
	}
	if l.cinema.of != nil {
		f.Add(&ui.Button{Text: "To the replay", Press: func() { l.cinema.show(a, l) }})
	}
	f.Beside(&ui.Button{Text: "How to play", Press: a.openHowto}, &ui.Button{Text: "Options", Press: func() { a.push(newOptions(a)) }})
	f.Add(&ui.Button{Text: "Leave", Press: func() { l.askToLeave(a) }})
	l.chat = &ui.TextField{Text: "Say", Value: &l.line, Max: maxChatRunes, Clipboard: a.clip, Enter: func() { l.say(a) }}
	_, say, phrases := lobbyTalkAt(f.TextSize)
	f.Place(l.chat, say)
	f.Place(&ui.Button{Text: "Phrases", Press: func() { l.talk.open(a) }}, phrases)
}

// startBlocked says in the few words for which a button has room why a match cannot start,
// "" if it can. Who is not ready is seen on the pond.
func startBlocked(why *netcode.NotReadyError) string {
	switch {
	case why == nil:
		return ""
	case why.Code == netcode.ReasonNotLinked:
		return "players still connect"
	case why.Code != netcode.ReasonNotReady:
		return why.Reason
	case len(why.Who) == 1:
		return "waiting for " + why.Who[0]
	}
	return fmt.Sprintf("waiting for %d players", len(why.Who))
}

// say says what was typed.
func (l *lobby) say(a *App) {
	if l.line == "" {
		return
	}
	if err := a.online.lobby.Say(l.line); err != nil {
		a.say(sentence(err.Error()))
		return
	}
	l.line = ""
}

func (l *lobby) start(a *App) {
	a.online.fromReplay = false
	if err := a.online.start(a); err != nil {
		a.say(sentence(err.Error()))
	}
}

// cheer lets the frogs of this machine hop.
func (l *lobby) cheer() {
	for seat, row := range l.rows {
		if row.you {
			l.whims[seat].hop(0, 0)
		}
	}
}

// pressFrog lets one's own frog hop, and opens what there is to do about another's.
func (l *lobby) pressFrog(a *App, seat int) {
	if l.rows[seat].you {
		l.whims[seat].hop(0, 0)
		return
	}
	for _, m := range l.members {
		if m.Machine == l.rows[seat].machine {
			a.push(newPerson(a, m, l.styles[seat]))
		}
	}
}

// copyLink gives the desktop a link that leads here.
func (l *lobby) copyLink(a *App) {
	link, said := a.online.link().String(), "Copied: "
	if a.settings.hides() && a.online.link().Rendezvous == "" {
		said = "Copied, with your address in it: "
	}
	a.copyText(link, said+link+" Send it to your friends: they paste it under Join a match.")
}

// askToLeave leaves; a host who has guests is asked first, and told who hosts then.
func (l *lobby) askToLeave(a *App) {
	next := -1
	for i, m := range l.members {
		if !m.You && (next < 0 || m.Machine < l.members[next].Machine) {
			next = i
		}
	}
	if !l.host || next < 0 {
		a.pop()
		return
	}
	a.push(newQuestion(a, "Leave your lobby?", l.members[next].Name+" hosts it then.", "Stay", "Leave it", func() {
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

func (l *lobby) leave(a *App) {
	l.cinema.close()
	a.online.leave()
}

func (l *lobby) update(a *App, in ui.Input) {
	l.tick++
	room := a.online.lobby
	room.Poll()
	if room.State() == netcode.Ended {
		a.lobbyClosed(room)
		return
	}
	if next := a.online.started(a); next != nil {
		l.cinema.due = l.cinema.of != nil
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
	if l.cinema.enter(a, l) {
		return
	}
	for i := range l.whims {
		l.whims[i].update()
	}
	if l.form.TextSize != a.settings.textSize() || l.players != a.settings.PlayersHere || l.host != room.Hosting() {
		l.build(a)
	}
	typing := l.form.Focused() == ui.Widget(l.chat) || l.line != ""
	if l.talk.update(a, &in, typing) {
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

// lobbyClosed says why a lobby is over; who has only been lost may try to come back.
func (a *App) lobbyClosed(room *netplay.Lobby) {
	const title = "The lobby is closed"
	err, label := room.Err(), ""
	switch netcode.ReasonOf(err) {
	case netcode.ReasonSilent, netcode.ReasonStoodStill, netcode.ReasonUnheard, netcode.ReasonLost:
		label = "Try to come back"
	case netcode.ReasonNotHosting: // whoever was called has let this player in, and hosts no more
		label = "Go there"
	}
	back := a.wayBack(room)
	if label == "" || back.address == "" {
		a.replace(newTrouble(a, title, sentence(err.Error())))
		return
	}
	a.replace(newQuestion(a, title, sentence(err.Error()), "Back", label, func() { a.pop(); a.rejoin(back) }))
}

// wayBack is where the lobby is that this player is in, or was; its address is "" if nobody knows.
// Another may host it by now than at the address that he has entered.
func (a *App) wayBack(room *netplay.Lobby) destination {
	back := a.joined
	if way := room.WayBack(); way != "" && way != back.address {
		back.address, back.shown = way, "the lobby"
	}
	return back
}

// behind keeps the lobby alive while another screen covers it.
func (l *lobby) behind(a *App) bool {
	a.online.lobby.Poll()
	if a.online.lobby.State() != netcode.Gathering {
		return true
	}
	l.refresh(a)
	return l.cinema.of != nil && a.online.lobby.Screening() != l.cinema.of // what is looked at is shown no more
}

// refresh takes in what the network has told since the last tick.
func (l *lobby) refresh(a *App) {
	room, o := a.online.lobby, a.online
	l.members = room.AppendMembers(l.members[:0])
	o.settle(&a.settings, l.members)
	o.away = false // it matters in a match
	if err := o.tell(&a.settings); err != nil {
		a.say(sentence(err.Error()))
	}
	l.news = room.AppendLines(l.news[:0])
	l.events = room.AppendEvents(l.events[:0])
	for _, e := range l.events {
		if e.Kind == netcode.EventWatching {
			l.news = append(l.news, watchNews(room, e))
		}
	}
	if l.tick%foyerTicks == 1 {
		l.watched = watchWords(room.AppendWatching(nil), room.Watching())
	}
	for _, line := range l.news {
		if o.hears(line, l.members) {
			l.lines = append(l.lines, line)
			l.heard++
		}
	}
	if n := len(l.lines) - chatLines; n > 0 {
		l.lines = append(l.lines[:0], l.lines[n:]...)
	}
	for _, m := range l.members {
		if m.You {
			l.ready = m.Ready
		}
	}
	if setup, err := rules.DecodeSetup(0, l.humans(), room.Options()); err == nil {
		l.setup, l.match = setup, setupWords(setup)
	}
	l.deal(o)
}

func (l *lobby) humans() (n int) {
	for _, m := range l.members {
		n += m.Seats
	}
	return n
}

// deal lists the seats of the coming round: players in the order they came,
// then bots.
func (l *lobby) deal(o *online) {
	l.rows = l.rows[:0]
	var own [][]byte
	for _, m := range l.members {
		for _, player := range m.Players {
			row := seatRow{name: player.Name, machine: m.Machine, you: m.You, ready: m.Ready, ping: m.PingMs, muted: o.muted[m.Machine]}
			switch {
			case m.You:
				row.note, row.ping = "you", -1
			case m.Host:
				row.note = "host"
			case !m.Linked:
				row.note, row.ping = "connecting", -1
			}
			l.rows = append(l.rows, row)
			own = append(own, player.Own)
		}
	}
	l.styles = stylesOf(own)
	l.rows = l.rows[:min(len(l.rows), rules.MaxSeats)]
	for seat := len(l.rows); seat < min(l.setup.Seats, rules.MaxSeats); seat++ {
		level := rules.LevelNames[min(int(l.setup.Levels[seat]), rules.MaxLevel)]
		l.rows = append(l.rows, seatRow{name: botNames[seat], bot: true, ping: -1, note: level + " bot"})
	}
	for seat := range l.spots {
		at := image.Rectangle{}
		if seat < len(l.rows) {
			at = l.cell(seat)
		}
		l.form.Move(l.spots[seat], at)
	}
}

// setupWords say what the host has chosen.
func setupWords(s rules.Setup) string {
	words := []string{fmt.Sprintf("%d frogs", s.Seats)}
	for seat := range s.Levels {
		if level := int(s.Levels[seat]); level > 0 && level <= rules.MaxLevel {
			words[0] = fmt.Sprintf("%d frogs, %s bots", s.Seats, rules.LevelNames[level])
		}
	}
	if i := slices.Index(lengthFrames, s.DurationFrames); i >= 0 {
		words = append(words, lengthChoices[i])
	}
	if more := matchWords(s); more != "" {
		words = append(words, strings.ToLower(more[:1])+more[1:])
	}
	return strings.Join(words, ", ")
}
