package screens

import (
	"fmt"
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

func (o *options) playRows(a *App) {
	s, f := &a.settings, &o.form
	f.Add(&ui.TextField{Text: "Your name", Value: &o.name, Max: maxNameRunes, Clipboard: a.clip,
		About: "What the others read over your frog. It is told nobody else."})
	for local := range s.PlayersHere + 1 {
		hat, colour := "Your hat", "Your colour"
		if local > 0 {
			hat, colour = "The second player's hat", "The second player's colour"
		}
		f.Add(&ui.Choice{Text: hat, Names: hatNames, Value: &s.Looks[local].Hat, Help: "What your frog wears, here and in lobbies."})
		f.Add(&ui.Choice{Text: colour, Names: colourNames, Value: &s.Looks[local].Colour,
			Help: "If two want the same, the first to come has it, and the other the next that is free."})
	}
	f.Add(&ui.Button{Text: "The match...", Press: func() { a.push(newRoundOptions(a)) },
		Help: "Frogs, bots, length, pond and teams: for Play now, and for lobbies of yours."})
	f.Add(&ui.Choice{Text: "Netgraph (F1)", Names: []string{"off", "small", "full"}, Value: &s.Graph,
		Help:   "Figures of the connection while you play: ping, how much is guessed, and how often a guess was wrong.",
		Change: func() { a.graph.Mode = game.GraphMode(s.Graph) }})
}

func (o *options) pictureRows(a *App) {
	s, f := &a.settings, &o.form
	large := &ui.Toggle{Text: "Large text", Value: &s.LargeText, Help: "Letters twice as large, on every screen and over the pond."}
	large.Change = func() { o.rebuild = true }
	f.Add(large)
	f.Add(&ui.Toggle{Text: "Calm", Value: &s.ReduceFlash, Help: "Nothing flashes and nothing shakes."})
	f.Add(&ui.Toggle{Text: "No effects", Value: &s.Plain,
		Help: "Still water, no sparks, no drops: it draws sooner, which slow machines are glad of."})
	f.Add(&ui.Toggle{Text: "Full screen (F11)", Value: &s.Fullscreen, Change: func() { a.setFullscreen(s.Fullscreen) },
		Help: "F11 or Alt and Enter do the same anywhere."})
	names := make([]string, len(o.sizes))
	for i, size := range o.sizes {
		names[i] = fmt.Sprintf("%d x %d", size.X, size.Y)
	}
	f.Add(&ui.Choice{Text: "Window", Names: names, Value: &o.size, Help: "A smaller one is drawn sooner. You can also drag its corner.",
		Change: func() { a.resize(o.sizes[o.size]) }})
	f.Add(&ui.Toggle{Text: "Whole pixels only", Value: &s.WholePixels, Change: a.apply,
		Help: "Every pixel is then equally large, and the picture may be smaller than the window."})
	f.Add(&ui.Toggle{Text: "Wait for the screen (vsync)", Value: &s.Vsync, Change: func() { ebiten.SetVsyncEnabled(s.Vsync) },
		Help: "Off answers a little sooner, and pictures may be torn."})
}

// resize gives the window another size.
func (a *App) resize(size image.Point) {
	a.settings.Window = size
	ebiten.SetWindowSize(size.X, size.Y)
}

func (o *options) soundRows(a *App) {
	s, f := &a.settings, &o.form
	f.Add(&ui.Toggle{Text: "Mute", Value: &s.Mute, Change: a.apply, Help: "No sound at all."})
	f.Add(&ui.Slider{Text: "Volume", Value: &s.Volume, Max: 100, Step: 5, Format: percent, Change: a.apply, Help: "Of everything."})
	f.Add(&ui.Slider{Text: "Effects", Value: &s.Effects, Max: 100, Step: 5, Format: percent, Change: a.apply,
		Help: "Hops, tongues, splashes and the sounds of the menus."})
	f.Add(&ui.Slider{Text: "Music", Value: &s.Music, Max: 100, Step: 5, Format: percent, Change: a.apply, Help: "In menus and in rounds."})
}

func (o *options) controlRows(a *App) {
	s, f := &a.settings, &o.form
	f.Add(&ui.Choice{Text: "Players at this machine", Names: []string{"1", "2"}, Value: &s.PlayersHere,
		Help: "Two share the keyboard, or take a gamepad each."})
	for i, name := range keyboardNames {
		if (i == wholeKeys) != (s.PlayersHere == 0) && i == wholeKeys {
			continue // nobody has the whole keyboard
		}
		if i != wholeKeys && s.PlayersHere == 0 {
			continue
		}
		f.Add(&ui.Button{Text: "Keys: " + name + "...", Press: func() { a.push(newKeyMenu(a, i)) }, Help: "Which key does what. Every one can be another."})
	}
	f.Add(&ui.Button{Text: "Gamepad...", Press: func() { a.push(newKeyMenu(a, padMenu)) }, Help: "Which button does what. The stick always walks."})
	f.Add(&ui.Toggle{Text: "Hold, do not hammer", Value: &s.HoldToMash,
		Help: "In a tug of war the tongue key is pressed for you, ten times a second, while you hold it."})
}

// delayNames are the choices of the input delay; the first follows the ping.
var delayNames = func() []string {
	names := []string{"automatic"}
	for frames := range maxDelayFrames + 1 {
		names = append(names, fmt.Sprintf("%d frames, %d ms", frames, frames*1000/60))
	}
	return names
}()

func (o *options) networkRows(a *App) {
	s, f := &a.settings, &o.form
	f.Add(&ui.Choice{Text: "Input delay", Names: delayNames, Value: &s.Delay,
		Help: "Less answers sooner, more has fewer corrections to show; it is your own, and the others do not feel it."})
	f.Add(&ui.Toggle{Text: "Show my lobby on the local network", Value: &s.ShowLAN, Help: "Friends on this network then find it under Join a match."})
	f.Add(&ui.TextField{Text: "Title of my lobby", Hint: "none", Value: &s.Title, Max: maxTitleRunes, Clipboard: a.clip,
		About: "What the list says beside your name."})
	f.Add(&ui.TextField{Text: "Secret to get in", Hint: "none: everybody may", Value: &s.Secret, Max: maxSecretRunes, Clipboard: a.clip,
		About: "A word that guests must know. It need not be long: nobody can try many."})
	f.Add(&ui.Choice{Text: "Who may watch", Names: spectatorChoices, Value: &s.Spectators,
		Help: "They see your next lobby's matches. A code for that needs a rendezvous server, and gives no seat."})
	f.Add(&ui.Slider{Text: "Seen later by", Value: &s.WatchDelay, Max: maxWatchDelay, Format: delayWords,
		Help: "So that no player is told by one who watches what the others do. From your next lobby on."})
	f.Add(&ui.TextField{Text: "Rendezvous server", Hint: "none: no codes", Value: &s.Rendezvous, Max: maxServerRunes, Clipboard: a.clip,
		About: "Brings together who shares a code, through most home routers. All enter the same; it sees no game."})
	f.Add(&ui.Choice{Text: "Relay", Names: relayNames, Value: &s.Relay,
		Help: "Through others, if need be. Always: whom you meet by a code or an invite never sees your address."})
	f.Add(&ui.TextField{Text: "TURN server", Hint: "none", Value: &s.TURN, Max: maxTURNRunes, Clipboard: a.clip,
		About: "A server that passes packets on, if you have one: turn:USER:PASSWORD@HOST:PORT?transport=udp."})
	f.Add(&ui.Toggle{Text: "Pass on others' packets", Value: &s.PassOn, Help: "For two others who have no direct way to each other, your machine may be the bridge."})
}
