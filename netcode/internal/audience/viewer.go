package audience

import (
	"crypto/ed25519"
	"slices"
	"time"
)

// Viewer is one who watches. It takes what feeders send, keeps it for others, and looks for
// another feeder when its parent is lost. Owner: who watches.
type Viewer struct {
	tag     uint32
	stamped func(b []byte) bool // by the source of the match
	ring    *Ring
	stand   *Stand
	untaken

	self     ID
	sources  []*feeder
	parent   *feeder
	path     []ID // by whom this one is fed
	next     uint32
	asking   bool          // all that are there, because there is no parent
	placedAt time.Duration // by the desk, newly
	lagAt    time.Duration // since when the parent is behind; 0: it is not
	leftAt   time.Duration // a parent for that
	sentAt   time.Duration // the last report
	heraldAt time.Duration // the next Have to feeders
	said     *Report
	lulls    lulls         // of those who may feed it
	late     time.Duration // by which their words come too late
	deskless bool          // there is no desk just now that could name others
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

// hear: somebody who may feed this viewer has spoken.
func (v *Viewer) hear(now time.Duration, f *feeder) {
	v.lulls.spoke(now, now-f.heard)
	f.heard = now
}

// Said takes what somebody has said, be it one who feeds or one who is fed.
func (v *Viewer) Said(now time.Duration, from ID, m Message) {
	f := v.feeder(from)
	if f != nil {
		v.hear(now, f)
	}
	switch m := m.(type) {
	case *Have:
		if f != nil {
			f.next, f.path = m.Next, m.Path
			v.findPath()
		}
	case *Denied:
		if f != nil {
			f.notUntil, f.asked, v.leftAt = now+deniedPause, false, 0 // another one may be asked at once
			if m.Why == Nothing {
				f.notUntil = now + nothingPause
			} else if v.parent == nil || v.parent == f || v.doubts(now) {
				v.useless(f)
			}
		}
		return
	}
	if why := v.stand.Said(now, from, m, v.path); why != 0 {
		v.say(from, &Denied{why})
	}
}

// Retire keeps only what waits for Take: another match is fed, by another Viewer.
func (v *Viewer) Retire() {
	*v.ring = Ring{}
	v.sources, v.parent, v.out = nil, nil, nil
}

// IsPlaced reports whether the desk has said who may feed this viewer.
func (v *Viewer) IsPlaced() bool { return v.self != NoID }

// Begun reports whether anything of the match is here.
func (v *Viewer) Begun() bool { return v.begun }

// Over reports whether the whole match is here.
func (v *Viewer) Over() bool { return v.ring.last && v.begun }
