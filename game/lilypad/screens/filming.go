package screens

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// filming saves a part of a replay as an animated GIF: it asks which, and shows how far it is.
type filming struct {
	form ui.Form
	tick int
	film *film // of its own: the playback stays where it is
	end  int   // tenths of a second of the whole replay
	from int   // tenths of a second
	long int   // likewise
	size int   // index of gifSizes
	seen int   // what the picture behind is of: tenths of a second, -1 for nothing yet
	fail error // why there is no picture

	reel  *reel // nil: nothing is being saved
	shot  *ebiten.Image
	next  int // picture
	began time.Time
}

// gifSizes are the sizes that a GIF can have, and their names.
var (
	gifSizes     = []image.Point{{320, 180}, {480, 270}, {640, 360}, {1280, 720}}
	gifSizeNames = []string{"320 x 180", "480 x 270", "640 x 360", "1280 x 720"}
)

const (
	tenthFrames   = 6   // of a match
	maxGIFTenths  = 300 // a longer one is too large for what people send each other
	minGIFTenths  = 5
	warmupFrames  = 90 // before the first picture, so that what flies about is there
	gifHundredths = 4  // that each picture is shown: 25 a second
	// Five pictures are as long as twelve frames.
	gifPictures, gifFrames = 5, 12
	shootTime              = 10 * time.Millisecond // of each tick
)

// newFilming asks what is to be saved of what a playback shows: at first the five seconds
// before where it is.
func newFilming(a *App, b *playback) *filming {
	f := &filming{seen: -1, size: 2}
	r, err := replays.Open(context.Background(), b.bytes, nil)
	if err != nil {
		f.fail = err // it was open before
		r = b.r()
	}
	f.film = newFilm(r, &a.settings)
	f.end = int(r.End()-r.First()) / tenthFrames
	at := int(b.r().Frame()-r.First()) / tenthFrames
	f.long = min(max(f.end, minGIFTenths), 50)
	f.from = max(min(at-f.long, f.end-f.long), 0)
	f.build(a)
	return f
}

// tenths says tenths of a second as a time.
func tenths(n int) string { return fmt.Sprintf("%d:%02d.%d", n/600, n/10%60, n%10) }

func (f *filming) build(a *App) {
	size := a.settings.textSize()
	f.form = ui.Form{TextSize: size, Gap: 2}
	m := &f.form
	m.Column(image.Rect(90, Height-12-5*(12*size+10), Width-90, Height-6))
	if f.reel != nil {
		m.Space(3 * (12*size + 10))
		m.Add(&ui.Button{Text: "Stop", Press: func() { f.stop(a) }})
		return
	}
	m.Add(&ui.Slider{Text: "From", Value: &f.from, Max: max(f.end-minGIFTenths, 0), Step: 5, Format: tenths})
	m.Add(&ui.Slider{Text: "How long", Value: &f.long, Min: minGIFTenths, Max: maxGIFTenths, Step: 5, Format: func(n int) string { return fmt.Sprintf("%d.%d s", n/10, n%10) }})
	m.Add(&ui.Choice{Text: "Size", Names: gifSizeNames, Value: &f.size})
	m.Add(&ui.Button{Text: "Save", Primary: true, Press: func() { f.start(a) }})
	m.Add(&ui.Button{Text: "Back", Press: a.pop})
}

// frame is the frame at some tenths of a second.
func (f *filming) frame(tenths int) rollback.Frame {
	return f.film.r.First() + rollback.Frame(tenths*tenthFrames)
}

// pictures is how many the GIF has.
func (f *filming) pictures() int {
	return max(min(f.long, f.end-f.from)*tenthFrames*gifPictures/gifFrames, 1)
}

// start begins to save.
func (f *filming) start(a *App) {
	size := gifSizes[f.size]
	if f.fail == nil {
		f.fail = f.film.seek(max(f.frame(f.from)-warmupFrames, f.film.r.First()))
	}
	if f.fail != nil {
		a.say(sentence(f.fail.Error()))
		return
	}
	f.film.r.Play()
	f.reel = newReel(a.shots.dir, size)
	f.shot = ebiten.NewImage(size.X, size.Y)
	f.next, f.began = 0, now()
	f.build(a)
}

// stop gives up; nothing is left of the file.
func (f *filming) stop(a *App) {
	if f.reel == nil {
		return
	}
	f.reel.cancel()
	f.reel, f.seen = nil, -1
	f.shot.Deallocate()
	f.build(a)
}

func (f *filming) leave(a *App) { f.stop(a) }

func (f *filming) update(a *App, in ui.Input) {
	f.tick++
	switch {
	case in.Back && f.reel != nil:
		f.stop(a)
		return
	case in.Back:
		a.pop()
		return
	}
	if a.sound.menu(f.form.Update(in)); a.stack[len(a.stack)-1] != screen(f) {
		return
	}
	if f.reel == nil {
		f.preview()
		return
	}
	f.shoot(a)
	if path, err, over := f.reel.done(); over {
		f.stop(a)
		switch {
		case err != nil:
			a.say(sentence(err.Error()))
		default:
			a.pop()
			a.say("Moving picture saved: " + path)
		}
	}
}

// preview shows where the saved part begins.
func (f *filming) preview() {
	f.from = min(f.from, max(f.end-minGIFTenths, 0))
	f.long = max(min(f.long, f.end-f.from), minGIFTenths)
	if f.from != f.seen && f.fail == nil {
		f.seen = f.from
		f.fail = f.film.seek(f.frame(f.from))
	}
}

// shoot takes as many pictures as there is time and room for.
func (f *filming) shoot(a *App) {
	for began := now(); f.next < f.pictures() && now().Sub(began) < shootTime; f.next++ {
		pixels := f.reel.buffer()
		if pixels == nil {
			return // they are still being written
		}
		if err := f.playTo(f.frame(f.from) + rollback.Frame(f.next*gifFrames/gifPictures)); err != nil {
			f.stop(a)
			a.say(sentence(err.Error()))
			return
		}
		f.film.draw(f.shot)
		a.readPixels(f.shot, pixels)
		f.reel.add(pixels)
	}
	if f.next == f.pictures() {
		f.reel.finish()
	}
}

// playTo plays every frame up to one.
func (f *filming) playTo(to rollback.Frame) error {
	for f.film.r.Frame() < min(to, f.film.r.End()) {
		if err := f.film.r.Step(1); err != nil {
			return err
		}
		f.film.hear()
	}
	return nil
}

func (f *filming) draw(a *App, p *ui.Painter) {
	f.film.draw(p.Dst)
	size := a.settings.textSize()
	top := Height - 12 - 5*(12*size+10) - 14 - 12*size
	p.Banner(image.Rect(70, top, Width-70, Height-2))
	title := "Save as a moving picture (GIF)"
	if size > 1 {
		title = "Save as a GIF"
	}
	p.Centred(title, image.Rect(70, top+9, Width-70, Height), size, ui.Bright)
	if f.reel != nil {
		made := f.reel.made()
		drawBar(p, image.Rect(100, top+20+12*size, Width-100, top+38+12*size), made, int64(f.pictures()))
		p.Centred(leftWords(made, int64(f.pictures()), now().Sub(f.began)), image.Rect(70, top+44+12*size, Width-70, Height), size, ui.Ink)
	}
	f.form.Draw(p)
}
