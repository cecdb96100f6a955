package screens

import (
	"context"
	"fmt"
	"image"
	"maps"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// shelf lists the replays of this player, the newest first. What they are about is read
// elsewhere, one after the other, and shown as it comes.
type shelf struct {
	form  ui.Form
	list  *ui.List
	tick  int
	files []replays.File
	total int
	told  int  // of files, how many it is known what they are about
	ready bool // files are known
	fail  error
	began time.Time
	found chan tidings
	stop  context.CancelFunc
	used  bool // something was pressed: the focus stays where it is
}

// tidings are what the shelf is told by who reads: first which files there are, then what
// each is about.
type tidings struct {
	files []replays.File
	total int
	err   error
	about *replays.About // of the next file
}

// shelfKey tells a file from what it was before.
type shelfKey struct {
	path    string
	bytes   int64
	written time.Time
}

func keyOfFile(f replays.File) shelfKey { return shelfKey{f.Path, f.Bytes, f.Written} }

func newShelf(a *App) *shelf {
	s := &shelf{}
	size := a.settings.textSize()
	row := 12*size + 8
	s.form.TextSize = size
	s.list = &ui.List{Empty: s.emptyWords, Press: func(item ui.ListItem) { s.pick(a, item.Key) }}
	s.form.Place(s.list, image.Rect(24, 44, Width-24, Height-row-20-12*size))
	s.form.Place(&ui.Button{Text: "Back", Press: a.pop}, image.Rect(240, Height-row-8, 400, Height-8))
	s.read(a)
	return s
}

// read begins to read the folder.
func (s *shelf) read(a *App) {
	if s.stop != nil {
		s.stop()
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.found, s.began = stop, make(chan tidings, 8), now()
	s.files, s.told, s.ready = nil, 0, false
	known := make(map[shelfKey]bool, len(a.known))
	for key := range a.known {
		known[key] = true
	}
	go readShelf(ctx, a.saving.folder, known, s.found)
}

// readShelf reads a folder, and what those files are about that are not known.
func readShelf(ctx context.Context, folder replays.Folder, known map[shelfKey]bool, found chan<- tidings) {
	tell := func(t tidings) bool {
		select {
		case found <- t:
			return true
		case <-ctx.Done():
			return false
		}
	}
	files, total, err := folder.List()
	if !tell(tidings{files: files, total: total, err: err}) {
		return
	}
	for _, f := range files {
		var t tidings
		if !known[keyOfFile(f)] {
			about := replays.Read(ctx, f.Path)
			t.about = &about
		}
		if !tell(t) {
			return
		}
	}
}

// take takes in what was read since the last tick.
func (s *shelf) take(a *App) {
	news := false
	for range cap(s.found) {
		select {
		case t := <-s.found:
			news = true
			if !s.ready {
				s.ready, s.files, s.total, s.fail = true, t.files, t.total, t.err
				a.forget(t.files)
				continue
			}
			if t.about != nil {
				a.known[keyOfFile(s.files[s.told])] = *t.about
			}
			s.told++
		default:
		}
	}
	if news {
		s.rows(a)
	}
	if !s.used && len(s.files) > 0 {
		s.form.Focus(s.list)
	}
}

// forget leaves out what files are about that are there no more.
func (a *App) forget(files []replays.File) {
	there := make(map[shelfKey]bool, len(files))
	for _, f := range files {
		there[keyOfFile(f)] = true
	}
	maps.DeleteFunc(a.known, func(key shelfKey, _ replays.About) bool { return !there[key] })
}

// rows writes the list anew.
func (s *shelf) rows(a *App) {
	s.list.Items = s.list.Items[:0]
	for i, f := range s.files {
		item := ui.ListItem{Key: f.Path, Name: "...", Heart: f.Favourite, Faint: true}
		if about, known := a.known[keyOfFile(f)]; known && i < s.told {
			item.Name, item.About, item.Note = replayWho(about), replayResult(about), replayWhen(about, now())
			if item.Faint = about.Err != nil; item.Faint {
				item.Name, item.Note = cleanLine(fileName(f.Path)), "cannot be played"
			}
		}
		s.list.Items = append(s.list.Items, item)
	}
}

func (s *shelf) emptyWords() string {
	switch {
	case s.fail != nil:
		return sentence(s.fail.Error())
	case !s.ready:
		return "Looking for replays..."
	}
	return "There is no replay yet. Every match from now on is saved here by itself. A file that somebody sends you is played when you drop it on the window."
}

// pick shows what there is to know of a file.
func (s *shelf) pick(a *App, path string) {
	for i, f := range s.files {
		if f.Path != path {
			continue
		}
		if about, known := a.known[keyOfFile(f)]; known && i < s.told {
			a.push(newReplayCard(a, s, f, about))
			return
		}
		a.say("This one has not been read yet.")
	}
}

func (s *shelf) leave(*App) { s.stop() }

func (s *shelf) update(a *App, in ui.Input) {
	s.tick++
	s.used = s.used || in.Any() || in.Next || in.Previous || in.Moved
	s.take(a)
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(s.form.Update(in))
}

func (s *shelf) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, s.tick)
	p.Shaded("Replays", image.Rect(0, 12, Width, 40), 2, ui.Bright)
	s.form.Draw(p)
	size := a.settings.textSize()
	line := image.Rect(24, Height-12*size-8-8-4-12*size, Width-24, Height)
	done, total := int64(s.told), int64(len(s.files))
	switch {
	case done < total && s.tick > progressTicks:
		p.ShadedAt(fmt.Sprintf("%d of %d", done, total), line.Min.X, line.Min.Y, size, ui.Ink)
		drawBar(p, image.Rect(180, line.Min.Y, 400, line.Min.Y+10*size), done, total)
		p.ShadedAt(leftWords(done, total, now().Sub(s.began)), 412, line.Min.Y, size, ui.Ink)
	case s.total > len(s.files):
		p.Shaded(fmt.Sprintf("The newest %d of %d", len(s.files), s.total), line, size, ui.Ink)
	case total > 0 && size == 1:
		p.Shaded(fmt.Sprintf("The last %d matches are kept, and all favourites.", replays.Kept), line, size, ui.Ink)
	}
}

