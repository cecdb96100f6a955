package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/succession"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// reception is what a room does with what its mesh tells: it judges greetings, and hands
// on what members say to whom it is for. It is a mesh.Owner.
type reception struct{ room *Room }

var _ mesh.Owner = (*reception)(nil)

// Greet implements mesh.Owner.
func (p *reception) Greet(c *mesh.Conn) { p.greet(c, wire.JoinMesh) }

// Name implements mesh.Owner.
func (p *reception) Name(machine uint8) string {
	if m := p.room.members[machine]; m != nil {
		return m.Name
	}
	return ""
}

// Hello implements mesh.Owner: it judges a peer's greeting. Both sides judge, so both know
// why.
func (p *reception) Hello(c *mesh.Conn, h *wire.Hello) {
	r, name := p.room, cleanName(h.Name)
	asksIn := h.Purpose == wire.JoinLobby || h.Purpose == wire.WatchLobby || h.Purpose == wire.WatchOn
	if c.Link.Dialled() != (h.Purpose == wire.Answer) || c.Link.Dialled() && !c.Greeted() {
		c.Link.Close(link.CodeProtocol, "the greeting is the wrong way round")
		return
	}
	if h.Purpose == wire.WatchWith || c.Purpose == wire.WatchWith {
		p.greetedToWatch(c, h, name)
		return
	}
	if !c.Link.Dialled() {
		// The answer comes before the verdict, so that the dialler can see
		// the difference with its own eyes.
		if r.Hosting() && asksIn && !r.vouchers.examined(c, h) {
			return
		}
		p.greet(c, wire.Answer)
	}
	if d := r.terms.difference(h, name); d != "" {
		if asksIn && r.Hosting() {
			r.guarding.misfit(c, name, r.terms.differs(h), d)
		} else {
			p.refuse(c, r.terms.differs(h), d)
		}
		return
	}
	switch {
	case c.Link.Dialled() && c.Purpose == wire.JoinLobby && r.guest == nil:
		c.Link.Close(link.CodeDone, "another call was answered first")
	case c.Link.Dialled() && c.Purpose == wire.JoinLobby:
		if r.watching != nil {
			r.watching.name = name
		}
		r.guest.answeredByHost(c, h, name)
	case c.Link.Dialled() && c.Purpose == wire.WatchOn:
		if r.watching != nil {
			r.watching.seeking.name = name
		}
	case c.Link.Dialled():
		r.mesh.Answered(c)
	case !asksIn:
		p.askedToMesh(c, h)
	case !r.Hosting():
		p.refuse(c, ReasonNotHosting, r.office.notHosting(r.node.name))
	case r.vouchers.on(c).proofs != nil:
		// The verdict waits for the proof, or for the end of the time for a hello.
	default:
		r.guarding.askedToJoin(c, h, name)
	}
}

// askedToMesh: a member of the same lobby wants the link between the two.
func (p *reception) askedToMesh(c *mesh.Conn, h *wire.Hello) {
	r := p.room
	if r.state != Connecting && h.Lobby != r.id {
		p.refuse(c, ReasonNotHosting, "that is another lobby")
		return
	}
	r.mesh.Asked(c, h.Lobby) // while Connecting the host's welcome is still on its way: takeRoster follows it
}

// greetedToWatch: one who watches wants the link between two who do, or answers that.
func (p *reception) greetedToWatch(c *mesh.Conn, h *wire.Hello, name string) {
	switch r := p.room; {
	case r.watching != nil && r.watching.viewer != nil:
		r.watching.others.greeted(c, h, name)
	case r.stage != nil && !r.Hosting():
		r.understudy.watchers.greeted(c, h, name)
	default:
		p.refuse(c, ReasonUnwatched, "nobody watches here")
	}
}

// Stranger implements mesh.Owner. A member whom the roster does not name yet may speak
// early; what it says is sent again. Only a proof and a host's welcome are waited for.
func (p *reception) Stranger(c *mesh.Conn, m wire.Message) {
	switch m := m.(type) {
	case *wire.Welcome:
		if c.Purpose == wire.JoinLobby && p.room.guest != nil {
			p.room.guest.welcomed(c, m)
		}
	case *wire.InLine:
		if c.Purpose == wire.JoinLobby && p.room.guest != nil {
			p.room.guest.inLine(c, m)
		}
	case *wire.Proof:
		p.room.vouchers.proofCame(c, m)
	case *wire.Show:
		if p.room.watching != nil && (c.Purpose == wire.JoinLobby || c.Purpose == wire.WatchOn) {
			p.room.watching.shown(c, m)
		}
	case *wire.Audience:
		p.audience(c, m)
	case *wire.Foyer:
		if w := p.room.watching; w != nil && c == w.host {
			p.room.foyer.hear(m)
		}
	case *wire.Reach:
		if p.room.spectators != nil {
			p.room.spectators.reached(c, m)
		}
	}
}

