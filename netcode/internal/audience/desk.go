package audience

import (
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
	apartAfter  = 6                // such feeders without one who feeds it: then it counts as one who reaches no viewer,
	unreached   = 3                // or viewers that have found one of no use, who feeds nobody: others are named first
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
	vain     int // feeders that it has found of no use since a viewer has fed it
	failed   int // viewers that have found it of no use since it has fed one
	heard    time.Duration
	waits    bool // it was fed, and had nobody who feeds it when it was heard
	doubted  bool // others have found it of no use since it was heard: others are named first
	quiet    bool // a source has found that it says nothing, since it was heard: it feeds nobody, and its place is free
	children int  // that have it as their parent; counted by count,
	depth    int  // as is how far from a source it is; -1: it is not fed,
	starved  bool // and whether it waits for another parent, or one above it does
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
	if p := d.byID[r.Parent]; p != nil && !p.source {
		n.vain, p.failed = 0, 0
	}
	for _, id := range r.Lost {
		d.lost(n, id)
	}
	n.waits = r.Parent == NoID && r.Next > 0
	if changed := n.waits && d.forget(n); len(r.Lost) == 0 && n.parent != NoID && !changed {
		return nil
	}
	return d.place(n)
}

// lost takes a viewer's word that somebody is of no use to it.
func (d *Desk) lost(n *node, id ID) {
	named := d.Names(n.ID, id) // else it makes that up
	if x := d.byID[id]; x != nil && named {
		x.doubted = !x.source
		x.failed++
	}
	if n.parent == id {
		n.parent = NoID
	}
	n.standBys = slices.DeleteFunc(n.standBys, func(s ID) bool { return s == id || s == NoID })
	if !slices.Contains(n.refused, id) {
		if named {
			n.vain++
		}
		n.refused = append(n.refused, id)
		n.refused = n.refused[max(0, len(n.refused)-maxRefused):]
	}
}

// forget takes those from one who has no parent whom others have found of no use by now: it would
// find out by itself, but much later. It reports whether there are such.
func (d *Desk) forget(n *node) bool {
	doubted := func(id ID) bool { x := d.byID[id]; return x != nil && x.doubted }
	before := len(n.standBys)
	n.standBys = slices.DeleteFunc(n.standBys, doubted)
	if doubted(n.parent) {
		n.parent = NoID
		return true
	}
	return len(n.standBys) < before
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
