package scene

import (
	"fmt"
	"image"
	"image/color"
	"strconv"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

const (
	bannerFrames = 110 // a banner stays
	goFrames     = 40  // "Go!" stays
)

// bannerInk is the colour of words on a ribbon.
var bannerInk = color.NRGBA{74, 44, 36, 255}

// drawBanner draws what the phase of the round has to say.
func (s *Scene) drawBanner(st stage, w *rules.World, v *View) {
	switch age := int(w.PhaseFrames); {
	case w.Phase == rules.Ready:
		third := rules.ReadyFrames / 3
		s.drawCount(st, w, v, strconv.Itoa(3-min(age/third, 2)), age%third)
		if words := readyWords(w, v); words != "" && !st.small() {
			x, y := st.at(Width/2, Height-26)
			scale := st.textScale(v)
			art.DrawShaded(st.dst, words, x-art.Measure(words)*scale/2, y, scale, white)
		}
	case w.Phase == rules.Play && age < goFrames:
		s.drawCount(st, w, v, "Go!", age)
	case w.Phase == rules.Final && age < bannerFrames:
		s.drawRibbon(st, w, v, "Last 15 seconds", "half of the lilies will sink", age)
	case w.Phase == rules.Sudden && age < bannerFrames:
		s.drawRibbon(st, w, v, "Sudden death", "stay on the lily", age)
	case w.Phase >= rules.Rest:
		s.drawResult(st, w, v)
	}
}

// readyWords say which round begins and who plays with whom, where that is not plain.
func readyWords(w *rules.World, v *View) string {
	words := ""
	if w.Rounds > 1 {
		words = fmt.Sprintf("Round %d of %d", w.Round, w.Rounds)
	}
	for seat := range v.Mine {
		mate := w.Mate(seat)
		if !v.Mine[seat] || mate < 0 || mate >= rules.MaxSeats || v.Mine[mate] {
			continue
		}
		if words != "" {
			words += "   "
		}
		words += "You play with " + nameOf(v, mate, 170)
	}
	return words
}

// nameOf returns what a seat is called, as long as it fits.
func nameOf(v *View, seat, width int) string {
	if v.Names[seat] == "" {
		return "The " + art.Look(seat).Hat
	}
	return art.Title.Fit(v.Names[seat], width)
}

// drawCount draws a large number that springs up.
func (s *Scene) drawCount(st stage, w *rules.World, v *View, text string, age int) {
	scale := 4.0
	if st.small() {
		scale = 2
	}
	if age < 6 {
		scale *= 1.5 - float64(age)/12
	}
	x, y := st.at(Width/2, float64(s.Clear(w, v, image.Pt(130, 70), Height/2-20, Height/2+70)))
	fade := float32(0)
	if age > 22 {
		fade = float32(age-22) / 18
	}
	wide := float64(art.Title.Measure(text)) * scale
	art.Title.DrawAt(st.dst, text, float64(x)-wide/2, float64(y)-art.TitleCapHeight*scale/2,
		art.Paint{Colour: golden, Scale: scale, Fade: fade})
}

// drawRibbon draws a banner that unrolls, stays and rolls up.
func (s *Scene) drawRibbon(st stage, w *rules.World, v *View, title, below string, age int) {
	full := art.Title.Measure(title) + 60
	x, y := st.at(Width/2, float64(s.Clear(w, v, image.Pt(full, 60), v.heights(56, Height-66)...)))
	if st.small() {
		wide := art.Measure(title) + 24
		art.Panel(st.dst, art.Ribbon, image.Rect(x-wide/2, y-10, x+wide/2, y+10))
		art.DrawText(st.dst, title, x-art.Measure(title)/2, y-3, 1, bannerInk)
		return
	}
	open := min(age*full/10, full, (bannerFrames-age)*full/10)
	if open < 32 {
		return
	}
	art.Panel(st.dst, art.Ribbon, image.Rect(x-open/2, y-13, x+open/2, y+13))
	if open < full {
		return
	}
	art.Title.Draw(st.dst, title, x-art.Title.Measure(title)/2, y-7, 1, warm)
	scale := st.textScale(v)
	art.DrawShaded(st.dst, below, x-art.Measure(below)*scale/2, y+17, scale, white)
}

// heights are those at which a banner may stand, of a high and a low one.
func (v *View) heights(high, low int) []int {
	if v.LowWords {
		return []int{low}
	}
	return []int{high, low}
}

// Clear returns the first of the heights at which something of a size, in the middle
// of the picture's width, covers none of the player's own frogs; the first of all if
// there is none. Sizes and heights are px of a picture of 640x360. It keeps to the
// height that it returned last while that is clear, so that nothing jumps to and fro.
func (s *Scene) Clear(w *rules.World, v *View, size image.Point, heights ...int) int {
	wide, _ := w.Size()
	near := Width / max(float64(wide), 1) // how much larger than its pixels the pond is seen
	clear := func(y int) bool {
		r := image.Rect(Width/2-size.X/2, y-size.Y/2, Width/2+size.X/2, y+size.Y/2)
		for seat := range w.Frogs {
			f := &w.Frogs[seat]
			x, y := px(f.X), px(f.Y)
			body := image.Rect(int((x-24)*near), int((y-50)*near), int((x+24)*near), int((y+14)*near))
			if v.Mine[seat] && f.State != rules.Out && r.Overlaps(body) {
				return false
			}
		}
		return true
	}
	for _, y := range heights {
		if y == s.clearAt && clear(y) {
			return y
		}
	}
	s.clearAt = heights[0]
	for _, y := range heights {
		if clear(y) {
			s.clearAt = y
			break
		}
	}
	return s.clearAt
}

// drawResult draws the ribbon of the winner.
func (s *Scene) drawResult(st stage, w *rules.World, v *View) {
	if w.Phase == rules.Over && (s.over == 0 || s.over > s.tick) { // the world's own clock may stand still at the end
		s.over = max(s.tick, 1)
	}
	age := s.tick - s.over
	if w.Phase == rules.Rest {
		age = int(w.PhaseFrames)
	}
	seat := int(w.Champion)
	if seat < 0 || seat >= rules.MaxSeats {
		s.drawRibbon(st, w, v, "The host ends the match", "", min(age, bannerFrames/2))
		return
	}
	title, score := ResultWords(w, v)
	if st.small() {
		s.drawRibbon(st, w, v, art.Small.Fit(title, 180), "", bannerFrames/2)
		return
	}
	scale := st.textScale(v)
	full := max(art.Title.Measure(title), art.Measure(score)*scale) + 124
	x, y := st.at(Width/2, float64(s.Clear(w, v, image.Pt(full, 60), v.heights(110, 270)...)))
	open := min(age*full/12, full)
	if open < 32 {
		return
	}
	art.Panel(st.dst, art.Ribbon, image.Rect(x-open/2, y-30, x+open/2, y+30))
	if open < full {
		return
	}
	left := x - full/2 + 44
	hop := 0
	if t := age % 50; t < 16 {
		hop = t * (16 - t) / 8
	}
	art.Frog{Style: s.Styles[seat], Facing: 2, Pose: poseOf(w, seat), Mine: v.Mine[seat]}.Draw(st.dst, float64(left), float64(y+20-hop))
	art.Crown.Draw(st.dst, left-6, y-28-hop)
	art.Title.Draw(st.dst, title, left+30, y-16-3*(scale-1), 1, art.SeatInk(s.colour(seat)))
	art.DrawText(st.dst, score, left+31, y+10-2*(scale-1), scale, bannerInk)
}

// ResultWords say who has won, a round or the match, and how: a title and a line below
// it. There must be a champion.
func ResultWords(w *rules.World, v *View) (title, below string) {
	seat, verb := int(w.Champion), " wins"
	title = nameOf(v, seat, 300)
	below = fmt.Sprintf("%d flies, %d knocked in", w.Points(seat), w.Frogs[seat].Knocks)
	if mate := w.Mate(seat); mate >= 0 && mate < rules.MaxSeats {
		title, verb = nameOf(v, min(seat, mate), 170)+" and "+nameOf(v, max(seat, mate), 170), " win"
		below = fmt.Sprintf("%d flies, %d knocked in", w.Points(seat), w.Frogs[seat].Knocks+w.Frogs[mate].Knocks)
	}
	switch {
	case w.Phase == rules.Rest:
		return title + verb + fmt.Sprintf(" round %d", w.Round), below + fmt.Sprintf("; %d of %d rounds", w.Wins[seat], w.Rounds)
	case w.Rounds > 1:
		return title + verb + " the match!", fmt.Sprintf("%d of %d rounds won", w.Wins[seat], w.Round)
	}
	return title + verb + "!", below
}
