package audience

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"time"
)

// When a viewer looks for another feeder.
const (
	SilentAfter  = 500 * time.Millisecond  // without a word of its parent; it says something every aliveEvery
	standByLost  = 3 * time.Second         // likewise of a stand-by
	reachAfter   = 2500 * time.Millisecond // for a link to one that was named
	feedAfter    = 700 * time.Millisecond  // from an Ask to a feed,
	orphanAfter  = 1500 * time.Millisecond // if the one that was asked has no parent itself
	placeFirst   = 2 * time.Second         // for the first of a place, until the stand-bys are asked
	lagSegments  = PerSecond               // that the parent is behind a stand-by,
	lagAfter     = time.Second             // for so long, until that one is asked,
	lagMost      = 3 * time.Second         // or until the parent is left
	deniedPause  = 5 * time.Second         // before one who has denied is asked again,
	nothingPause = 500 * time.Millisecond  // or one who has nothing yet
	reportEvery  = 5 * time.Second
	reportAgain  = 500 * time.Millisecond // without a parent, or with sources that are of no use
	reportPause  = 200 * time.Millisecond // between two reports, at least
	maxUntaken   = 60 * PerSecond         // segments that wait for Take, and
	untakenBytes = maxRingBytes           // their bytes; with more it begins anew
)

// Item is what comes next of a match.
type Item struct {
	Segment
	// Begins: it does not follow what came before. The match goes on with Start, the world
	// before the segment's first frame.
	Begins bool
	Start  []byte
}

// Viewer is one who watches. It takes what feeders send, keeps it for others, and looks for
// another feeder when its parent is lost. Owner: who watches.
type Viewer struct {
	tag     uint32
	stamped func(b []byte) bool // by the source of the match
	ring    *Ring
	stand   *Stand

	self     ID
	sources  []*feeder
	parent   *feeder
	path     []ID // by whom this one is fed
	next     uint32
	begun    bool
	items    []Item
	waiting  int           // bytes of their segments
	asking   bool          // all that are there, because there is no parent
	placedAt time.Duration // by the desk, newly
	lagAt    time.Duration // since when the parent is behind; 0: it is not
	leftAt   time.Duration // a parent for that
	sentAt   time.Duration // the last report
	heraldAt time.Duration // the next Have to feeders
	said     *Report
	deskless bool // there is no desk just now that could name others
	out      []Out
}

// feeder is one that feeds this viewer, or may.
type feeder struct {
	Neighbour
	up       bool          // there is a link
	since    time.Duration // that it was named, or asked
	fed      bool          // it has sent something since it was asked
	useless  bool          // it is not there, or makes no sense: the desk is told
	heard    time.Duration
	next     uint32 // how far it is
	path     []ID
	asked    bool
	notUntil time.Duration // it has denied

	joined  []byte // of what is not whole yet,
	got     int    // and how much of it has come
	kind    byte
	number  uint32
	pending *Segment // that the match may be begun with, when its world is here,
	bytes   []byte   // and its bytes
}

// NewViewer is one who watches a match whose segments are signed by key, and feeds others.
func NewViewer(match [32]byte, key ed25519.PublicKey) *Viewer {
	ring := new(Ring)
	stamped := func(b []byte) bool { return Stamped(b, match, key) }
	return &Viewer{tag: Tag(match), stamped: stamped, ring: ring, stand: NewStand(match, ring, 0), self: NoID}
}

// Stand is where this viewer feeds others from.
func (v *Viewer) Stand() *Stand { return v.stand }

// Parent is who feeds this viewer, NoID if nobody does.
func (v *Viewer) Parent() ID {
	if v.parent == nil {
		return NoID
	}
	return v.parent.ID
}

// Steps is from how many feeders to the next what this viewer gets has come, about.
func (v *Viewer) Steps() int { return max(1, len(v.path)) }

// Wanted are those whom a link is to be had with.
func (v *Viewer) Wanted() (list []Neighbour) {
	for _, f := range v.sources {
		if !f.useless {
			list = append(list, f.Neighbour)
		}
	}
	return list
}

// Take takes the next piece of the match, in order.
func (v *Viewer) Take() (Item, bool) {
	if len(v.items) == 0 {
		return Item{}, false
	}
	item := v.items[0]
	v.items[0] = Item{}
	v.items = v.items[1:]
	v.waiting -= len(item.Log)
	return item, true
}

// Untaken is how many pieces wait for Take.
func (v *Viewer) Untaken() int { return len(v.items) }

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

// Placed takes the desk's word: who may feed this viewer. Who did stays if he is named.
func (v *Viewer) Placed(now time.Duration, p *Placement) {
	v.self, v.placedAt = p.Self, now
	before := v.sources
	v.sources = nil
	for _, n := range p.Sources {
		at := slices.IndexFunc(before, func(f *feeder) bool { return f.ID == n.ID && f.Key == n.Key && !f.useless })
		if n.ID == v.self {
			continue
		}
		if at >= 0 {
			v.sources = append(v.sources, before[at])
			continue
		}
		v.sources = append(v.sources, &feeder{Neighbour: n, heard: now, since: now})
	}
	for _, f := range before {
		if !slices.Contains(v.sources, f) {
			v.leave(f)
		}
	}
}

