package audience

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// MaxViewers is how many may watch a match.
const MaxViewers = 1000

const (
	arrivals    = 50               // viewers that may come at once,
	arrivalRate = 10               // and so many a second after that
	vanished    = 15 * time.Second // without a report
	placedRoom  = 8                // of a viewer's room: an eighth of it stays free for those who have lost their parent
	maxRefused  = 16               // feeders that a viewer has found of no use, which it is not given again
)

// ErrFull: so many watch that there is no place.
var ErrFull = errors.New("as many watch this match as can")

// ErrBusy: too many have come at once.
var ErrBusy = errors.New("many come to watch this match just now: try again in a few seconds")

// Desk says who feeds whom, in one match after the other. What viewers report it takes for
// what it is: it changes their own places, and nobody else's. Owner: the host's spectators.
type Desk struct {
	nodes  []*node // sources first, then viewers as they came
	byID   map[ID]*node
	tokens float64
	at     time.Duration
	chance *rand.Rand
}

// node is one that the desk knows.
type node struct {
	Neighbour
	source   bool
	reserve  bool // a source that feeds only who has lost another one
	room     int
	placed   bool // in the match that is watched
	returned bool // it has had its place from the desk before this one, and is yet to say what that is
	next     uint32
	parent   ID
	standBys []ID
	refused  []ID
	heard    time.Duration
	doubted  bool // others have found it of no use since it was heard: others are named first
	quiet    bool // a source has found that it says nothing, since it was heard: it feeds nobody, and its place is free
	children int  // that have it as their parent; counted by count,
	depth    int  // as is how far from a source it is; -1: it is not fed
	watchers int  // that have it as a stand-by
}

// NewDesk returns a desk without anybody. Its choice among equals follows from a seed.
func NewDesk(seed uint64) *Desk {
	return &Desk{byID: map[ID]*node{}, tokens: arrivals, chance: rand.New(rand.NewPCG(seed, 1))}
}

// Source tells of a player who feeds.
func (d *Desk) Source(n Neighbour) { d.source(&node{Neighbour: n}) }

// Reserve tells of a player who is a stand-by of those whom a source feeds.
func (d *Desk) Reserve(n Neighbour) { d.source(&node{Neighbour: n, reserve: true}) }

func (d *Desk) source(n *node) {
	n.source, n.placed, n.room, n.parent = true, true, OfPlayer, NoID
	d.nodes = append(d.nodes, n)
	d.byID[n.ID] = n
}

// Watching is how many watch.
func (d *Desk) Watching() (n int) {
	for _, x := range d.nodes {
		if !x.source {
			n++
		}
	}
	return n
}

// Takes says why nobody more can come to watch now, nil if somebody can.
func (d *Desk) Takes(now time.Duration) error {
	d.tokens = min(arrivals, d.tokens+(now-d.at).Seconds()*arrivalRate)
	d.at = now
	switch {
	case d.Watching() >= MaxViewers:
		return ErrFull
	case d.tokens < 1:
		return ErrBusy
	}
	return nil
}

// Came gives somebody who wants to watch a number, or says why not, as Takes does.
func (d *Desk) Came(now time.Duration, key [32]byte) (ID, error) {
	if err := d.Takes(now); err != nil {
		return NoID, err
	}
	d.tokens--
	id := idOf(key)
	for d.byID[id] != nil { // one in some thousands of crowds has two whose numbers are one
		if id++; id == NoID {
			id = FirstViewer
		}
	}
	n := &node{Neighbour: Neighbour{ID: id, Key: key}, parent: NoID}
	d.nodes = append(d.nodes, n)
	d.byID[n.ID] = n
	return n.ID, nil
}

// Place gives a viewer its place in the match that is watched, nil if it has one or is not
// known. Its sources are to be told of it: Introduction.
func (d *Desk) Place(now time.Duration, id ID) *Placement {
	n := d.byID[id]
	if n == nil || n.placed {
		return nil
	}
	n.placed, n.room, n.heard = true, firstRoom, now
	return d.place(n)
}

