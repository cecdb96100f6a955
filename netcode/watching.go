package netcode

import (
	"math"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// watching is what this machine watches, without the game's types: whose lobby, which of its
// matches, who feeds it and whom it feeds. Owner: the room, which is no member's then.
type watching struct {
	room   *Room
	name   string      // of the host
	host   *mesh.Conn  // nil until it has let this machine in, and while the next one is looked for
	hostID audience.ID // as one who feeds, NoID if it is not named
	show   *wire.Show  // the match that the host shows; nil: none yet
	viewer *audience.Viewer
	acts   acts // that match is the last of them
	others onlookers
	plays  func(h *matchlog.Header) error // why the game cannot show a match
	told   uint64                         // which of this node's offers the host knows
	out    []audience.Out
	pass   [32]byte // by which the next host lets this machine watch on; zero: it has none

	seeking seeking
}

func newWatching(r *Room) *watching {
	w := &watching{room: r, hostID: audience.NoID, others: onlookers{room: r}}
	w.seeking.watching = w
	return w
}

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
	case w.host == nil && c == w.seeking.call:
		w.arrived(c)
	case c != w.host:
		c.Link.Close(link.CodeProtocol, "a match is shown that nobody asked for")
		return
	}
	w.pass = m.Pass
	if len(m.Header) == 0 || w.show != nil && m.Match == w.show.Match && m.Key == w.show.Key {
		return // which is another host's, too
	}
	block, err := matchlog.Parse(m.Header)
	header, ok := block.(*matchlog.Header)
	if err != nil || !ok || header.Match != m.Match {
		w.senseless()
		return
	}
	if err := w.plays(header); err != nil {
		r.reception.refuse(c, ReasonUnplayable, voiced(err.Error()))
		return
	}
	w.show, w.viewer, w.hostID = m, audience.NewViewer(m.Match, m.Key[:]), audience.NoID
	w.acts.begins(&act{show: m, header: header, viewer: w.viewer})
	w.others.forgetHeirs()
}

// senseless: what is shown is not what an honest host shows.
func (w *watching) senseless() {
	sentence := "what " + w.name + " shows of the match makes no sense"
	if w.host == nil {
		w.room.end(&RefusedError{Code: ReasonUnplayable, Reason: sentence})
		return
	}
	w.room.reception.refuse(w.host, ReasonUnplayable, sentence)
}

// said takes what the host or an onlooker has said of the match with a tag.
func (w *watching) said(c *mesh.Conn, tag uint32, m audience.Message) {
	if introduction, ok := m.(*audience.Introduction); ok && c == w.host {
		w.others.introduce(introduction.Viewer)
		return
	}
	from := w.idOf(c)
	if w.viewer == nil || from == audience.NoID && c != w.host {
		return // an onlooker that is none any more
	}
	if tag != audience.Tag(w.show.Match) {
		if _, ok := m.(*audience.Ask); ok {
			c.Send(inAudience(tag, &audience.Denied{Why: audience.Nothing}))
		}
		return // of another match than the one that this machine watches
	}
	switch m := m.(type) {
	case *audience.Placement:
		if c == w.host {
			w.placed(m)
		}
		return
	case *audience.Successor:
		w.heir(c, m)
		return
	case *audience.Sum:
		w.attests(c, m)
		return
	case *audience.Ask:
		if c == w.host || !w.others.on(c).asks {
			w.say(from, &audience.Denied{Why: audience.Unknown})
			return
		}
	}
	if from != audience.NoID {
		w.viewer.Said(w.room.now(), from, m)
	}
}

// placed: the host says who may feed this machine.
func (w *watching) placed(p *audience.Placement) {
	w.hostID, w.others.self = audience.NoID, p.Self
	for _, n := range p.Sources {
		if n.Key == w.host.Link.Peer() {
			w.hostID = n.ID
		}
	}
	w.viewer.Placed(w.room.now(), p)
}

// idOf is who is at the other end of a link, NoID if it is nobody who feeds or is fed.
func (w *watching) idOf(c *mesh.Conn) audience.ID {
	if c == w.host {
		return w.hostID
	}
	if n := w.others.on(c); n != nil {
		return n.ID
	}
	return audience.NoID
}

