package scene

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// stage is where words are set: a rectangle of dst that shows the pond, or a part of it, at
// a scale. Letters keep their size whatever the scale is.
type stage struct {
	dst    *ebiten.Image
	area   image.Rectangle
	scale  float64
	origin image.Point // where the pond's corner lies
}

// at returns where a place of the pond is on the stage.
func (st stage) at(x, y float64) (int, int) {
	return st.origin.X + int(math.Floor(x*st.scale)), st.origin.Y + int(math.Floor(y*st.scale))
}

// sees reports whether a place of the pond is in the picture.
func (st stage) sees(x, y float64) bool {
	left, top := st.at(x, y)
	return image.Pt(left, top).In(st.area)
}

// small reports whether the stage has no room for names.
func (st stage) small() bool { return st.area.Dx() < Width*8/10 }

// whole returns the stage for what has its place in the picture, not on the
// pond: it is laid out for 640x360 px whatever the pond's size is.
func (st stage) whole() stage {
	return stage{st.dst, st.area, float64(st.area.Dx()) / Width, st.area.Min}
}

// scoreRow is the height of the score row.
func (st stage) scoreRow() int {
	if st.small() {
		return 12
	}
	return 27
}

// textScale is the scale of words over the pond.
func (st stage) textScale(v *View) int {
	if v.LargeText && !st.small() {
		return 2
	}
	return 1
}

// drawWords draws name tags, score row, clock and banners.
func (s *Scene) drawWords(st stage, w *rules.World, v *View) {
	if v.HideWords {
		return
	}
	for seat := range w.Frogs {
		s.drawTag(st, w, v, seat)
		s.drawTug(st, w, v, seat)
		s.drawHints(st, w, v, seat)
	}
	s.drawFloating(st, w, v)
	if !v.HideScore {
		s.drawScores(st, w, v)
		s.drawFlights(st, w)
	}
	s.drawBanner(st.whole(), w, v)
}

// tag is what stands over a frog: a mark, and its name while that is news.
type tag struct {
	at    image.Rectangle
	below bool // it stands below its feet
	name  string
}

// tagOf returns the tag of a seat, and whether it has one now.
func (st stage) tagOf(w *rules.World, v *View, seat int) (t tag, ok bool) {
	f := &w.Frogs[seat]
	if f.State == rules.Out || f.State == rules.Sunk || v.hinted(seat) && !st.small() {
		return t, false // key caps stand there: two signs over a frog are enough
	}
	if !st.sees(px(f.X), px(f.Y)) {
		return t, false
	}
	if fresh := w.Phase == rules.Ready || w.Phase >= rules.Rest || f.Safe > 20; fresh && !st.small() {
		t.name = v.Names[seat]
	}
	scale := st.textScale(v)
	t.at, t.below = tagAt(st, px(f.X), px(f.Y)-heightOf(f), art.Measure(t.name)*scale, art.CapHeight*scale)
	return t, true
}

// drawTag draws the mark of a seat over its frog, or an arrow if it is mine, and the
// name while it is news. All of it stays in the picture.
func (s *Scene) drawTag(st stage, w *rules.World, v *View, seat int) {
	t, ok := st.tagOf(w, v, seat)
	if !ok {
		return
	}
	at, bounce := t.at, 0
	if v.Mine[seat] {
		bounce = int(2 * math.Abs(math.Sin(float64(w.Tick)/10)))
	}
	switch {
	case v.Mine[seat] && t.below:
		art.DrawShaded(st.dst, "↑", at.Min.X+2, at.Min.Y+bounce, 1, golden)
	case seat == leader(w) && w.Phase != rules.Ready && !st.small(): // the crown in place of the mark
		art.Crown.Draw(st.dst, at.Min.X-2, (at.Min.Y+at.Max.Y)/2-4)
	case v.Mine[seat]:
		art.DrawShaded(st.dst, "↓", at.Min.X+2, at.Max.Y-art.CapHeight-bounce, 1, golden)
	default:
		art.SmallMark(st.dst, s.colour(seat), float64(at.Min.X+4), float64((at.Min.Y+at.Max.Y)/2), art.Paint{})
	}
	if t.name != "" {
		art.DrawShaded(st.dst, t.name, at.Min.X+markWidth, at.Min.Y, st.textScale(v), white)
	}
}

// markWidth is the room of the mark before a name, and of one alone.
const markWidth = 10

