package screens

import (
	"context"
	"fmt"
	"image"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// playback shows a recorded match, and goes through it to and fro.
type playback struct {
	form    ui.Form
	line    timeline
	tick    int
	film    *film
	bytes   []byte  // of the file
	contest contest // whose results are below; nil if it is from elsewhere
	speed   int     // index of speeds
	playing *ui.Button
	awake   int // ticks for which the controls are still seen while it plays
	pointer image.Point

	hall *hall // with whom it is looked at; nil: alone

	excerpt bool // it goes back by itself at its end, as long as nobody wants more
	rested  int  // ticks at that end

	marking   chan []replays.Mark // what happened, once that is known: room for one
	stop      context.CancelFunc  // of who finds that out
	began     time.Time
	done, all atomic.Int64

	shownAt  rollback.Frame // of the words below
	clock    string
	happened string
	marks    string // how far the marks are, "" when they are there
}

// speeds are those that are offered, and their names.
var (
	speeds     = []float64{-16, -8, -4, -2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2, 4, 8, 16}
	speedNames = []string{"← 16 x", "← 8 x", "← 4 x", "← 2 x", "← 1 x", "← 1/2", "← 1/4", "1/4", "1/2", "1 x", "2 x", "4 x", "8 x", "16 x"}
)

const (
	realSpeed  = 9 // index of speeds
	slowSpeed  = 8
	awakeTicks = 180
	heardSpeed = 2.0 // faster than that there is no sound
)

// newPlayback shows a replay from its first frame on, with what it is about.
func newPlayback(a *App, o opened) *playback { return newPlayer(a, o, nil) }

// newPlayer shows a replay alone, or where all are who look at it together.
func newPlayer(a *App, o opened, with *hall) *playback {
	b := &playback{hall: with, film: newFilm(o.r, &a.settings), bytes: o.bytes, speed: realSpeed, awake: awakeTicks, shownAt: rollback.NoFrame, began: now()}
	b.line = timeline{first: o.r.First(), end: o.r.End(), at: o.r.Frame, seek: func(f rollback.Frame) { b.seek(a, f) }, toggle: func() { b.toggle(a) }}
	b.build(a)
	b.findMarks(o.bytes)
	width, _ := o.r.World().Size()
	a.sound.begin(int(width))
	if cut := b.film.about.Cut; cut != "" && !b.growing() {
		a.say(cut)
	}
	return b
}

// excerptFrames is how much of a match an instant replay shows.
const excerptFrames = 5 * 60

// newExcerpt shows the last seconds of a match, slowly, and goes back.
func newExcerpt(a *App, o opened) *playback {
	b := newPlayback(a, o)
	b.excerpt, b.awake = true, 0
	b.setSpeed(a, slowSpeed)
	b.seek(a, o.r.End()-excerptFrames)
	return b
}

// findMarks finds out what happened in the match, elsewhere.
func (b *playback) findMarks(file []byte) {
	ctx, stop := context.WithCancel(context.Background())
	b.stop, b.marking = stop, make(chan []replays.Mark, 1)
	go func() {
		var marks []replays.Mark
		if r, err := replays.Open(ctx, file, nil); err == nil { // it was opened before
			marks, _ = replays.Marks(ctx, r, func(done, total int64) { // what cannot be played has none
				b.done.Store(done)
				b.all.Store(total)
			})
		}
		b.marking <- marks
	}()
}

// controlsTop is where the controls begin, at a text size.
func controlsTop(size int) int { return Height - 4 - (12*size + 8) - timelineHeight - 12*size - 22 }

// build makes the controls.
func (b *playback) build(a *App) {
	size := a.settings.textSize()
	b.form = ui.Form{TextSize: size}
	f, row := &b.form, 12*size+8
	top := Height - 10 - row
	f.Place(&b.line, image.Rect(10, top-timelineHeight-8, Width-10, top-8))
	x := 10
	place := func(w ui.Widget, wide int) {
		f.Place(w, image.Rect(x, top, x+wide, top+row))
		x += wide + 4
	}
	icon, gif := 26+4*(size-1), "Save as GIF"
	if size > 1 {
		gif = "GIF"
	}
	b.playing = &ui.Button{Text: "Play or pause", Help: "Plays, or stands still.", Icon: b.drawPlay, Press: func() { b.toggle(a) }}
	place(&ui.Button{Text: "A frame back", Help: "Stands still, one frame earlier. The comma key does that, too.", Icon: drawBack, Press: func() { b.step(a, -1) }}, icon)
	place(b.playing, icon)
	place(&ui.Button{Text: "A frame on", Help: "Stands still, one frame later. The full stop key does that, too.", Icon: drawOn, Press: func() { b.step(a, 1) }}, icon)
	place(&ui.Button{Text: "Slower", Help: "Slower; below a quarter it runs back.", Icon: drawSlower, Press: func() { b.setSpeed(a, b.speed-1) }}, icon)
	place(speedSign{b}, 52+28*(size-1))
	place(&ui.Button{Text: "Faster", Help: "Faster, or less fast back.", Icon: drawFaster, Press: func() { b.setSpeed(a, b.speed+1) }}, icon)
	if b.hall != nil {
		b.hall.place(a, b, place)
	} else {
		place(&ui.Button{Text: "Take over", Help: "Play on from here yourself: bots play the others.", Press: func() { b.takeOver(a) }}, 106+8*(size-1))
		place(&ui.Button{Text: "Together", Help: "Look at it with friends: all see the same, and talk.", Press: func() { b.watchTogether(a) }}, 92+12*(size-1))
		place(&ui.Button{Text: gif, Help: "Saves some seconds as a moving picture, to send to friends.", Press: func() { a.push(newFilming(a, b)) }}, 120-68*(size-1))
	}
	f.Place(&ui.Button{Text: "Back", Press: a.pop}, image.Rect(max(x, Width-10-100), top, Width-10, top+row))
	f.Focus(b.playing)
}

func (b *playback) leave(a *App) {
	if b.hall == nil { // else the lobby's screen shows it again
		b.stop()
	}
	a.sound.end()
}

func (b *playback) r() *replays.Replay { return b.film.r }

// growing reports whether what is shown is a match that goes on.
func (b *playback) growing() bool { return b.hall != nil && b.hall.of.Grows() }

// stands reports whether it stands still.
func (b *playback) stands() bool {
	if b.hall != nil {
		return !b.hall.of.Playing()
	}
	return b.r().Paused()
}

// toggle plays, or stands still; at an end it begins anew.
func (b *playback) toggle(a *App) {
	r := b.r()
	switch {
	case b.hall != nil:
		b.hall.toggle(a)
		return
	case !r.Paused():
		r.Pause()
		return
	case r.Speed() > 0 && r.Frame() == r.End():
		b.seek(a, r.First())
	case r.Speed() < 0 && r.Frame() == r.First():
		b.seek(a, r.End())
	}
	r.Play()
}

func (b *playback) setSpeed(a *App, index int) {
	if b.hall != nil {
		b.hall.want(a, b.hall.of.SetSpeed(speeds[inside(index, len(speeds))]))
		return
	}
	b.speed = inside(index, len(speeds))
	b.r().SetSpeed(speeds[b.speed])
}

// step stands still a frame later, or earlier.
func (b *playback) step(a *App, frames rollback.Frame) {
	if b.hall != nil {
		b.hall.want(a, b.hall.of.Step(int(frames)))
		return
	}
	b.r().Pause()
	b.seek(a, b.r().Frame()+frames)
}

func (b *playback) seek(a *App, f rollback.Frame) {
	if b.hall != nil {
		b.hall.want(a, b.hall.of.Seek(f))
		return
	}
	if err := b.film.seek(f); err != nil {
		b.fail(a, err)
	}
}

// fail stands still where the rest cannot be played, and says why.
func (b *playback) fail(a *App, err error) {
	b.r().Pause()
	a.say(sentence(err.Error()))
}

func (b *playback) update(a *App, in ui.Input) {
	b.tick++
	b.pointer = in.Pointer
	if b.contest != nil {
		if next := b.contest.idle(); next != nil { // the others go on
			a.pop()
			a.replace(newMatch(a, next))
			return
		}
	}
	if b.form.TextSize != a.settings.textSize() || b.hall != nil && b.hall.grows != b.growing() {
		b.build(a)
	}
	if b.hall != nil && b.hall.update(a, b, &in) {
		in = ui.Input{Pointer: in.Pointer} // it was something that is said
	}
	if in.Back || b.excerpt && b.ended() {
		a.pop()
		return
	}
	b.wake(&in)
	for _, c := range in.Chars {
		switch {
		case b.hall.typing(b):
		case c == ',':
			b.step(a, -1)
		case c == '.':
			b.step(a, 1)
		}
	}
	top := a.stack[len(a.stack)-1]
	a.sound.menu(b.form.Update(in))
	if a.stack[len(a.stack)-1] != top {
		return // something else is on now, or this was left
	}
	notices, err := b.advance()
	if err != nil {
		b.fail(a, err)
	}
	if speed := speeds[b.speed]; speed > 0 && speed <= heardSpeed {
		a.sound.hear(notices)
	}
	b.takeMarks()
	b.word()
}

// advance lets a tick pass.
func (b *playback) advance() ([]rollback.Notice, error) {
	if b.hall != nil {
		return b.hall.follow(b)
	}
	return b.film.advance()
}

// ended reports whether an excerpt was at its end for long enough.
func (b *playback) ended() bool {
	if b.r().Frame() == b.r().End() {
		b.rested++
	}
	return b.rested > 60
}

// wake lets the controls be seen while somebody does anything but step: they cover a part of
// the pond. A press that wakes them does nothing else.
func (b *playback) wake(in *ui.Input) {
	steps := len(in.Chars) == 1 && (in.Chars[0] == ',' || in.Chars[0] == '.')
	if in.Any() && !steps || in.Moved || in.Held || in.Released || in.Next || in.Previous || in.Wheel != 0 || in.Home || in.End {
		if b.asleep() {
			in.Pressed, in.Released, in.Held = false, false, false
		}
		b.awake, b.excerpt = awakeTicks, false
		return
	}
	if b.awake > 0 {
		b.awake--
	}
}

// asleep reports whether the controls are hidden.
func (b *playback) asleep() bool { return b.awake == 0 }

// takeMarks takes what happened in the match, once it is known.
func (b *playback) takeMarks() {
	select {
	case marks := <-b.marking:
		b.line.show(marks)
		b.marks, b.shownAt = "", rollback.NoFrame
		b.marking = nil
	default:
		if b.marking != nil && b.line.picture == nil && b.tick > progressTicks && b.tick%15 == 0 {
			b.marks = "Looking for what happened: " + leftWords(b.done.Load(), b.all.Load(), now().Sub(b.began))
		}
	}
}

// word finds the words for where it is now, if that is somewhere else than in the last tick.
func (b *playback) word() {
	at := b.r().Frame()
	if at == b.shownAt {
		return
	}
	b.shownAt, b.happened = at, ""
	clock := playedTime(at-b.line.first) + " / " + playedTime(b.line.end-b.line.first)
	if b.clock != clock {
		b.clock = clock
	}
	if m, ok := b.line.near(at); ok {
		b.happened = markWords(m, b.film.view.Names[:])
	}
}

// playedTime is how long so many frames are.
func playedTime(frames rollback.Frame) string {
	return fmt.Sprintf("%d:%02d.%d", frames/3600, frames/60%60, frames%60/6)
}

func (b *playback) draw(a *App, p *ui.Painter) {
	b.film.draw(p.Dst)
	if b.excerpt {
		p.Shaded("Instant replay", image.Rect(0, 30, Width, 60), 2, ui.Bright)
	}
	if b.hall != nil {
		if b.hall.talk.form != nil {
			b.hall.talk.draw(p)
			return
		}
		b.hall.draw(a, b, p)
	}
	if b.asleep() {
		if b.stands() && !b.excerpt {
			art.Pause.Draw(p.Dst, 8, Height-18)
			p.ShadedAt(b.clock, 22, Height-22, 1, ui.Bright)
		}
		return
	}
	size := a.settings.textSize()
	p.Banner(image.Rect(2, controlsTop(size), Width-2, Height-2))
	y := controlsTop(size) + 7
	p.Text(b.clock, 12, y, size, ui.Ink)
	words, c := b.happened, ui.Bright
	switch {
	case b.marks != "":
		words, c = b.marks, ui.Faint
	case b.form.Focused() != ui.Widget(&b.line) && (b.stands() || words == ""):
		words, c = b.form.Help(), ui.Ink
	}
	left := 24 + p.Width("0:00.0 / 00:00.0", size)
	if size == 1 && words == "" {
		drawLegend(p, image.Pt(left, y))
	}
	p.Squeeze(words, image.Rect(left, y, Width-12, y+p.LineHeight(size)), false, c)
	b.form.Draw(p)
}