// to is the link to somebody, nil if there is none.
func (w *watching) to(id audience.ID) *mesh.Conn {
	if id == audience.NoID || id == w.hostID { // the desk, or the host as one who feeds
		return w.host
	}
	if n := w.others.byID(id); n != nil {
		return n.conn
	}
	return nil
}

// say says something of the match that is shown.
func (w *watching) say(to audience.ID, m audience.Message) {
	if c := w.to(to); c != nil { // there is no desk while there is no host
		c.Send(inAudience(audience.Tag(w.show.Match), m))
	}
}

// inAudience is a message of package audience, of the match with a tag.
func inAudience(tag uint32, m audience.Message) *wire.Audience {
	return &wire.Audience{Tag: tag, Bytes: audience.AppendMessage(nil, m)}
}

// parent is who feeds this machine, and what he is called; nil while nobody does.
func (w *watching) parent() (c *mesh.Conn, name string) {
	switch id := w.viewer.Parent(); {
	case id == audience.NoID:
		return nil, ""
	case id == w.hostID:
		return w.host, w.name
	default:
		if n := w.others.byID(id); n != nil {
			return n.conn, n.name
		}
		return nil, "" // it is lost in this very tick
	}
}

// fed takes a block of somebody's feed. Who sends what makes no sense is left: an onlooker has
// altered it, and a host has nothing to show.
func (w *watching) fed(c *mesh.Conn, b []byte) {
	from := w.idOf(c)
	if w.viewer == nil || from == audience.NoID || w.viewer.Fed(w.room.now(), from, b) == nil {
		return
	}
	if c == w.host {
		w.senseless()
		return
	}
	c.Link.Close(link.CodeProtocol, "what comes from here is not what the host has signed")
}

// step does what is due.
func (w *watching) step(now time.Duration) {
	switch {
	case w.room.state == Ended:
	case w.host != nil:
		w.attend(now)
	case w.seeking.why != nil:
		w.seeking.step(now)
	}
	if w.viewer == nil || w.room.state == Ended {
		return
	}
	if w.viewer.IsPlaced() { // those who have fed it with the match before may be named again
		w.others.want(w.viewer.Wanted(), w.hostKey())
	}
	w.others.step(now, w.viewer.Stand())
	for _, n := range w.viewer.Wanted() {
		if w.to(n.ID) != nil {
			w.viewer.Up(now, n.ID)
		}
	}
	w.out = w.viewer.Poll(now, w.out[:0])
	for _, o := range w.out {
		w.say(o.To, o.Say)
	}
	w.others.spread(audience.Tag(w.show.Match))
	w.feed()
}

// hostKey is the host's, zero without one.
func (w *watching) hostKey() (key link.Key) {
	if w.host != nil {
		key = w.host.Link.Peer()
	}
	return key
}

// attend looks after the link to the host, and tells it what is new.
func (w *watching) attend(now time.Duration) {
	if w.room.vigil.tend(w.host, now, w.room.terms.timeout()); w.host.Link.State() != link.Closed {
		w.tellOffer()
	}
}

// tellOffer tells the host how this machine is reached, whenever that changes.
func (w *watching) tellOffer() {
	if finder := w.room.node.finder; finder != nil && finder.Offers() != w.told {
		w.told = finder.Offers()
		w.host.Send(&wire.Reach{Offer: w.room.node.offer()})
	}
}

// feed sends others what there is room for.
func (w *watching) feed() {
	stand := w.viewer.Stand()
	for _, n := range w.others.all {
		if n.conn != nil && stand.Feeds(n.ID) {
			pour(stand, n.ID, n.conn.Link, math.MaxInt)
		}
	}
}

// closed: a link is over.
func (w *watching) closed(c *mesh.Conn, why *link.CloseError) {
	if n := w.others.closed(c); n != nil && w.viewer != nil {
		w.viewer.Down(n.ID)
	}
	w.seeking.closed(c)
	if c == w.host {
		w.hostGone(c, why)
	}
}