// tagAt returns where the tag of a frog at x, y lies: over its head, or below its
// feet where the score row is, and never outside the picture.
func tagAt(st stage, x, y float64, nameWidth, height int) (at image.Rectangle, below bool) {
	left, feet := st.at(x, y)
	_, bottom := st.at(x, y-31)
	width := markWidth + nameWidth
	at = image.Rect(left-width/2, bottom-height, left-width/2+width, bottom)
	if at.Min.Y < st.area.Min.Y+st.scoreRow()+2 {
		below = true
		at = at.Add(image.Pt(0, feet+int(14*st.scale)-at.Min.Y))
	}
	at = at.Add(image.Pt(max(st.area.Min.X+3-at.Min.X, 0), max(st.area.Min.Y+st.scoreRow()+2-at.Min.Y, 0)))
	return at.Add(image.Pt(min(st.area.Max.X-3-at.Max.X, 0), min(st.area.Max.Y-3-at.Max.Y, 0))), below
}

// drawTug draws how a tug-of-war stands, over its middle.
func (s *Scene) drawTug(st stage, w *rules.World, v *View, seat int) {
	f := &w.Frogs[seat]
	if f.Tongue != rules.TongueTug || int(f.TugWith) <= seat || int(f.TugWith) >= len(w.Frogs) {
		return
	}
	o := &w.Frogs[f.TugWith]
	x, y := st.at((px(f.X)+px(o.X))/2, (px(f.Y)+px(o.Y))/2-28)
	left, right, mine, his := seat, int(f.TugWith), int(f.TugPresses), int(o.TugPresses)
	if f.X > o.X {
		left, right, mine, his = right, left, his, mine
	}
	const half = 20
	tilt := min(max((mine-his)*4, -half), half)
	art.Fill(st.dst, image.Rect(x-half-1, y-1, x+half+1, y+5), color.NRGBA{20, 20, 36, 255})
	art.Fill(st.dst, image.Rect(x-half, y, x+tilt, y+4), art.SeatColour(s.colour(left)))
	art.Fill(st.dst, image.Rect(x+tilt, y, x+half, y+4), art.SeatColour(s.colour(right)))
	art.Fill(st.dst, image.Rect(x+tilt-1, y-2, x+tilt+1, y+6), white)
	if v.Mine[left] || v.Mine[right] {
		st.drawTugWord(v, x, y)
	}
}

// drawTugWord says what to do, over the middle of a tug's bar, or below it where the score
// row is.
func (st stage) drawTugWord(v *View, x, y int) {
	const word = "press Tongue!"
	scale := st.textScale(v)
	wide, top := art.Measure(word)*scale, y-2-10*scale
	if top < st.area.Min.Y+st.scoreRow()+2 {
		top = y + 9
	}
	x = min(max(x-wide/2, st.area.Min.X+3), st.area.Max.X-3-wide)
	art.DrawShaded(st.dst, word, x, top, scale, golden)
}

// sideOf returns the seat whose colour a side has: the first of two mates.
func sideOf(w *rules.World, seat int) int {
	if mate := w.Mate(seat); mate >= 0 {
		return min(seat, mate)
	}
	return seat
}

// leader returns who has the most points, -1 if no side is ahead alone.
func leader(w *rules.World) int {
	best, who := int32(0), -1
	for seat := range w.Frogs[:min(int(w.Seats), rules.MaxSeats)] {
		switch score := w.Points(seat); {
		case score > best:
			best, who = score, seat
		case score == best && (who < 0 || w.Mate(who) != seat):
			who = -1
		}
	}
	return who
}

// The score row is a plank above the pond.
var (
	rowBack = color.NRGBA{9, 24, 34, 255}
	rowEdge = color.NRGBA{63, 138, 128, 255}
)

// edgeWidth is what the score row leaves free at either end: for a button and the sign
// of silence.
const edgeWidth = 20

// drawScores draws the score row with the clock in its middle.
func (s *Scene) drawScores(st stage, w *rules.World, v *View) {
	seats := min(int(w.Seats), rules.MaxSeats)
	row := image.Rect(st.area.Min.X, st.area.Min.Y, st.area.Max.X, st.area.Min.Y+st.scoreRow())
	art.Fill(st.dst, row, rowBack)
	art.Fill(st.dst, image.Rect(row.Min.X, row.Max.Y-1, row.Max.X, row.Max.Y), rowEdge)
	first := leader(w)
	for seat := range seats {
		at := s.cardAt(st, w, seat).Sub(image.Pt(10, 9))
		if st.small() {
			s.drawSmallCard(st, w, seat, at.X, seat == first)
		} else {
			s.drawCard(st, w, v, seat, at.X, st.cardWidth(seats), seat == first)
		}
	}
	s.drawClock(st, w)
	if v.Muted && !st.small() {
		art.Mute.Draw(st.dst, st.area.Max.X-13, st.area.Max.Y-11)
	}
}

