package netcode

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// codeTimeout is how long a guest tries to join by code: long enough for
// punching and for a relay after it.
const codeTimeout = 45 * time.Second

// lateWord is how long a guest waits to be told why the host was not reached.
const lateWord = 5 * time.Second

// joining is the way of a guest to the host: by address, by code or by invite. Owner: the
// guest.
type joining struct {
	room     *Room
	invite   invitation          // where the host is
	calling  calling             // by address
	attempt  *pathfinder.Attempt // by code or invite
	hope     bool                // the host was dialled before there was a path
	foundAt  time.Duration       // and when there was one
	deadline time.Duration       // then it is given up, in waking time
	napped   time.Duration       // for how long this loop stood still when the host gave it up for that; 0 if it never did
	knocks   int                 // how often the host was too busy with strangers
	knockAt  time.Duration       // and when it is called again
	host     *mesh.Conn          // the link to the host that has let this guest in
}

// newGuest makes a room that looks for its host until a deadline.
func newGuest(node *Node, t terms, config LobbyConfig, deadline time.Duration) *guest {
	r := newRoom(node, t, config)
	r.met = r.now()
	r.guest = &guest{room: r, joining: joining{room: r, deadline: deadline}}
	return r.guest
}

// joinLobby dials a host. It returns at once, Connecting.
func joinLobby(node *Node, t terms, inv invitation, config LobbyConfig) *Room {
	g := newGuest(node, t, config, joinTimeout)
	g.invite = inv
	g.room.vouchers.password = password(spake2.Dialler, config.Secret)
	g.beginCalling()
	return g.room
}

// joinByCode looks for the host who has made a code. It returns at once,
// Connecting.
func joinByCode(node *Node, t terms, code invite.Code, config LobbyConfig) (*Room, error) {
	if node.config.Rendezvous == "" || node.finder == nil {
		return nil, &ConnectError{Code: ReasonNoServer, Address: code.String(), Reason: "a code needs a rendezvous server, and none is set"}
	}
	g := newGuest(node, t, config, codeTimeout)
	g.invite.text = code.String()
	g.room.doors.code, g.room.doors.coded = code, true
	g.attempt = node.finder.Join(code)
	return g.room, nil
}

// joinByInvite looks for the host who has made an invite. It returns at once,
// Connecting.
func joinByInvite(node *Node, t terms, text string, config LobbyConfig) (*Room, error) {
	fail := func(reason string) (*Room, error) {
		return nil, &ConnectError{Code: ReasonInviteText, Address: text, Reason: voiced(reason)}
	}
	inv, err := invite.Parse(text)
	if err != nil {
		return fail(err.Error())
	}
	if node.finder == nil {
		return fail("an invite needs a real UDP socket")
	}
	node.startMapper()
	attempt, err := node.finder.Answer(inv)
	if err != nil {
		return fail(err.Error())
	}
	// The attempt knows better words before the time is over.
	g := newGuest(node, t, config, pathfinder.InviteLife+lateWord)
	g.invite = invitation{text: "the host of the invite", keyHash: &inv.Host}
	g.attempt = attempt
	return g.room, nil
}

// redialAfter is how long a connection that was dialled in hope has to come
// about once there is a path that is proven.
const redialAfter = 50 * time.Millisecond

// stepMeeting dials the host: in hope as soon as there is an address, and again
// when there is a path and no answer yet. Whichever answers first is used.
func (j *joining) stepMeeting() {
	a := j.attempt
	if a == nil || j.room.state != Connecting || j.host != nil || j.room.now() < j.knockAt {
		return
	}
	if err := a.Err(); err != nil {
		j.room.end(&ConnectError{Code: ReasonNoWay, Address: j.invite.text, Reason: voiced(err.Error())})
		return
	}
	dialled, greeted := j.callsToHost()
	hoped, hope := a.Hoped()
	virtual, found := a.Virtual()
	switch {
	case greeted || dialled == 2:
	case dialled == 0 && hope:
		j.hope = true
		j.dialHost(a, hoped)
	case dialled == 0 && found:
		j.dialHost(a, virtual)
	case found && j.hope && j.foundAt == 0:
		j.foundAt = j.room.now()
	case found && j.hope && j.room.now()-j.foundAt >= redialAfter:
		j.dialHost(a, virtual)
	}
}