// Return lets a viewer keep the place that the desk of the host before has given it. It
// says itself, in its next report, what that is.
func (d *Desk) Return(now time.Duration, id ID) {
	if n := d.byID[id]; n != nil && !n.placed {
		n.placed, n.returned, n.room, n.heard = true, true, firstRoom, now
	}
}

// Again takes their places from all, sources included: another match is to be watched.
func (d *Desk) Again() {
	d.nodes = slices.DeleteFunc(d.nodes, func(n *node) bool { return n.source })
	clear(d.byID)
	for _, n := range d.nodes {
		*n = node{Neighbour: n.Neighbour, parent: NoID}
		d.byID[n.ID] = n
	}
}

// Names reports whether a viewer may ask somebody to feed it.
func (d *Desk) Names(viewer, feeder ID) bool {
	n := d.byID[viewer]
	return n != nil && feeder != NoID && (n.parent == feeder || slices.Contains(n.standBys, feeder))
}

// Have reports whether all who have a place say that they have what comes before a segment.
func (d *Desk) Have(next uint32) bool {
	return !slices.ContainsFunc(d.nodes, func(n *node) bool { return n.placed && !n.source && n.next < next })
}

// Gone forgets somebody.
func (d *Desk) Gone(id ID) {
	delete(d.byID, id)
	d.nodes = slices.DeleteFunc(d.nodes, func(n *node) bool { return n.ID == id })
}

// Reported takes what a viewer that has a place says of itself. It returns a new place if it
// needs one.
func (d *Desk) Reported(now time.Duration, id ID, r *Report) *Placement {
	n := d.byID[id]
	if n == nil || n.source || !n.placed {
		return nil
	}
	n.heard, n.doubted, n.quiet, n.room, n.next = now, false, false, min(int(r.Room), mostRoom), r.Next
	if i := slices.Index(n.standBys, r.Parent); i >= 0 {
		n.standBys[i], n.parent = n.parent, r.Parent
	}
	if n.returned {
		n.returned, n.parent = false, r.Parent
	}
	for _, id := range r.Lost {
		if n.parent == id {
			n.parent = NoID
		}
		if x := d.byID[id]; x != nil {
			x.doubted = !x.source
		}
		n.standBys = slices.DeleteFunc(n.standBys, func(s ID) bool { return s == id || s == NoID })
		if !slices.Contains(n.refused, id) {
			n.refused = append(n.refused, id)
			n.refused = n.refused[max(0, len(n.refused)-maxRefused):]
		}
	}
	if len(r.Lost) == 0 && n.parent != NoID {
		return nil
	}
	return d.place(n)
}

// Quiet tells of one whom a source feeds, and hears no more: see Stand.AppendQuiet.
func (d *Desk) Quiet(id ID) {
	if n := d.byID[id]; n != nil {
		n.quiet = true
	}
}

// Vanished appends those who have a place and have not reported for long, and forgets them.
func (d *Desk) Vanished(now time.Duration, gone []ID) []ID {
	for _, n := range d.nodes {
		if n.placed && !n.source && now-n.heard >= vanished {
			gone = append(gone, n.ID)
		}
	}
	for _, id := range gone {
		d.Gone(id)
	}
	return gone
}

// count finds out how the tree is.
func (d *Desk) count() {
	for _, n := range d.nodes {
		n.children, n.watchers, n.depth = 0, 0, -1
	}
	for _, n := range d.nodes {
		if p := d.byID[n.parent]; p != nil && !n.quiet {
			p.children++
		}
		for _, s := range n.standBys {
			if p := d.byID[s]; p != nil {
				p.watchers++
			}
		}
	}
	for _, n := range d.nodes {
		depth := 0
		for at := n; at != nil && depth < maxPath; at = d.byID[at.parent] {
			if at.source {
				n.depth = depth
				break
			}
			depth++
		}
	}
}

// below reports whether somebody is fed by a viewer, or is it.
func (d *Desk) below(n, viewer *node) bool {
	for range maxPath {
		if n == viewer {
			return true
		}
		if n = d.byID[n.parent]; n == nil {
			return false
		}
	}
	return true // round and round
}