// clockRoom is the room for the clock in the middle of the score row.
func (st stage) clockRoom() int {
	if st.small() {
		return 34
	}
	return 64
}

// cardWidth is the room of one seat in the score row.
func (st stage) cardWidth(seats int) int {
	return min((st.area.Dx()-st.clockRoom()-2*edgeWidth)/2/max((seats+1)/2, 1), 96)
}

// cardAt returns the middle of a seat's hat in the score row: half of the seats are
// left of the clock.
func (s *Scene) cardAt(st stage, w *rules.World, seat int) image.Point {
	seats := min(int(w.Seats), rules.MaxSeats)
	card, left, middle := st.cardWidth(seats), (seats+1)/2, st.area.Min.X+st.area.Dx()/2
	x := middle - st.clockRoom()/2 - (left-seat)*card
	if seat >= left {
		x = middle + st.clockRoom()/2 + (seat-left)*card
	}
	return image.Pt(x+10, st.area.Min.Y+9)
}

// drawCard draws hat, score and name of a seat.
func (s *Scene) drawCard(st stage, w *rules.World, v *View, seat, x, width int, leads bool) {
	y := st.area.Min.Y
	s.set.badge.Paint(st.dst, float64(x+10), float64(y+9), art.Paint{Colour: art.SeatColour(s.colour(sideOf(w, seat)))})
	art.Hat(st.dst, s.Styles[seat], float64(x+10), float64(y+14), art.Paint{})
	score := strconv.Itoa(int(w.Points(seat)))
	art.Title.Draw(st.dst, score, x+21, max(y+2-s.flights.lift(seat), y+1), 1, scoreInk(s.flights.bumps[seat]))
	right := x + 25 + art.Title.Measure(score)
	if leads {
		art.Crown.Draw(st.dst, right, y+5)
		right += 16
	}
	switch v.Signals[seat] {
	case SignalGood:
		art.Signal2.Draw(st.dst, right, y+7)
	case SignalFair:
		art.Signal1.Draw(st.dst, right, y+7)
	case SignalBad:
		art.Signal0.Draw(st.dst, right, y+7)
	case SignalSlow:
		art.Warn.Draw(st.dst, right, y+6)
	case SignalAway:
		art.Bot.Draw(st.dst, right, y+6)
	}
	if v.LargeText { // as large as the score, it would have no room
		return
	}
	name := art.Small.Fit(v.Names[seat], width-14)
	ink := white
	if v.Mine[seat] {
		ink = golden
	}
	art.SmallMark(st.dst, s.colour(seat), float64(x+6), float64(y+21), art.Paint{})
	art.DrawShaded(st.dst, name, x+12, y+18, 1, ink)
}

// scoreInk is the colour of a score: golden while it jumps.
func scoreInk(bump int) color.NRGBA {
	if bump > 0 {
		return golden
	}
	return white
}

// drawSmallCard draws mark and score.
func (s *Scene) drawSmallCard(st stage, w *rules.World, seat, x int, leads bool) {
	y := st.area.Min.Y
	art.Mark(st.dst, s.colour(seat), float64(x+6), float64(y+6), art.Paint{})
	ink := white
	if leads {
		ink = golden
	}
	art.DrawShaded(st.dst, strconv.Itoa(int(w.Points(seat))), x+14, y+2, 1, ink)
}

// drawClock draws the time that is left.
func (s *Scene) drawClock(st stage, w *rules.World) {
	seconds := (max(w.LeftFrames, 0) + 59) / 60
	text, ink := clockText(int(seconds)), white
	if w.Phase == rules.Final || w.Phase == rules.Sudden {
		ink = warm
	}
	x, y := st.area.Min.X+st.area.Dx()/2, st.area.Min.Y
	if st.small() {
		art.DrawShaded(st.dst, text, x-art.Measure(text)/2, y+2, 1, ink)
		return
	}
	lift := 0
	if beat := int(w.LeftFrames) % 60; w.Phase == rules.Final && w.LeftFrames <= moodFrames && beat > 48 {
		lift = (60 - beat) * (beat - 48) / 12
	}
	art.Title.Draw(st.dst, text, x-art.Title.Measure(text)/2, y+6-lift, 1, ink)
}

// clockTexts are those that were shown before: a picture makes no new ones.
var clockTexts [20 * 60]string

// clockText returns seconds as minutes and seconds.
func clockText(seconds int) string {
	seconds = min(max(seconds, 0), len(clockTexts)-1)
	if clockTexts[seconds] == "" {
		clockTexts[seconds] = fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return clockTexts[seconds]
}