// callsToHost counts the connections to the host that are being made, and says
// whether one of them is greeted by already.
func (j *joining) callsToHost() (dialled int, greeted bool) {
	for _, c := range j.room.mesh.Conns() {
		if c.Purpose == wire.JoinLobby {
			dialled++
			greeted = greeted || c.Greeted()
		}
	}
	return dialled, greeted
}

func (j *joining) dialHost(a *pathfinder.Attempt, addr netip.AddrPort) {
	j.room.met = j.room.now() - a.Known()
	key := link.Key(a.PeerKey()) // sealed with the code: it is the host's
	pin := &key
	if j.invite.keyHash != nil {
		pin = nil // isMeant sees to it
	}
	j.room.mesh.Dial(addr, pin, wire.JoinLobby).Secured = j.greetHost
}

// greetHost greets a host who was named, by its key, as soon as it is known to be
// the one, over the first connection to it that is secure.
func (j *joining) greetHost(c *mesh.Conn) {
	if _, greeted := j.callsToHost(); greeted || !j.isMeant(c) {
		return
	}
	j.room.reception.greet(c, wire.JoinLobby)
	c.Renew()
	for _, other := range j.room.mesh.Conns() {
		if other.Purpose == wire.JoinLobby && other != c {
			other.Link.Close(link.CodeDone, "another call was answered first")
		}
	}
}

// answeredByHost: the host has greeted back. Its welcome or refusal follows.
func (j *joining) answeredByHost(c *mesh.Conn, h *wire.Hello, name string) {
	if !j.isMeant(c) {
		return
	}
	switch {
	case !j.room.vouchers.hostShows(c, h):
		words := otherSecret(name, j.room.vouchers.on(c).by)
		if j.room.vouchers.on(c).by == wire.CredentialSecret && len(h.Share) == 0 {
			words += ", or none, or is another player's by now" // a guest shows nothing either
		}
		j.room.reception.refuse(c, ReasonSecretWrong, words)
	case j.room.terms.maxSeats < int(h.MaxSeats):
		j.room.reception.refuse(c, ReasonSeats, fmt.Sprintf("%s's lobby takes %d players, your game %d at most", name, h.MaxSeats, j.room.terms.maxSeats))
	case j.room.terms.minSeats > int(h.MinSeats):
		j.room.reception.refuse(c, ReasonSeats, fmt.Sprintf("%s's lobby plays with %d, your game needs %d players", name, h.MinSeats, j.room.terms.minSeats))
	default:
		j.takeTerms(c, h, name)
	}
}

// takeTerms takes the host's word on who is gone and who comes late.
func (j *joining) takeTerms(c *mesh.Conn, h *wire.Hello, name string) {
	t, absent, late, discord := &j.room.terms, Absence(h.Absent), LateJoin(h.Late), Discord(h.Desync)
	goesOn := late != LateNever || discord != DesyncEnds
	switch {
	case absent > AbsentEnds || late > LateAnybody || discord > DesyncOutvotes || absent == AbsentEnds && goesOn:
		j.room.reception.refuse(c, ReasonVersion, name+"'s game has something else in mind for those who leave or stray than yours knows: both need the same version")
	case absent == AbsentBot && !t.bot:
		j.room.reception.refuse(c, ReasonVersion, name+"'s game has bots for the seats of those who leave, and yours has none (Config.Bot): both need the same version")
	default:
		t.absent, t.lateJoin, t.discord = absent, late, discord
	}
}

