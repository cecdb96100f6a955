package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Watcher is somebody who watches the matches of a lobby, one after the other. Its
// simulation is the players' own: it steps what they have pressed, a while after them, and
// compares every world that they compare. It feeds some others who watch, to whom the host
// tells its addresses, as it tells theirs to it. It belongs to the goroutine of the game's loop.
type Watcher[S, I any] struct {
	room    *Room
	config  Config[S, I]
	act     *act             // that is shown; nil: nothing is shown yet
	header  *matchlog.Header // of that
	setup   Setup
	session *rollback.Session[S, I] // nil: its world is not here yet
	status  WatchStatus
	result  *Result       // of the match that is shown, or was last
	overAt  time.Duration // since when that is known
	shown   int           // matches so far
	missed  int           // matches that were shown, and not to their ends
	sums    []rollback.Checksum
	slew    int
	broken  bool // nothing more is to be stepped

	items  []audience.Item // that wait
	cameAt time.Duration   // when the newest came
	way    time.Duration   // that it takes from the players to here, as far as is known
	opened

	links      *matchlog.Links // newest, between the players
	seals      *seals.Check    // of the frames that are stepped
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
	BehindMs   int            // how far behind the players that is, about: the host's delay, the way, what waits, and what nobody has sent
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
	Signed rollback.Frame
	// Forged says who is shown to press what he has not signed, and when, if that came again and
	// again: nobody is left to believe. The Name in it is fit to be shown.
	Forged   *matchlog.ForgedError
	Differs  rollback.Frame // the first of which the world is another one here; rollback.NoFrame: none
	Deceived int            // how often what was shown was not what the host says, and left: it began anew with others
	Seeking  bool           // the host is gone, and the next one is being looked for
	Skipped  int            // frames that were not shown, because they could not be had in time
	// Missed are the matches whose end was not shown, since this machine watches: it could not be had
	// in time, or more matches waited to be shown than may.
	Missed int
	// Match is which of the matches that this machine has watched is shown, from 1; 0: none yet.
	Match int
	// Next are the matches that have begun and are shown when this one is over: about the host's
	// delay after that.
	Next int
	Over bool // Result is known; with the next match of the lobby it begins anew
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
	room.watching.plays = w.config.Replays
	return w, nil
}

// shows begins with another match.
func (w *Watcher[S, I]) shows(a *act) {
	w.shown++
	w.act, w.header, w.setup = a, a.header, SetupOf(a.header)
	for i := range w.setup.Roster {
		if w.setup.Roster[i].Machine != NoMachine {
			w.setup.Roster[i].Name = cleanName(w.setup.Roster[i].Name)
		}
	}
	w.unrecorded()
	w.session, w.items, w.result, w.played, w.links = nil, nil, nil, nil, nil
	w.newcomers = matchlog.Newcomers{}
	w.status, w.seals = unwatched, seals.NewCheck(w.header, w.room.node.endpoint.Verify)
	w.clear()
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
