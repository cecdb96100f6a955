package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
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
	maxTaken      = 32                   // segments that wait here; more wait in package audience, which bounds them
	maxUnshown    = 64                   // checksums that wait for AppendChecksums; the newest are kept
)

var errShownSenseless = errors.New("what is shown of the match makes no sense")

// Watcher is somebody who watches the matches of a lobby, one after the other. Its
// simulation is the players' own: it steps what they have pressed, a while after them, and
// compares every world that they compare. It feeds some others who watch, to whom the host
// tells its addresses, as it tells theirs to it. It belongs to the goroutine of the game's loop.
type Watcher[S, I any] struct {
	room    *Room
	config  Config[S, I]
	header  *matchlog.Header // nil: nothing is shown yet
	setup   Setup
	session *rollback.Session[S, I] // nil: its world is not here yet
	status  WatchStatus
	result  *Result // of the match that is shown, or was last
	sums    []rollback.Checksum
	slew    int
	broken  bool // nothing more is to be stepped

	items []audience.Item // that wait
	// of the segment that is played:
	blocks   []*matchlog.Frames
	commands matchlog.Commands
	checks   []matchlog.Checksum
	ended    *matchlog.Result
	signed   []*matchlog.Signed // that are looked at when its frames are stepped

	seals      *seals.Check // of the frames that are stepped
	newcomers  matchlog.Newcomers
	played     *matchlog.Span     // the newest frame that is stepped is in it; nil: there is none
	introduces introducer         // newcomers to the recorder
	recorder   *matchlog.Recorder // of the match that is shown; nil: none
	content    []matchlog.Record  // memory for the newest frame
}

// WatchStatus is how far one is who watches.
type WatchStatus struct {
	Advanced   int            // frames that this Tick has stepped
	Frame      rollback.Frame // next frame to step
	BehindMs   int            // how far behind the players that is, about: the host's delay, the way, and what waits
	CatchingUp bool           // it is further behind than it should be, and steps as fast as it can
	Left       int            // frames that are here and not stepped yet
	Waiting    bool           // nothing is here to be stepped: the match has yet to begin, or what comes next to arrive
	Parent     string         // who sends it, the host or another who watches; "" if nobody does
	// Verified are the worlds that were compared with the players' and are the same: each
	// that they compare themselves, and what newcomers begin with.
	Verified int
	// Signed is through which frame all who have seats have signed what they pressed, each with
	// the key of his identity, as this machine has seen for itself; rollback.NoFrame while one of
	// them has signed nothing. It comes some five seconds after a frame, and not at all in a match
	// of two, where nobody signs.
	Signed   rollback.Frame
	Forged   bool           // again and again somebody is shown to press what he has not signed: nobody is left to believe
	Differs  rollback.Frame // the first of which the world is another one here; rollback.NoFrame: none
	Deceived int            // how often what was shown was not what the host says, and left: it began anew with others
	Seeking  bool           // the host is gone, and the next one is being looked for
	Skipped  int            // frames that were not shown, because they could not be had in time
	Over     bool           // Result is known; with the next match of the lobby it begins anew
}

// unwatched is how far one is who has seen nothing.
var unwatched = WatchStatus{Waiting: true, Differs: rollback.NoFrame, Signed: rollback.NoFrame}

// Watch asks to watch the matches of the lobby at address, which is what JoinLobby takes, if
// its host lets others watch (LobbyConfig.Spectators). It returns at once; whether it worked
// shows in State and Err. Of config only Secret counts. An error means that address or one
// of the configs make no sense.
func Watch[S, I any](node *Node, game Config[S, I], address string, config LobbyConfig) (*Watcher[S, I], error) {
	t, err := game.terms()
	if err != nil {
		return nil, err
	}
	if err := config.check(t, false); err != nil {
		return nil, err
	}
	config.watch = true
	room, err := join(node, t, address, config)
	if err != nil {
		return nil, err
	}
	w := &Watcher[S, I]{room: room, config: game.filled(), status: unwatched}
	room.watching.shows = w.shows
	return w, nil
}

// shows begins with another match.
func (w *Watcher[S, I]) shows(h *matchlog.Header) error {
	if err := w.config.Replays(h); err != nil {
		return err
	}
	w.header, w.setup = h, SetupOf(h)
	for i := range w.setup.Roster {
		if w.setup.Roster[i].Machine != NoMachine {
			w.setup.Roster[i].Name = cleanName(w.setup.Roster[i].Name)
		}
	}
	w.unrecorded()
	w.session, w.items, w.result, w.played = nil, nil, nil, nil
	w.newcomers = matchlog.Newcomers{}
	w.status, w.seals = unwatched, w.newSeals()
	w.clear()
	return nil
}

// newSeals has the players' seals looked at from the next frame on.
func (w *Watcher[S, I]) newSeals() *seals.Check {
	return seals.NewCheck(w.header, w.room.node.endpoint.Verify)
}

// clear forgets the segment that is played.
func (w *Watcher[S, I]) clear() {
	w.blocks, w.commands, w.checks, w.ended, w.signed = nil, nil, nil, nil, nil
}

// State is Connecting until the host has let this machine in, Gathering until there is a
// world to be seen, Playing from then on, and Ended when it is over for this machine, and
// what has come before was shown.
func (w *Watcher[S, I]) State() State {
	if w.session != nil && (w.room.state == Gathering || w.room.state == Ended && w.more()) {
		return Playing
	}
	return w.room.state
}