// isMeant reports whether the host's key is the one that the address or invite
// names, if it names one; if not, the lobby is over.
func (j *joining) isMeant(c *mesh.Conn) bool {
	if fp := j.invite.fingerprint; fp != "" && fp != c.Link.Peer().Fingerprint() {
		j.room.reception.refuse(c, ReasonImpostor, fmt.Sprintf("somebody else answers at %s: the fingerprint is not the one in the address", j.invite.text))
		return false
	}
	if hash := j.invite.keyHash; hash != nil && *hash != invite.KeyHash(c.Link.Peer()) {
		j.room.reception.refuse(c, ReasonImpostor, "somebody else answers where the host should be: ask the host for a new invite")
		return false
	}
	return true
}

// checkTime gives up when the time to reach the host is over.
func (j *joining) checkTime() {
	if j.room.state == Connecting && j.room.guest.waiting.conn == nil && j.room.vigil.awake > j.deadline {
		j.room.end(j.notFound())
	}
}

func (j *joining) notFound() error {
	if j.napped > 0 {
		return &ConnectError{Code: ReasonStoodStill, Address: j.invite.text, Reason: fmt.Sprintf("the host's game waited for this one, which stood still for %.1f seconds while it joined: try again", j.napped.Seconds())}
	}
	if j.invite.keyHash != nil {
		return &ConnectError{Code: ReasonExpired, Address: j.invite.text, Reason: "the invite has expired before the host was reached: ask the host for a new one"}
	}
	if j.attempt != nil && j.attempt.Trouble() != "" {
		return &ConnectError{Code: ReasonNoWay, Address: j.invite.text, Reason: voiced(j.attempt.Trouble())}
	}
	if j.attempt != nil {
		return &ConnectError{Code: ReasonNoWay, Address: j.invite.text, Reason: fmt.Sprintf("nobody with the code %s could be reached: is it still the right one, and is the host's lobby open?", j.invite.text)}
	}
	return j.unanswered()
}

const (
	maxKnocks  = 4                      // calls again of a host who is busy with strangers
	knockPause = 250 * time.Millisecond // before the first of them, at least; it doubles
)

// knockAgain lets this guest call a host again, in a while, who had to send it away
// with others whom it does not know. It reports false if that was done often enough.
func (j *joining) knockAgain() bool {
	if j.knocks == maxKnocks {
		return false
	}
	j.knockAt = j.room.now() + knockPause<<j.knocks
	j.knocks++
	return true
}

// sleptThrough reports whether a host gave this guest up while its loop stood still, as
// that of a game does which loads its pictures: what the host waited for, a greeting or
// a proof, goes out in Poll. Such a call is worth another one, and the next one only if
// the loop stands still during that as well.
func (j *joining) sleptThrough(c *mesh.Conn, why *link.CloseError) bool {
	return why.Remote && why.Code == link.CodeProtocol && j.room.vigil.stoodAt > c.Made()
}

// closed takes notice of a call to the host that is over.
func (j *joining) closed(c *mesh.Conn, why *link.CloseError) {
	switch {
	case why.Code == link.CodeBusy && j.knockAgain():
	case j.sleptThrough(c, why):
		j.host, j.napped = nil, j.room.vigil.stood // and it is called again
	case j.attempt == nil:
		j.callFailed(c, why)
	case why.Remote: // else a path that was found may yet be replaced by a better one
		j.room.end(connectFailure(j.invite.text, why))
	}
}

// end gives up what is still being looked for.
func (j *joining) end() {
	if j.attempt != nil {
		j.attempt.Close()
	}
	j.endCalling()
}

// Reply returns what a guest who has joined with an invite sends back to the
// host, and whether it is ready; "" in any other case. It is of no use any more
// once the lobby is Gathering.
func (r *Room) Reply() (text string, ready bool) {
	if r.guest == nil || r.guest.attempt == nil {
		return "", false
	}
	return r.guest.attempt.Reply()
}

// ReplyLetters returns the reply in capital letters and digits, for a QR picture.
func (r *Room) ReplyLetters() string {
	if r.guest == nil || r.guest.attempt == nil {
		return ""
	}
	return r.guest.attempt.ReplyLetters()
}
