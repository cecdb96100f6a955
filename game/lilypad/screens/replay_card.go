package screens

import (
	"image"
	"os"
	"path/filepath"
	"unicode"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// replayCard is what there is to know of a replay, and to do with it.
type replayCard struct {
	page
	shelf     *shelf // below
	file      replays.File
	about     replays.About
	styles    art.Styles
	favourite bool
	lines     []string
}

// replayCardAt is where it says what the replay is.
var replayCardAt = image.Rect(70, 20, Width-70, 206)

func newReplayCard(a *App, s *shelf, f replays.File, about replays.About) *replayCard {
	c := &replayCard{shelf: s, file: f, about: about, favourite: f.Favourite}
	var own [][]byte
	for _, player := range about.Players {
		own = append(own, player.Own)
	}
	c.styles = stylesOf(own)
	if about.Err == nil {
		c.lines = []string{sentenceStart(replayResult(about)), replayWho(about), replayWhen(about, now()), cleanLine(fileName(f.Path))}
	}
	c.form.TextSize = a.settings.textSize()
	c.form.Column(image.Rect(190, 214, 450, 356))
	if about.Err == nil {
		c.form.Add(&ui.Button{Text: "Watch", Primary: true, Press: func() { a.watchFile(c.file.Path) }})
	}
	c.form.Add(&ui.Toggle{Text: "Favourite", Value: &c.favourite, Change: func() { c.favour(a) }})
	c.form.Add(&ui.Button{Text: "Delete", Press: func() { c.remove(a) }})
	c.form.Add(&ui.Button{Text: "Back", Press: a.pop})
	return c
}

// fileName is the last part of a path.
func fileName(path string) string { return filepath.Base(path) }

// printable leaves a letter as it is if it can be shown.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// favour keeps the file for good, or no longer.
func (c *replayCard) favour(a *App) {
	about, known := a.known[keyOfFile(c.file)]
	path, err := a.saving.folder.Favour(c.file.Path, c.favourite)
	if err != nil {
		c.favourite = !c.favourite
		a.say(sentence(err.Error()))
		return
	}
	for i := range c.shelf.files {
		if f := &c.shelf.files[i]; f.Path == c.file.Path {
			f.Path, f.Favourite = path, c.favourite
		}
	}
	c.file.Path, c.file.Favourite = path, c.favourite
	if known {
		a.known[keyOfFile(c.file)] = about
	}
	c.shelf.rows(a)
}

// remove asks, and deletes the file.
func (c *replayCard) remove(a *App) {
	a.push(newQuestion(a, "Delete this replay?", "The file is gone for good then.", "Keep it", "Delete", func() {
		a.pop()
		a.pop()
		if err := os.Remove(c.file.Path); err != nil && !os.IsNotExist(err) {
			a.say(sentence("the replay cannot be deleted: " + err.Error()))
		}
		c.shelf.read(a)
	}))
}

func (c *replayCard) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, c.tick)
	p.Panel(replayCardAt)
	c.form.Draw(p)
	size := a.settings.textSize()
	box := replayCardAt.Inset(12)
	if c.about.Err != nil {
		p.Centred("This cannot be played", image.Rect(box.Min.X, box.Min.Y, box.Max.X, box.Max.Y), 2, ui.Alarm)
		p.Paragraph(sentence(c.about.Err.Error()), image.Rect(box.Min.X, box.Min.Y+34, box.Max.X, box.Max.Y-26), size, ui.Ink)
		p.Text(p.Fit(cleanLine(fileName(c.file.Path)), box.Dx(), 1), box.Min.X, box.Max.Y-12, 1, ui.Faint)
		return
	}
	frogs := int(c.about.Last.Seats)
	for seat := range frogs {
		x := (box.Min.X+box.Max.X)/2 + (2*seat+1-frogs)*26
		a.pond.portrait(p, c.styles[seat], x, box.Min.Y+50, c.tick)
	}
	y := box.Min.Y + 60
	for i, line := range c.lines {
		ink, big := ui.Ink, size
		switch {
		case i == 0:
			ink, big = ui.Bright, 2
		case i == len(c.lines)-1:
			ink, big = ui.Faint, 1
		}
		for big > 1 && p.Width(line, big) > box.Dx() {
			big--
		}
		p.Centred(p.Fit(line, box.Dx(), big), image.Rect(box.Min.X, y, box.Max.X, y+20), big, ink)
		y += p.LineHeight(big) + 2
	}
}
