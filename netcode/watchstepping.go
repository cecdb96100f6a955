package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// How a Watcher keeps at the distance that the host has chosen. What comes, comes a tenth of
// a second at a time.
const (
	keptSegments  = 2                    // are there before frames are shown again that had run out
	slewSegments  = 4                    // with more than these it is a little faster,
	slewTicks     = 8                    // by one frame in so many,
	catchSegments = 15                   // and with so many it steps as fast as it can, until keptSegments are left
	catchTime     = 8 * time.Millisecond // of one Tick, so that the screen goes on
	resultTime    = time.Second          // for which the end of a match is seen before the next,
	resultLate    = 10                   // unless so many segments more wait than need be
	maxTaken      = 32                   // segments that wait here; more wait in package audience, which bounds them
)

var errShownSenseless = errors.New("what is shown of the match makes no sense")

// opened is what is in the segment that is played, as far as it was not stepped. Owner: who watches.
type opened struct {
	blocks   []*matchlog.Frames
	commands matchlog.Commands
	checks   []matchlog.Checksum
	ended    *matchlog.Result
	signed   []*matchlog.Signed // that are looked at when its frames are stepped
}

// clear forgets it.
func (o *opened) clear() { *o = opened{} }

// more reports whether something is here that was not shown.
func (w *Watcher[S, I]) more() bool {
	return !w.broken && (w.result == nil && (w.left() > 0 || w.ended != nil) || w.room.watching.acts.untaken() > 0)
}

// goesOn goes on to the next match that waits when all that there is of this one was shown, and
// its end for a while.
func (w *Watcher[S, I]) goesOn() {
	a := &w.room.watching.acts
	if w.act == nil && len(a.all) > 0 {
		w.shows(a.all[0])
	}
	for a.waiting() > 0 && !w.broken && !w.stays(a.all[1]) {
		if w.result == nil {
			w.missed++
		}
		w.shows(a.next())
	}
}

// stays reports whether the match that is shown is still to be seen: some of it is here, or its end
// was not seen for long, or there is nothing of the next.
func (w *Watcher[S, I]) stays(next *act) bool {
	if w.result == nil {
		return w.left() > 0 || w.ended != nil
	}
	hurry := w.late() >= resultLate*int(segmentFrames(w.header.TickRate))
	return w.room.now()-w.overAt < resultTime && !hurry || !next.mayBeSeen(w.room.state == Ended)
}

// Tick takes in what has arrived, and steps what it is time for: one frame as a rule. Call
// it TickRate times a second. It never blocks.
func (w *Watcher[S, I]) Tick() WatchStatus {
	w.room.Poll()
	w.goesOn()
	w.take()
	w.status.Advanced = 0
	w.heedEnd()
	if err := w.play(); err != nil {
		w.broken = true
		w.room.watching.senseless()
	}
	if w.broken || w.room.state == Ended && w.status.Waiting {
		w.unrecorded() // nothing more comes
	}
	w.look()
	return w.status
}

// take takes some of what has come.
func (w *Watcher[S, I]) take() {
	for w.act != nil && len(w.items) < maxTaken {
		item, more := w.act.viewer.Take()
		if !more {
			return
		}
		if item.Begins {
			w.items = w.items[:0]
		}
		w.items, w.cameAt = append(w.items, item), w.room.now()
	}
}

// play steps the frames of one tick.
func (w *Watcher[S, I]) play() error {
	if w.header == nil || w.result != nil || w.broken {
		return nil
	}
	segment := int(segmentFrames(w.header.TickRate))
	over := w.act.over || w.room.state == Ended || w.act.viewer.Over() || len(w.items) > 0 && w.items[len(w.items)-1].Last || w.ended != nil
	late := w.late()
	s := &w.status
	switch {
	case late > catchSegments*segment:
		s.CatchingUp = true
	case late <= keptSegments*segment:
		s.CatchingUp = false
	}
	if s.Waiting = s.Waiting && w.left() < keptSegments*segment && !over; s.Waiting {
		return nil
	}
	frames := 1
	if w.slew++; late > slewSegments*segment && w.slew%slewTicks == 0 {
		frames++
	}
	for began := w.room.now(); frames > 0 || s.CatchingUp && w.late() > keptSegments*segment && w.room.now()-began < catchTime; frames-- {
		more, err := w.step()
		if err != nil {
			return err
		}
		if !more {
			s.Waiting = w.result == nil
			return nil
		}
	}
	return nil
}

// late is how many frames more are here than need be. When a match is over all of it comes at
// once: it is seen to its end as late as it was before, until the next one comes.
func (w *Watcher[S, I]) late() int {
	n := w.left() + w.room.watching.acts.untaken()*int(segmentFrames(w.header.TickRate))
	if newest := w.room.watching.viewer; newest.Over() || !newest.Begun() {
		n -= int(w.act.show.DelayMs) * w.header.TickRate / 1000
	}
	return n
}

// left is how many frames are here and not stepped yet, about.
func (w *Watcher[S, I]) left() int {
	n := (len(w.items) + w.act.viewer.Untaken()) * int(segmentFrames(w.header.TickRate))
	for _, b := range w.blocks {
		n += b.Count()
	}
	if len(w.blocks) > 0 && w.session != nil {
		n -= int(w.session.Current() - w.blocks[0].First)
	}
	return max(0, n)
}

