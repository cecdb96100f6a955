package screens

import (
	"time"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// duel is a round over the network, whatever the number of players.
type duel struct {
	app    *App
	online *online
	match  *netplay.Match
	cast   *cast
	called []string
	peers  []netcode.PeerStats
	lines  []netcode.Line
	looks  art.Styles
	events []netcode.Event
	slow   map[int]bool // machines that are too slow
	delay  int          // Settings.Delay, as the match was told last
	status netcode.Status
	ending netplay.Ending
	wanted bool // the host wants the next round as soon as all are ready
	take   *take
}

func newDuel(a *App, o *online, m *netplay.Match) *duel {
	var own [][]byte
	for _, seat := range m.Seats() {
		own = append(own, seat.Own)
	}
	o.again = false
	o.lobby.AppendEvents(nil) // of the match before
	d := &duel{slow: map[int]bool{}, delay: a.settings.Delay, app: a, online: o, match: m, looks: stylesOf(own)}
	d.cast = newCast(d)
	d.record()
	return d
}

// record begins to record the match, if replays are kept: of a match that runs, what comes.
func (d *duel) record() {
	draft := d.app.saving.begin()
	if draft == nil {
		return
	}
	recording, err := d.match.Record(draft)
	if err != nil {
		return // it is over, and what there was of it was recorded
	}
	d.take = d.app.saving.add(&take{draft: draft, log: recording, stop: recording.Stop})
}

func (d *duel) recorded() *take { return d.take }

// clock is the lobby's, so that the round keeps its pace whatever the loop does.
func (d *duel) clock() (now, tick time.Duration) { return d.online.node.Now(), d.match.TickPeriod() }

func (d *duel) observe(graph *game.Netgraph, slow bool) { graph.ObserveMatch(d.match, d.status, slow) }

func (d *duel) tick(pads []rules.Pad) {
	if want := d.app.settings.Delay; want != d.delay {
		if d.delay = want; want == 0 {
			d.match.SetAutoDelay()
		} else {
			d.match.SetDelay(want - 1)
		}
	}
	d.status = d.match.Tick(pads...)
	if d.cast.rest--; d.cast.rest < 0 {
		d.cast.look(d)
	}
}
func (d *duel) world() *rules.World { return d.match.World() }
func (d *duel) localSeats() []int   { return d.match.LocalSeats() }
func (d *duel) pauses() bool        { return false }
func (d *duel) appendNotices(dst []rollback.Notice) []rollback.Notice {
	return d.match.AppendNotices(dst)
}
func (d *duel) leave() {
	if w := d.world(); d.take != nil && w.Phase == rules.Ready && w.Round == 1 {
		d.take.draft.Drop() // nothing has happened
	}
	d.online.leave()
	if d.take != nil {
		d.take.stop()
	}
}

// waiting says for whom the match waits; if that takes longer, too, what comes of it.
func (d *duel) waiting() (string, int) {
	words, ms := game.WaitingWords(d.status), d.status.WaitingMs
	if ms < longWaitMs {
		return sentenceStart(words), ms
	}
	way := "Esc leads out."
	if d.app.hand.touches() {
		way = "The button at the top left leads out."
	}
	comes := map[netcode.Absence]string{netcode.AbsentBot: "a bot takes over", netcode.AbsentEnds: "the match is over"}[d.match.Absent()]
	if comes == "" {
		comes = "the match goes on all the same"
	}
	return sentence(words) + " If it lasts, " + comes + ". " + way, ms
}

// longWaitMs is how long a match must wait before a player wants to know more.
const longWaitMs = 2000

// leaving says what netcode does: the match goes on without who leaves, and so does the
// lobby; who knows the way may come back while it runs, if the host has it so.
func (d *duel) leaving() string {
	switch {
	case !d.cast.others():
		return "The match is over then: nobody else plays."
	}
	words := "You only watch."
	if len(d.match.LocalSeats()) > 0 {
		words = frogWords(d.match.Absent())
	}
	switch {
	case d.hosting():
		return words + " Another player hosts the lobby then."
	case d.match.LateJoin() != netcode.LateNever:
		return words + " While the match runs you can come back."
	}
	return words + " You can come back for the next match."
}

// frogWords say what becomes of the frog of whoever leaves.
func frogWords(absent netcode.Absence) string {
	switch absent {
	case netcode.AbsentBot:
		return "A bot takes over your frog."
	case netcode.AbsentEnds:
		return "The match is over for all then."
	case netcode.AbsentFrozen:
		return "Your frog goes on with what it does now."
	}
	return "Your frog stands still from then on."
}

func (d *duel) hosting() bool { return d.online.lobby != nil && d.online.lobby.Hosting() }

// stops is the right of whoever hosts now, and plays.
func (d *duel) stops() bool { return d.hosting() && len(d.match.LocalSeats()) > 0 }

func (d *duel) heed(notices []rollback.Notice) {
	if d.online.lobby != nil {
		d.ending.Heed(notices, d.online.lobby.Room, d.match)
	}
}

func (d *duel) ends() bool { return d.ending.Wanted() }
func (d *duel) ender() int { return d.ending.By() }

func (d *duel) watched() int {
	if d.online.lobby == nil {
		return 0
	}
	return d.online.lobby.Watching()
}

// votePause asks for a pause, and tells the others how they can agree.
func (d *duel) votePause(stand bool) {
	if !d.match.VotePause(stand) || d.online.lobby == nil {
		return
	}
	words := "Let us go on!"
	if stand {
		words = "A pause, please! (menu, Pause)"
	}
	if err := d.online.lobby.Say(words); err != nil {
		d.app.say(sentence(err.Error()))
	}
}

// away is told at once: the others are to know before they wonder.
func (d *duel) away(away bool) {
	if d.online.away == away || d.online.lobby == nil {
		return
	}
	d.online.away = away
	if err := d.online.tell(&d.app.settings); err != nil {
		d.app.say(sentence(err.Error()))
	}
}

func (d *duel) stands() bool { return d.status.Paused }

// wayBack is where to come back to the match after leaving it.
func (d *duel) wayBack() destination {
	if d.online.lobby == nil || d.match.LateJoin() == netcode.LateNever {
		return destination{}
	}
	return d.app.wayBack(d.online.lobby)
}

// rejoin asks to be let in to the lobby that was just left.
func (a *App) rejoin(to destination) {
	to.waits = true // where nobody is let into a match, until that is over
	a.push(newJoining(a, to))
}

// offerReturn shows who has left a match how to come back to it.
func (a *App) offerReturn(to destination) {
	a.push(newQuestion(a, "You have left", "The match goes on without you. While it runs you can come back to it.", "Not now", "Come back", func() {
		a.pop()
		a.rejoin(to)
	}))
}

// signals shows how well the machines of the other players are heard.
func (d *duel) signals() (all [rules.MaxSeats]scene.Signal) {
	d.peers = d.match.AppendPeers(d.peers[:0])
	for _, p := range d.peers {
		signal := scene.SignalGood
		switch {
		case d.slow[p.Machine]:
			signal = scene.SignalSlow
		case p.Lost || p.SilentMs > 1000:
			signal = scene.SignalBad
		case p.PingMs > 120 || p.LossPercent > 5:
			signal = scene.SignalFair
		}
		for _, seat := range p.Seats {
			if seat < len(all) && !p.Absent {
				all[seat] = signal
			}
		}
	}
	for seat, s := range d.cast.seats {
		switch {
		case seat >= len(all):
		case s.dozes:
			all[seat] = scene.SignalAway
		case !s.away || !s.had:
		case d.cast.bots:
			all[seat] = scene.SignalAway
		default:
			all[seat] = scene.SignalBad
		}
	}
	return all
}

func (d *duel) styles() art.Styles { return d.looks }

func (d *duel) wants() (none [rules.MaxSeats]bool) {
	if d.online.lobby == nil {
		return none
	}
	seats := d.match.Seats()
	for i := range seats {
		seats[i].Machine = d.cast.seats[i].machine
	}
	return wanting(seats, d.online.lobby.AppendMembers(nil))
}

// appendLines passes on what is said while the round runs, but for what muted members
// say, and who plays now and who does not any more.
func (d *duel) appendLines(dst []netcode.Line) []netcode.Line {
	if d.online.lobby == nil {
		return dst
	}
	dst = d.appendNews(dst)
	d.lines = d.online.lobby.AppendLines(d.lines[:0])
	if len(d.lines) == 0 {
		return dst
	}
	members := d.online.lobby.AppendMembers(nil)
	for _, line := range d.lines {
		if d.online.hears(line, members) && !d.tells(line) {
			if line.Kind == netcode.EventJoined && d.stops() && !d.cast.free() {
				line.Text = watcherWords(line.About)
			}
			dst = append(dst, line)
		}
	}
	return dst
}

// watcherWords tell a host that somebody has come for whom there is no frog, and what to
// do about it.
func watcherWords(name string) string {
	return name + " has come and watches: no frog is free. To play together, stop the match and take all back to the lobby."
}

// tells reports whether a line of the lobby is told better by the match: somebody is gone
// who plays in it, or is on the way back into it.
func (d *duel) tells(line netcode.Line) bool {
	_, over := d.match.Result()
	switch line.Kind {
	case netcode.EventJoined, netcode.EventLeft, netcode.EventLost:
		return !over && d.cast.known[line.About]
	}
	return false
}

func chatLine(l netcode.Line) string {
	if l.From == "" {
		return l.Text
	}
	return l.From + ": " + l.Text
}

// appendNews appends a line for everybody who is gone from the match or has come into it,
// and for every machine that is found to be too slow, this one or another.
func (d *duel) appendNews(dst []netcode.Line) []netcode.Line {
	d.events = d.online.lobby.AppendEvents(d.events[:0])
	for _, e := range d.events {
		if e.Kind == netcode.EventSlow && !d.slow[e.Machine] {
			d.slow[e.Machine] = true
			dst = append(dst, netcode.Line{Kind: e.Kind, About: e.Name, Text: slowWords(e.Name, e.Machine == d.cast.me)})
		}
		if e.Kind == netcode.EventWatching {
			dst = append(dst, watchNews(d.online.lobby, e))
		}
		if _, over := d.match.Result(); e.Kind == netcode.EventDesync && !over {
			dst = append(dst, netcode.Line{Kind: e.Kind, About: e.Name, Text: strayedWords(e.Name, e.Frame)})
		}
		dst = d.cast.appendNews(dst, e)
	}
	if d.cast.rest <= 0 {
		d.cast.look(d)
	}
	dst = append(dst, d.cast.news...)
	d.cast.news = d.cast.news[:0]
	return dst
}

// slowWords say whose computer is too slow, and what helps.
func slowWords(name string, mine bool) string {
	if mine {
		return "This computer is too slow to put guesses right in time: take a smaller window, or turn effects off (Options, Picture)."
	}
	return name + "'s computer is slow: what jerks now is not your line."
}

func (d *duel) ended() (bool, string) {
	result, over := d.match.Result()
	if !over {
		return false, ""
	}
	if result.Err == nil && (result.Agreed || !d.cast.others()) {
		return true, "" // who is left alone has nobody to ask
	}
	words := endWords(result)
	if _, differ := result.Err.(*netcode.DesyncError); differ && d.take != nil {
		words += " If it happens again, send the replay to who made the game."
	}
	return true, words
}

// idle keeps the lobby alive between rounds and returns the next one when it
// begins.
func (d *duel) idle() contest {
	o := d.online
	if o.lobby == nil {
		return nil
	}
	o.lobby.Poll()
	o.settle(&d.app.settings, o.lobby.AppendMembers(nil))
	o.away = false // it matters in a match
	if err := o.tell(&d.app.settings); err != nil {
		d.app.say(sentence(err.Error()))
	}
	if d.wanted && o.lobby.Blocker() == "" && o.start(d.app) == nil {
		d.wanted = false
	}
	return o.started(d.app)
}

// again wants the next round: the host starts it as soon as nothing stands in
// its way, a guest is ready for it.
func (d *duel) again() string {
	lobby := d.online.lobby
	switch {
	case lobby == nil || lobby.State() == netcode.Ended:
		return "The lobby is closed: go back and join again."
	case !lobby.Hosting():
		d.online.again = true
		lobby.SetReady(true)
		return "You are ready. The host starts the next round."
	}
	d.wanted, d.online.again = true, true
	if why := lobby.Blocker(); why != "" {
		return "The next round starts when all are there: " + why + "."
	}
	return ""
}