// place finds a parent for one who has none, and stand-bys.
func (d *Desk) place(n *node) *Placement {
	d.count()
	p := &Placement{Self: n.ID}
	near := func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.depth, b.depth), cmp.Compare(a.children, b.children))
	}
	if d.byID[n.parent] == nil {
		n.parent = d.parentFor(n, near)
	}
	parent := d.byID[n.parent]
	fedByPlayer := parent != nil && parent.source
	n.standBys = slices.DeleteFunc(n.standBys, func(s ID) bool {
		return d.byID[s] == nil || s == n.parent || d.byID[s].source && !fedByPlayer
	})
	if fedByPlayer {
		d.reserve(n)
	}
	for len(n.standBys) < StandBys {
		best := d.best(n, func(a, b *node) int {
			return cmp.Or(cmp.Compare(a.strain(), b.strain()), cmp.Compare(a.depth, b.depth))
		}, func(c *node) bool {
			return !c.source && c.ID != n.parent && c.children < c.room && c.parent != n.parent && !slices.Contains(n.standBys, c.ID)
		})
		if best == nil {
			break
		}
		best.watchers++
		n.standBys = append(n.standBys, best.ID)
	}
	for _, id := range append([]ID{n.parent}, n.standBys...) {
		if s := d.byID[id]; s != nil {
			p.Sources = append(p.Sources, s.Neighbour)
		}
	}
	return p
}

// reserve has players stand by whom a player feeds, as far as there are some, before viewers.
func (d *Desk) reserve(n *node) {
	order := func(a, b *node) int { return cmp.Compare(a.watchers, b.watchers) }
	for range StandBys {
		best := d.best(n, order, func(c *node) bool {
			return c.source && c.ID != n.parent && c.children+c.watchers < c.room && !slices.Contains(n.standBys, c.ID)
		})
		if best == nil {
			break
		}
		best.watchers++
		n.standBys = append([]ID{best.ID}, n.standBys...)
	}
	n.standBys = n.standBys[:min(len(n.standBys), StandBys)]
}

// parentFor is who is to feed somebody, NoID if nobody can: a reserve only if nobody else does.
func (d *Desk) parentFor(n *node, near func(a, b *node) int) ID {
	for _, may := range []func(c *node) bool{
		func(c *node) bool { return !c.reserve && c.children < c.places() },
		func(c *node) bool { return c.children < c.room },
	} {
		if best := d.best(n, near, may); best != nil {
			return best.ID
		}
	}
	n.refused = nil // one of them may be of use by now
	return NoID
}

// places is how many somebody is given to feed while all is well.
func (n *node) places() int {
	if n.source {
		return n.room
	}
	return placesOf(n.room)
}

func placesOf(room int) int { return room - room/placedRoom }

// strain is how likely it is that somebody has no room when he is asked.
func (n *node) strain() int {
	if n.room == 0 {
		return 1 << 10
	}
	return (n.children*2 + n.watchers) * 4 / n.room
}

// best is the first by less of those who may feed a viewer and are as may says; chance
// decides among equals.
func (d *Desk) best(n *node, order func(a, b *node) int, may func(c *node) bool) (best *node) {
	equals := 0
	for _, c := range d.nodes {
		if c.depth < 0 || !c.placed || c.quiet || !may(c) || slices.Contains(n.refused, c.ID) || d.below(c, n) {
			continue
		}
		switch o := 0; {
		case best == nil:
			best, equals = c, 1
		default:
			if o = cmp.Or(cmp.Compare(doubt(c), doubt(best)), order(c, best)); o < 0 {
				best, equals = c, 1
			} else if o == 0 {
				if equals++; d.chance.IntN(equals) == 0 {
					best = c
				}
			}
		}
	}
	return best
}

// rank puts reserves behind all others.
func (n *node) rank() int {
	if n.reserve {
		return 1
	}
	return 0
}

func doubt(n *node) int {
	if n.doubted {
		return 1
	}
	return 0
}
