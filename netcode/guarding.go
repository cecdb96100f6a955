package netcode

import (
	"crypto/hmac"
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const (
	firstGuessLine = 2 * time.Second // from a wrong proof to the line that tells the host
	kickPause      = time.Minute     // for who comes from where somebody was kicked
	maxKicked      = wire.MaxKicked  // kicked ones that are remembered; when full the oldest is forgotten
)

// guarding is who is let in, and what a host knows of those who are not. Owner: the
// authority.
type guarding struct {
	room       *Room
	pauses     source.Pauses // after wrong proofs
	guesses    tally         // wrong proofs
	misfits    misfits
	line       line
	doubles    doubles
	lastMisfit string // what was told of the last of them
	kicked     []kicked
}

// kicked is somebody whom the host has asked to go. Who makes himself a new
// identity is at least held up.
type kicked struct {
	key   link.Key
	from  netip.Prefix // the host's network; the zero Prefix if that is not known
	until time.Duration
}

// askedToJoin: the host decides about a newcomer.
func (g *guarding) askedToJoin(c *mesh.Conn, h *wire.Hello, name string) {
	if h.Purpose != wire.JoinLobby {
		g.askedToWatch(c, h, name)
		return
	}
	why, words := g.noPlace(c.Link.Peer(), len(h.Players))
	_, here := g.isHere(c.Link.Peer())
	switch {
	case g.turnedAway(c, h):
	case g.seatsDiffer(h, name) != "":
		g.misfit(c, name, ReasonSeats, g.seatsDiffer(h, name))
	case why != ReasonUnknown:
		if !g.line.take(c, h, name, why) {
			g.room.reception.refuse(c, why, words)
		}
	case here && c.Link.Peer() == g.room.node.endpoint.Key():
		g.room.reception.refuse(c, ReasonTwice, twiceWords)
	case here:
		g.doubles.hold(c, h, name)
	case g.uninvited(c) != "":
		g.room.reception.refuse(c, ReasonInvite, g.uninvited(c))
	default:
		g.room.authority.admit(c, h)
	}
}

// silentIsGone is for how long a member must not have been heard for one with the same key
// to be taken for himself, who has come back: in a match, and while there is none, when a
// sign of life comes once a second only.
const (
	silentIsGone     = 500 * time.Millisecond
	silentIsGoneIdle = 3 * time.Second
)

// isHere reports whether a member with this key is there, and is not known to be gone, and when it
// was heard last.
func (g *guarding) isHere(key link.Key) (heard time.Duration, here bool) {
	r := g.room
	m := r.members.byKey(key)
	if m == nil || m.Machine == r.me {
		return r.now(), m != nil
	}
	silent := silentIsGoneIdle
	if r.state == Playing {
		silent = silentIsGone
	}
	c := r.mesh.To(m.Machine)
	if c == nil {
		return 0, false
	}
	return c.Heard(), c.Link.State() != link.Closed && r.now()-c.Heard() < silent
}

// turnedAway refuses who was kicked, or does not know what the lobby asks for, and reports
// whether it has.
func (g *guarding) turnedAway(c *mesh.Conn, h *wire.Hello) bool {
	switch {
	case g.keptOut(c) != "":
		g.room.reception.refuse(c, ReasonSentAway, g.keptOut(c))
	case g.room.vouchers.on(c).watch && h.Purpose != wire.WatchLobby:
		g.room.reception.refuse(c, ReasonSecretWrong, "this code is for those who watch, and gives nobody a seat: watch by it, or ask the host for what players join by")
	case g.needsSecret(c) && h.Credential == wire.CredentialNone:
		g.room.reception.refuse(c, ReasonSecretNeeded, g.asksFor())
	case g.needsSecret(c) && !g.room.vouchers.on(c).shown:
		g.wrongProof(c)
		g.room.reception.refuse(c, ReasonSecretWrong, g.wrongSecret(h.Credential))
	default:
		return false
	}
	return true
}

// passedBy refuses who says that the host before has let him watch, if that is not so, or
// he was kicked. It reports whether it has.
func (g *guarding) passedBy(c *mesh.Conn, h *wire.Hello) bool {
	pass := watchPass(g.room.authority.watchSecret, c.Link.Peer())
	switch {
	case g.keptOut(c) != "":
		g.room.reception.refuse(c, ReasonSentAway, g.keptOut(c))
	case !hmac.Equal(h.Proof[:], pass[:]):
		g.room.reception.refuse(c, ReasonUnwatched, "no host of this lobby has let you watch: come by what one watches it by")
	default:
		return false
	}
	return true
}

// askedToWatch: the host decides about one who wants to see the matches.
func (g *guarding) askedToWatch(c *mesh.Conn, h *wire.Hello, name string) {
	switch all := g.room.spectators; {
	case h.Purpose == wire.WatchOn && g.passedBy(c, h):
	case h.Purpose == wire.WatchLobby && g.turnedAway(c, h):
	case all == nil:
		g.room.reception.refuse(c, ReasonUnwatched, "the host of this lobby lets nobody watch")
	case all.full() != "":
		g.room.reception.refuse(c, ReasonUnwatched, all.full())
	default:
		if why := g.uninvited(c); why != "" {
			g.room.reception.refuse(c, ReasonInvite, why)
			return
		}
		all.admit(c, h, name)
	}
}

// wrongProof notes that a connection has tried a secret that is not one of this
// lobby. Who calls it closes the connection.
func (g *guarding) wrongProof(c *mesh.Conn) {
	now, from := g.room.now(), c.Link.Source()
	g.pauses.Wrong(from, now)
	guesses := &g.guesses
	where := "someone who comes through a relay"
	if from.IsValid() {
		where = "someone at " + from.Unmap().WithZone("").String()
	}
	if guesses.add(where) {
		guesses.lineAt = max(guesses.lineAt, now+firstGuessLine)
	}
}

// mayTry reports whether a connection may try a secret now: a source of many wrong
// ones has to wait, and until then its proofs are not looked at.
func (g *guarding) mayTry(c *mesh.Conn) bool {
	return g.pauses.Wait(c.Link.Source(), g.room.now()) <= 0
}

// pauseWords says so to a guest.
func (g *guarding) pauseWords(c *mesh.Conn) string {
	wait := g.pauses.Wait(c.Link.Source(), g.room.now())
	return fmt.Sprintf("many wrong secrets have come from your network: try again in %d seconds", int(wait/time.Second)+1)
}

// tellGuesses tells the host of wrong proofs, all that came within a while in one
// line.
func (g *guarding) tellGuesses(now time.Duration) {
	guesses := &g.guesses
	if !guesses.due(now) {
		return
	}
	count, who, often := guesses.take(now)
	g.room.chat.happened(Event{Kind: EventGuess, Count: count, Text: who + " tried a wrong secret" + often})
}

// keepOut remembers somebody who was kicked.
func (g *guarding) keepOut(m *member) {
	k := kicked{key: m.Key, until: g.room.now() + kickPause}
	if c := g.room.mesh.Latest(m.Machine); c != nil && !c.Link.Source().IsLoopback() {
		k.from = source.Household(c.Link.Source())
	}
	all := &g.kicked
	if len(*all) == maxKicked {
		*all = append((*all)[:0], (*all)[1:]...)
	}
	*all = append(*all, k)
	g.room.authority.rosterChanged()
}

// keptOut says in words why a connection is not let in after somebody was kicked,
// "" if nothing is in its way. On this very computer only the key counts: copies
// of the game that run side by side come from one address.
func (g *guarding) keptOut(c *mesh.Conn) string {
	from, now := source.Household(c.Link.Source()), g.room.now()
	for _, k := range g.kicked {
		switch {
		case k.key == c.Link.Peer():
			return "the host has asked you to leave this lobby"
		case from.IsValid() && from == k.from && now < k.until:
			return "the host has asked a player at your address to leave: try again in a minute"
		}
	}
	return ""
}

// uninvited says why a guest may not come who has proven to know the invite, or
// "" if nothing is wrong with that.
func (g *guarding) uninvited(c *mesh.Conn) string {
	i := g.room.doors.inviting
	if i == nil || !g.needsSecret(c) || g.room.vouchers.on(c).by != wire.CredentialInvite {
		return ""
	}
	if err := i.Admit(c.Link.Peer()); err != nil {
		return voiced(err.Error())
	}
	return ""
}

// needsSecret reports whether a guest must prove something. A secret is asked of
// everybody. A code or an invite is for those far away: a lobby on the list of the
// local network is open to whoever is on a network of this computer.
func (g *guarding) needsSecret(c *mesh.Conn) bool {
	return g.asksNearby() || g.asksAfar() && !g.room.node.networks.local(c.Link.Source(), g.room.now())
}

// asksFor says to who has come with nothing what the lobby wants.
func (g *guarding) asksFor() string {
	const by = ": join by that, not by the address"
	switch {
	case g.room.vouchers.password != nil:
		return "this lobby asks for a secret"
	case g.room.doors.coded && g.room.config.Invite:
		return "this lobby asks for its code or an invite" + by
	case g.room.config.Invite:
		return "this lobby asks for an invite" + by
	}
	return "this lobby asks for its code" + by
}

// asksNearby reports whether a guest from a local network must prove something.
func (g *guarding) asksNearby() bool {
	return g.room.vouchers.password != nil || g.asksAfar() && !g.room.config.LAN
}

// asksAfar reports whether a guest from elsewhere must.
func (g *guarding) asksAfar() bool {
	return g.room.vouchers.password != nil || g.room.doors.coded || g.room.config.Invite
}

// wrongSecret is what a guest reads who does not know what the lobby asks for, or was
// given something else.
func (g *guarding) wrongSecret(by wire.Credential) string {
	if by == wire.CredentialSecret && g.room.vouchers.password == nil || by == wire.CredentialCode && !g.room.doors.coded && !g.room.doors.watchers.coded || by == wire.CredentialInvite && !g.room.config.Invite {
		return g.asksFor()
	}
	what := credentialWords(by)
	return fmt.Sprintf("the %s is not the one of this lobby: ask the host for the %s", what, what)
}
