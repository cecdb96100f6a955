package ui

import (
	"fmt"
	"image"
	"image/color"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// rowHeight is the height of a widget of one line.
func rowHeight(textSize int) int { return lineHeight*textSize + 8 }

// Label is a line of text. It never has the focus.
type Label struct {
	Text   string
	Func   func() string // if not nil, it is asked instead of Text
	Colour color.NRGBA   // the zero value: the theme's
	Centre bool
	Large  bool // twice the text size
	Lines  int  // room for so many lines, into which the text is wrapped; 0 = 1
}

// Height is part of Widget.
func (l *Label) Height(textSize int) int {
	if l.Large {
		textSize *= 2
	}
	return (lineHeight*textSize)*max(l.Lines, 1) + 4
}

// Focusable is part of Widget.
func (l *Label) Focusable() bool { return false }

// Handle is part of Widget.
func (l *Label) Handle(*Input, image.Rectangle) bool { return false }

// Draw is part of Widget.
func (l *Label) Draw(p *Painter, r image.Rectangle, _ bool) {
	text, c := l.Text, l.Colour
	if l.Func != nil {
		text = l.Func()
	}
	if c == (color.NRGBA{}) {
		c = Ink
	}
	size := p.TextSize
	if l.Large {
		size *= 2
	}
	y := r.Min.Y + 2
	for _, line := range p.Wrap(text, r.Dx(), size, max(l.Lines, 1)) {
		x := r.Min.X
		if l.Centre {
			x += (r.Dx() - p.Width(line, size)) / 2
		}
		p.Text(line, x, y, size, c)
		y += lineHeight * size
	}
}

// Button does something when it is pressed.
type Button struct {
	Text string
	Help string // a sentence about it: see Form.Help
	// Primary makes it the one that goes on to what the screen is for: it looks warmer
	// than the others.
	Primary bool
	Press   func()
	// Icon, if not nil, is drawn in place of the text.
	Icon func(p *Painter, r image.Rectangle, c color.NRGBA)
	// Blocked, if not nil, says why the button does nothing now, in words that
	// are shown on it; "" when it works.
	Blocked func() string
	// Refuse, if not nil, is told why when the button is pressed all the same: the
	// words may be too long for it.
	Refuse func(why string)
}

// Height is part of Widget.
func (b *Button) Height(textSize int) int { return rowHeight(textSize) }

// Focusable is part of Widget.
func (b *Button) Focusable() bool { return true }

func (b *Button) reason() string {
	if b.Blocked == nil {
		return ""
	}
	return b.Blocked()
}

// Handle is part of Widget.
func (b *Button) Handle(in *Input, r image.Rectangle) bool {
	if !in.Accept && !(in.Released && in.Pointer.In(r)) {
		return false
	}
	switch why := b.reason(); {
	case why == "" && b.Press != nil:
		b.Press()
		return true
	case why != "" && b.Refuse != nil:
		b.Refuse(why)
		return true
	}
	return false
}

// Draw is part of Widget.
func (b *Button) Draw(p *Painter, r image.Rectangle, focused bool) {
	reason, words := b.reason(), r.Inset(4)
	r = p.moved(r, focused)
	if b.Primary && reason == "" {
		p.Primary(r, focused)
	} else {
		p.Frame(r, focused, reason != "")
	}
	if focused && p.pressed && reason == "" {
		art.Panel(p.Dst, art.PanelPressed, r)
	}
	text, c := b.Text, p.inkOn(focused)
	if b.Icon != nil {
		b.Icon(p, r, c)
		return
	}
	if reason != "" {
		text, c = text+": "+reason, Faint
	} else if b.Primary && r.Dx() > p.Width(text, p.TextSize)+40 { // not by its colour alone
		art.Play.Draw(p.Dst, r.Min.X+8, (r.Min.Y+r.Max.Y)/2-4)
	}
	p.Squeeze(text, image.Rect(words.Min.X, r.Min.Y, words.Max.X, r.Max.Y), true, c)
}

// litTicks is how long a button stands out that has just got the focus.
const litTicks = 5

// moved returns where a button is drawn: larger for a moment when it gets the focus,
// and lower while it is pressed.
func (p *Painter) moved(r image.Rectangle, focused bool) image.Rectangle {
	switch {
	case focused && p.pressed:
		return r.Add(image.Pt(0, 1))
	case focused && p.lit < litTicks:
		return r.Inset(-1)
	}
	return r
}

func textTop(r image.Rectangle, size int) int { return r.Min.Y + (r.Dy()-lineHeight*size+1)/2 }

// Toggle is a yes or no.
type Toggle struct {
	Text    string
	Help    string // a sentence about it: see Form.Help
	Primary bool   // as Button.Primary
	Value   *bool
	Change  func() // may be nil
}

// Height is part of Widget.
func (t *Toggle) Height(textSize int) int { return rowHeight(textSize) }

// Focusable is part of Widget.
func (t *Toggle) Focusable() bool { return true }

// Handle is part of Widget.
func (t *Toggle) Handle(in *Input, r image.Rectangle) bool {
	if in.Accept || in.Released && in.Pointer.In(r) || in.Left && *t.Value || in.Right && !*t.Value {
		*t.Value = !*t.Value
		if t.Change != nil {
			t.Change()
		}
		return true
	}
	return false
}

// Draw is part of Widget.
func (t *Toggle) Draw(p *Painter, r image.Rectangle, focused bool) {
	if t.Primary {
		p.Primary(r, focused)
	} else {
		p.Frame(r, focused, false)
	}
	box := image.Rect(r.Max.X-r.Dy()+4, r.Min.Y+4, r.Max.X-4, r.Max.Y-4)
	word := "off"
	if *t.Value {
		word = "on"
	}
	p.Check(box, *t.Value, focused)
	p.Text(word, box.Min.X-4-p.Width(word, p.TextSize), textTop(r, p.TextSize), p.TextSize, p.inkOn(focused))
	room := box.Min.X - 8 - p.Width("off", p.TextSize) - r.Min.X - 5
	p.Squeeze(t.Text, image.Rect(r.Min.X+5, r.Min.Y, r.Min.X+5+room, r.Max.Y), false, p.inkOn(focused))
}

// Choice is one of several, stepped through with left and right.
type Choice struct {
	Text   string
	Help   string // a sentence about it: see Form.Help
	Names  []string
	Value  *int   // index of Names
	Change func() // may be nil
	Locked bool   // shown but not changed: somebody else decides
}

// Height is part of Widget.
func (c *Choice) Height(textSize int) int { return rowHeight(textSize) }

// Focusable is part of Widget.
func (c *Choice) Focusable() bool { return !c.Locked }

// Handle is part of Widget.
func (c *Choice) Handle(in *Input, r image.Rectangle) bool {
	by := 0
	switch {
	case in.Left:
		by = -1
	case in.Right, in.Accept:
		by = 1
	case in.Released && in.Pointer.In(r):
		by = 1
		if in.Pointer.X < r.Max.X-r.Dx()/4 && in.Pointer.X > r.Min.X+r.Dx()/2-8 {
			by = -1
		}
	}
	if by == 0 || len(c.Names) == 0 {
		return in.Left || in.Right
	}
	*c.Value = ((*c.Value+by)%len(c.Names) + len(c.Names)) % len(c.Names)
	if c.Change != nil {
		c.Change()
	}
	return true
}

// Draw is part of Widget.
func (c *Choice) Draw(p *Painter, r image.Rectangle, focused bool) {
	p.Frame(r, focused, c.Locked)
	name := ""
	if *c.Value >= 0 && *c.Value < len(c.Names) {
		name = c.Names[*c.Value]
	}
	y, ink, right := textTop(r, p.TextSize), p.inkOn(focused), r.Max.X-5
	if !c.Locked {
		right -= p.Width(" >", p.TextSize) + p.TextSize
		p.Text(">", r.Max.X-5-p.Width(">", p.TextSize), y, p.TextSize, ink)
	}
	right -= p.Width(name, p.TextSize)
	p.Text(name, right, y, p.TextSize, ink)
	if !c.Locked {
		right -= p.Width("< ", p.TextSize) + p.TextSize
		p.Text("<", right, y, p.TextSize, ink)
	}
	p.Squeeze(c.Text, image.Rect(r.Min.X+5, r.Min.Y, right-8, r.Max.Y), false, ink)
}

// Slider is a number between two others.
type Slider struct {
	Text     string
	Help     string // a sentence about it: see Form.Help
	Value    *int
	Min, Max int
	Step     int              // of the keyboard; 0 = 1
	Format   func(int) string // nil: the number
	Change   func()           // may be nil
}

// Height is part of Widget.
func (s *Slider) Height(textSize int) int { return rowHeight(textSize) }

// Focusable is part of Widget.
func (s *Slider) Focusable() bool { return true }

// Handle is part of Widget.
func (s *Slider) Handle(in *Input, r image.Rectangle) bool {
	value, step := *s.Value, max(s.Step, 1)
	switch {
	case in.Left:
		value -= step
	case in.Right:
		value += step
	case in.Held || in.Pressed:
		track := s.track(r, in.textSize())
		value = s.Min + ((in.Pointer.X-track.Min.X)*(s.Max-s.Min)+track.Dx()/2)/max(track.Dx(), 1)
		value = s.Min + (value-s.Min+step/2)/step*step
	default:
		return false
	}
	value = min(max(value, s.Min), s.Max)
	if value != *s.Value {
		*s.Value = value
		if s.Change != nil {
			s.Change()
		}
	}
	return true
}

// track is where the knob runs: between the name and room for the longest value.
func (s *Slider) track(r image.Rectangle, size int) image.Rectangle {
	value := max(textWidth(s.words(s.Min)), textWidth(s.words(s.Max))) * size
	return image.Rect(r.Min.X+r.Dx()*2/5, r.Min.Y+4, r.Max.X-value-12, r.Max.Y-4)
}

// words are a value as it is shown.
func (s *Slider) words(value int) string {
	if s.Format != nil {
		return s.Format(value)
	}
	return fmt.Sprint(value)
}

// Draw is part of Widget.
func (s *Slider) Draw(p *Painter, r image.Rectangle, focused bool) {
	p.Frame(r, focused, false)
	text := s.words(*s.Value)
	p.Squeeze(s.Text, image.Rect(r.Min.X+5, r.Min.Y, r.Min.X-3+r.Dx()*2/5, r.Max.Y), false, p.inkOn(focused))
	p.Text(text, r.Max.X-5-p.Width(text, p.TextSize), textTop(r, p.TextSize), p.TextSize, p.inkOn(focused))
	p.Track(s.track(r, p.TextSize), *s.Value-s.Min, s.Max-s.Min, focused)
}