// look renews what there is to say.
func (w *Watcher[S, I]) look() {
	s, watching := &w.status, w.room.watching
	s.Match, s.Missed, s.Next = w.shown, w.missed+watching.acts.skipped, watching.acts.waiting()
	if w.session == nil {
		return
	}
	s.Seeking = watching.seeking.why != nil
	s.Frame, s.Left, s.Over = w.session.Current(), w.left(), w.result != nil
	parent, name := watching.parent()
	if s.Parent = name; parent != nil {
		w.way = time.Duration(watching.viewer.Steps()) * parent.Link.Stats().RTT / 2
	}
	held, left := int(w.act.show.DelayMs), 1000*s.Left/w.header.TickRate
	if s.BehindMs = held + left; w.act.over || w.act.viewer.Over() {
		s.BehindMs = max(held, left) // nothing is held back any more
	}
	s.BehindMs += int((w.way + w.unheard(parent)) / time.Millisecond)
}

// unheard is for how long nothing has come from anybody, while the players play on as far as is
// known here: while somebody feeds this machine it has what there is.
func (w *Watcher[S, I]) unheard(parent *mesh.Conn) time.Duration {
	if parent != nil || w.act.over || w.act.viewer.Over() || w.room.state == Ended {
		return 0
	}
	return w.room.now() - w.cameAt
}

// step steps the next frame. It reports false if there is none.
func (w *Watcher[S, I]) step() (more bool, err error) {
	for len(w.blocks) == 0 {
		if !w.attest() {
			return false, nil
		}
		if w.ended != nil {
			return false, w.finish()
		}
		if len(w.items) == 0 {
			return false, nil
		}
		item := w.items[0]
		w.items[0] = audience.Item{}
		w.items = w.items[1:]
		if err := w.open(&item); err != nil {
			return false, err
		}
	}
	f := w.session.Current()
	if w.compare(f); !w.heed(f) {
		return false, nil
	}
	span, at, ok := w.blocks[0].At(f)
	if !ok {
		return false, errShownSenseless
	}
	commands := w.commands.At(f)
	w.record(f, span, at, commands)
	if err := span.Confirm(w.session, w.header, f, at, commands); err != nil {
		return false, err
	}
	if !w.session.Tick().Advanced {
		return false, errShownSenseless
	}
	w.status.Advanced++
	w.seals.Frame(f, span, at)
	w.played = span
	if b := w.blocks[0]; w.session.Current() == b.First+rollback.Frame(b.Count()) {
		w.blocks = w.blocks[1:]
	}
	return true, nil
}

// open reads a segment, which is the next to be played.
func (w *Watcher[S, I]) open(item *audience.Item) error {
	if w.clear(); item.Begins {
		w.seals = seals.NewCheck(w.header, w.room.node.endpoint.Verify)
	}
	var snapshot *matchlog.Snapshot
	for log := item.Log; len(log) > 0; {
		block, rest, err := shownBlock(log)
		if log = rest; err != nil && !optional(err) {
			return err
		}
		switch b := block.(type) {
		case *matchlog.Snapshot:
			snapshot = b
		case *matchlog.Checksum:
			w.checks = append(w.checks, *b)
		case *matchlog.Frames:
			w.blocks = append(w.blocks, b)
		case *matchlog.Newcomer:
			w.newcomers.Take(b)
			w.seals.Newcomer(b)
		case *matchlog.Command:
			if !w.commands.Take(b) {
				return errShownSenseless
			}
		case *matchlog.Signed:
			w.signed = append(w.signed, b)
		case *matchlog.Links:
			w.links = b
		case *matchlog.Result:
			w.ended = b
		}
	}
	if item.Begins {
		return w.begin(snapshot, item.Start)
	}
	if item.World != nil && w.session != nil { // for those who are going to be fed from here
		world := w.session.AppendWorld(nil, w.session.World())
		w.status.judge(w.session.Current(), w.act.viewer.MadeWorld(item.Number, world))
	}
	return nil
}

// begin begins with a snapshot: for the first time, or where too much was missed.
func (w *Watcher[S, I]) begin(s *matchlog.Snapshot, world []byte) error {
	if s == nil {
		return errShownSenseless
	}
	config := w.config.Replay(w.config.Start(w.setup), w.header, s.Origin())
	config.Origin.World = append([]byte{}, world...)
	session, err := rollback.New(config)
	if err != nil {
		return err
	}
	if session.Hash(session.World()) != s.World || w.config.checkSent(session.World()) != nil {
		return errShownSenseless
	}
	if w.session != nil {
		w.status.Skipped += int(max(0, s.Frame-w.session.Current()))
		w.unrecorded()
	}
	w.session = session
	return nil
}

// finish notes how the match has ended.
func (w *Watcher[S, I]) finish() error {
	if w.session == nil {
		return errShownSenseless
	}
	b := w.ended
	w.compare(w.session.Current())
	r := &Result{Frame: b.Frame, Hash: b.World, Agreed: b.Agreed}
	for _, machine := range b.ConfirmedBy {
		r.ConfirmedBy = append(r.ConfirmedBy, int(machine))
	}
	if b.Reason != "" {
		r.Err = errors.New(cleanText(b.Reason, maxReasonRunes))
	}
	if f := w.session.Current(); b.World != 0 && b.Frame == f {
		w.status.judge(f, w.session.Hash(w.session.World()) == b.World)
	}
	w.result, w.overAt = r, w.room.now()
	if w.recorder != nil {
		w.recorder.Finish(b)
	}
	return nil
}
