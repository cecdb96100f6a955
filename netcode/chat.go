package netcode

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Bounds of the talk in a lobby.
const (
	maxLines   = 64                     // for AppendLines; when full the oldest goes
	maxUnsaid  = 32                     // lines of this member that wait; when full Say refuses
	maxUnheard = 8                      // lines of one member that are with the host; an honest one sends no more, others are dropped
	lineCost   = 250 * time.Millisecond // four lines a second from one member,
	byteCost   = time.Millisecond       // or a thousand bytes,
	lineBurst  = time.Second            // and four short ones at once
)

// Line is a line for the lobby's chat: what a member said or, with From empty,
// what happened.
type Line struct {
	Kind  EventKind // EventSaid, or what happened
	About string    // whom that was about, "" for nobody in particular
	From  string
	Text  string
}

// chat is what is said in a lobby. The host puts the lines of all members, and
// its own news of who comes and goes, in one order, and all read them in that
// order: their transcripts are equal from the moment at which they came in.
//
// Nothing is lost on the way: a member has at most maxUnheard lines with the
// host and keeps the others until these have come back. The host holds as many
// for each and passes them on at lineCost; so the network's jitter costs nobody a
// line, and who floods waits for himself. Owner: the room.
type chat struct {
	news    *events
	lines   []Line   // to be read
	unsaid  []string // by this member, and not with the host yet; at most maxUnsaid
	unheard []string // lines that are with the host: at most maxUnheard, and as many of a former host's
}

// talk is a member's part in the chat, at the host. Owner: the room.
type talk struct {
	waiting []string // in the order in which they came; at most maxUnheard
	spent   source.Budget
}

// NotSaidError: Say has not taken a line, or Match.Command a command, which nobody will read.
type NotSaidError struct {
	Code   Reason // ReasonEnded, ReasonTooFast or ReasonTooLong
	Reason string // a sentence
}

func (e *NotSaidError) Error() string { return e.Reason }

// Say sends a line of chat to all, this machine's own AppendLines included: when
// it comes back from the host, all have it in the same place. A line has at most 500
// bytes, and an empty one is nothing. Up to four lines a second go out at once (a
// thousand bytes, if they are long), the next 32 wait their turn. One that does
// not fit any more is refused with a *NotSaidError, and so is one that is too long, or
// before the lobby has been entered or after it is over.
func (r *Room) Say(text string) error {
	whole := cleanText(text, 2*wire.MaxTextBytes)
	text = cleanLine(text)
	switch {
	case len(whole) > wire.MaxTextBytes:
		return &NotSaidError{Code: ReasonTooLong, Reason: fmt.Sprintf("that is too long to be said at once: it has more than %d bytes", wire.MaxTextBytes)}
	case text == "":
		return nil
	case r.state == Connecting || r.state == Ended:
		return &NotSaidError{Code: ReasonEnded, Reason: "nobody is in the lobby to read that"}
	case len(r.chat.unsaid) >= maxUnsaid:
		return &NotSaidError{Code: ReasonTooFast, Reason: "too many lines are still on their way: say that again in a moment"}
	}
	r.chat.unsaid = append(r.chat.unsaid, text)
	if r.Hosting() {
		r.stepTalk(r.now())
	} else {
		r.guest.stepTalk()
	}
	return nil
}

// next takes the next line that may go to the host now.
func (c *chat) next() (text string, ok bool) {
	if len(c.unsaid) == 0 || len(c.unheard) >= maxUnheard {
		return "", false
	}
	text = c.unsaid[0]
	c.unsaid = append(c.unsaid[:0], c.unsaid[1:]...)
	c.unheard = append(c.unheard, text)
	return text, true
}

// again has what the host before has not passed on said to the next one, even if some have
// read it already.
func (c *chat) again() {
	c.unsaid = append(c.unheard, c.unsaid...)
	c.unheard = nil
}

// stepTalk brings lines to the host.
func (g *guest) stepTalk() {
	for text, ok := g.room.chat.next(); ok; text, ok = g.room.chat.next() {
		g.host.Send(&wire.Say{Text: text})
	}
}

