package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// watching is what this machine watches, without the game's types: whose lobby, which of its
// matches, and what comes of it. Owner: the room, which is no member's then.
type watching struct {
	room   *Room
	name   string     // of the host
	host   *mesh.Conn // nil until it has let this machine in
	show   *wire.Show // the match that is shown; nil: none yet
	viewer *audience.Viewer
	shows  func(h *matchlog.Header) error // tells the game of another match
	spoke  time.Duration                  // when the last sign of life was
	out    []audience.Out
}

// theHost is what the viewer knows the host by, who is all that it has a link to.
const theHost = 0

// shown: the host lets this machine in, or another match begins.
func (w *watching) shown(c *mesh.Conn, m *wire.Show) {
	r := w.room
	if v := r.vouchers.on(c); v.by != wire.CredentialNone && !v.shown { // an honest host shows it first
		r.reception.refuse(c, ReasonSecretWrong, otherSecret(w.name, v.by))
		return
	}
	switch {
	case w.host == nil && r.state == Connecting:
		c.Kept, w.host, r.guest.host, r.state = true, c, c, Gathering
	case c != w.host:
		c.Link.Close(link.CodeProtocol, "a match is shown that nobody asked for")
		return
	}
	if len(m.Header) == 0 {
		return
	}
	block, err := matchlog.Parse(m.Header)
	header, ok := block.(*matchlog.Header)
	if err != nil || !ok || header.Match != m.Match {
		w.senseless()
		return
	}
	if err := w.shows(header); err != nil {
		r.reception.refuse(c, ReasonUnplayable, voiced(err.Error()))
		return
	}
	w.show, w.viewer = m, audience.NewViewer(m.Match, m.Key[:])
}

// senseless: what is shown is not what an honest host shows.
func (w *watching) senseless() {
	w.room.reception.refuse(w.host, ReasonUnplayable, "what "+w.name+" shows of the match makes no sense")
}

// said takes what the host has said of who feeds whom, and how far it is.
func (w *watching) said(c *mesh.Conn, m audience.Message) {
	if c != w.host || w.viewer == nil {
		return
	}
	now := w.room.now()
	place, ok := m.(*audience.Placement)
	if !ok {
		w.viewer.Said(now, theHost, m)
		return
	}
	w.viewer.Placed(now, place)
	w.viewer.Up(now, theHost)
}

// fed takes a block of the host's feed.
func (w *watching) fed(c *mesh.Conn, b []byte) {
	if c == w.host && w.viewer != nil && w.viewer.Fed(w.room.now(), theHost, b) != nil {
		w.senseless()
	}
}

// step does what is due.
func (w *watching) step(now time.Duration) {
	if w.host == nil || w.room.state == Ended {
		return
	}
	timeout := w.room.terms.timeout()
	if now-w.spoke >= mesh.Heartbeat(timeout) {
		w.spoke = now
		w.host.Link.SendDatagram(wire.Here)
	}
	if now-w.host.Heard() >= timeout && w.room.vigil.stoodStill(now) == 0 {
		w.room.end(w.room.vigil.lost("the host, "+w.name+",", w.host.Heard(), nil))
		return
	}
	if w.viewer == nil {
		return
	}
	w.out = w.viewer.Poll(now, w.out[:0])
	for _, o := range w.out {
		w.host.Send(&wire.Audience{Bytes: audience.AppendMessage(nil, o.Say)})
	}
}

// closed: a link is over.
func (w *watching) closed(c *mesh.Conn, why *link.CloseError) {
	if c != w.host {
		return
	}
	if why.Code == link.CodeLost {
		w.room.end(w.room.vigil.lost("the host, "+w.name+",", c.Heard(), why))
		return
	}
	w.room.end(connectFailure(w.room.guest.invite.text, why))
}
