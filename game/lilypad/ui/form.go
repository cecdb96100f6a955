package ui

import "image"

// Widget is one thing on a form.
type Widget interface {
	// Height is the room it wants, in pixels, at a text size of 1 or 2.
	Height(textSize int) int
	// Focusable reports whether it can have the focus now.
	Focusable() bool
	// Handle takes the input of one tick while the widget has the focus; r is
	// where it is. It returns true if a direction was its own business and
	// must not move the focus.
	Handle(in *Input, r image.Rectangle) bool
	// Draw shows it and changes nothing.
	Draw(p *Painter, r image.Rectangle, focused bool)
}

// Form is a set of widgets in columns, one of which has the focus. The zero
// value is an empty form.
type Form struct {
	// TextSize is 1 or 2; 0 means 1. It must not change while the form lives.
	TextSize int
	// Quiet hides where the focus is: the keys are somebody else's now.
	Quiet bool
	// Typing leaves the letters to the screen: W, A, S and D then move no focus.
	Typing bool
	// Gap is the room between two widgets, in pixels; 0 means 3.
	Gap int

	items   []item
	focus   int
	column  image.Rectangle
	next    int // y of the next widget in the column
	scroll  int
	acted   bool // the focused widget took the input as its own
	lit     int  // ticks for which the focus is where it is
	grabbed bool // the pointer went down on the focused widget and is still held
	drag    drag
}

type item struct {
	widget Widget
	at     image.Rectangle
	column image.Rectangle
}

// drag is a finger, or the mouse, that pulls a column along.
type drag struct {
	from   int // y at which it went down, in pixels
	scroll int // of the form then
	may    bool
	does   bool
}

// dragPx is how far a finger slides before it pulls and does not press.
const dragPx = 8

// Column begins a new column: widgets added from now on stand below each
// other in r. What does not fit scrolls into view with the focus.
func (f *Form) Column(r image.Rectangle) { f.column, f.next = r, r.Min.Y }

// Add puts a widget below the last one. The first that can have the focus
// gets it.
func (f *Form) Add(w Widget) {
	h := w.Height(f.size())
	f.Place(w, image.Rect(f.column.Min.X, f.next, f.column.Max.X, f.next+h))
	f.items[len(f.items)-1].column = f.column
	gap := f.Gap
	if gap == 0 {
		gap = 3
	}
	f.next += h + gap
}

// besidePx is how wide a widget must be, for each text size, to stand beside another.
const besidePx = 90

// Beside puts widgets below the last one, side by side and equally wide; where they would
// be too narrow for their text, below each other.
func (f *Form) Beside(widgets ...Widget) {
	whole, top, below := f.column, f.next, f.next
	const between = 4
	width := (whole.Dx() - between*(len(widgets)-1)) / len(widgets)
	if width < besidePx*f.size() {
		for _, w := range widgets {
			f.Add(w)
		}
		return
	}
	for i, w := range widgets {
		f.column.Min.X = whole.Min.X + i*(width+between)
		f.column.Max.X = f.column.Min.X + width
		f.next = top
		f.Add(w)
		f.items[len(f.items)-1].column = whole
		below = max(below, f.next)
	}
	f.column, f.next = whole, below
}

// Place puts a widget at r, outside any column.
func (f *Form) Place(w Widget, r image.Rectangle) {
	f.items = append(f.items, item{widget: w, at: r})
	if len(f.items) == 1 || !f.items[f.focus].widget.Focusable() && w.Focusable() {
		f.focus = len(f.items) - 1
	}
}

// Move puts a widget that was placed outside any column somewhere else.
func (f *Form) Move(w Widget, r image.Rectangle) {
	for i := range f.items {
		if f.items[i].widget == w {
			f.items[i].at = r
		}
	}
}

// Help returns the sentence about the widget with the focus, "" if there is none.
func (f *Form) Help() string {
	if h, ok := f.Focused().(interface{ help() string }); ok {
		return h.help()
	}
	return ""
}

// Len returns how many widgets there are.
func (f *Form) Len() int { return len(f.items) }

// Widget returns the widget that was added as the nth, from 0.
func (f *Form) Widget(n int) Widget { return f.items[n].widget }

// Space leaves room in the column.
func (f *Form) Space(pixels int) { f.next += pixels }

func (f *Form) size() int { return max(f.TextSize, 1) }

// Focus gives the focus to w, if it is on the form and can have it.
func (f *Form) Focus(w Widget) {
	for i := range f.items {
		if f.items[i].widget == w && w.Focusable() {
			f.focus = i
			f.reveal()
		}
	}
}

// FocusLike gives the focus to the widget at the place where old has it: for a
// form that was built anew.
func (f *Form) FocusLike(old *Form) {
	if old.focus < len(f.items) && f.items[old.focus].widget.Focusable() {
		f.focus = old.focus
		f.reveal()
	}
}