// stepTalk brings lines to all: one of each member in turn.
func (a *authority) stepTalk(now time.Duration) {
	for text, ok := a.room.chat.next(); ok; text, ok = a.room.chat.next() {
		a.room.members[a.room.me].talk.hear(text)
	}
	for passed := true; passed; {
		passed = false
		for _, m := range a.room.members {
			if m != nil && (m.announced || m.Machine == a.room.me) && m.talk.may(now) {
				a.passOn(m)
				passed = true
			}
		}
	}
}

// hear takes a line of a member.
func (t *talk) hear(text string) {
	if text != "" && len(t.waiting) < maxUnheard {
		t.waiting = append(t.waiting, text)
	}
}

// may reports whether the member's next line may go to all now.
func (t *talk) may(now time.Duration) bool {
	return len(t.waiting) > 0 && t.spent.Take(now, max(lineCost, time.Duration(len(t.waiting[0]))*byteCost), lineBurst)
}

// passOn gives a member's oldest line to all.
func (a *authority) passOn(m *member) {
	text := m.talk.waiting[0]
	m.talk.waiting = append(m.talk.waiting[:0], m.talk.waiting[1:]...)
	if m.Machine == a.room.me {
		a.unsure.said(a.room.now(), text)
	}
	a.tell(wire.News{Event: wire.Said, Machine: m.Machine, Name: m.Name, Text: text})
}

// lastWords passes on what somebody who is gone has said before.
func (a *authority) lastWords(m *member) {
	for len(m.talk.waiting) > 0 {
		a.passOn(m)
	}
}

// tell is the host's: everybody reads the news, in this order.
func (a *authority) tell(n wire.News) {
	a.room.chat.take(a.room.me, &n)
	for _, m := range a.room.members {
		if m != nil {
			a.room.mesh.To(m.Machine).Send(&n)
		}
	}
}

// take makes a line of what the host has put in order. Only the words of
// members are the members'; what happened is said in this game's own.
func (c *chat) take(me uint8, n *wire.News) {
	name := cleanName(n.Name)
	switch n.Event {
	case wire.Said:
		if n.Machine == me {
			c.unheard = c.unheard[min(1, len(c.unheard)):]
		}
		if text := cleanLine(n.Text); text != "" {
			c.addLine(Line{Kind: EventSaid, About: name, From: name, Text: text})
		}
	case wire.Came:
		c.newsOf(n, EventJoined, name+" is here")
	case wire.Left:
		c.newsOf(n, EventLeft, name+" left")
	case wire.Lost:
		c.newsOf(n, EventLost, name+" was lost")
	case wire.SentAway:
		c.newsOf(n, EventSentAway, name+" was asked to leave")
	}
}

// newsOf makes an event, and a line, of what the host tells of a member.
func (c *chat) newsOf(n *wire.News, kind EventKind, text string) {
	c.happened(Event{Kind: kind, Machine: int(n.Machine), Name: cleanName(n.Name), Text: text})
}

// hostChanged says that a member hosts now, and that the host before, nil if that is not known,
// has gone in some way. overruled: this machine has decided something meanwhile, as if it hosted.
func (c *chat) hostChanged(me uint8, was *member, gone wire.Event, now *member, overruled bool) {
	if was != nil {
		c.take(me, &wire.News{Event: gone, Machine: was.Machine, Name: was.Name})
	}
	text := now.Name + " hosts now"
	if overruled {
		text += ": what you have decided since then counts no more"
	}
	c.happened(Event{Kind: EventHost, Machine: int(now.Machine), Name: now.Name, Text: text})
}

// happened notes an event that is a line of the lobby, too.
func (c *chat) happened(e Event) {
	c.addLine(Line{Kind: e.Kind, About: e.Name, Text: e.Text})
	c.news.happened(e)
}

func (c *chat) addLine(l Line) {
	if len(c.lines) == maxLines {
		c.lines = append(c.lines[:0], c.lines[1:]...)
	}
	c.lines = append(c.lines, l)
}

// AppendLines appends the lines of chat and news since the last call. If
// nobody reads, the newest 64 are kept.
func (c *chat) AppendLines(dst []Line) []Line {
	dst = append(dst, c.lines...)
	c.lines = c.lines[:0]
	return dst
}
