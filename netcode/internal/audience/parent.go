package audience

import (
	"slices"
	"time"
)

// When a viewer looks for another feeder.
const (
	silentAfter  = 500 * time.Millisecond  // without a word of its parent, which says something every aliveEvery: others are asked,
	lostAfter    = 1200 * time.Millisecond // and if one that is ahead is no faster by then it is lost, as is a stand-by
	reachAfter   = 2500 * time.Millisecond // for a link to one that was named
	feedAfter    = 700 * time.Millisecond  // from an Ask to a feed,
	orphanAfter  = 1500 * time.Millisecond // if the one that was asked has no parent itself
	placeFirst   = 2 * time.Second         // for the first of a place, until the stand-bys are asked
	lagSegments  = PerSecond               // that the parent is behind a stand-by,
	lagAfter     = time.Second             // for so long, until that one is asked,
	lagMost      = 3 * time.Second         // or until the parent is left, as it is if none has room
	deniedPause  = 5 * time.Second         // before one who has denied is asked again,
	nothingPause = 500 * time.Millisecond  // or one who has nothing yet
	reportEvery  = 5 * time.Second
	reportAgain  = 500 * time.Millisecond // without a parent, or with sources that are of no use
	reportPause  = 200 * time.Millisecond // between two reports, at least
)

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

// parentIs: somebody has sent what was missing. The others need not.
func (v *Viewer) parentIs(f *feeder) {
	for _, other := range v.sources {
		if other != f && other.asked {
			v.release(other)
		}
	}
	if v.parent == f {
		return
	}
	v.parent, v.asking, v.lagAt = f, false, 0
	v.findPath()
}

// release makes a feeder a stand-by.
func (v *Viewer) release(f *feeder) {
	v.leave(f)
	if f.up {
		v.say(f.ID, &StandBy{})
	}
}

// Poll does what is due, and appends what is to be said. What is said to the desk is a
// Report, to NoID.
func (v *Viewer) Poll(now time.Duration, out []Out) []Out {
	v.late = v.lulls.late(aliveEvery)
	v.lookAtSources(now)
	if v.parent == nil {
		v.lookForParent(now)
	} else {
		v.lookAtParent(now)
	}
	if now >= v.heraldAt {
		v.heraldAt = now + heraldEvery
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
	if v.doubts(now) {
		v.askOthers(now)
	}
	for _, f := range v.sources {
		if !f.useless && (v.silent(now, f) || !f.up && now-f.since >= reachAfter || v.starves(now, f)) {
			v.useless(f)
		}
	}
}

// doubts reports whether the parent has said nothing for so long that others are asked.
func (v *Viewer) doubts(now time.Duration) bool {
	return v.parent != nil && !v.Over() && now-v.parent.heard >= silentAfter+v.late
}

// silent reports whether a feeder is to be left because it says nothing. A parent has longer
// while one that is ahead of this viewer is asked in its place: it stays if it is the first to
// go on.
func (v *Viewer) silent(now time.Duration, f *feeder) bool {
	ahead := func(other *feeder) bool { return other != f && other.asked && other.next > v.next }
	patience := lostAfter
	if f == v.parent && !slices.ContainsFunc(v.sources, ahead) {
		patience = silentAfter
	}
	return f.up && now-f.heard >= patience+v.late
}

// starves reports whether one that was asked, by a viewer without a parent, feeds nothing.
func (v *Viewer) starves(now time.Duration, f *feeder) bool {
	if v.parent != nil || !f.asked || f.fed {
		return false
	}
	orphan := len(f.path) == 0 && f.ID >= FirstViewer
	patience := feedAfter
	switch {
	case !v.begun:
		return now-f.since >= placeFirst // others may be given a world before this one
	case orphan:
		patience = orphanAfter
	}
	return now-f.since >= patience+v.late && (f.next > v.next || orphan && !v.deskless)
}

// askOthers asks those who may feed this viewer in its parent's place.
func (v *Viewer) askOthers(now time.Duration) {
	for _, f := range v.sources {
		if f != v.parent && now-f.heard < silentAfter+v.late && !slices.Contains(f.path, v.self) {
			v.askIfFree(now, f)
		}
	}
}

// askIfFree asks somebody who is there, and neither was asked nor has denied just now.
func (v *Viewer) askIfFree(now time.Duration, f *feeder) {
	if f.up && !f.useless && !f.asked && now >= f.notUntil {
		v.ask(now, f)
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
		v.askIfFree(now, f)
	}
}

// waitsForFirst reports whether who is meant to feed this viewer still has its time, which
// begins when somebody has something.
func (v *Viewer) waitsForFirst(now time.Duration) bool {
	if v.asking || v.begun || len(v.sources) == 0 || v.sources[0].useless {
		return false
	}
	first := v.sources[0]
	if v.askIfFree(now, first); first.up && !slices.ContainsFunc(v.sources, func(f *feeder) bool { return f.next > 0 }) {
		v.placedAt = now
	}
	return now-v.placedAt < placeFirst
}

// lookAtParent leaves a parent that is behind a stand-by. If none of them feeds this viewer
// instead, the desk is told.
func (v *Viewer) lookAtParent(now time.Duration) {
	behind, best := false, (*feeder)(nil)
	for _, f := range v.sources {
		if f == v.parent || !f.up || f.useless || slices.Contains(f.path, v.self) || f.next < v.next+lagSegments+uint32(v.late*PerSecond/time.Second) {
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
	case now-v.lagAt >= lagMost, now-v.lagAt >= lagAfter && best == nil:
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
