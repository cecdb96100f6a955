package audience

import (
	"cmp"
	"slices"
)

// count finds out how the tree is.
func (d *Desk) count() {
	for _, n := range d.nodes {
		n.children, n.watchers, n.depth, n.starved = 0, 0, -1, false
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
			n.starved = n.starved || at.waits
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
	for len(n.standBys) < StandBys && !n.apart() {
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
// Who reaches no viewer is fed by a reserve, as long as as many places of theirs stay free as a
// source has.
func (d *Desk) parentFor(n *node, near func(a, b *node) int) ID {
	for _, may := range []func(c *node) bool{
		func(c *node) bool { return n.apart() && c.reserve && c.children < c.room && d.spare() > OfPlayer },
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

// apart reports whether a viewer seems to reach no other one.
func (n *node) apart() bool { return n.vain >= apartAfter }

// spare is how many more the reserves could feed.
func (d *Desk) spare() (places int) {
	for _, n := range d.nodes {
		if n.reserve {
			places += n.room - n.children
		}
	}
	return places
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

// doubt puts those behind all others who have nothing new themselves, and behind these who may be
// out of reach.
func doubt(n *node) int {
	switch {
	case n.doubted || n.failed >= unreached || n.apart():
		return 2
	case n.starved:
		return 1
	}
	return 0
}
