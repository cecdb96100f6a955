package screens

import (
	"crypto/ed25519"
	"image"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// Size of the picture, in pixels.
const (
	Width  = 640
	Height = 360
)

// Config is what the command line says.
type Config struct {
	Host    bool   // open a lobby at once
	Join    string // join this address, code, invite or link at once; "" does not
	Watch   string // watch the matches of the lobby at this one at once; "" does not
	Name    string // for this run only; "" takes the settings'
	Mute    bool   // for this run only
	Addr    string // UDP address to bind; "" is any port
	Seed    uint64 // of the rounds, for tests and pictures; 0 is random
	ShotDir string // where F12 puts pictures; "" is the current folder
	// Window is the size of the window for this run, in the system's pixels; the
	// zero value takes the settings', and their full screen.
	Window image.Point
	// Rendezvous is the server, host:port, that brings together who shares a
	// code; "" takes the settings'. STUN are servers that tell a machine its
	// public address. TURN are servers that pass packets on; nil takes the
	// settings'.
	Rendezvous string
	STUN       []string
	TURN       []string
	// Interfaces are the only network interfaces on which lobbies are listed
	// and looked for; nil is all of them.
	Interfaces []string
	Store      game.Store // where settings are kept; beside them, replays
	Replay     string     // play the recorded match in this file at once; "" does not
	Script     *Script    // keys to press by itself; nil for none
}

// screen is one thing to look at. The one on top of the stack is updated.
type screen interface {
	update(a *App, in ui.Input)
	draw(a *App, p *ui.Painter)
}

// leaver is a screen that has something to give back when it is taken off.
type leaver interface{ leave(a *App) }

// behind is a screen that goes on while another one covers it: the others are in it.
// It reports whether it has something to show now.
type behind interface{ behind(a *App) bool }

// App is the whole game window. It is an ebiten.Game.
type App struct {
	game.Canvas

	config   Config
	settings Settings
	ownName  string // the name in the settings file
	live     *game.Live
	sampler  game.Sampler
	reader   ui.Reader
	graph    game.Netgraph
	sound    *speaker
	pond     *pond
	clip     *clipboard
	online   *online                                         // nil until something needs the network
	passing  ed25519.PrivateKey                              // the identity of the next socket in place of the player's, whose lobby passes a match on; nil: the player's
	listen   func(netcode.NodeConfig) (*netcode.Node, error) // netcode.Listen; tests have a network of memory
	joined   destination                                     // of the lobby that was entered last; without an address where that is no way back
	nearby   nearby
	hand     hand
	saving   saving
	known    map[shelfKey]replays.About // what the files of replays are about that were read

	readPixels func(picture *ebiten.Image, pixels []byte) // ebiten's; it needs a window

	stack []screen
	tick  int
	shown screen // the one that was on top in the last tick
	since int    // tick since which it is
	drawn int    // tick of the picture that is in the screen; Draw's own
	quit  bool
	// replug wants a new socket for the next lobby: the settings of the network have changed.
	replug bool
	toast  toast
	shots  shots
}

// New returns the game, showing the title screen.
func New(config Config) *App {
	a := &App{config: config, settings: defaultSettings(), clip: newClipboard(), shots: newShots(config.ShotDir)}
	a.saving.folder, a.known = replayFolder(config.Store.Path), map[shelfKey]replays.About{}
	a.readPixels = (*ebiten.Image).ReadPixels
	a.listen = netcode.Listen
	a.Width, a.Height = Width, Height
	a.live = &game.Live{Canvas: &a.Canvas}
	a.reader.Canvas = &a.Canvas
	err := config.Store.Load(&a.settings)
	a.settings.sane()
	a.ownName = a.settings.Name
	if name := cleanName(config.Name); name != "" {
		a.settings.Name = name
	}
	a.sampler = game.Sampler{Devices: a.live, Width: Width, Height: Height, Own: func(x, y int) bool { return onMatchButton(image.Pt(x, y)) }}
	if config.Script != nil {
		a.sampler.Devices = config.Script
	}
	a.sound = newSpeaker(config.Mute)
	a.pond = newPond()
	a.apply()
	a.push(newTitle(a))
	if err != nil {
		a.say(sentence(err.Error()))
	}
	if a.settings.Name == "" {
		a.push(newNaming(a, a.begin))
	} else {
		a.begin()
	}
	return a
}

// begin does what the command line asks for.
func (a *App) begin() {
	switch {
	case a.config.Join != "":
		a.goTo(a.config.Join, false)
	case a.config.Watch != "":
		a.goTo(a.config.Watch, true)
	case a.config.Host:
		a.openLobby()
	case a.config.Replay != "":
		a.watchFile(a.config.Replay)
	}
}

// goTo joins a lobby, or watches its matches, by a text of its own: see destinationOf.
func (a *App) goTo(text string, watch bool) {
	to, why := destinationOf(text, a.rendezvous() != "")
	if why != "" {
		a.push(newTrouble(a, "Could not join", why))
		return
	}
	to.watch = watch
	a.push(newJoining(a, to))
}

// Close gives back what the game holds: sockets and sound. It tells the other
// players that we left.
func (a *App) Close() {
	for len(a.stack) > 0 {
		a.pop()
	}
	a.nearby.close()
	a.unplug()
	a.saving.close()
	a.sound.close()
}

// apply makes the settings true and keeps them.
func (a *App) apply() {
	a.graph.Mode = game.GraphMode(a.settings.Graph)
	a.WholePixels = a.settings.WholePixels
	a.arrange()
	a.sound.setVolume(a.settings.Volume, a.settings.Effects, a.settings.Music, a.settings.Mute || a.config.Mute)
}

func (a *App) save() {
	saved := a.settings
	if name := cleanName(a.config.Name); name != "" && saved.Name == name {
		saved.Name = a.ownName // the other one is for this run only
	}
	if err := a.config.Store.Save(saved); err != nil {
		a.say(sentence(err.Error()))
	}
}

func (a *App) push(s screen) { a.stack = append(a.stack, s) }

func (a *App) pop() {
	if len(a.stack) == 0 {
		return
	}
	top := a.stack[len(a.stack)-1]
	a.stack = a.stack[:len(a.stack)-1]
	if l, ok := top.(leaver); ok {
		l.leave(a)
	}
}

// replace puts s in the place of the top screen.
func (a *App) replace(s screen) {
	a.pop()
	a.push(s)
}

// home goes back to the title.
func (a *App) home() {
	for len(a.stack) > 1 {
		a.pop()
	}
}

// Run opens the window and returns when the game is over. It can be called
// once per process.
func (a *App) Run() error {
	ebiten.SetWindowTitle("Lilypad Scrum")
	ebiten.SetScreenClearedEveryFrame(false)
	if err := setIcon(); err != nil {
		return err
	}
	a.openWindow()
	before := a.settings.Window
	err := game.Run(a)
	if a.settings.Window != before {
		a.save()
	}
	return err
}

// Update is part of ebiten.Game.
func (a *App) Update() error {
	a.tick++
	in := a.reader.Read()
	if s := a.config.Script; s != nil {
		s.advance(a, &in)
	}
	a.windowKeys()
	a.noteWindow()
	if path, err := a.shots.done(); err != nil {
		a.say(sentence(err.Error()))
	} else if path != "" {
		a.say("Picture saved: " + path)
	}
	if files := ebiten.DroppedFiles(); files != nil {
		a.drop(files)
	}
	a.beat(in)
	a.noteScreen()
	if why := a.sound.update(); why != "" {
		a.say(why)
	}
	if a.quit || len(a.stack) == 0 {
		return ebiten.Termination
	}
	return nil
}

// beat plays one tick of what is shown, and of what goes on behind it.
func (a *App) beat(in ui.Input) {
	a.hand.notice(in, a.sampler.Devices)
	if len(a.stack) == 0 {
		return
	}
	if trouble := a.saving.update(); trouble != "" {
		a.say(trouble)
	}
	in.Letters = a.openLetters
	if a.online != nil {
		a.online.feed.run(a)
	}
	a.stack[len(a.stack)-1].update(a, in)
	for i := len(a.stack) - 1; i >= 0; i-- {
		if b, ok := a.stack[i].(behind); ok {
			if i < len(a.stack)-1 && b.behind(a) {
				a.uncover(i)
			}
			return
		}
	}
}

// uncover takes off all screens above one.
func (a *App) uncover(i int) {
	for len(a.stack) > i+1 {
		a.pop()
	}
}

func (a *App) windowKeys() {
	alt := ebiten.IsKeyPressed(ebiten.KeyAlt)
	if inpututil.IsKeyJustPressed(ebiten.KeyF11) || alt && inpututil.IsKeyJustPressed(ebiten.KeyEnter) {
		a.setFullscreen(!ebiten.IsFullscreen())
		a.save()
	}
	if inpututil.IsKeyJustPressed(ebiten.KeyF1) {
		a.cycleGraph()
	}
	if inpututil.IsKeyJustPressed(ebiten.KeyF12) {
		a.shots.ask("")
	}
}

func (a *App) cycleGraph() {
	a.graph.Cycle()
	a.settings.Graph = int(a.graph.Mode)
	a.save()
}

// Draw is part of ebiten.Game. The screen keeps its picture from one Draw to
// the next (see Run), so that without a tick in between there is nothing to do:
// a machine that draws without a graphics card has better uses for its time.
func (a *App) Draw(dst *ebiten.Image) {
	if a.drawn == a.tick {
		return
	}
	a.drawn = a.tick
	p := ui.NewPainter(dst, a.settings.textSize())
	if len(a.stack) > 0 {
		a.stack[len(a.stack)-1].draw(a, p)
	}
	a.drawTransition(p)
	if a.sound.silent() {
		p.Muted(a.silenceAt())
	}
	if a.tick < a.toast.until {
		a.drawToast(p)
	}
	a.shots.take(dst)
}

// silenceAt is where the sign of silence stands: in the corner, or below the button there.
func (a *App) silenceAt() image.Point {
	if m, ok := a.stack[len(a.stack)-1].(*match); ok && !m.contest.pauses() {
		return image.Pt(Width-13, sayAt.Max.Y+8)
	}
	return image.Pt(Width-13, 3)
}

// transitionTicks is how long a screen takes to come up: a fifth of a second.
const transitionTicks = 12

// noteScreen notes that another screen is on top now.
func (a *App) noteScreen() {
	if len(a.stack) > 0 && a.stack[len(a.stack)-1] != a.shown {
		a.shown, a.since = a.stack[len(a.stack)-1], a.tick
	}
}

// dusk is how dark it still is on a screen that has just come up, 0 to 255.
func (a *App) dusk() uint8 {
	return uint8(max(transitionTicks-(a.tick-a.since), 0) * 200 / transitionTicks)
}

// drawTransition lets a screen come up out of the dark.
func (a *App) drawTransition(p *ui.Painter) {
	if dark := a.dusk(); dark > 0 {
		shade := ui.Night
		shade.A = dark
		p.Fill(p.Dst.Bounds(), shade)
	}
}

// now is the clock, for budgets and seeds only: never for the simulation.
func now() time.Time { return time.Now() }