// leave wants nothing more of a feeder.
func (v *Viewer) leave(f *feeder) {
	if f.up {
		v.say(f.ID, &Cease{})
	}
	if v.parent == f {
		v.parent, v.path = nil, nil
	}
	f.asked, f.joined, f.pending, f.bytes = false, nil, nil, nil
}

func (v *Viewer) say(to ID, m Message) { v.out = append(v.out, Out{to, m}) }

func (v *Viewer) feeder(id ID) *feeder {
	for _, f := range v.sources {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// Up: there is a link to somebody whom one was wanted with.
func (v *Viewer) Up(now time.Duration, id ID) {
	f := v.feeder(id)
	if f == nil || f.up {
		return
	}
	f.up, f.heard, f.asked = true, now, false
	v.say(id, &StandBy{})
	if v.parent == nil && (v.asking || f == v.sources[0]) {
		v.ask(now, f)
	}
}

// Down: there is none any more, or none is to be had.
func (v *Viewer) Down(id ID) {
	v.stand.Gone(id)
	if f := v.feeder(id); f != nil {
		f.up = false
		v.useless(f)
	}
}

// Relinked: there is another link to somebody whom there was one with. What was under way on
// that is lost.
func (v *Viewer) Relinked(now time.Duration, id ID) {
	f := v.feeder(id)
	if f == nil {
		return
	}
	fed := v.parent == f
	f.up, f.useless, f.heard, f.since, f.notUntil = true, false, now, now, 0
	f.joined, f.pending, f.bytes = f.joined[:0], nil, nil
	if v.say(id, &StandBy{}); fed {
		v.ask(now, f)
	}
}

// Deskless: the host is gone, and nobody names others who may feed this viewer until Returned.
func (v *Viewer) Deskless() { v.deskless = true }

// Returned: there is a desk again, which is to know how this viewer is.
func (v *Viewer) Returned() { v.said, v.deskless = nil, false }

// Distrust begins anew: what has come is not what the host has shown. Who feeds this viewer is
// left, unless it is the host. Those whom it feeds get nothing more of that.
func (v *Viewer) Distrust(now time.Duration, host ID) {
	*v.ring = Ring{}
	v.drop()
	v.next = 0
	switch f := v.parent; {
	case f == nil:
	case f.ID == host:
		v.ask(now, f)
	default:
		v.useless(f)
	}
}

func (v *Viewer) useless(f *feeder) {
	v.leave(f)
	f.useless = true
}

func (v *Viewer) ask(now time.Duration, f *feeder) {
	from := uint32(noSegment)
	if v.begun {
		from = v.next
	}
	f.asked, f.fed, f.since = true, false, now
	v.say(f.ID, &Ask{from})
}

// Said takes what somebody has said, be it one who feeds or one who is fed.
func (v *Viewer) Said(now time.Duration, from ID, m Message) {
	f := v.feeder(from)
	if f != nil {
		f.heard = now
	}
	switch m := m.(type) {
	case *Have:
		if f != nil {
			f.next, f.path = m.Next, m.Path
			v.findPath()
		}
	case *Denied:
		if f != nil {
			f.notUntil, f.asked = now+deniedPause, false
			if m.Why == Nothing {
				f.notUntil = now + nothingPause
			} else if v.parent == nil || v.parent == f {
				v.useless(f)
			}
		}
		return
	}
	if why := v.stand.Said(now, from, m, v.path); why != 0 {
		v.say(from, &Denied{why})
	}
}

// findPath puts the path up to the source together. A parent that is fed by this viewer is
// none.
func (v *Viewer) findPath() {
	if v.parent == nil {
		return
	}
	if slices.Contains(v.parent.path, v.self) {
		v.leave(v.parent)
		return
	}
	v.path = append([]ID{v.parent.ID}, v.parent.path...)
	v.path = v.path[:min(len(v.path), maxPath)]
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
	f.heard, f.fed = now, true
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
	if len(v.items) == maxUntaken || len(v.items) > 0 && v.waiting+len(item.Log) > untakenBytes { // the game does not come after: it begins anew
		v.drop()
		if v.parent != nil {
			v.ask(now, v.parent)
		}
		return
	}
	v.items, v.waiting = append(v.items, item), v.waiting+len(item.Log)
}

// drop forgets what nobody has taken: what comes next does not follow it.
func (v *Viewer) drop() { v.items, v.waiting, v.begun = nil, 0, false }

// parentIs: somebody has sent what was missing. The others need not.
func (v *Viewer) parentIs(f *feeder) {
	if v.parent == f {
		return
	}
	if v.parent != nil {
		v.release(v.parent)
	}
	v.parent, v.asking, v.lagAt = f, false, 0
	for _, other := range v.sources {
		if other != f && other.asked {
			v.release(other)
		}
	}
	v.findPath()
}

// release makes a feeder a stand-by.
func (v *Viewer) release(f *feeder) {
	v.leave(f)
	if f.up {
		v.say(f.ID, &StandBy{})
	}
}

// Over reports whether the whole match is here.
func (v *Viewer) Over() bool { return v.ring.last && v.begun }

// Poll does what is due, and appends what is to be said. What is said to the desk is a
// Report, to NoID.
func (v *Viewer) Poll(now time.Duration, out []Out) []Out {
	v.lookAtSources(now)
	if v.parent == nil {
		v.lookForParent(now)
	} else {
		v.lookAtParent(now)
	}
	if now >= v.heraldAt {
		v.heraldAt = now + 2*aliveEvery
		for _, f := range v.sources {
			if f.up {
				v.say(f.ID, &Have{v.next, slices.Clone(v.path)})
			}
		}
	}
	v.report(now)
	out = append(out, v.out...)
	v.out = v.out[:0]
	return v.stand.Poll(now, v.path, out)
}

// lookAtSources leaves those who are silent, out of reach, or do not feed. Who has nothing that
// is missing here has nothing to feed: the match stands still.
func (v *Viewer) lookAtSources(now time.Duration) {
	for _, f := range v.sources {
		silent, since := now-f.heard, now-f.since
		patience := feedAfter
		orphan := len(f.path) == 0 && f.ID >= FirstViewer
		if orphan {
			patience = orphanAfter
		}
		if !v.begun {
			patience = placeFirst // others may be given a world before this one
		}
		switch {
		case f.useless:
		case f == v.parent && silent >= SilentAfter, silent >= standByLost,
			!f.up && since >= reachAfter,
			v.parent == nil && f.asked && !f.fed && since >= patience && (!v.begun || f.next > v.next || orphan && !v.deskless):
			v.useless(f)
		}
	}
}

// lookForParent asks all who are there. The desk is told who is of no use, and names others.
func (v *Viewer) lookForParent(now time.Duration) {
	if v.Over() {
		return
	}
	if v.waitsForFirst(now) {
		return
	}
	v.asking = true
	for _, f := range v.sources {
		if f.up && !f.useless && !f.asked && now >= f.notUntil {
			v.ask(now, f)
		}
	}
}

// waitsForFirst reports whether who is meant to feed this viewer still has its time, which
// begins when somebody has something.
func (v *Viewer) waitsForFirst(now time.Duration) bool {
	if v.asking || v.begun || len(v.sources) == 0 || v.sources[0].useless {
		return false
	}
	first := v.sources[0]
	if first.up && !first.asked && now >= first.notUntil {
		v.ask(now, first)
	}
	if first.up && !slices.ContainsFunc(v.sources, func(f *feeder) bool { return f.next > 0 }) {
		v.placedAt = now
	}
	return now-v.placedAt < placeFirst
}

// lookAtParent leaves a parent that is behind a stand-by. If none of them feeds this viewer
// instead, the desk is told.
func (v *Viewer) lookAtParent(now time.Duration) {
	behind, best := false, (*feeder)(nil)
	for _, f := range v.sources {
		if f == v.parent || !f.up || f.useless || slices.Contains(f.path, v.self) || f.next < v.next+lagSegments {
			continue
		}
		behind = true
		if now >= f.notUntil && (best == nil || f.next > best.next) {
			best = f
		}
	}
	switch {
	case !behind || v.Over():
		v.lagAt = 0
	case v.lagAt == 0:
		v.lagAt = now
	case now-v.lagAt >= lagMost:
		v.lagAt = 0
		v.useless(v.parent)
	case now-v.lagAt >= lagAfter && now-v.leftAt >= 2*lagAfter && best != nil && !best.asked:
		v.leftAt = now
		v.ask(now, best)
	}
}

// report tells the desk how it is.
func (v *Viewer) report(now time.Duration) {
	if v.self == NoID || v.said != nil && now-v.sentAt < reportPause {
		return
	}
	r := &Report{Parent: v.Parent(), Room: byte(v.stand.Room()), Next: v.next}
	for _, f := range v.sources {
		if f.useless && len(r.Lost) < maxLost {
			r.Lost = append(r.Lost, f.ID)
		}
	}
	pause := reportEvery
	switch s := v.said; {
	case s == nil || s.Parent != r.Parent || s.Room != r.Room || v.Over() && s.Next != r.Next || !slices.Equal(s.Lost, r.Lost):
		pause = 0
	case len(r.Lost) > 0 || v.parent == nil && !v.Over():
		pause = reportAgain
	}
	if v.said == nil || now-v.sentAt >= pause {
		v.said, v.sentAt = r, now
		v.say(NoID, r)
	}
}