// replayWho says who has played.
func replayWho(about replays.About) string {
	var names []string
	for _, player := range about.Players {
		names = append(names, player.Name)
	}
	bots := int(about.Last.Seats) - len(names)
	for seat := len(about.Players); seat < len(about.AtEnd); seat++ { // who has come late
		if name := about.AtEnd[seat]; name != "" {
			names = append(names, name)
			bots--
		}
	}
	if bots > 0 {
		names = append(names, countOf(bots, "bot", "bots"))
	}
	return listOf(names)
}

// replayResult says how it has ended, in a few words.
func replayResult(about replays.About) string {
	w := &about.Last
	switch {
	case w.Stopped():
		return "ended by the host"
	case w.Over():
		view := scene.View{Names: botNames}
		for seat, player := range about.Players {
			view.Names[seat] = player.Name
		}
		for seat, name := range about.AtEnd[:min(len(about.AtEnd), len(view.Names))] {
			if view.Names[seat] = name; name == "" {
				view.Names[seat] = botNames[seat]
			}
		}
		title, _ := scene.ResultWords(w, &view)
		return title
	case about.Cut != "":
		return "not whole"
	}
	return "not finished"
}

// replayWhen says when it was played, and how long it is.
func replayWhen(about replays.About, now time.Time) string {
	return playedOn(about.Began, now) + "  " + clock(int32(about.Frames))
}

// playedOn is a day and a time, as short as they are plain.
func playedOn(began, now time.Time) string {
	began = began.In(now.Location())
	y, m, d := now.Date()
	switch by, bm, bd := began.Date(); {
	case by == y && bm == m && bd == d:
		return "today " + began.Format("15:04")
	case by == y:
		return began.Format("2 Jan 15:04")
	}
	return began.Format("2 Jan 2006")
}

// cleanLine is a line of a stranger's, such as the name of a file, that can be shown.
func cleanLine(text string) string {
	return firstRunes(strings.Map(printable, text), 60)
}
