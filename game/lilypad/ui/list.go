package ui

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
)

// ListItem is one row of a List.
type ListItem struct {
	Key    string // stays the same while the item is on the list
	Name   string // on the left
	About  string // after the name, fainter
	Note   string // on the right
	Locked bool   // shows a lock
	Heart  bool   // shows a heart
	Eye    bool   // shows an eye
	Faint  bool   // it can be pressed, but not much comes of it now
}

// List is a box of rows that come and go, one of which can be pressed. The
// chosen row stays the chosen one while others come and go around it.
type List struct {
	Items  []ListItem
	Pixels int                 // height
	Empty  func() string       // shown while there are no rows; may be nil
	Press  func(item ListItem) // may be nil

	chosen string // key
	top    int    // first row that is shown
}

// Height is part of Widget.
func (l *List) Height(int) int { return l.Pixels }

// Focusable is part of Widget.
func (l *List) Focusable() bool { return len(l.Items) > 0 }

func listRow(textSize int) int { return lineHeight*textSize + 4 }

const listInset = 3

// at returns the index of the chosen row, the first one if it is gone.
func (l *List) at() int {
	for i := range l.Items {
		if l.Items[i].Key == l.chosen {
			return i
		}
	}
	return 0
}

// Chosen returns the row that a press would press.
func (l *List) Chosen() (ListItem, bool) {
	if len(l.Items) == 0 {
		return ListItem{}, false
	}
	return l.Items[l.at()], true
}

// rows is how many rows fit.
func (l *List) rows(r image.Rectangle, textSize int) int {
	return max((r.Dy()-2*listInset)/listRow(textSize), 1)
}

// Handle is part of Widget.
func (l *List) Handle(in *Input, r image.Rectangle) bool {
	if len(l.Items) == 0 {
		return false
	}
	i, own := l.at(), false
	switch {
	case in.Up && i > 0:
		i, own = i-1, true
	case in.Down && i < len(l.Items)-1:
		i, own = i+1, true
	case in.Home && i > 0:
		i, own = 0, true
	case in.End:
		i, own = len(l.Items)-1, true
	case in.Wheel != 0:
		i, own = min(max(i-in.Wheel, 0), len(l.Items)-1), true
	}
	over := -1
	if in.Pointer.In(r) && (in.Moved || in.Pressed || in.Released) {
		if over = l.under(in.Pointer, r, in.textSize()); over >= 0 {
			i = over
		}
	}
	l.chosen = l.Items[i].Key
	l.scroll(i, l.rows(r, in.textSize()))
	if (in.Accept || in.Released && over >= 0) && l.Press != nil {
		l.Press(l.Items[i])
		return true
	}
	return own
}

// under returns the row at a place, -1 for none.
func (l *List) under(at image.Point, r image.Rectangle, textSize int) int {
	row := (at.Y - r.Min.Y - listInset) / listRow(textSize)
	if at.Y < r.Min.Y+listInset || row >= l.rows(r, textSize) || l.top+row >= len(l.Items) {
		return -1
	}
	return l.top + row
}

// scroll brings row i into view.
func (l *List) scroll(i, rows int) {
	l.top = min(max(l.top, i-rows+1), i)
	l.top = max(min(l.top, len(l.Items)-rows), 0)
}

// Draw is part of Widget.
func (l *List) Draw(p *Painter, r image.Rectangle, focused bool) {
	p.Well(r)
	if focused {
		p.rim(r, Bright)
	}
	if len(l.Items) == 0 {
		l.drawEmpty(p, r)
		return
	}
	rows, height := l.rows(r, p.TextSize), listRow(p.TextSize)
	top := max(min(l.top, len(l.Items)-rows), 0) // rows may have gone since
	for i := top; i < min(top+rows, len(l.Items)); i++ {
		y := r.Min.Y + listInset + (i-top)*height
		l.drawRow(p, image.Rect(r.Min.X+listInset, y, r.Max.X-listInset, y+height), l.Items[i], focused && i == l.at())
	}
	if top > 0 {
		p.Arrow(image.Pt(r.Max.X-7, r.Min.Y+4), -1)
	}
	if top+rows < len(l.Items) {
		p.Arrow(image.Pt(r.Max.X-7, r.Max.Y-8), 1)
	}
}

func (l *List) drawEmpty(p *Painter, r image.Rectangle) {
	if l.Empty == nil {
		return
	}
	lines, size := p.Lines(l.Empty(), image.Rect(r.Min.X+12, r.Min.Y+listInset, r.Max.X-12, r.Max.Y-listInset), p.TextSize)
	y := r.Min.Y + (r.Dy()-len(lines)*lineHeight*size)/2
	for _, line := range lines {
		p.Centred(line, image.Rect(r.Min.X, y, r.Max.X, r.Max.Y), size, Faint)
		y += lineHeight * size
	}
}

func (l *List) drawRow(p *Painter, r image.Rectangle, item ListItem, chosen bool) {
	size := p.TextSize
	name := Ink
	if item.Faint {
		name = Faint
	}
	if chosen {
		p.Fill(r, rowBack)
		p.Text(">", r.Min.X+2, r.Min.Y+2, size, Bright)
		name = inkUp
	}
	right := r.Max.X - 10
	p.Text(item.Note, right-p.Width(item.Note, size), r.Min.Y+2, size, name)
	right -= p.Width(item.Note, size) + 10*size
	if item.Locked {
		p.Lock(image.Pt(right-7*size, r.Min.Y+2+size), size)
	}
	if item.Heart {
		art.Heart.Paint(p.Dst, float64(right-8*size), float64(r.Min.Y+2+size), art.Paint{Scale: float64(size)})
	}
	right -= 10 * size
	if item.Eye {
		p.Eye(image.Pt(right-9*size, r.Min.Y+2+3*size), size)
		right -= 12 * size
	}
	x := r.Min.X + 2 + 9*size
	text := p.Fit(item.Name, right-x, size)
	p.Text(text, x, r.Min.Y+2, size, name)
	x += p.Width(text, size) + 8*size
	if room := right - x; item.About != "" && room > 20*size {
		c := Faint
		if chosen {
			c = Ink
		}
		p.Text(p.Fit(item.About, room, size), x, r.Min.Y+2, size, c)
	}
}
