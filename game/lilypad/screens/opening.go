package screens

import (
	"context"
	"fmt"
	"image"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// opening waits for a replay to be read, which nearly always takes less than a picture.
type opening struct {
	form  ui.Form
	tick  int
	began time.Time
	stop  context.CancelFunc
	done  atomic.Int64
	total atomic.Int64
	ready chan opened // room for one; there is one
	show  func(o opened)
}

// opened is a replay that was read.
type opened struct {
	bytes []byte
	r     *replays.Replay
	err   error
}

// openReplay reads a replay and shows it: to its end, or some way.
func (a *App) openReplay(load func() ([]byte, error), show func(o opened)) {
	ctx, stop := context.WithCancel(context.Background())
	o := &opening{began: now(), stop: stop, ready: make(chan opened, 1), show: show}
	o.form.TextSize = a.settings.textSize()
	o.form.Column(image.Rect(240, 250, 400, 330))
	o.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	a.push(o)
	go func() {
		var found opened
		if found.bytes, found.err = load(); found.err == nil {
			found.r, found.err = replays.Open(ctx, found.bytes, func(done, total int64) {
				o.done.Store(done)
				o.total.Store(total)
			})
		}
		o.ready <- found
	}()
}

// watchFile shows the whole of a file.
func (a *App) watchFile(path string) {
	a.openReplay(func() ([]byte, error) { return replays.Load(path) }, func(o opened) { a.replace(newPlayback(a, o)) })
}

// drop takes files that were dropped on the window: the first of them is a replay.
func (a *App) drop(files fs.FS) {
	switch top := a.stack[len(a.stack)-1].(type) {
	case *match, *watching:
		a.say("A match is on: drop the file again when it is over.")
		return
	case *opening, *filming:
		a.say("Drop the file again in a moment.")
		return
	case *playback:
		if top.hall != nil {
			a.say("You look at a replay together: leave the lobby first, and drop the file again.")
			return
		}
		if !top.excerpt {
			a.pop() // another one takes its place
		}
	}
	a.openReplay(func() ([]byte, error) { return loadDropped(files) }, func(o opened) { a.replace(newPlayback(a, o)) })
}

// loadDropped reads the first of some files.
func loadDropped(files fs.FS) ([]byte, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fs.ErrNotExist
	}
	file, err := files.Open(entries[0].Name())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return replays.LoadFrom(file)
}

func (o *opening) leave(*App) { o.stop() }

func (o *opening) update(a *App, in ui.Input) {
	o.tick++
	select {
	case found := <-o.ready:
		if found.err != nil {
			a.replace(newTrouble(a, "This cannot be played", sentence(found.err.Error())))
			return
		}
		o.show(found)
		return
	default:
	}
	if in.Back {
		a.pop()
		return
	}
	if o.slow() {
		a.sound.menu(o.form.Update(in))
	}
}

// progressTicks is how long something may take before it is said how far it is.
const progressTicks = 30

// slow reports whether it takes so long that it is shown.
func (o *opening) slow() bool { return o.tick >= progressTicks }

func (o *opening) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, o.tick)
	if !o.slow() {
		return
	}
	p.Shaded("Reading the replay", image.Rect(0, 120, Width, 150), 2, ui.Bright)
	done, total := o.done.Load(), o.total.Load()
	drawBar(p, image.Rect(170, 170, Width-170, 186), done, total)
	p.Shaded(leftWords(done, total, now().Sub(o.began)), image.Rect(0, 194, Width, 220), a.settings.textSize(), ui.Ink)
	o.form.Draw(p)
}

// drawBar draws how far something is.
func drawBar(p *ui.Painter, r image.Rectangle, done, total int64) {
	p.Well(r)
	inside := r.Inset(2)
	inside.Max.X = inside.Min.X + int(int64(inside.Dx())*min(done, total)/max(total, 1))
	p.Fill(inside, ui.Good)
}

// leftWords say how long something still takes, by how long it took so far.
func leftWords(done, total int64, since time.Duration) string {
	left := int(replays.TimeLeft(done, total, since).Seconds() + 0.5)
	switch {
	case done <= 0:
		return ""
	case left < 2:
		return "a moment"
	case left > 90:
		return fmt.Sprintf("%d min left", (left+59)/60)
	}
	return fmt.Sprintf("%d s left", left)
}
