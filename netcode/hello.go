package netcode

import (
	"fmt"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// greet sends this side's hello. The dialler's goes with the first flight, but for
// a proof, which needs the finished handshake: see vouching. A host answers whoever
// dials, so an answer says nothing of where it is or of the lobby.
func (c *conn) greet(purpose wire.Purpose) {
	r := c.room
	h := r.terms.hello()
	h.Purpose, h.Name = purpose, r.node.name
	h.MaxSeats = uint8(r.maxSeats) // a guest's own, before it has a roster
	switch purpose {
	case wire.JoinLobby:
		h.Players, h.Ready = r.said(), r.ready
		h.Addrs, h.Offer = r.node.shownAddrs(), r.node.offer()
		c.vouch(&h)
	case wire.JoinMesh:
		h.Lobby = r.id
	case wire.Answer:
		c.hostVouches(&h)
	}
	c.greeted = true
	c.send(&h)
}

// greetHost greets a host who was named, by its key, as soon as it is known to be
// the one, over the first connection to it that is secure.
func (r *Room) greetHost(c *conn) {
	if c.purpose != wire.JoinLobby || c.greeted || c.link.State() == link.Closed || c.link.Binding() == [32]byte{} {
		return
	}
	if _, greeted := r.callsToHost(); greeted || !r.isMeant(c) {
		return
	}
	c.greet(wire.JoinLobby)
	c.since = r.now()
	for _, other := range r.conns {
		if other.purpose == wire.JoinLobby && other != c {
			other.link.Close(link.CodeDone, "another call was answered first")
		}
	}
}

// hello judges a peer's greeting. Both sides judge, so both know why.
func (r *Room) hello(c *conn, h *wire.Hello) {
	name := cleanName(h.Name)
	if c.link.Dialled() != (h.Purpose == wire.Answer) || c.link.Dialled() && !c.greeted {
		c.link.Close(link.CodeProtocol, "the greeting is the wrong way round")
		return
	}
	if !c.link.Dialled() {
		// The answer comes before the verdict, so that the dialler can see
		// the difference with its own eyes.
		if r.host && h.Purpose == wire.JoinLobby && !r.examined(c, h) {
			return
		}
		c.greet(wire.Answer)
	}
	if d := r.terms.difference(h, name); d != "" {
		if h.Purpose == wire.JoinLobby {
			r.misfit(c, name, r.terms.differs(h), d)
		} else {
			r.refuse(c, r.terms.differs(h), d)
		}
		return
	}
	switch {
	case c.link.Dialled() && c.purpose == wire.JoinLobby:
		r.answeredByHost(c, h, name)
	case c.link.Dialled():
		r.answeredByMember(c)
	case h.Purpose == wire.JoinLobby && c.vouching.proofs != nil:
		// The verdict waits for the proof, or for the end of the time for a hello.
	case h.Purpose == wire.JoinLobby:
		r.askedToJoin(c, h, name)
	default:
		r.askedToMesh(c, h)
	}
}

// refuse closes a link with a reason, and the sentence that says it; if it was this
// side's only way to the host, the lobby is over for it.
func (r *Room) refuse(c *conn, why Reason, sentence string) {
	c.link.Close(link.CodeRefused.With(uint8(why)), sentence)
	switch {
	case c.purpose != wire.JoinLobby:
	case r.state == Connecting:
		r.turnedAway(c, &RefusedError{Code: why, Reason: sentence}, fromGame)
	default:
		r.end(&RefusedError{Code: why, Reason: sentence})
	}
}

// answeredByHost: the host has greeted back. Its welcome or refusal follows.
func (r *Room) answeredByHost(c *conn, h *wire.Hello, name string) {
	if !r.isMeant(c) {
		return
	}
	switch {
	case !c.hostShows(h):
		r.refuse(c, ReasonSecretWrong, otherSecret(name, c.vouching.by))
	case r.terms.maxSeats < int(h.MaxSeats):
		r.refuse(c, ReasonSeats, fmt.Sprintf("%s's lobby takes %d players, your game %d at most", name, h.MaxSeats, r.terms.maxSeats))
	case r.terms.minSeats > int(h.MinSeats):
		r.refuse(c, ReasonSeats, fmt.Sprintf("%s's lobby plays with %d, your game needs %d players", name, h.MinSeats, r.terms.minSeats))
	}
}

// isMeant reports whether the host's key is the one that the address or invite
// names, if it names one; if not, the lobby is over.
func (r *Room) isMeant(c *conn) bool {
	if fp := r.invite.fingerprint; fp != "" && fp != c.link.Peer().Fingerprint() {
		r.refuse(c, ReasonImpostor, fmt.Sprintf("somebody else answers at %s: the fingerprint is not the one in the address", r.invite.text))
		return false
	}
	if hash := r.invite.keyHash; hash != nil && *hash != invite.KeyHash(c.link.Peer()) {
		r.refuse(c, ReasonImpostor, "somebody else answers where the host should be: ask the host for a new invite")
		return false
	}
	return true
}

// askedToJoin: the host decides about a newcomer.
func (r *Room) askedToJoin(c *conn, h *wire.Hello, name string) {
	switch {
	case !r.host:
		r.refuse(c, ReasonNotHosting, fmt.Sprintf("%s is not hosting: ask %s for the host's address", r.node.name, r.node.name))
	case r.keptOut(c) != "":
		r.refuse(c, ReasonSentAway, r.keptOut(c))
	case r.needsSecret(c) && h.Credential == wire.CredentialNone:
		r.refuse(c, ReasonSecretNeeded, r.asksFor())
	case r.needsSecret(c) && !c.vouching.shown:
		r.wrongProof(c)
		r.refuse(c, ReasonSecretWrong, r.wrongSecret(h.Credential))
	case r.state == Playing:
		r.refuse(c, ReasonPlaying, "the match has already started: try again when it is over")
	case r.seatsDiffer(h, name) != "":
		r.misfit(c, name, ReasonSeats, r.seatsDiffer(h, name))
	case r.noRoom(0, len(h.Players)) != "":
		r.refuse(c, r.noRoomReason(len(h.Players)), r.noRoom(0, len(h.Players)))
	case r.memberByKey(c.link.Peer()) != nil:
		r.refuse(c, ReasonTwice, "a player with the same identity is already here: is the game running twice?")
	default:
		if why := r.uninvited(c); why != "" {
			r.refuse(c, ReasonInvite, why)
			return
		}
		r.admit(c, h)
	}
}

// noRoom says in words why a machine that has some seats cannot have so many
// instead, or "" if it can.
func (r *Room) noRoom(has, wanted int) string {
	taken := r.seatsTaken() - has
	free := max(0, r.maxSeats-taken)
	switch {
	case r.terms.tooMuch(wanted) != "":
		return r.terms.tooMuch(wanted)
	case wanted <= has:
		return ""
	case free == 0:
		return fmt.Sprintf("the lobby is full: %d of %d seats are taken", taken, r.maxSeats)
	case wanted > free:
		return fmt.Sprintf("the lobby has no room for %d players on one machine: %d of %d seats are taken", wanted, taken, r.maxSeats)
	}
	return ""
}

// noRoomReason is what noRoom says: of the lobby, or of any.
func (r *Room) noRoomReason(wanted int) Reason {
	if wanted < 1 || r.terms.tooMuch(wanted) != "" {
		return ReasonSeats
	}
	return ReasonFull
}

// askedToMesh: a member of the same lobby wants the link between the two.
func (r *Room) askedToMesh(c *conn, h *wire.Hello) {
	c.lobby = h.Lobby
	if r.state == Connecting {
		return // the host's welcome is still on its way: adoptStrangers follows it
	}
	if h.Lobby != r.id {
		r.refuse(c, ReasonNotHosting, "that is another lobby")
		return
	}
	r.recognise(c) // who is not told does not know the number
	if m := r.memberByKey(c.link.Peer()); m != nil {
		r.linked(m, c)
	}
	// Otherwise the roster that names the peer is still on its way: it stays a
	// stranger until then, and is closed when the time for a hello is over.
}

func (r *Room) answeredByMember(c *conn) {
	if m := r.memberByKey(c.link.Peer()); m != nil {
		r.linked(m, c)
		return
	}
	c.link.Close(link.CodeDone, "not in the lobby any more")
}

// linked makes c the link to a member and tells the host. Who dials may try
// several addresses and takes what answers first; who listens learns of the
// choice when something is said, and keeps the others as spares until then.
func (r *Room) linked(m *member, c *conn) {
	if m.conn != nil && m.conn != c && m.conn.link.State() != link.Closed {
		if c.link.Dialled() {
			c.link.Close(link.CodeDone, "another address answered first")
		}
		return
	}
	c.machine, m.conn, m.linkedAt = int(m.Machine), c, r.now()
	for _, other := range m.dialling {
		if other != c {
			other.link.Close(link.CodeDone, "another address answered first")
		}
	}
	m.dialling = nil
	if c.link.Dialled() {
		c.send(&wire.Status{Players: r.said()}) // says which link it is
	}
	r.tellStatus()
}

// spare reports whether a link is one that a member has opened beside the one
// that is used.
func (c *conn) spare() bool {
	return c.machine < 0 && c.sawHello && c.lobby != 0 && c.lobby == c.room.id && !c.link.Dialled() && c.link.State() == link.Open
}

// chosen makes a spare link the one to its member.
func (r *Room) chosen(c *conn) {
	m := r.memberByKey(c.link.Peer())
	if m == nil {
		return // the roster that names it is still on its way
	}
	if m.conn != nil {
		m.conn.machine, m.conn.since = -1, r.now()
		r.releasePath(m.conn)
	}
	c.machine, m.conn = int(m.Machine), c
	if r.state == Playing {
		r.play.relink(m.Machine, c)
	}
	r.tellStatus()
}

// spareFor returns a spare link to a member, nil if there is none.
func (r *Room) spareFor(m *member) *conn {
	for _, c := range r.conns {
		if c.spare() && c.link.Peer() == m.Key {
			return c
		}
	}
	return nil
}

func (r *Room) memberByKey(key link.Key) *member {
	for _, m := range r.members {
		if m != nil && m.Key == key {
			return m
		}
	}
	return nil
}

// closed handles a link that is over.
func (r *Room) closed(c *conn, why *link.CloseError) {
	if c.purpose == wire.JoinLobby && r.state == Connecting {
		switch {
		case why.Code == link.CodeBusy && r.knockAgain():
		case r.sleptThrough(c, why):
			r.toHost, r.napped = nil, r.vigil.stood // and it is called again
		case r.meeting.attempt == nil:
			r.callFailed(c, why)
		case why.Remote: // else a path that was found may yet be replaced by a better one
			r.end(connectFailure(r.invite.text, why))
		}
		return
	}
	if c.machine < 0 {
		return
	}
	m := r.members[c.machine]
	if m == nil || m.conn != c {
		return
	}
	m.conn, m.lastConn = nil, c
	if other := r.spareFor(m); other != nil {
		r.chosen(other)
		return
	}
	if r.state == Playing && why.Code == link.CodeKicked && c.machine == 0 {
		r.end(r.hostGone(m, why)) // the others are told that this machine leaves
		return
	}
	if r.state == Playing {
		r.play.lostLink(uint8(c.machine), why)
		return // members are sorted out when the match is over
	}
	r.memberGone(m, why)
}

// memberGone takes a member off the roster (host) or waits for the host to do
// so; without the host the lobby is over.
func (r *Room) memberGone(m *member, why *link.CloseError) {
	switch {
	case r.host:
		r.members[m.Machine] = nil
		if m.announced {
			if why == nil || why.Code != link.CodeKicked {
				r.lastWords(m)
			}
			r.tell(wire.News{Event: goneEvent(why), Machine: m.Machine, Name: m.Name})
		}
		r.rosterChanged()
	case m.Machine == 0:
		r.end(r.hostGone(m, why))
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
