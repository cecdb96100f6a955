package audience

import (
	"bytes"
	"time"
)

// What may wait for Take. With more it begins anew.
const (
	maxUntaken   = 60 * PerSecond // segments
	untakenBytes = maxRingBytes   // of segments
)

// Item is what comes next of a match.
type Item struct {
	Segment
	// Begins: it does not follow what came before. The match goes on with Start, the world
	// before the segment's first frame.
	Begins bool
	Start  []byte
}

// untaken is what waits for Take. Owner: the Viewer.
type untaken struct {
	items   []Item // oldest first
	waiting int    // bytes of their segments
	begun   bool   // what comes next follows them
}

// Take takes the next piece of the match, in order.
func (u *untaken) Take() (Item, bool) {
	if len(u.items) == 0 {
		return Item{}, false
	}
	item := u.items[0]
	u.items[0] = Item{}
	u.items = u.items[1:]
	u.waiting -= len(item.Log)
	return item, true
}

// Untaken is how many pieces wait for Take.
func (u *untaken) Untaken() int { return len(u.items) }

// UntakenBytes is how long these are together.
func (u *untaken) UntakenBytes() int { return u.waiting }

// hasRoomFor reports whether one more may wait.
func (u *untaken) hasRoomFor(item *Item) bool {
	return len(u.items) < maxUntaken && (len(u.items) == 0 || u.waiting+len(item.Log) <= untakenBytes)
}

// push has one more wait.
func (u *untaken) push(item Item) {
	u.items, u.waiting = append(u.items, item), u.waiting+len(item.Log)
}

// drop forgets what nobody has taken: what comes next does not follow it.
func (u *untaken) drop() { *u = untaken{} }

// MadeWorld tells the world before a segment's first frame, as this viewer has simulated it:
// if it is the one whose sum is signed, newcomers may begin with it. It reports whether it
// is.
func (v *Viewer) MadeWorld(number uint32, world []byte) bool {
	b := v.ring.at(number)
	if b == nil {
		return true // it has taken long
	}
	s, err := ParseSegment(b)
	if err != nil || s.World == nil || !s.World.fits(world) {
		return false
	}
	v.ring.SetWorld(number, world)
	return true
}

// Fed takes a block of a feed. An error is the feeder's fault: ErrMalformed or ErrForged.
func (v *Viewer) Fed(now time.Duration, from ID, block []byte) error {
	f := v.feeder(from)
	if f == nil || f.useless || !f.asked {
		return nil // of a feed that is not wanted any more
	}
	p, err := parsePiece(block)
	if err == nil && p.tag != v.tag {
		return nil // of the match before
	}
	v.hear(now, f)
	f.fed = true
	if err == nil {
		err = v.join(now, f, &p)
	}
	if err != nil {
		v.useless(f)
	}
	return err
}

// join puts pieces together.
func (v *Viewer) join(now time.Duration, f *feeder, p *piece) error {
	if p.offset == 0 {
		f.joined, f.got, f.kind, f.number = f.joined[:0], 0, p.kind, p.number
	}
	if p.offset != f.got || p.kind != f.kind || p.number != f.number {
		return ErrMalformed
	}
	f.got += len(p.bytes)
	if p.kind == pieceWorld && (f.pending == nil || f.pending.Number != p.number || f.pending.World.Bytes != p.total) {
		return nil // of a segment that is known
	}
	if f.joined = append(f.joined, p.bytes...); len(f.joined) < p.total {
		return nil
	}
	whole := bytes.Clone(f.joined)
	f.joined = f.joined[:0]
	if p.kind == pieceWorld {
		return v.begin(now, f, whole)
	}
	return v.segment(now, f, p.number, whole)
}

// segment takes a whole segment.
func (v *Viewer) segment(now time.Duration, f *feeder, number uint32, b []byte) error {
	f.pending, f.bytes = nil, nil
	s, err := ParseSegment(b)
	if err != nil || s.Number != number {
		return ErrMalformed
	}
	f.next = max(f.next, number+1)
	if v.begun && number < v.next {
		return nil // another one was faster
	}
	if !v.stamped(b) {
		return ErrForged
	}
	switch {
	case v.begun && number == v.next:
		v.parentIs(f)
		v.add(now, Item{Segment: s}, b)
	case s.World == nil:
		return ErrMalformed
	default:
		f.pending, f.bytes = &s, b
		if s.World.Bytes == 0 {
			return v.begin(now, f, nil)
		}
	}
	return nil
}

// begin begins the match with a world, anew.
func (v *Viewer) begin(now time.Duration, f *feeder, world []byte) error {
	s, b := f.pending, f.bytes
	f.pending, f.bytes = nil, nil
	if !s.World.fits(world) {
		return ErrForged
	}
	if v.begun && s.Number < v.next {
		return nil
	}
	v.parentIs(f)
	v.drop()
	v.begun = true
	v.add(now, Item{Segment: *s, Begins: true, Start: world}, b)
	v.ring.SetWorld(s.Number, world)
	return nil
}

func (v *Viewer) add(now time.Duration, item Item, b []byte) {
	v.ring.Add(&item.Segment, b)
	v.next = item.Number + 1
	if !v.hasRoomFor(&item) { // the game does not come after: it begins anew
		v.drop()
		if v.parent != nil {
			v.ask(now, v.parent)
		}
		return
	}
	v.push(item)
}
