package netcode

import (
	"context"
	"log/slog"

	"github.com/visavis-netcode/visavis/rollback"
)

// EventKind is what has happened to a lobby or a match.
type EventKind uint8

const (
	EventMissed    EventKind = iota + 1 // nobody has read the Count events before this one, and they are gone
	EventJoined                         // a member has come in; for a guest first of all it itself
	EventLeft                           // a member has left
	EventLost                           // a member is not heard any more
	EventSentAway                       // the host has asked a member to leave
	EventReady                          // a member is ready
	EventNotReady                       // a member is not ready any more
	EventPath                           // the way to a member is known, or is another: Path
	EventStarted                        // a match has begun
	EventRate                           // this program calls Tick Hz times a second, which is not the game's TickRate
	EventDesync                         // two machines have computed different worlds: Frame, Err; the match is over, or goes on (Config.Desync)
	EventEnded                          // the match is over, before Frame; Err says why, if the game did not want it
	EventClosed                         // the lobby is over for this machine: Err
	EventGuess                          // somebody has tried wrong secrets; the host's
	EventRefused                        // somebody, no member, could not come in, because what he plays differs: Name, Count, Err; the host's
	EventUnlisted                       // the lobby is on no list of the local network; the host's
	EventFirewall                       // somebody nearby does not get through to this computer; the host's
	EventUnreached                      // there is no way to a member yet
	EventSlow                           // a member's computer, or this one, is too slow to step frames again when others' inputs come late; in a match
	EventAbsent                         // somebody is in the match no more, from Frame on: Err says why
	EventPresent                        // somebody plays seat Count from Frame on whom nobody has played before: he has come late, or is back
	EventAway                           // somebody has handed his seats over for a while, from Frame on: see Match.SetAway. Count is the first of them
	EventInLine                         // somebody waits for a place, as the Count-th: Name; the host's
	EventWatching                       // somebody watches from now on, or has ceased to: Name; Count watch then. The host and the members read it
	EventReplay                         // the host shows all a recorded match: Room.Screening
	EventControls                       // somebody has the controls of that from now on
	EventHost                           // a member hosts the lobby from now on, because its host is gone: Machine
	EventSaid                           // only of a Line: a member has said something
	lastEvent      = EventSaid
)

// String returns the kind in a word or two, for logs.
func (k EventKind) String() string {
	if k > lastEvent {
		k = 0
	}
	return [...]string{"unknown", "missed", "joined", "left", "lost", "sent away", "ready", "not ready", "path", "match started", "wrong rate",
		"desync", "match ended", "lobby closed", "wrong secret", "refused", "unlisted", "firewall", "unreached", "slow", "absent", "present", "away", "in line", "watching", "replay shown", "controls", "host", "said"}[k]
}

// Event is something that has happened to a lobby or a match. What a kind does not
// speak of is zero.
type Event struct {
	Kind    EventKind
	Machine int            // whom it is about: Member.Machine; of a member only
	Name    string         // and what it is called; "" if it is about nobody
	Frame   rollback.Frame // of the match
	Path    PathKind
	Hz      int
	Count   int
	Err     error  // ReasonOf says in a word what it is about
	Text    string // a sentence, for events that are lines of the lobby too: see AppendLines
}

// maxEvents is how many events wait for AppendEvents. When full the oldest goes, and
// is counted.
const maxEvents = 64

// events is what has happened and was not read yet. Owner: the room.
type events struct {
	node   *Node // which logs them
	unread []Event
	missed int // before those
}

// happened notes an event for AppendEvents, and logs it.
func (all *events) happened(e Event) {
	if len(all.unread) == maxEvents {
		all.unread = append(all.unread[:0], all.unread[1:]...)
		all.missed++
	}
	all.unread = append(all.unread, e)
	all.node.log(e)
}

// happenedTo notes an event about a member.
func (all *events) happenedTo(m *member, kind EventKind) {
	all.happened(Event{Kind: kind, Machine: int(m.Machine), Name: m.Name})
}

// AppendEvents appends what has happened since the last call, the oldest first: to the
// lobby, and to its matches. If nobody reads, the newest 64 are kept, and an EventMissed
// before them says how many are gone.
func (all *events) AppendEvents(dst []Event) []Event {
	if all.missed > 0 {
		dst = append(dst, Event{Kind: EventMissed, Count: all.missed})
	}
	dst = append(dst, all.unread...)
	all.unread, all.missed = all.unread[:0], 0
	return dst
}

// AppendEvents is that of the match's lobby: see Room.AppendEvents.
func (m *Match[S, I]) AppendEvents(dst []Event) []Event { return m.room.AppendEvents(dst) }

// noteReadiness notes who is ready now and was not, and the other way round. A match
// that begins takes everybody's readiness, which is no news.
func (r *roster) noteReadiness(host uint8, playing bool, events *events) {
	for _, m := range r {
		switch {
		case m == nil || m.Machine == host || m.Ready == m.shownReady: // the host is always
			continue
		case m.Ready:
			events.happenedTo(m, EventReady)
		case !playing:
			events.happenedTo(m, EventNotReady)
		}
		m.shownReady = m.Ready
	}
}

// log writes an event for a developer: what spoils a match as a warning.
func (n *Node) log(e Event) {
	if n.config.Logger == nil {
		return
	}
	level := slog.LevelInfo
	if why := ReasonOf(e.Err); e.Kind == EventDesync || e.Kind == EventRate || e.Kind == EventSlow || why == ReasonCrashed || why == ReasonYouCrashed {
		level = slog.LevelWarn
	}
	attrs := []any{"player", n.name}
	add := func(key string, set bool, value any) {
		if set {
			attrs = append(attrs, key, value)
		}
	}
	add("about", e.Name != "", e.Name)
	add("frame", e.Kind == EventDesync || e.Kind == EventEnded || e.Kind == EventAbsent || e.Kind == EventPresent || e.Kind == EventAway, e.Frame)
	add("path", e.Path != "", e.Path)
	add("hz", e.Hz != 0, e.Hz)
	if desync, ok := e.Err.(*DesyncError); ok {
		add("fault", desync.Fault != "", desync.Fault)
		add("field", desync.Field != "", desync.Field)
		add("here", desync.Field != "", desync.Here)
		add("there", desync.Field != "", desync.There)
	}
	add("err", e.Err != nil, e.Err)
	add("text", e.Text != "", e.Text)
	n.config.Logger.Log(context.Background(), level, "visavis: "+e.Kind.String(), attrs...)
}
