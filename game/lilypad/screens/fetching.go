package screens

import (
	"context"
	"crypto/sha256"
	"image"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// watchTogether opens a lobby in which all look at the replay of a playback.
func (b *playback) watchTogether(a *App) {
	b.r().Pause()
	if a.online != nil && a.online.open() {
		a.say("You are in a lobby: leave it first, and find this match among the replays.")
		return
	}
	below := len(a.stack)
	a.openLobby()
	if len(a.stack) == below || a.online == nil || a.online.lobby == nil {
		return // it says why
	}
	if err := a.online.lobby.ShowReplay(b.bytes); err != nil {
		a.replace(newTrouble(a, "This replay cannot be shown to others", sentence(err.Error())))
	}
}

// cinema is what the lobby's screen knows of the replay that all look at. Owner: the lobby's
// screen.
type cinema struct {
	of     *netcode.Screening
	player *playback // nil until the replay is here
	due    bool      // it is to be shown again: a match has been on
}

// enter shows a replay that is new, or that is to be shown again. It reports whether it has.
func (c *cinema) enter(a *App, l *lobby) bool {
	of := a.online.lobby.Screening()
	if of == nil || of == c.of && !c.due {
		return false
	}
	if of != c.of {
		c.close()
		*c = cinema{of: of}
		l.build(a)
	}
	c.show(a, l)
	return true
}

// show shows the replay, or how far it is.
func (c *cinema) show(a *App, l *lobby) {
	c.due = false
	switch {
	case c.player != nil:
		a.push(c.player)
	case c.of.Bytes() > replays.MaxBytes:
		a.push(newTrouble(a, "This cannot be played", sentence(replays.TooLong(int64(c.of.Bytes())).Error())))
	default:
		a.push(newFetching(a, l))
	}
}

// close ends what goes on for a replay elsewhere.
func (c *cinema) close() {
	if c.player != nil {
		c.player.stop()
	}
}

// fetching waits for the replay that the host shows: until it is here, and has been read.
type fetching struct {
	form  ui.Form
	tick  int
	lobby *lobby
	of    *netcode.Screening
	began time.Time // reading it
	stop  context.CancelFunc
	lent  bool        // it is none of this player's
	own   chan []byte // what of this player's replays it is, nil if none; room for one; nil: that is known
	ready chan opened // room for one; nil: it is not being read
	done  atomic.Int64
	total atomic.Int64
}

func newFetching(a *App, l *lobby) *fetching {
	ctx, stop := context.WithCancel(context.Background())
	f := &fetching{lobby: l, of: l.cinema.of, stop: stop}
	f.form.TextSize = a.settings.textSize()
	f.form.Column(image.Rect(220, 250, 420, 330))
	f.form.Add(&ui.Button{Text: "To the lobby", Press: a.pop})
	switch {
	case f.of.Grows(): // nobody has it
		f.lent = !a.online.lobby.Hosting()
		f.of.Fetch()
	case f.of.Log() == nil:
		f.own = make(chan []byte, 1)
		go func(own chan<- []byte) { own <- ownReplay(ctx, a.saving.folder, f.of.Bytes(), f.of.Sum()) }(f.own)
	}
	return f
}

// ownReplay is the one of a folder's replays that has so many bytes with this sum, nil if none
// is.
func ownReplay(ctx context.Context, folder replays.Folder, bytes int, sum [32]byte) []byte {
	files, _, _ := folder.List() // what cannot be read is fetched
	for _, file := range files {
		if ctx.Err() != nil || file.Bytes != int64(bytes) {
			continue
		}
		if b, err := replays.Load(file.Path); err == nil && sha256.Sum256(b) == sum {
			return b
		}
	}
	return nil
}

func (f *fetching) leave(*App) { f.stop() }

func (f *fetching) update(a *App, in ui.Input) {
	f.tick++
	if in.Back {
		a.pop()
		return
	}
	select {
	case own := <-f.own:
		f.own = nil
		if f.lent = own == nil || !f.of.Use(own); f.lent {
			f.of.Fetch()
		}
	case o := <-f.ready:
		f.opened(a, o)
		return
	default:
	}
	if log := f.of.Log(); log != nil && f.ready == nil {
		f.read(log)
	}
	if f.slow() {
		a.sound.menu(f.form.Update(in))
	}
}

// slow reports whether it takes so long that it is shown.
func (f *fetching) slow() bool { return f.tick >= progressTicks || f.of.Err() != nil }

// read reads the replay, elsewhere.
func (f *fetching) read(log []byte) {
	ctx, stop := context.WithCancel(context.Background())
	f.stop()
	f.stop, f.began, f.ready = stop, now(), make(chan opened, 1)
	go func(ready chan<- opened) {
		r, err := replays.Open(ctx, log, func(done, total int64) {
			f.done.Store(done)
			f.total.Store(total)
		})
		ready <- opened{bytes: log, r: r, err: err}
	}(f.ready)
}

// opened shows the replay that was read.
func (f *fetching) opened(a *App, o opened) {
	if o.err != nil {
		a.replace(newTrouble(a, "This cannot be played", sentence(o.err.Error())))
		return
	}
	a.online.lobby.SetTakeover(o.r.TakeOverAt)
	f.lobby.cinema.player = newPlayer(a, o, &hall{lobby: f.lobby, of: f.of, lent: f.lent, heard: f.lobby.heard})
	a.replace(f.lobby.cinema.player)
}

func (f *fetching) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, f.tick)
	if !f.slow() {
		return
	}
	size := a.settings.textSize()
	title := "A replay for all"
	if f.of.Grows() {
		title = "A match for all"
	}
	p.Shaded(title, image.Rect(0, 80, Width, 110), 2, ui.Bright)
	words, ink := sentence(f.of.Progress()), ui.Ink
	done, total := int64(f.of.Got()), int64(f.of.Bytes())
	if f.ready != nil {
		done, total = f.done.Load(), f.total.Load()
		words = "Reading it: " + leftWords(done, total, now().Sub(f.began))
	}
	if f.of.Err() != nil {
		ink = ui.Alarm
	}
	drawBar(p, image.Rect(170, 124, Width-170, 140), done, total)
	box := image.Rect(60, 150, Width-60, 244)
	p.Panel(box)
	p.Paragraph(words, box.Inset(8), size, ink)
	f.form.Draw(p)
}
