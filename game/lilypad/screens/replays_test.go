package screens

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// keepReplays lets an app keep replays in a folder of its own.
func keepReplays(t *testing.T, a *App) {
	t.Helper()
	a.saving.folder = replays.Folder{Path: filepath.Join(t.TempDir(), "replays")}
	a.shots.dir = t.TempDir()
	a.readPixels = func(_ *ebiten.Image, pixels []byte) { // there is no window
		for i := range pixels {
			pixels[i] = byte(i / 4000)
		}
	}
}

// memory is a file in memory.
type memory struct{ bytes.Buffer }

func (m *memory) Close() error { return nil }

// recordedBytes is the recording of so many frames of a match of three people with long
// names, who play as bots do, and five bots.
func recordedBytes(t testing.TB, frames int) []byte {
	t.Helper()
	config := netplay.Config()
	setup := netcode.Setup{Seed: 7, Seats: 3}
	wanted := rules.Setup{Seats: 3, DurationFrames: 1800, Pond: rules.MillPond}
	for seat := 3; seat < rules.MaxSeats; seat++ {
		wanted.Levels[seat] = 3
	}
	setup.Options = wanted.AppendOptions(nil)
	for i, name := range []string{"Maximilian I", "Ana", "WWWWWWWWWWWW"} {
		setup.Roster = append(setup.Roster, netcode.Seated{Player: netcode.Player{Name: name}, Machine: i})
	}
	session, err := rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: netplay.Start(setup), Step: config.Step, Seats: 3, Local: []int{0, 1, 2}, Lineups: true, Absent: rollback.AbsentBot, Bot: config.Bot,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := &memory{}
	r, err := replay.NewRecorder(config, setup, session, now().UnixMilli(), file)
	if err != nil {
		t.Fatal(err)
	}
	for range frames {
		session.ConfirmLineup(session.Current(), rollback.Lineup{})
		session.Tick(rules.Auto, rules.Auto, rules.Auto)
		for r.Tick(); r.Pending() > 0; {
			runtime.Gosched() // the match is faster than a disk here
		}
	}
	r.Finish("")
	<-r.Done()
	return file.Bytes()
}

// recorded is that, opened.
func recorded(t testing.TB, frames int) opened {
	t.Helper()
	o := opened{bytes: recordedBytes(t, frames)}
	if o.r, o.err = replays.Open(context.Background(), o.bytes, nil); o.err != nil {
		t.Fatal(o.err)
	}
	return o
}

// cards are what is said of replays with as much to say as there can be.
func cards(a *App) map[string]*replayCard {
	last := rules.New(rules.Setup{Seed: 1, Seats: 8})
	last.Phase, last.Champion = rules.Over, 1
	whole := replays.About{Began: now(), Frames: 99999, Last: last}
	for range rules.MaxSeats {
		whole.Players = append(whole.Players, replays.Player{Name: "WWWWWWWWWWWW"})
	}
	file := replays.File{Path: strings.Repeat("🐸 lilypad-2026-11-29-160233", 9) + replays.Ending}
	return map[string]*replayCard{
		"whole":   newReplayCard(a, newShelf(a), file, whole),
		"refused": newReplayCard(a, newShelf(a), file, replays.About{Err: errors.New(longest)}),
	}
}

// until lets ticks pass until something is so that goes on elsewhere.
func (h *hands) until(what string, done func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			h.t.Fatalf("%s does not happen; there is %T", what, h.app.stack[len(h.app.stack)-1])
		}
		h.tick()
	}
}

// only is the one file in a folder.
func only(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files in %s, %v", len(entries), folder, err)
	}
	return filepath.Join(folder, entries[0].Name())
}