// Focused returns the widget with the focus, nil on a form where none can
// have it.
func (f *Form) Focused() Widget {
	if len(f.items) == 0 || !f.items[f.focus].widget.Focusable() {
		return nil
	}
	return f.items[f.focus].widget
}

// Act is what came of an update of a form, for the sound that goes with it.
type Act uint8

// The acts.
const (
	Nothing Act = iota
	Moved       // the focus went on, or a value
	Done        // something was pressed or entered
	Left        // for screens: they were left
)

// Update takes the input of one tick: it moves the focus and lets the focused
// widget act.
func (f *Form) Update(in Input) Act {
	before := f.focus
	f.lit++
	in.size = f.size()
	if _, typing := f.Focused().(*TextField); !typing && !f.Typing {
		in.steer()
	}
	f.update(in)
	switch pressed := in.Accept || in.Enter || in.Released; {
	case pressed && f.acted:
		return Done
	case f.focus != before:
		f.lit = 0
		return Moved
	case f.acted && (in.Left || in.Right || in.Up || in.Down):
		return Moved
	}
	return Nothing
}

func (f *Form) update(in Input) {
	f.acted = false
	if len(f.items) == 0 {
		return
	}
	if !f.items[f.focus].widget.Focusable() {
		f.step(1)
	}
	f.pull(&in)
	f.point(&in)
	if f.Focused() == nil {
		return
	}
	it := &f.items[f.focus]
	own := it.widget.Handle(&in, f.shown(it))
	f.acted = own
	if !f.items[f.focus].widget.Focusable() || own {
		return
	}
	switch {
	case in.Next:
		f.step(1)
	case in.Previous:
		f.step(-1)
	case in.Up:
		f.move(image.Pt(0, -1))
	case in.Down:
		f.move(image.Pt(0, 1))
	case in.Left:
		f.move(image.Pt(-1, 0))
	case in.Right:
		f.move(image.Pt(1, 0))
	default:
		return
	}
	f.reveal()
}

// point gives the focus to what the pointer is over, and takes the press away
// from widgets it is not on. A widget that is being dragged keeps it.
func (f *Form) point(in *Input) {
	if f.grabbed && (in.Held || in.Released) {
		f.grabbed = in.Held
		return
	}
	f.grabbed = false
	over := -1
	for i := range f.items {
		it := &f.items[i]
		if it.widget.Focusable() && in.Pointer.In(f.shown(it)) && f.visible(it) {
			over = i
		}
	}
	if over >= 0 && (in.Moved || in.Pressed) {
		f.focus = over
	}
	if in.Pressed {
		f.grabbed = over >= 0
		if over < 0 {
			in.Pressed = false
		}
	}
	if !f.grabbed {
		in.Held, in.Released = false, false
	}
	if in.Wheel != 0 {
		f.scrollTo(f.scroll - in.Wheel*16)
	}
}

// pull lets a pointer that slides up or down pull the column along, and takes the press
// from what it went down on.
func (f *Form) pull(in *Input) {
	d := &f.drag
	switch {
	case in.Pressed:
		*d = drag{from: in.Pointer.Y, scroll: f.scroll, may: f.pullable(in.Pointer)}
	case !in.Held && !in.Released:
		*d = drag{}
	}
	if !d.may || in.Pressed {
		return
	}
	way := in.Pointer.Y - d.from
	d.does = d.does || abs(way) > dragPx
	if !d.does {
		return
	}
	f.scrollTo(d.scroll - way)
	in.Held, in.Released, f.grabbed = false, false, false
}

// pullable reports whether a press at a place may pull: there is more than is seen, and
// what is under it does not use the way that a pointer goes.
func (f *Form) pullable(at image.Point) bool {
	if f.overflow() == 0 {
		return false
	}
	in := false
	for i := range f.items {
		it := &f.items[i]
		in = in || at.In(it.column)
		if !at.In(f.shown(it)) || !f.visible(it) {
			continue
		}
		switch it.widget.(type) {
		case *Slider, *List:
			return false
		}
	}
	return in
}

// scrollTo scrolls for a pointer. The focus goes along: it stays where it is seen.
func (f *Form) scrollTo(y int) {
	f.scroll = min(max(y, 0), f.overflow())
	if f.visible(&f.items[f.focus]) {
		return
	}
	best, bestWay := -1, 0
	was := middle(f.shown(&f.items[f.focus]))
	for i := range f.items {
		it := &f.items[i]
		if !it.widget.Focusable() || !f.visible(it) || it.column != f.items[f.focus].column {
			continue
		}
		if way := abs(middle(f.shown(it)).Y - was.Y); best < 0 || way < bestWay {
			best, bestWay = i, way
		}
	}
	if best >= 0 {
		f.focus = best
	}
}

// step moves the focus through the widgets in the order they were added.
func (f *Form) step(by int) {
	for i := 1; i <= len(f.items); i++ {
		at := ((f.focus+i*by)%len(f.items) + len(f.items)) % len(f.items)
		if f.items[at].widget.Focusable() {
			f.focus = at
			return
		}
	}
}