// more reports whether something is here that was not shown.
func (w *Watcher[S, I]) more() bool {
	return !w.broken && w.result == nil && (w.left() > 0 || w.ended != nil)
}

// Err says why it is over, once State is Ended.
func (w *Watcher[S, I]) Err() error { return w.room.Err() }

// Progress says in words what is being waited for, or done, while State is Connecting.
func (w *Watcher[S, I]) Progress() string { return w.room.Progress() }

// Reply is that of who has come with an invite: see Room.Reply.
func (w *Watcher[S, I]) Reply() (text string, ready bool) { return w.room.Reply() }

// ReplyLetters is that reply for a QR picture: see Room.ReplyLetters.
func (w *Watcher[S, I]) ReplyLetters() string { return w.room.ReplyLetters() }

// World is the world that is shown, nil while there is none. It is for reading and valid
// until the next Tick.
func (w *Watcher[S, I]) World() *S {
	if w.session == nil {
		return nil
	}
	return w.session.World()
}

// PreviousWorld is the world one frame before World, or World where that is not kept.
func (w *Watcher[S, I]) PreviousWorld() *S {
	if w.session == nil {
		return nil
	}
	if world, kept := w.session.At(max(0, w.session.Current()-1)); kept {
		return world
	}
	return w.session.World()
}

// Lineup is who took part in the frame before World; everybody while there is none.
func (w *Watcher[S, I]) Lineup() rollback.Lineup {
	if w.session == nil {
		return rollback.Lineup{}
	}
	return w.session.Lineup()
}

// Setup is what the worlds of the match started from; the zero Setup before there is one.
func (w *Watcher[S, I]) Setup() Setup { return w.setup }

// AppendCast appends who plays each seat in the newest frame that is shown, seat 0 first: the
// Setup's Roster, and who has come and gone since, as the host calls them. The Machine of a
// seat that nobody plays is NoMachine; who is not known has no name. Own words are a stranger's
// bytes. Before the first frame it is the Roster.
func (w *Watcher[S, I]) AppendCast(dst []Seated) []Seated {
	if w.played == nil {
		return append(dst, w.setup.Roster...)
	}
	return AppendCast(dst, w.header, &w.newcomers, w.played)
}

// Status is what the last Tick has returned.
func (w *Watcher[S, I]) Status() WatchStatus { return w.status }

// Result is how the match that is shown has ended for its host, once all of it was shown.
// Frame and Hash are compared with the world here.
func (w *Watcher[S, I]) Result() (Result, bool) {
	if w.result == nil {
		return Result{}, false
	}
	return *w.result, true
}

// AppendChecksums appends the checksums that the players have compared, as they are here,
// since the last call: for logs and tools. If nobody reads, the newest 64 are kept.
func (w *Watcher[S, I]) AppendChecksums(dst []rollback.Checksum) []rollback.Checksum {
	dst = append(dst, w.sums...)
	w.sums = w.sums[:0]
	return dst
}

// AppendNotices appends what Step has emitted: see rollback.Session.AppendNotices.
func (w *Watcher[S, I]) AppendNotices(dst []rollback.Notice) []rollback.Notice {
	if w.session == nil {
		return dst
	}
	return w.session.AppendNotices(dst)
}

// Leave is the end of it for this machine; the node stays.
func (w *Watcher[S, I]) Leave() {
	w.broken = true
	w.unrecorded()
	w.room.Leave()
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
			w.items = append(w.items, item)
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
	s.BehindMs = int(watching.show.DelayMs) + 1000*s.Left/w.header.TickRate
	parent, name := watching.parent()
	if s.Parent = name; parent != nil {
		s.BehindMs += watching.viewer.Steps() * int(parent.Link.Stats().RTT/2/time.Millisecond)
	}
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

// attest looks whether what was stepped is what the players have signed, as far as they have, and
// reports whether it goes on.
func (w *Watcher[S, I]) attest() bool {
	list := w.signed
	w.signed = nil
	for _, b := range list {
		if w.recorder != nil && w.recorder.Recording() {
			w.recorder.Block(b)
		}
		if w.seals.Take(b) == nil {
			continue
		}
		if w.status.Forged = w.status.Deceived == maxDeceived; !w.status.Forged {
			w.deceived()
			return false
		}
	}
	w.status.Signed = w.seals.Through()
	return true
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

// compare compares the world before a frame with what the players say that it is.
func (w *Watcher[S, I]) compare(f rollback.Frame) {
	for len(w.checks) > 0 && w.checks[0].Frame <= f {
		c := w.checks[0]
		w.checks = w.checks[1:]
		if c.Frame < f {
			continue
		}
		mine := rollback.Checksum{Frame: f, World: w.session.Hash(w.session.World()), Inputs: c.Inputs}
		if sum, ok := w.session.ChecksumAt(f); ok {
			mine.Inputs = sum.Inputs
		}
		if len(w.sums) == maxUnshown {
			w.sums = append(w.sums[:0], w.sums[1:]...)
		}
		w.sums = append(w.sums, mine)
		w.room.watching.witness.saw(f, mine.World, c.World)
		w.judge(f, mine.World == c.World && mine.Inputs == c.Inputs)
		if w.recorder != nil && w.recorder.Recording() {
			w.recorder.Checksum(rollback.Checksum(c))
		}
	}
}

// judge notes whether the world before a frame is the players'.
func (w *Watcher[S, I]) judge(f rollback.Frame, same bool) {
	switch s := &w.status; {
	case same:
		s.Verified++
	case s.Differs == rollback.NoFrame:
		s.Differs = f
	}
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
