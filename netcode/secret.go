package netcode

import (
	"crypto/rand"
	"fmt"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// What a lobby asks for is shown by both sides, for this very link only, so that
// nobody in the middle can pass it on: he has two links, and each has a binding
// of its own. How depends on what it is.
//
// A secret that a player has chosen can be guessed. The two run SPAKE2 (package
// spake2): shares go with the greetings, then the guest's proof, then the host's.
// That is one round trip more, and leaves nothing to guess at to either of them,
// nor to who records it.
//
// A code's or an invite's check has 55 stretched or 64 random bits, and the host's
// key came sealed by the code, or is named by the invite: the guest greets nobody
// else. So a plain proof goes with the greeting, and the host answers with its own
// to those only who have shown theirs.

// vouching is how a guest and a host show each other, on one link, that they know
// what the lobby asks for. Owner: the conn.
type vouching struct {
	by     wire.Credential // what the guest was given
	shown  bool            // the other side has shown that it knows it
	run    *spake2.Run     // by secret: guest, until the host's share has come
	share  []byte          // by secret: the host's, to answer with
	proofs *spake2.Proofs  // by secret: until the other side's proof has come
	hello  *wire.Hello     // by secret: the greeting that is judged when it has
}

// secretUse keeps a secret that is used elsewhere too another password.
const secretUse = "visavis lobby secret v1"

// password makes a secret ready for runs, once for a lobby; nil for none.
func password(side spake2.Side, secret string) *spake2.Password {
	if secret == "" {
		return nil
	}
	return spake2.New(side, secretUse, []byte(secret))
}

// check returns the check of the code or the invite, if this side knows one.
func (r *Room) check(by wire.Credential) (check [32]byte, ok bool) {
	switch {
	case by == wire.CredentialCode && r.meeting.hosting != nil:
		return r.meeting.hosting.Check()
	case by == wire.CredentialInvite && r.meeting.inviting != nil:
		return r.meeting.inviting.Check(), true
	case r.meeting.attempt != nil && by == r.credential():
		return r.meeting.attempt.Check()
	}
	return check, false
}

// credential is what this guest was given to get in with.
func (r *Room) credential() wire.Credential {
	switch {
	case r.meeting.attempt != nil && r.invite.keyHash != nil:
		return wire.CredentialInvite
	case r.meeting.attempt != nil:
		return wire.CredentialCode
	case r.password != nil:
		return wire.CredentialSecret
	}
	return wire.CredentialNone
}

// vouch puts into a guest's greeting what shows that it may come.
func (c *conn) vouch(h *wire.Hello) {
	v := &c.vouching
	v.by = c.room.credential()
	h.Credential = v.by
	switch v.by {
	case wire.CredentialSecret:
		v.run = c.startRun()
		h.Share = v.run.Share()
	case wire.CredentialCode, wire.CredentialInvite:
		h.Proof = c.proof(invite.Guest)
	}
}

// hostVouches puts into a host's answer what it has to show to this guest.
func (c *conn) hostVouches(h *wire.Hello) {
	h.Share = c.vouching.share
	if c.vouching.shown {
		h.Proof = c.proof(invite.Host)
	}
}

// examined looks at what a guest has to show, unless it comes from where too many
// were wrong. It reports false if the link is closed with that. There is one run
// for a link, which costs a small part of what the handshake has cost.
func (r *Room) examined(c *conn, h *wire.Hello) bool {
	v := &c.vouching
	if h.Credential != wire.CredentialNone && r.needsSecret(c) && !r.mayTry(c) {
		r.refuse(c, ReasonPause, r.pauseWords(c)) // and no answer, which the guest would take for another secret's
		return false
	}
	v.by = h.Credential
	switch {
	case v.by == wire.CredentialSecret && r.password != nil:
		run := c.startRun()
		proofs, err := run.Finish(h.Share, c.vouchedLink())
		if err != nil {
			c.link.Close(link.CodeProtocol, "the other side sent something that is not visavis")
			return false
		}
		v.share, v.proofs, v.hello = run.Share(), proofs, h
	case v.by == wire.CredentialCode, v.by == wire.CredentialInvite:
		v.shown = c.shows(h, invite.Guest)
	}
	return true
}

// hostShows takes the host's answer. It reports false if the host does not know
// what this guest was given; if that is a secret, its proof has yet to come.
func (c *conn) hostShows(h *wire.Hello) bool {
	v := &c.vouching
	switch v.by {
	case wire.CredentialSecret:
		proofs, err := v.run.Finish(h.Share, c.vouchedLink())
		if err != nil {
			return false // without a share the lobby asks for no secret
		}
		v.proofs, v.hello = proofs, h
		c.send(&wire.Proof{MAC: proofs.Mine})
		return true
	case wire.CredentialCode, wire.CredentialInvite:
		v.shown = c.shows(h, invite.Host)
		return v.shown
	}
	return true
}

// proofCame ends a run: the guest's proof comes first, the host answers with its
// own if that is right, so who guesses learns no more than whether he was.
func (r *Room) proofCame(c *conn, m *wire.Proof) {
	v := &c.vouching
	if v.proofs == nil {
		c.link.Close(link.CodeProtocol, "a proof that nobody asked for")
		return
	}
	if !c.link.Dialled() && !r.mayTry(c) {
		r.refuse(c, ReasonPause, r.pauseWords(c)) // it has tried on other links meanwhile
		return
	}
	v.shown = v.proofs.Shown(m.MAC)
	mine := v.proofs.Mine
	v.proofs = nil
	name := cleanName(v.hello.Name)
	switch {
	case c.link.Dialled() && !v.shown:
		r.refuse(c, ReasonSecretWrong, otherSecret(name, v.by))
	case !c.link.Dialled():
		if v.shown {
			c.send(&wire.Proof{MAC: mine})
		}
		r.askedToJoin(c, v.hello, name)
	}
}

// credentialWords is what a player calls what a guest was given.
func credentialWords(by wire.Credential) string {
	switch by {
	case wire.CredentialCode:
		return "code"
	case wire.CredentialInvite:
		return "invite"
	}
	return "secret"
}

// otherSecret is what a guest reads whose host does not know what it was given.
func otherSecret(name string, by wire.Credential) string {
	return fmt.Sprintf("%s's lobby has another %s than the one you gave", name, credentialWords(by))
}

// wrongSecret is what a guest reads who does not know what the lobby asks for, or was
// given something else.
func (r *Room) wrongSecret(by wire.Credential) string {
	if by == wire.CredentialSecret && r.config.Secret == "" || by == wire.CredentialCode && !r.meeting.coded || by == wire.CredentialInvite && !r.config.Invite {
		return r.asksFor()
	}
	what := credentialWords(by)
	return fmt.Sprintf("the %s is not the one of this lobby: ask the host for the %s", what, what)
}

func (c *conn) startRun() *spake2.Run {
	run, err := c.room.password.Start(rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return run
}

// vouchedLink is what a run's proofs hold for.
func (c *conn) vouchedLink() spake2.Link {
	mine, theirs, binding := c.room.node.endpoint.Key(), c.link.Peer(), c.link.Binding()
	if c.link.Dialled() {
		return spake2.Link{Dialler: mine[:], Listener: theirs[:], Binding: binding[:]}
	}
	return spake2.Link{Dialler: theirs[:], Listener: mine[:], Binding: binding[:]}
}

// proof shows to know the check of the code or the invite; it is zero without.
func (c *conn) proof(side invite.Side) (mac [32]byte) {
	check, ok := c.room.check(c.vouching.by)
	if !ok {
		return mac
	}
	binding := c.link.Binding()
	return invite.Proof(check, side, binding[:])
}

// shows reports whether the other side's greeting has the proof that it knows the
// check.
func (c *conn) shows(h *wire.Hello, side invite.Side) bool {
	check, ok := c.room.check(c.vouching.by)
	binding := c.link.Binding()
	return ok && invite.Proven(check, side, binding[:], h.Proof[:])
}

// needsSecret reports whether a guest must prove something. A secret is asked of
// everybody. A code or an invite is for those far away: a lobby on the list of the
// local network is open to whoever is on a network of this computer.
func (r *Room) needsSecret(c *conn) bool {
	return r.asksNearby() || r.asksAfar() && !r.node.networks.local(c.link.Source(), r.now())
}

// asksFor says to who has come with nothing what the lobby wants.
func (r *Room) asksFor() string {
	const by = ": join by that, not by the address"
	switch {
	case r.config.Secret != "":
		return "this lobby asks for a secret"
	case r.meeting.coded && r.config.Invite:
		return "this lobby asks for its code or an invite" + by
	case r.config.Invite:
		return "this lobby asks for an invite" + by
	}
	return "this lobby asks for its code" + by
}

// asksNearby reports whether a guest from a local network must prove something.
func (r *Room) asksNearby() bool {
	return r.config.Secret != "" || r.asksAfar() && !r.config.LAN
}

// asksAfar reports whether a guest from elsewhere must.
func (r *Room) asksAfar() bool {
	return r.config.Secret != "" || r.meeting.coded || r.config.Invite
}