// move gives the focus to the nearest widget in a direction. Up and down wrap
// around at the ends.
func (f *Form) move(d image.Point) {
	from := middle(f.items[f.focus].at)
	best, bestCost := -1, 0
	for i := range f.items {
		if i == f.focus || !f.items[i].widget.Focusable() {
			continue
		}
		to := f.offset(from, f.items[i].at)
		along := to.X*d.X + to.Y*d.Y
		aside := abs(to.X*d.Y) + abs(to.Y*d.X)
		if along <= 0 || d.X != 0 && aside > along {
			continue
		}
		cost := along + 3*aside
		if at := f.items[i].at; d.X != 0 && (at.Max.Y <= f.items[f.focus].at.Min.Y || at.Min.Y >= f.items[f.focus].at.Max.Y) {
			cost += otherRow
		}
		if best < 0 || cost < bestCost {
			best, bestCost = i, cost
		}
	}
	switch {
	case best >= 0:
		f.focus = best
	case d.Y != 0:
		f.wrap(d.Y)
	}
}

// otherRow is how much farther a widget counts, to the left or right, that does not stand
// in the same row.
const otherRow = 10_000

// offset is the way from a point to a widget: to the nearest place of its
// width, so that a wide widget is not far from a narrow one above its edge.
func (f *Form) offset(from image.Point, r image.Rectangle) image.Point {
	x := min(max(from.X, r.Min.X+4), r.Max.X-4)
	return image.Pt(x-from.X, middle(r).Y-from.Y)
}

// wrap goes to the other end of the column: the focusable widget farthest
// against the direction whose width overlaps.
func (f *Form) wrap(dy int) {
	best := f.focus
	at := f.items[f.focus].at
	for i := range f.items {
		r := f.items[i].at
		if !f.items[i].widget.Focusable() || r.Max.X <= at.Min.X || r.Min.X >= at.Max.X {
			continue
		}
		if (middle(r).Y-middle(f.items[best].at).Y)*dy < 0 {
			best = i
		}
	}
	f.focus = best
}

func middle(r image.Rectangle) image.Point { return r.Min.Add(r.Max).Div(2) }

func abs(n int) int { return max(n, -n) }

// overflow is how far the column's content reaches below it.
func (f *Form) overflow() int {
	below := 0
	for i := range f.items {
		if it := &f.items[i]; !it.column.Empty() {
			below = max(below, it.at.Max.Y-it.column.Max.Y)
		}
	}
	return below
}

// At returns where a widget of the form is drawn; the empty rectangle for any other.
func (f *Form) At(w Widget) image.Rectangle {
	for i := range f.items {
		if f.items[i].widget == w {
			return f.shown(&f.items[i])
		}
	}
	return image.Rectangle{}
}

// Places returns where the widgets are drawn that are seen now.
func (f *Form) Places() (seen []image.Rectangle) {
	for i := range f.items {
		if f.visible(&f.items[i]) {
			seen = append(seen, f.shown(&f.items[i]))
		}
	}
	return seen
}

// Fits reports whether all widgets are seen without scrolling.
func (f *Form) Fits() bool { return f.overflow() == 0 }

// reveal scrolls so that the focused widget can be seen.
func (f *Form) reveal() {
	it := &f.items[f.focus]
	if it.column.Empty() {
		return
	}
	if low := it.at.Max.Y - it.column.Max.Y; f.scroll < low {
		f.scroll = low
	}
	if high := it.at.Min.Y - it.column.Min.Y; f.scroll > high {
		f.scroll = high
	}
}

// shown is where a widget is drawn.
func (f *Form) shown(it *item) image.Rectangle {
	if it.column.Empty() || it.at.Empty() {
		return it.at
	}
	return it.at.Sub(image.Pt(0, f.scroll))
}

// visible reports whether a widget lies inside its column now.
func (f *Form) visible(it *item) bool {
	r := f.shown(it)
	return it.column.Empty() || r.Min.Y >= it.column.Min.Y && r.Max.Y <= it.column.Max.Y
}

// Draw shows the form and changes nothing.
func (f *Form) Draw(p *Painter) {
	p.TextSize = f.size()
	p.pressed, p.lit = f.grabbed, f.lit
	more, less := image.Rectangle{}, image.Rectangle{}
	for i := range f.items {
		it := &f.items[i]
		if !f.visible(it) {
			if f.shown(it).Min.Y < it.column.Min.Y {
				less = it.column
			} else {
				more = it.column
			}
			continue
		}
		it.widget.Draw(p, f.shown(it), i == f.focus && !f.Quiet && it.widget.Focusable())
	}
	if !less.Empty() {
		p.Arrow(image.Pt(less.Max.X+4, less.Min.Y+4), -1)
	}
	if !more.Empty() {
		p.Arrow(image.Pt(more.Max.X+4, more.Max.Y-8), 1)
	}
}
