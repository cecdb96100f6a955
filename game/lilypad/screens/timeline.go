package screens

import (
	"image"
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// timeline is a replay from its first frame to its last: what happened when, and where one
// is. It is a widget. Each kind of mark has a row and a shape of its own, not only a colour.
type timeline struct {
	first, end rollback.Frame
	at         func() rollback.Frame
	seek       func(rollback.Frame)
	toggle     func() // plays or stands still

	marks   []replays.Mark
	picture *ebiten.Image // of the marks; nil until it is drawn, or when they are others
}

const (
	timelineHeight = 26
	laneHeight     = 6
	seekFrames     = 60 // that an arrow goes
)

// laneOf is the row of a kind of mark.
var laneOf = [replays.MarkKinds]int{replays.Round: 0, replays.Left: 0, replays.Came: 0, replays.Gold: 1, replays.Knock: 2, replays.Splash: 3}

// markInks are the colours of the marks: they can be told apart by those who see no red or
// no green (Okabe and Ito).
var markInks = [replays.MarkKinds]color.NRGBA{
	replays.Splash: {86, 180, 233, 255}, replays.Gold: {240, 228, 66, 255}, replays.Knock: {230, 159, 0, 255},
	replays.Left: {240, 244, 226, 255}, replays.Came: {240, 244, 226, 255}, replays.Round: {204, 121, 167, 255},
}

// markShapes are five rows of five pixels.
var markShapes = [replays.MarkKinds][5]string{
	replays.Splash: {"..#..", "..#..", ".###.", ".###.", "....."},
	replays.Gold:   {"..#..", ".###.", "#####", ".###.", "..#.."},
	replays.Knock:  {"#...#", ".#.#.", "..#..", ".#.#.", "#...#"},
	replays.Left:   {"#####", ".###.", "..#..", ".....", "....."},
	replays.Came:   {".....", ".....", "..#..", ".###.", "#####"},
	replays.Round:  {"####.", "####.", "#....", "#....", "#...."},
}

// Height is part of ui.Widget.
func (l *timeline) Height(int) int { return timelineHeight }

// Focusable is part of ui.Widget.
func (l *timeline) Focusable() bool { return true }

// Handle is part of ui.Widget.
func (l *timeline) Handle(in *ui.Input, r image.Rectangle) bool {
	switch {
	case in.Left:
		l.seek(l.at() - seekFrames)
	case in.Right:
		l.seek(l.at() + seekFrames)
	case in.Home:
		l.seek(l.first)
	case in.End:
		l.seek(l.end)
	case in.Held || in.Pressed:
		if to := l.frameAt(in.Pointer.X, r); to != l.at() {
			l.seek(to)
		}
	case in.Accept:
		l.toggle()
	default:
		return false
	}
	return true
}

// track is where the frames lie in a rectangle.
func (l *timeline) track(r image.Rectangle) image.Rectangle { return r.Inset(4) }

func (l *timeline) length() int { return max(int(l.end-l.first), 1) }

func (l *timeline) frameAt(x int, r image.Rectangle) rollback.Frame {
	track := l.track(r)
	way := min(max(x-track.Min.X, 0), track.Dx())
	return l.first + rollback.Frame(way*l.length()/max(track.Dx(), 1))
}

func (l *timeline) placeOf(f rollback.Frame, track image.Rectangle) int {
	return track.Min.X + int(f-l.first)*track.Dx()/l.length()
}

// show takes other marks.
func (l *timeline) show(marks []replays.Mark) { l.marks, l.picture = marks, nil }

// near returns what happened last at a frame or in the second before it.
func (l *timeline) near(f rollback.Frame) (replays.Mark, bool) {
	for i := len(l.marks) - 1; i >= 0; i-- {
		if m := l.marks[i]; m.Frame <= f && m.Frame > f-60 {
			return m, true
		}
	}
	return replays.Mark{}, false
}

// Draw is part of ui.Widget.
func (l *timeline) Draw(p *ui.Painter, r image.Rectangle, focused bool) {
	p.Well(r)
	if focused {
		p.Rim(r)
	}
	track := l.track(r)
	if l.picture == nil || l.picture.Bounds().Dx() != r.Dx() {
		l.picture = ebiten.NewImage(r.Dx(), r.Dy())
		l.drawMarks(l.picture, track.Sub(r.Min))
	}
	timelineOptions.GeoM.Reset()
	timelineOptions.GeoM.Translate(float64(r.Min.X), float64(r.Min.Y))
	p.Dst.DrawImage(l.picture, &timelineOptions)
	x := l.placeOf(l.at(), track)
	p.Fill(image.Rect(x-1, r.Min.Y-3, x+1, r.Max.Y+3), ui.Bright)
	p.Fill(image.Rect(x-3, r.Min.Y-3, x+3, r.Min.Y), ui.Bright)
}

// timelineOptions are used again for every picture.
var timelineOptions ebiten.DrawImageOptions

// drawMarks draws all marks, those below first that came first.
func (l *timeline) drawMarks(dst *ebiten.Image, track image.Rectangle) {
	for _, m := range l.marks {
		drawMark(dst, m.Kind, image.Pt(l.placeOf(m.Frame, track)-2, 1+laneOf[m.Kind]*laneHeight))
	}
}

// legend says what the marks are.
var legend = []struct {
	kind  replays.MarkKind
	words string
}{{replays.Knock, "hit"}, {replays.Splash, "splash"}, {replays.Gold, "golden fly"}, {replays.Left, "left"}, {replays.Came, "came"}, {replays.Round, "won"}}

// drawLegend shows the marks and what they are, in a line.
func drawLegend(p *ui.Painter, at image.Point) {
	for _, l := range legend {
		drawMark(p.Dst, l.kind, at.Add(image.Pt(0, 4)))
		p.Text(l.words, at.X+9, at.Y, 1, ui.Ink)
		at.X += 9 + p.Width(l.words, 1) + 14
	}
}

// drawMark draws a mark with its corner at a place.
func drawMark(dst *ebiten.Image, kind replays.MarkKind, at image.Point) {
	for y, row := range markShapes[kind] {
		for x, c := range row {
			if c == '#' {
				art.Fill(dst, image.Rect(at.X+x, at.Y+y, at.X+x+1, at.Y+y+1), markInks[kind])
			}
		}
	}
}

// markWords say a mark in words.
func markWords(m replays.Mark, names []string) string {
	name := func(seat int) string {
		if seat >= 0 && seat < len(names) {
			return names[seat]
		}
		return "Somebody"
	}
	switch m.Kind {
	case replays.Splash:
		if m.Other >= 0 && m.Other != m.Seat {
			return name(m.Other) + " has knocked " + name(m.Seat) + " in"
		}
		return name(m.Seat) + " has fallen in"
	case replays.Gold:
		return name(m.Seat) + " has eaten a golden fly"
	case replays.Knock:
		if m.Other >= 0 {
			return name(m.Other) + " has landed on " + name(m.Seat)
		}
		return "A bubble has hit " + name(m.Seat)
	case replays.Left:
		return m.Who + " has left: a bot takes over"
	case replays.Came:
		return m.Who + " has come, and plays for a bot"
	case replays.Round:
		return name(m.Seat) + " has won"
	}
	return ""
}
