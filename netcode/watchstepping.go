package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
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
	maxTaken      = 32                   // segments that wait here; more wait in package audience, which bounds them
)

var errShownSenseless = errors.New("what is shown of the match makes no sense")

// clear forgets the segment that is played.
func (w *Watcher[S, I]) clear() {
	w.blocks, w.commands, w.checks, w.ended, w.signed = nil, nil, nil, nil, nil
}

// more reports whether something is here that was not shown.
func (w *Watcher[S, I]) more() bool {
	return !w.broken && w.result == nil && (w.left() > 0 || w.ended != nil)
}

// Tick takes in what has arrived, and steps what it is time for: one frame as a rule. Call
// it TickRate times a second. It never blocks.
func (w *Watcher[S, I]) Tick() WatchStatus {
	w.room.Poll()
	if v := w.room.watching.viewer; v != nil {
		for len(w.items) < maxTaken {
			item, more := v.Take()
			if !more {
				break
			}
			if item.Begins {
				w.items = w.items[:0]
			}
			w.items, w.cameAt = append(w.items, item), w.room.now()
		}
	}
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

// play steps the frames of one tick.
func (w *Watcher[S, I]) play() error {
	if w.header == nil || w.result != nil || w.broken {
		return nil
	}
	segment := int(segmentFrames(w.header.TickRate))
	left := w.left()
	over := w.room.state == Ended || len(w.items) > 0 && w.items[len(w.items)-1].Last || w.ended != nil
	s := &w.status
	switch {
	case left > catchSegments*segment:
		s.CatchingUp = true
	case left <= keptSegments*segment:
		s.CatchingUp = false
	}
	if s.Waiting = s.Waiting && left < keptSegments*segment && !over; s.Waiting {
		return nil
	}
	frames := 1
	if w.slew++; left > slewSegments*segment && w.slew%slewTicks == 0 {
		frames++
	}
	for began := w.room.now(); frames > 0 || s.CatchingUp && w.left() > keptSegments*segment && w.room.now()-began < catchTime; frames-- {
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

// left is how many frames are here and not stepped yet, about.
func (w *Watcher[S, I]) left() int {
	n := (len(w.items) + w.room.watching.viewer.Untaken()) * int(segmentFrames(w.header.TickRate))
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
	if w.header == nil || w.session == nil || watching.viewer == nil {
		return
	}
	s.Seeking = watching.seeking.why != nil
	s.Frame, s.Left, s.Over = w.session.Current(), w.left(), w.result != nil
	parent, name := watching.parent()
	if s.Parent = name; parent != nil {
		w.way = time.Duration(watching.viewer.Steps()) * parent.Link.Stats().RTT / 2
	}
	s.BehindMs = int(watching.show.DelayMs) + 1000*s.Left/w.header.TickRate + int((w.way+w.missed(parent))/time.Millisecond)
}

// missed is for how long nothing has come from anybody, while the players play on as far as is
// known here: while somebody feeds this machine it has what there is.
func (w *Watcher[S, I]) missed(parent *mesh.Conn) time.Duration {
	if parent != nil || w.room.watching.viewer.Over() || w.room.state == Ended {
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
		w.seals = w.newSeals()
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
		case *matchlog.Result:
			w.ended = b
		}
	}
	if item.Begins {
		return w.begin(snapshot, item.Start)
	}
	if item.World != nil && w.session != nil { // for those who are going to be fed from here
		world := w.session.AppendWorld(nil, w.session.World())
		w.judge(w.session.Current(), w.room.watching.viewer.MadeWorld(item.Number, world))
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
		w.judge(f, w.session.Hash(w.session.World()) == b.World)
	}
	w.result = r
	w.recorded(b)
	return nil
}