// audience: what is said between one who watches and who feeds him.
func (p *reception) audience(c *mesh.Conn, m *wire.Audience) {
	said, err := audience.ParseMessage(m.Bytes)
	switch {
	case err != nil:
		c.Link.Close(link.CodeProtocol, "the other side sent something that is not visavis")
	case p.room.watching != nil:
		p.room.watching.said(c, m.Tag, said)
	case p.room.understudy.watchers.on(c) != nil:
		p.room.understudy.heard(c, m.Tag, said)
	case p.room.spectators != nil:
		p.room.spectators.heard(c, m.Tag, said)
	}
}

// Message implements mesh.Owner.
func (p *reception) Message(c *mesh.Conn, m wire.Message) {
	r := p.room
	switch {
	case r.Hosting() && r.authority.take(c, m):
	case !r.Hosting() && uint8(c.Machine()) == r.office.host && r.guest.take(m):
	default:
		p.peerMessage(c, m)
	}
}

// peerMessage is what any member may send to any other.
func (p *reception) peerMessage(c *mesh.Conn, m wire.Message) {
	r := p.room
	switch m := m.(type) {
	case *wire.Status, *wire.Say, *wire.CueAsk:
		return // of a member that has chosen this link, or for a host that this machine is no more
	case *wire.Will, *wire.News, *wire.Start, *wire.NotSeated, *wire.Foyer, *wire.Audience, *wire.Reel, *wire.CueNow, *wire.Elsewhere:
		return // of a host that is not this machine's, and may become it
	case *wire.ReelAsk:
		if r.screening != nil {
			r.screening.lending.asked(c, m)
		}
		return
	case *wire.ReelHave:
		if r.screening != nil {
			r.screening.lending.had(c, m)
		}
		return
	case *wire.Roster:
		if r.guest != nil {
			r.guest.shown(c, m)
		} else {
			r.office.words.Claim(r.now(), uint8(c.Machine()), m.Term)
		}
		return
	case *wire.HostWord:
		if host := r.office.host; m.Gone && m.Term == r.office.term && uint8(c.Machine()) == host && r.guest != nil && host != r.me {
			r.guest.hostLost(r.members[host], nil) // as it says itself
		}
		r.office.words.Take(r.now(), uint8(c.Machine()), succession.Word{Term: m.Term, Gone: m.Gone, Playing: m.Playing})
		return
	case *wire.JoinAsk:
		p.joinAsked(c, m)
		return
	case *wire.JoinDenied:
		if r.late != nil {
			r.late.denied(c, m)
		}
		return
	}
	said, _ := m.(*wire.Members)
	if said != nil && r.late != nil {
		r.late.told(c, said)
	}
	next := r.series.comesNext(matchOf(m))
	if next {
		r.early.hold(c, m)
	}
	if r.play != nil && (!next || said != nil && r.play.parting.lingers) { // to whom its number may be that of the next
		r.play.message(uint8(c.Machine()), m)
	}
}

// Datagram implements mesh.Owner.
func (p *reception) Datagram(machine uint8, at time.Duration, b []byte) {
	if p.room.play != nil {
		p.room.play.datagram(machine, at, b)
	}
}

// Feed implements mesh.Owner. A feed that nobody asks for any more may still be under way.
func (p *reception) Feed(c *mesh.Conn, b []byte) {
	if p.room.watching != nil {
		p.room.watching.fed(c, b)
		return
	}
	if b[0] == feedReel {
		if p.room.screening != nil {
			p.room.screening.file.fed(c, p.room.now(), b)
		}
		return
	}
	if p.room.late != nil {
		p.room.late.fed(c, p.room.now(), b)
	}
}

// Up implements mesh.Owner.
func (p *reception) Up(machine uint8, c *mesh.Conn) {
	r := p.room
	if c.Link.Dialled() {
		c.Send(&wire.Status{Players: r.own.said()}) // says which link it is
	}
	if r.guest != nil && machine == r.office.host {
		r.guest.host = c
	}
	if r.state == Playing {
		r.play.relink(machine, c)
	}
	r.tellStatus()
}

// Down implements mesh.Owner.
func (p *reception) Down(machine uint8, c *mesh.Conn, why *link.CloseError) {
	r := p.room
	p.forget(c)
	m := r.members[machine]
	if why.Remote && why.Code == link.CodeDone && r.state != Connecting {
		r.office.words.Drop(machine)
	}
	switch {
	case m == nil:
	case r.state == Playing && why.Code == link.CodeKicked && machine == r.office.host:
		r.end(r.guest.hostGone(m, why)) // the others are told that this machine leaves
	case r.state == Playing && machine == r.office.host && saysGoodbye(why):
		r.play.lostLink(machine, why)
		r.memberGone(m, why)
	case r.state == Playing && (r.play.lostLink(machine, why) || machine != r.office.host && !(r.Hosting() && r.terms.livesOn())):
		// It is sorted out when it is out of the match, or the match over.
	default:
		r.memberGone(m, why)
	}
}

