package netcode

import (
	"crypto/rand"
	"fmt"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
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
// what the lobby asks for. Owner: the vouchers.
type vouching struct {
	by     wire.Credential // what the guest was given
	shown  bool            // the other side has shown that it knows it
	watch  bool            // at a host: what it has shown is the code of those who watch
	run    *spake2.Run     // by secret: guest, until the host's share has come
	share  []byte          // by secret: the host's, to answer with
	proofs *spake2.Proofs  // by secret: until the other side's proof has come
	hello  *wire.Hello     // by secret: the greeting that is judged when it has
}

// vouchers are what is shown on the links of a room, and by what. Owner: the room.
type vouchers struct {
	room     *Room
	password *spake2.Password // of the lobby's secret; nil without one
	of       map[*mesh.Conn]*vouching
}

// on is what was shown on a link, until that is over.
func (s *vouchers) on(c *mesh.Conn) *vouching {
	v := s.of[c]
	if v == nil {
		v = new(vouching)
		s.of[c] = v
	}
	return v
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
func (s *vouchers) check(by wire.Credential) (check [32]byte, ok bool) {
	switch {
	case by == wire.CredentialCode && s.room.doors.hosting != nil:
		return s.room.doors.hosting.Check()
	case by == wire.CredentialInvite && s.room.doors.inviting != nil:
		return s.room.doors.inviting.Check(), true
	case s.room.guest != nil && s.room.guest.attempt != nil && by == s.credential():
		return s.room.guest.attempt.Check()
	}
	return check, false
}

// credential is what this guest was given to get in with.
func (s *vouchers) credential() wire.Credential {
	switch {
	case s.room.guest.attempt != nil && s.room.guest.invite.keyHash != nil:
		return wire.CredentialInvite
	case s.room.guest.attempt != nil:
		return wire.CredentialCode
	case s.password != nil:
		return wire.CredentialSecret
	}
	return wire.CredentialNone
}

// vouch puts into a guest's greeting what shows that it may come.
func (s *vouchers) vouch(c *mesh.Conn, h *wire.Hello) {
	v := s.on(c)
	v.by = s.credential()
	h.Credential = v.by
	switch v.by {
	case wire.CredentialSecret:
		v.run = s.startRun()
		h.Share = v.run.Share()
	case wire.CredentialCode, wire.CredentialInvite:
		h.Proof = s.proof(c, invite.Guest)
	}
}

// watchCheck returns the check of the code for those who watch, if this side knows it.
func (s *vouchers) watchCheck(by wire.Credential) (check [32]byte, ok bool) {
	if h := s.room.doors.watchers.hosting; by == wire.CredentialCode && h != nil {
		return h.Check()
	}
	return check, false
}

// hostVouches puts into a host's answer what it has to show to this guest.
func (s *vouchers) hostVouches(c *mesh.Conn, h *wire.Hello) {
	h.Share = s.on(c).share
	if s.on(c).shown {
		h.Proof = s.proof(c, invite.Host)
	}
}

// examined looks at what a guest has to show, unless it comes from where too many
// were wrong. It reports false if the link is closed with that. There is one run
// for a link, which costs a small part of what the handshake has cost.
func (s *vouchers) examined(c *mesh.Conn, h *wire.Hello) bool {
	v := s.on(c)
	if h.Credential != wire.CredentialNone && s.room.guarding.needsSecret(c) && !s.room.guarding.mayTry(c) {
		s.room.reception.refuse(c, ReasonPause, s.room.guarding.pauseWords(c)) // and no answer, which the guest would take for another secret's
		return false
	}
	v.by = h.Credential
	switch {
	case v.by == wire.CredentialSecret && s.password != nil:
		run := s.startRun()
		proofs, err := run.Finish(h.Share, s.vouchedLink(c))
		if err != nil {
			c.Link.Close(link.CodeProtocol, "the other side sent something that is not visavis")
			return false
		}
		v.share, v.proofs, v.hello = run.Share(), proofs, h
		c.Awaited = "the secret was not shown in time"
	case v.by == wire.CredentialCode, v.by == wire.CredentialInvite:
		if v.shown = s.shows(c, h, invite.Guest); !v.shown {
			v.watch = true
			v.shown = s.shows(c, h, invite.Guest)
			v.watch = v.shown
		}
	}
	return true
}

// hostShows takes the host's answer. It reports false if the host does not know
// what this guest was given; if that is a secret, its proof has yet to come.
func (s *vouchers) hostShows(c *mesh.Conn, h *wire.Hello) bool {
	v := s.on(c)
	switch v.by {
	case wire.CredentialSecret:
		proofs, err := v.run.Finish(h.Share, s.vouchedLink(c))
		if err != nil {
			return false // without a share the lobby asks for no secret
		}
		v.proofs, v.hello = proofs, h
		c.Send(&wire.Proof{MAC: proofs.Mine})
		return true
	case wire.CredentialCode, wire.CredentialInvite:
		v.shown = s.shows(c, h, invite.Host)
		return v.shown
	}
	return true
}

// proofCame ends a run: the guest's proof comes first, the host answers with its
// own if that is right, so who guesses learns no more than whether he was.
func (s *vouchers) proofCame(c *mesh.Conn, m *wire.Proof) {
	v := s.on(c)
	if v.proofs == nil {
		c.Link.Close(link.CodeProtocol, "a proof that nobody asked for")
		return
	}
	if !c.Link.Dialled() && !s.room.Hosting() {
		s.room.reception.refuse(c, ReasonNotHosting, s.room.node.name+" hosts no more: join again") // since it was asked for
		return
	}
	if !c.Link.Dialled() && !s.room.guarding.mayTry(c) {
		s.room.reception.refuse(c, ReasonPause, s.room.guarding.pauseWords(c)) // it has tried on other links meanwhile
		return
	}
	v.shown = v.proofs.Shown(m.MAC)
	mine := v.proofs.Mine
	v.proofs, c.Awaited = nil, ""
	name := cleanName(v.hello.Name)
	switch {
	case c.Link.Dialled() && !v.shown:
		s.room.reception.refuse(c, ReasonSecretWrong, otherSecret(name, v.by))
	case !c.Link.Dialled():
		if v.shown {
			c.Send(&wire.Proof{MAC: mine})
		}
		s.room.guarding.askedToJoin(c, v.hello, name)
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

func (s *vouchers) startRun() *spake2.Run {
	run, err := s.password.Start(rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return run
}

// vouchedLink is what a run's proofs hold for.
func (s *vouchers) vouchedLink(c *mesh.Conn) spake2.Link {
	mine, theirs, binding := s.room.node.endpoint.Key(), c.Link.Peer(), c.Link.Binding()
	if c.Link.Dialled() {
		return spake2.Link{Dialler: mine[:], Listener: theirs[:], Binding: binding[:]}
	}
	return spake2.Link{Dialler: theirs[:], Listener: mine[:], Binding: binding[:]}
}

// proof shows to know the check of the code or the invite; it is zero without.
func (s *vouchers) proof(c *mesh.Conn, side invite.Side) (mac [32]byte) {
	check, ok := s.checkOn(c)
	if !ok {
		return mac
	}
	binding := c.Link.Binding()
	return invite.Proof(check, side, binding[:])
}

// shows reports whether the other side's greeting has the proof that it knows the
// check.
func (s *vouchers) shows(c *mesh.Conn, h *wire.Hello, side invite.Side) bool {
	check, ok := s.checkOn(c)
	binding := c.Link.Binding()
	return ok && invite.Proven(check, side, binding[:], h.Proof[:])
}

// checkOn is the check that counts on a link.
func (s *vouchers) checkOn(c *mesh.Conn) (check [32]byte, ok bool) {
	if v := s.on(c); v.watch {
		return s.watchCheck(v.by)
	}
	return s.check(s.on(c).by)
}
