package netcode

import (
	"fmt"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Bounds of who waits at a host, each of whom holds a link.
const (
	maxLine     = 8 // at once,
	maxLineNear = 2 // of one household
)

// line is who waits for a place: guests who would be let in if there were one, and have said
// that they wait (LobbyConfig.Wait). Whoever has waited longest comes in first, of those for
// whose players there is room. It ends with its host. Owner: the guarding.
type line struct {
	room    *Room
	waiters []*waiter // who has waited longest first
}

// waiter is one who waits.
type waiter struct {
	conn  *mesh.Conn
	hello *wire.Hello
	name  string
	told  *wire.InLine // the newest; nil: nothing yet
}

// noPlace says why there is no place for somebody's players, by reason and in words:
// ReasonUnknown if there is one.
func (g *guarding) noPlace(key link.Key, players int) (Reason, string) {
	a := g.room.authority
	if g.room.state == Playing && !g.room.series.letsIn(key, g.room.terms.lateJoin) {
		return ReasonPlaying, "the match has already started: try again when it is over"
	}
	switch words := a.noRoom(g.room.members.seatsOf(key), players); {
	case words == "":
		return ReasonUnknown, ""
	case players < 1 || g.room.terms.tooMuch(players) != "":
		return ReasonSeats, words
	default:
		return ReasonFull, words
	}
}

// waits reports whether a reason not to be let in is one that passes.
func waits(why Reason) bool { return why == ReasonFull || why == ReasonPlaying }

// take has somebody wait who cannot come in now, and reports whether it has.
func (l *line) take(c *mesh.Conn, h *wire.Hello, name string, why Reason) bool {
	if !h.Waits || !waits(why) || !c.Link.Known() {
		return false
	}
	l.leave(func(w *waiter) bool { return w.conn.Link.Peer() == c.Link.Peer() }, "you wait from elsewhere now")
	near, from := 0, source.Household(c.Link.Source())
	for _, w := range l.waiters {
		if source.Household(w.conn.Link.Source()) == from {
			near++
		}
	}
	if len(l.waiters) == maxLine || near == maxLineNear && from.IsValid() {
		return false
	}
	c.Kept = true
	l.waiters = append(l.waiters, &waiter{conn: c, hello: h, name: name})
	l.room.chat.happened(Event{Kind: EventInLine, Name: name, Count: len(l.waiters), Text: name + " waits for a place"})
	return true
}

// leave closes the links of some who wait, and forgets them.
func (l *line) leave(who func(*waiter) bool, words string) {
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if !who(w) {
			return false
		}
		w.conn.Link.Close(link.CodeDone, words)
		return true
	})
}

// closed forgets who waits no more.
func (l *line) closed(c *mesh.Conn) {
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool { return w.conn == c })
}

// step lets in whoever there is a place for now, and tells the others where they are.
func (l *line) step(now time.Duration) {
	for i := 0; i < len(l.waiters); i++ {
		w := l.waiters[i]
		why, _ := l.room.guarding.noPlace(w.conn.Link.Peer(), len(w.hello.Players))
		if waits(why) {
			w.tell(i, why)
			l.room.vigil.tend(w.conn, now, l.room.terms.timeout())
			continue
		}
		l.waiters = slices.Delete(l.waiters, i, i+1)
		w.conn.Kept = false
		w.conn.Renew()
		l.room.guarding.askedToJoin(w.conn, w.hello, w.name)
		i--
	}
}

// tell tells somebody who waits how many are before him, if that is new.
func (w *waiter) tell(before int, why Reason) {
	word := wire.InLine{Before: uint8(before), Why: uint8(why)}
	if w.told == nil || *w.told != word {
		w.told = &word
		w.conn.Send(&word)
	}
}

// waiting is a guest's place in the line of a host. Owner: the guest.
type waiting struct {
	conn *mesh.Conn   // to the host; nil: it does not wait
	word *wire.InLine // the host's newest
}

// inLine takes a host's word that there is no place yet.
func (g *guest) inLine(c *mesh.Conn, m *wire.InLine) {
	v := g.room.vouchers.on(c)
	switch {
	case !g.room.config.Wait || g.room.state != Connecting || g.host != nil || !waits(Reason(m.Why)),
		v.by != wire.CredentialNone && !v.shown: // an honest host shows it first
		c.Link.Close(link.CodeProtocol, "a place in a line that nobody asked for")
		return
	case g.waiting.conn != nil && g.waiting.conn != c:
		c.Link.Close(link.CodeDone, "another call was answered first")
		return
	}
	c.Kept = true
	g.waiting.conn, g.waiting.word = c, m
}

// stepWaiting looks after the link to the host of whose line one waits.
func (g *guest) stepWaiting(now time.Duration) {
	if c := g.waiting.conn; c != nil && g.room.state == Connecting {
		g.room.vigil.tend(c, now, g.room.terms.timeout())
	}
}

// waited: the place has come.
func (g *guest) waited(c *mesh.Conn) {
	if g.waiting.conn == nil {
		return
	}
	g.waiting, c.Kept = waiting{}, false
	g.deadline, g.room.met = g.room.vigil.awake+joinTimeout, g.room.now()
}

// closed takes notice of a call to the host that is over. Whoever has waited in line when the
// host went, or was lost, looks for who hosts now.
func (g *guest) closed(c *mesh.Conn, why *link.CloseError) {
	if g.waiting.conn != c {
		g.joining.closed(c, why)
		return
	}
	g.waiting = waiting{}
	lost := why.Code == link.CodeLost || why.Remote && (why.Code == link.CodeLeft || why.Code == link.CodeCrashed)
	switch {
	case !lost, g.attempt != nil && !g.room.doors.coded:
		g.room.end(connectFailure(g.invite.text, why))
	case g.attempt != nil:
		g.attempt.Close()
		g.attempt = g.room.node.finder.Join(g.room.doors.code)
		g.deadline = g.room.vigil.awake + codeTimeout
	default:
		g.deadline = g.room.vigil.awake + joinTimeout
	}
}

// words say where one is in the line.
func (w *waiting) words() string {
	why := "the lobby is full"
	if Reason(w.word.Why) == ReasonPlaying {
		why = "a match is running, and its host lets nobody new come into it"
	}
	switch n := w.word.Before; n {
	case 0:
		return why + ": you are next in line"
	case 1:
		return why + ": one waits before you"
	default:
		return fmt.Sprintf("%s: %d wait before you", why, n)
	}
}

// InLine returns how many wait before this machine's player for a place in a lobby that is
// full, or whose match nobody may come into, and whether he waits at all: see
// LobbyConfig.Wait. The State is Connecting meanwhile.
func (r *Room) InLine() (before int, waits bool) {
	if r.state != Connecting || r.guest == nil || r.guest.waiting.conn == nil {
		return 0, false
	}
	return int(r.guest.waiting.word.Before), true
}