// verified reads a file, and fails unless this copy of the game makes the same match of it.
func verified(t *testing.T, path string) replays.About {
	t.Helper()
	b, err := replays.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := replays.Open(context.Background(), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := replay.Verify(context.Background(), netplay.Config(), r.Log(), replay.VerifyConfig{})
	if err != nil || v.First != nil || v.Frames != int(r.End()-r.First()) {
		t.Errorf("%+v, %v", v, err)
	}
	return replays.Of(context.Background(), b)
}

// row presses the nth row of a list.
func (h *hands) row(n int) {
	h.t.Helper()
	list := h.reach("list")
	if h.device == ui.Mouse || h.device == ui.Finger {
		r := h.form().At(list)
		h.press(image.Pt((r.Min.X+r.Max.X)/2, r.Min.Y+3+(2*n+1)*(12*h.app.settings.textSize()+4)/2))
	} else {
		h.accept()
	}
	h.wait(4)
}

// Every hand alone finds the match that it has played, makes it a favourite, watches it to
// and fro, takes over, saves a moving picture and deletes it.
func TestEveryHandWatchesReplays(t *testing.T) {
	everyHand(t, func(t *testing.T, h *hands) {
		a := h.app
		keepReplays(t, a)
		h.every = 20
		h.tap("Play now")
		h.wait(int(rules.ReadyFrames) + 300)
		m := on[*match](h)
		h.leaveMatch(m)
		on[*title](h)
		h.fromResults(m)
		played := only(t, a.saving.folder.Path)
		h.every = 3
		h.tap("Replays")
		s := on[*shelf](h)
		h.until("the list", func() bool { return s.ready && s.told == 1 })
		h.row(0)
		card := on[*replayCard](h)
		h.tap("Favourite")
		if _, err := os.Stat(played); err == nil || !card.file.Favourite || !s.list.Items[0].Heart {
			t.Errorf("it is no favourite: %+v", card.file)
		}
		h.tap("Watch")
		h.until("the replay", func() bool { return shows[*playback](a) })
		b := on[*playback](h)
		h.until("what happened", func() bool { return b.marking == nil })
		h.playback(b)
		h.tap("Take over")
		m = on[*match](h)
		h.wait(30)
		if tick := m.contest.world().Tick; tick < 130 || tick > 300 || len(m.pads) != 1 {
			t.Errorf("taken over, it is at %d", tick)
		}
		h.leaveMatch(m)
		on[*playback](h)
		h.saveGIF(b)
		h.back("Back")
		on[*replayCard](h)
		h.tap("Delete")
		h.tap("Delete")
		h.until("the empty list", func() bool { return s.ready && len(s.files) == 1 }) // the match that was taken over
		h.tap("Back")
		on[*title](h)
	})
}

// fromResults watches the end of a match, and all of it, from its results.
func (h *hands) fromResults(m *match) {
	a := h.app
	r := newResults(a, m.contest, "", &m.moments)
	a.push(r)
	h.until("the recording", m.contest.recorded().watchable)
	h.wait(30)
	h.tap("Last 5 s")
	h.until("the last seconds", func() bool { return shows[*playback](a) })
	h.until("the way back", func() bool { return shows[*results](a) })
	h.tap("Replay")
	h.until("the replay", func() bool { return shows[*playback](a) })
	if b := on[*playback](h); b.asleep() || b.excerpt {
		h.t.Error("the controls are not there")
	}
	h.back("Back")
	on[*results](h)
	h.back("Back")
	on[*title](h)
}

// playback goes to and fro.
func (h *hands) playback(b *playback) {
	t := h.t
	t.Helper()
	r := b.r()
	if r.Paused() {
		t.Error("it does not play")
	}
	h.until("the controls going away", b.asleep)
	h.stir()
	if h.tick(); b.asleep() || r.Paused() {
		t.Error("the controls do not come back, or something else was pressed")
	}
	h.tap("Play or pause")
	at := r.Frame()
	h.wait(5)
	if !r.Paused() || r.Frame() != at {
		t.Errorf("paused, it goes on to %d", r.Frame())
	}
	h.tap("A frame on")
	h.tap("A frame on")
	h.tap("A frame back")
	if r.Frame() != at+1 {
		t.Errorf("from %d by 2 frames and back by one: %d", at, r.Frame())
	}
	h.seekLine(b, 1)
	if r.Frame() < r.End()-90 {
		t.Errorf("the time line leads to %d of %d", r.Frame(), r.End())
	}
	h.seekLine(b, 0)
	if r.Frame() > r.First()+90 {
		t.Errorf("the time line leads to %d", r.Frame())
	}
	for range 3 { // from 1 to 1/4, and to -1/4
		h.tap("Slower")
	}
	h.seekLine(b, 1)
	at = r.Frame()
	h.tap("Play or pause")
	h.wait(8)
	if r.Frame() >= at || r.Frame() < at-12 || r.Speed() != speeds[b.speed] || r.Speed() >= 0 {
		t.Errorf("back at speed %v, %d: from %d to %d", r.Speed(), b.speed, at, r.Frame())
	}
	h.tap("Play or pause")
	h.seekLine(b, 0.5)
}

// stir lets the device be seen to be in use.
func (h *hands) stir() {
	switch h.device {
	case ui.Keys:
		h.key(ebiten.KeyTab)
	case ui.Gamepad:
		h.step(image.Pt(1, 0))
	case ui.Mouse:
		h.at = image.Pt(40, 40)
		h.tick()
		h.at = image.Pt(60, 60)
		h.tick()
	case ui.Finger:
		h.press(image.Pt(300, 345)) // a button is there
	}
}

// turn changes a choice.
func (h *hands) turn(name string, by int) {
	h.t.Helper()
	w := h.reach(name)
	r := h.form().At(w)
	switch h.device {
	case ui.Mouse, ui.Finger:
		x := r.Min.X + r.Dx()/2
		if by > 0 {
			x = r.Max.X - 6
		}
		h.press(image.Pt(x, (r.Min.Y+r.Max.Y)/2))
	default:
		h.step(image.Pt(by, 0))
	}
	h.tick()
}

// seekLine goes to a part of the replay on the time line.
func (h *hands) seekLine(b *playback, part float64) {
	h.t.Helper()
	h.reach("time line")
	if r := b.line.track(b.form.At(&b.line)); h.device == ui.Mouse || h.device == ui.Finger {
		h.press(image.Pt(r.Min.X+int(part*float64(r.Dx())), r.Min.Y+9))
		return
	}
	to := b.line.first + rollback.Frame(part*float64(b.line.length()))
	for range 40 {
		switch at := b.r().Frame(); {
		case at > to+30:
			h.step(image.Pt(-1, 0))
		case at < to-30:
			h.step(image.Pt(1, 0))
		}
	}
}

// saveGIF saves a moving picture, after it was begun once and given up.
func (h *hands) saveGIF(b *playback) {
	t := h.t
	t.Helper()
	name := "Save as GIF"
	if h.app.settings.LargeText {
		name = "GIF"
	}
	h.tap(name)
	f := on[*filming](h)
	h.turn("Size", -1)
	for range 4 {
		h.reach("How long")
		if h.device == ui.Keys || h.device == ui.Gamepad {
			h.step(image.Pt(-1, 0))
		}
	}
	h.tap("Save")
	if f.reel != nil {
		h.back("Stop")
	}
	if shows[*filming](h.app) { // it may have been faster
		h.tap("Save")
	}
	h.until("the moving picture", func() bool { return !shows[*filming](h.app) })
	on[*playback](h)
	h.until("the end of what was given up", func() bool { left, _ := os.ReadDir(h.app.shots.dir); return len(left) == 1 })
	file, err := os.Open(only(t, h.app.shots.dir))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	g, err := gif.DecodeAll(file)
	if err != nil || g.Config.Width != gifSizes[f.size].X || len(g.Image) != f.pictures() || len(g.Image) < 12 {
		t.Fatalf("%v, %d pictures, want %d", err, len(g.Image), f.pictures())
	}
}

// A replay is drawn without allocating, if the names of its players need not be shortened.
func TestPlaybackAllocatesNothing(t *testing.T) {
	a := newTestApp(t, "Ana")
	b := newPlayback(a, recorded(t, 700))
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 1
	a.push(b)
	h := newHands(t, a, ui.Keys)
	h.until("what happened", func() bool { return b.marking == nil })
	b.seek(a, 500)
	b.film.view.Names = botNames
	b.awake = awakeTicks
	b.word()
	p := ui.NewPainter(picture, 1)
	draw := func() {
		for range 200 {
			b.draw(a, p)
		}
	}
	draw()
	before := allocatedAt("screens.")
	draw()
	for where, n := range allocatedAt("screens.") {
		if more := n - before[where]; more > 20 && !strings.Contains(where, "_test") {
			t.Errorf("%s allocates %d times in 200 pictures", where, more)
		}
	}
}

// BenchmarkPlayback plays a replay, as fast as it can, and back.
func BenchmarkPlayback(b *testing.B) {
	o := recorded(b, 1800)
	for _, speed := range []float64{1, 16, -1, -16} {
		b.Run(fmt.Sprint(speed), func(b *testing.B) {
			o.r.Seek(900)
			o.r.SetSpeed(speed)
			o.r.Play()
			for b.Loop() {
				if o.r.Tick(); o.r.Paused() {
					o.r.Seek(900)
				}
			}
		})
	}
	b.Run("seek", func(b *testing.B) {
		for f := rollback.Frame(0); b.Loop(); f = (f + 797) % 1800 {
			o.r.Seek(f)
		}
	})
}

// A file that is dropped on the window is played, whatever it is called; anything else is
// refused in words, and a match is not disturbed.
func TestDropped(t *testing.T) {
	whole := recordedBytes(t, 200)
	a := newTestApp(t, "Ana")
	h := newHands(t, a, ui.Mouse)
	drop := func(name string, b []byte) {
		t.Helper()
		a.drop(fstest.MapFS{name: &fstest.MapFile{Data: b}})
		h.until("an answer", func() bool { return !shows[*opening](a) })
	}
	drop("🐸.txt", whole)
	on[*playback](h)
	drop("again.vvlog", whole)
	on[*playback](h)
	if len(a.stack) != 2 {
		t.Errorf("%d screens", len(a.stack))
	}
	h.wait(20)
	a.pop()
	drop("holiday.png", []byte("\x89PNG"))
	if words := on[*trouble](h).text; words != "This file is no recorded match." {
		t.Errorf("it says %q", words)
	}
	h.tap("Back")
	whole = recordedBytes(t, 900)
	drop("cut.vvlog", whole[:len(whole)*2/3])
	on[*playback](h)
	if !strings.Contains(a.toast.text, "missing or damaged") {
		t.Errorf("of a cut file it says %q", a.toast.text)
	}
	a.pop()
	a.playNow()
	drop("now.vvlog", whole)
	on[*match](h)
}

// The shelf shows what can be read of a folder, whatever else lies in it, and is not held up
// by that; a file that goes while it is listed is a sentence.
func TestShelfOfStrangeFiles(t *testing.T) {
	a := newTestApp(t, "Ana")
	keepReplays(t, a)
	folder := a.saving.folder.Path
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"🐸🎩" + replays.Ending: recordedBytes(t, 60), "noise" + replays.Ending: []byte("noise"), "a\x07b" + replays.Ending: nil} {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(folder, "noise"+replays.Ending), 4<<30); err != nil {
		t.Fatal(err)
	}
	h := newHands(t, a, ui.Keys)
	s := newShelf(a)
	a.push(s)
	h.until("the list", func() bool { return s.ready && s.told == 3 })
	good := -1
	for i, item := range s.list.Items {
		if !item.Faint {
			good = i
			if item.Name != "Maximilian I, Ana, WWWWWWWWWWWW and 5 bots" || !strings.HasPrefix(item.Note, "today ") {
				t.Errorf("%+v", item)
			}
		} else if item.Note != "cannot be played" || strings.ContainsRune(item.Name, '\a') {
			t.Errorf("%+v", item)
		}
	}
	if good < 0 {
		t.Fatalf("%+v", s.list.Items)
	}
	path := s.files[good].Path
	s.pick(a, path)
	on[*replayCard](h)
	os.Remove(path)
	h.tap("Watch")
	h.until("an answer", func() bool { return shows[*trouble](a) })
	if words := on[*trouble](h).text; !strings.Contains(words, "The file is gone") {
		t.Errorf("it says %q", words)
	}
	h.tap("Back")
	h.tap("Favourite")
	if c := on[*replayCard](h); c.favourite || !strings.Contains(a.toast.text, "gone") {
		t.Errorf("a favourite %v, and it says %q", c.favourite, a.toast.text)
	}
	// Once read, they are known.
	again := newShelf(a)
	a.push(again)
	h.until("the list", func() bool { return again.ready && again.told == 2 })
	if len(a.known) != 2 {
		t.Errorf("of two files %d are known", len(a.known))
	}
	a.push(newShelf(a)) // and it can be left at any time
	a.pop()
}

// A disk that is full in the middle of a moving picture leaves no half file, and a sentence.
func TestDiskFullInAGIF(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no full disk to write to")
	}
	a := newTestApp(t, "Ana")
	keepReplays(t, a)
	b := newPlayback(a, recorded(t, 300))
	a.push(b)
	h := newHands(t, a, ui.Keys)
	f := newFilming(a, b)
	a.push(f)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	r := &reel{size: gifSizes[0], free: make(chan []byte, 1), full: make(chan []byte, 1)}
	r.full <- make([]byte, 4*r.size.X*r.size.Y)
	close(r.full)
	if err := notSaved(r.pictures(full)); !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("it says %q", err)
	}
	a.shots.dir = filepath.Join(full.Name(), "pictures")
	f.start(a)
	h.until("an end", func() bool { return f.reel == nil })
	if on[*filming](h); !strings.HasPrefix(a.toast.text, "The moving picture was not saved: ") {
		t.Errorf("it says %q", a.toast.text)
	}
	a.shots.dir = t.TempDir()
	f.start(a)
	h.tick()
	a.pop() // the screen is left meanwhile
	h.until("an end of that", func() bool { left, _ := os.ReadDir(a.shots.dir); return len(left) == 0 })
}
