package screens

import (
	"fmt"
	"image"
	"reflect"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// watching shows the matches of a lobby to somebody who plays in none of them, and between
// two who is there. It owns the connection.
type watching struct {
	form    ui.Form
	tick    int
	to      destination
	watcher *netplay.Watcher
	loop    game.Loop
	status  netcode.WatchStatus
	foyer   netcode.Foyer // as it was asked for last

	// Of the match that is shown.
	scene   *scene.Scene
	view    scene.View
	setup   netcode.Setup
	fresh   bool  // its frogs have other names than the controls know, or there are frogs only now
	last    int32 // tick of its newest world
	over    int   // ticks since its end
	notices []rollback.Notice

	look      int        // whom the picture follows, until the end: an index of views
	seen      bool       // the controls are made for a pond to be seen
	views     []string   // the whole pond, and the frogs by seat
	take      *ui.Button // a place in the lobby, nil if there is no way to one
	awake     int        // ticks for which the controls are still seen
	behindF   int        // frames to catch up with, when that began
	began     time.Time  // when that was
	warned    bool       // that the worlds differ
	fooled    int        // how often it was said that what was shown was made up
	*sighting            // of the match; nil: nothing is recorded
}

// wholePond is the view that follows nobody.
const wholePond = "the whole pond"

// foyerTicks is how often it is looked who is there.
const foyerTicks = 20

func newWatching(a *App, to destination) *watching {
	a.nearby.close() // the network is the match's now
	v := &watching{to: to, watcher: a.online.watching, scene: scene.New(), awake: awakeTicks, views: []string{wholePond}}
	v.build(a)
	return v
}

// barTop is where the controls begin, at a text size.
func barTop(size int) int { return Height - 4 - (12*size + 8) - 12*size - 14 }

// build makes the controls.
func (v *watching) build(a *App) {
	size := a.settings.textSize()
	old := v.form
	v.form = ui.Form{TextSize: size}
	v.fresh = false
	row := 12*size + 8
	top := Height - 10 - row
	x := 10
	place := func(w ui.Widget, wide int) {
		v.form.Place(w, image.Rect(x, top, x+wide, top+row))
		x += wide + 4
	}
	if v.seen = v.watcher.World() != nil; v.seen {
		place(&ui.Choice{Text: "See", Names: v.views, Value: &v.look}, 220-20*(size-1))
	}
	v.take = nil
	if !isInvite(v.to.address) { // it may be used up
		v.take = &ui.Button{Text: v.takeWords(a), Press: func() { v.takePlace(a) }}
		place(v.take, 170+26*(size-1))
	}
	if v.seen {
		place(&ui.Button{Text: "Together", Press: func() { v.watchTogether(a) }}, 92+20*(size-1))
	}
	v.form.Place(&ui.Button{Text: "Back", Press: a.pop}, image.Rect(Width-10-96, top, Width-10, top+row))
	v.form.FocusLike(&old)
}

// free reports whether the players here would find places in the lobby, as far as it has
// said who is there.
func (v *watching) free(a *App) bool {
	return v.foyer.MaxSeats == 0 || len(v.foyer.Players)+a.settings.PlayersHere+1 <= v.foyer.MaxSeats
}

// takeWords are what the button says that leads into the lobby.
func (v *watching) takeWords(a *App) string {
	switch {
	case v.free(a):
		return "Come in and play"
	case v.to.waits:
		return "Do not wait"
	}
	return "Wait for a place"
}

// takePlace goes into the lobby, or begins to wait until that is possible, or ceases to.
func (v *watching) takePlace(a *App) {
	if v.free(a) {
		v.join(a)
		return
	}
	if v.to.waits = !v.to.waits; v.to.waits {
		a.say("You come in by yourself as soon as a place is free.")
	}
}

// join asks for a place.
func (v *watching) join(a *App) {
	to := v.to
	to.watch, to.waits = false, false
	a.replace(newJoining(a, to))
}

func (v *watching) leave(a *App) {
	v.sighting.end()
	a.sound.end()
	a.online.leave()
}

// behind goes on with what is shown while another screen covers it.
func (v *watching) behind(a *App) bool {
	v.run(a)
	return v.watcher.State() == netcode.Ended
}

func (v *watching) update(a *App, in ui.Input) {
	v.tick++
	if v.run(a); v.watcher.State() == netcode.Ended && !v.stays() {
		v.ended(a)
		return
	}
	if v.tick%foyerTicks == 1 {
		v.foyer = v.watcher.Foyer()
	}
	if v.to.waits && v.take != nil && v.foyer.MaxSeats > 0 && v.free(a) {
		a.say("A place is free: you come in.")
		v.join(a)
		return
	}
	if v.form.TextSize != a.settings.textSize() || v.fresh || v.seen != (v.watcher.World() != nil) {
		v.build(a)
	}
	if v.take != nil {
		v.take.Text = v.takeWords(a)
	}
	if in.Back {
		a.pop()
		return
	}
	if v.pick(in) {
		return
	}
	v.wake(&in)
	a.sound.menu(v.form.Update(in))
}

// stays reports whether the end of a match is still to be seen, though the lobby is no more.
func (v *watching) stays() bool { return v.status.Over && v.over < 2*overTicks }

// ended says why there is no more to see; who may come back is asked.
func (v *watching) ended(a *App) {
	const title = "There is no more to see"
	err := v.watcher.Err()
	to := v.to
	switch netcode.ReasonOf(err) {
	case netcode.ReasonSilent, netcode.ReasonStoodStill, netcode.ReasonUnheard, netcode.ReasonLost, netcode.ReasonHostLeft:
		if v.take != nil {
			a.replace(newQuestion(a, title, sentence(err.Error()), "Back", "Try again", func() { a.replace(newJoining(a, to)) }))
			return
		}
	}
	a.replace(newTrouble(a, title, sentence(err.Error())))
}

// pick takes what leads to a view without the controls: a press on a frog, or on the water,
// and the digits. It reports whether the input was for that.
func (v *watching) pick(in ui.Input) bool {
	w := v.watcher.World()
	if w == nil {
		return false
	}
	for _, c := range in.Chars {
		if n := int(c - '0'); c >= '0' && n < len(v.views) {
			v.look = n
			return true
		}
	}
	bar := image.Rect(0, barTop(v.form.TextSize), Width, Height)
	if !in.Released || !v.asleep() && in.Pointer.In(bar) {
		return false
	}
	switch seat, ok := v.scene.FrogAt(w, in.Pointer); {
	case ok && seat+1 < len(v.views):
		v.look = seat + 1
	case !ok && v.look > 0 && v.asleep():
		v.look = 0
	default:
		return false
	}
	return true
}

// wake lets the controls be seen while somebody does anything. A press that wakes them does
// nothing else.
func (v *watching) wake(in *ui.Input) {
	if in.Any() || in.Moved || in.Held || in.Released || in.Next || in.Previous || in.Wheel != 0 {
		if v.asleep() {
			in.Pressed, in.Released, in.Held = false, false, false
		}
		v.awake = awakeTicks
	} else if v.awake > 0 {
		v.awake--
	}
}

// asleep reports whether the controls are hidden: while there is a pond to be seen.
func (v *watching) asleep() bool {
	return v.awake == 0 && v.watcher.World() != nil && v.over < overTicks
}

// run shows the ticks that are due.
func (v *watching) run(a *App) {
	v.loop.Run(a.online.node.Now(), time.Second/rollback.DefaultTickRate, func(bool) {
		v.status = v.watcher.Tick()
		v.heed(a)
		w := v.watcher.World()
		if w == nil {
			return
		}
		v.follow(a, w)
		v.hear(a, w)
	})
}

// follow takes in that another match is shown, or how far this one is.
func (v *watching) follow(a *App, w *rules.World) {
	if setup := v.watcher.Setup(); w.Tick < v.last || !reflect.DeepEqual(setup, v.setup) {
		v.setup = setup
		v.begin(a, w)
	}
	v.last = w.Tick
	if v.over++; !v.status.Over {
		v.over = 0
	}
	if s := &v.status; !s.CatchingUp {
		v.behindF = 0
	} else if v.behindF == 0 {
		v.behindF, v.began = max(s.Left, 1), now()
	}
	if v.know(a); w.Tick%castFrames == 0 {
		v.call(w)
	}
	covered := 0
	if !v.asleep() {
		covered = Height - barTop(v.form.TextSize)
	}
	seat := v.look - 1
	if v.status.Over {
		seat = -1
	}
	v.scene.Follow(w, seat, covered, a.settings.ReduceFlash)
}

// heed says it if what is seen is not the match that the players play, and who is to blame.
func (v *watching) heed(a *App) {
	s := &v.status
	if s.Deceived > v.fooled && s.Differs == rollback.NoFrame {
		a.say(deceivedWords)
	}
	v.fooled = s.Deceived
	if s.Differs != rollback.NoFrame && !v.warned {
		v.warned = true
		a.say(differsWords(s.Differs))
	}
}

// deceivedWords say that the match was another one, by the host's own word.
const deceivedWords = "What you saw was not their match: somebody on the way had changed it. It is shown anew, by others."

// begin shows another match.
func (v *watching) begin(a *App, w *rules.World) {
	v.scene.Begin()
	v.view = scene.View{}
	v.warned, v.over, v.awake = false, 0, awakeTicks // they were seen between the two
	var own [][]byte
	for _, who := range v.setup.Roster {
		own = append(own, who.Own)
	}
	v.scene.Styles = stylesOf(own)
	v.call(w)
	v.look = inside(v.look, len(v.views))
	width, _ := w.Size()
	a.sound.begin(int(width))
	v.sighting, _ = sight(a, v.watcher, v.sighting) // it fails only when the match is over
}

// call brings up to date who plays which frog, and so what the controls offer to follow.
func (v *watching) call(w *rules.World) {
	names := seatNames(v.watcher.AppendCast(nil))
	seats := min(int(w.Seats), rules.MaxSeats)
	if names == v.view.Names && len(v.views) == seats+1 {
		return
	}
	v.view.Names, v.fresh = names, true
	v.views = append([]string{wholePond}, names[:seats]...)
}

// castFrames are those between two looks at who plays which frog, where a match is watched or
// played again.
const castFrames = 15

// know brings the picture up to date: who has left, and how it is to be seen.
func (v *watching) know(a *App) {
	s := &a.settings
	v.view.CalmFlash, v.view.CalmShake, v.view.LargeText, v.view.Plain = s.ReduceFlash, s.ReduceFlash, s.LargeText, s.Plain
	lineup := v.watcher.Lineup()
	for seat := range min(len(v.setup.Roster), rules.MaxSeats) {
		v.view.Signals[seat] = scene.SignalNone
		if !lineup.Present(seat) && v.setup.Roster[seat].Machine != netcode.NoMachine {
			v.view.Signals[seat] = scene.SignalAway
		}
	}
}

// hear lets the air move on. What is stepped in a hurry makes no noise.
func (v *watching) hear(a *App, w *rules.World) {
	v.notices = v.watcher.AppendNotices(v.notices[:0])
	if v.status.Advanced > mostHeard {
		v.scene.Begin()
		return
	}
	v.scene.Hear(v.notices)
	v.scene.Tick()
	a.sound.hear(v.notices)
}

// mostHeard is how many frames a tick may step whose sounds and sparks are still shown.
const mostHeard = 2

// differsWords say that the match here is not the players'.
func differsWords(f rollback.Frame) string {
	return fmt.Sprintf("Since %s this computer computes another match than the players': from there on it is not theirs that you see.", clock(int32(f)))
}

// liveWords say how far behind the players it is, and who watches too.
func (v *watching) liveWords() string {
	s, far := &v.status, ""
	if s.BehindMs > 0 {
		far = fmt.Sprintf("%.1f s behind", float64(s.BehindMs)/1000)
	}
	words := []string{"live"}
	switch {
	case s.Over:
		words = []string{"the match is over"}
	case s.CatchingUp:
		words = []string{"catching up", far}
	case s.Seeking && (s.Waiting || s.Left == 0): // else it has the match to its end, or others send it
		words = []string{"looking for the next host"}
	case s.Waiting:
		words = []string{"waiting for what comes next"}
	case far != "":
		words = append(words, far)
	}
	if n := v.foyer.Watching; n == 1 {
		words = append(words, "nobody else watches")
	} else if n > 1 {
		words = append(words, fmt.Sprintf("%d watch", n))
	}
	return strings.Join(words, ", ")
}

// verifiedWords say whether the worlds here are the players', and how they are meant.
func (v *watching) verifiedWords() (words string, bad bool) {
	switch s := &v.status; {
	case s.Forged != nil:
		return fmt.Sprintf("not what %s has signed before %s", s.Forged.Name, clock(int32(s.Forged.Through)+1)), true
	case s.Differs != rollback.NoFrame:
		return "differs since " + clock(int32(s.Differs)), true
	case s.Skipped > 0: // there was no room for them on the way
		return fmt.Sprintf("verified live, %s left out", countOf((s.Skipped+59)/60, "second", "seconds")), false
	case s.Verified > 0 && s.Signed > 0 && s.Frame-s.Signed < freshlySigned:
		return "verified live, signed by all", false
	case s.Verified > 0:
		return "verified live", false
	}
	return "", false
}

// freshlySigned is how many frames behind what is shown the players' signatures are at most while
// they keep coming: they sign, for those who watch, about every five seconds.
const freshlySigned = 10 * rollback.DefaultTickRate

// nextWords say what the host does between matches.
func (v *watching) nextWords() string {
	host := v.foyer.Host
	var late []string
	for _, p := range v.foyer.Players {
		if !p.Ready {
			late = append(late, p.Name)
		}
	}
	switch {
	case v.watcher.State() == netcode.Ended:
		return sentence(v.watcher.Err().Error())
	case v.watcher.World() == nil && v.watcher.Setup().Seats > 0:
		return "A match is on. You see it in a moment."
	case len(v.foyer.Players) == 0:
		return "You are in. The match is shown as soon as " + host + " starts one."
	case len(late) > 0:
		return host + "'s next match waits until " + listOf(late) + verb(late, " is", " are") + " ready."
	}
	return "All are ready: " + host + " may start the next match."
}

// verb is the form of a verb that goes with so many names.
func verb(names []string, one, more string) string {
	if len(names) == 1 {
		return one
	}
	return more
}