// saysGoodbye reports whether the other side of a link has ended it because it is going.
func saysGoodbye(why *link.CloseError) bool {
	return why.Remote && (why.Code == link.CodeLeft || why.Code == link.CodeCrashed)
}

// Closed implements mesh.Owner.
func (p *reception) Closed(c *mesh.Conn, why *link.CloseError) {
	p.forget(c)
	switch {
	case c.Purpose == wire.JoinLobby && p.room.state == Connecting && p.room.guest != nil:
		p.room.guest.closed(c, why)
	case p.room.watching != nil:
		p.room.watching.closed(c, why)
	default:
		if p.room.Hosting() {
			p.room.guarding.line.closed(c)
			p.room.guarding.doubles.closed(c)
		}
		p.room.understudy.watchers.closed(c)
		if p.room.spectators != nil {
			p.room.spectators.closed(c)
		}
	}
}

// forget drops what was kept for a link that is over.
func (p *reception) forget(c *mesh.Conn) {
	delete(p.room.vouchers.of, c)
	p.room.early.forget(c)
}

// Unreached implements mesh.Owner.
func (p *reception) Unreached(machine uint8, why error) {
	if m := p.room.members[machine]; m != nil {
		p.room.chat.happened(Event{Kind: EventUnreached, Machine: int(machine), Name: m.Name, Text: m.Name + " cannot be reached yet: " + voiced(why.Error())})
	}
}

// greet sends this side's hello. The dialler's goes with the first flight, but for
// a proof, which needs the finished handshake: see vouching. A host answers whoever
// dials, so an answer says nothing of where it is or of the lobby.
func (p *reception) greet(c *mesh.Conn, purpose wire.Purpose) {
	r := p.room
	h := r.terms.hello()
	h.Purpose, h.Name = purpose, r.node.name
	h.MaxSeats = uint8(r.maxSeats) // a guest's own, before it has a roster
	switch purpose {
	case wire.JoinLobby:
		if r.watching != nil {
			h.Purpose, h.Addrs, h.Offer = wire.WatchLobby, r.node.shownAddrs(), r.node.offer()
			r.vouchers.vouch(c, &h)
			break
		}
		h.Players, h.Ready, h.Waits = r.own.said(), r.ready, r.config.Wait
		h.Addrs, h.Offer = r.node.shownAddrs(), r.node.offer()
		r.vouchers.vouch(c, &h)
	case wire.WatchOn:
		h.Addrs, h.Offer, h.Proof = r.node.shownAddrs(), r.node.offer(), r.watching.pass
		if r.watching.show != nil {
			h.Lobby = uint64(audience.Tag(r.watching.show.Match))
		}
	case wire.JoinMesh:
		h.Lobby = r.id
	case wire.Answer:
		r.vouchers.hostVouches(c, &h)
	}
	c.Greet(&h)
}

// refuse closes a link with a reason, and the sentence that says it; if it was this
// side's only way to the host, the lobby is over for it.
func (p *reception) refuse(c *mesh.Conn, why Reason, sentence string) {
	r := p.room
	c.Link.Close(link.CodeRefused.With(uint8(why)), sentence)
	switch {
	case r.guest == nil || c != r.guest.host && c.Purpose != wire.JoinLobby:
	case r.state == Connecting:
		r.guest.turnedAway(c, &RefusedError{Code: why, Reason: sentence}, fromGame)
	default:
		r.end(&RefusedError{Code: why, Reason: sentence})
	}
}

// memberGone takes a member off the roster (host) or waits for the host to do so; if it is
// the host another one is found.
func (r *Room) memberGone(m *member, why *link.CloseError) {
	switch {
	case r.office.isElsewhere(m, why):
		r.end(&RefusedError{Code: ReasonNotHosting, Reason: why.Reason})
	case r.Hosting():
		if r.leftBehind(m, why); r.state == Ended {
			return
		}
		r.members[m.Machine] = nil
		r.mesh.Drop(m.Machine)
		if m.announced {
			if why == nil || why.Code != link.CodeKicked {
				r.lastWords(m)
			}
			r.tell(wire.News{Event: goneEvent(why), Machine: m.Machine, Name: m.Name})
		}
		r.rosterChanged()
	case m.Machine == r.office.host:
		r.guest.hostLost(m, why)
	default:
		r.tellStatus()
	}
}

// goneEvent is what all are told of a member that is gone.
func goneEvent(why *link.CloseError) wire.Event {
	switch {
	case why != nil && why.Code == link.CodeLeft:
		return wire.Left
	case why != nil && why.Code == link.CodeKicked:
		return wire.SentAway
	}
	return wire.Lost
}
