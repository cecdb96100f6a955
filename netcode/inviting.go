package netcode

import (
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// lateWord is how long a guest waits to be told why the host was not reached.
const lateWord = 5 * time.Second

// NewInvite makes an invite with which players can join without any server: see
// Invite. One lets in as many different players as a lobby takes, for ten minutes;
// the one before it lets in nobody any more. The node's STUN servers and PortMap
// make it work behind more routers. Only the host may. Unless LobbyConfig.Invite
// is set, it changes nothing about who else may come.
func (r *Room) NewInvite() error {
	if !r.host {
		return ErrNotHost
	}
	if r.node.finder == nil {
		return errors.New("an invite needs a real UDP socket")
	}
	r.node.startMapper()
	inviting, err := r.node.finder.Invite(r.terms.maxSeats, 0)
	if err != nil {
		return err
	}
	if r.meeting.inviting != nil {
		r.meeting.inviting.Close()
	}
	r.meeting.inviting = inviting
	return nil
}

// Invite returns the text of the invite to send to those who shall come, some 70
// characters, and whether it is ready to be sent; "" if there is none. It may
// change when this machine's addresses do; what was sent before stays good as
// far as they are the same. Some guests get in with it at once, the others are
// shown a reply that they send back: see AcceptReply.
func (r *Room) Invite() (text string, ready bool) {
	if r.meeting.inviting == nil {
		return "", false
	}
	return r.meeting.inviting.Text()
}

// InviteLetters returns the invite in capital letters and digits, which a QR
// picture packs tightest; JoinLobby takes it too.
func (r *Room) InviteLetters() string {
	if r.meeting.inviting == nil {
		return ""
	}
	return r.meeting.inviting.Letters()
}

// InviteExpires returns when the invite ends; the zero Time if there is none.
func (r *Room) InviteExpires() time.Time {
	if r.meeting.inviting == nil {
		return time.Time{}
	}
	return r.meeting.inviting.Expires()
}

// InviteStatus says in a sentence how it goes with the invite.
func (r *Room) InviteStatus() string {
	if r.meeting.inviting == nil {
		return ""
	}
	return voiced(r.meeting.inviting.Status())
}

// AcceptReply takes the reply that a guest has sent back, as Reply or
// ReplyLetters: the way to the guest is opened. The error says to the player what is
// wrong; nothing was sent to anybody then.
func (r *Room) AcceptReply(text string) error {
	if r.meeting.inviting == nil {
		return errors.New("this lobby has no invite that a reply could answer: make one first")
	}
	if err := r.meeting.inviting.Accept(text); err != nil {
		return &voicedError{err}
	}
	return nil
}

// Reply returns what a guest who has joined with an invite sends back to the
// host, and whether it is ready; "" in any other case. It is of no use any more
// once the lobby is Gathering.
func (r *Room) Reply() (text string, ready bool) {
	if r.meeting.attempt == nil {
		return "", false
	}
	return r.meeting.attempt.Reply()
}

// ReplyLetters returns the reply in capital letters and digits, for a QR picture.
func (r *Room) ReplyLetters() string {
	if r.meeting.attempt == nil {
		return ""
	}
	return r.meeting.attempt.ReplyLetters()
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
	r := newRoom(node, t, config)
	r.invite = invitation{text: "the host of the invite", keyHash: &inv.Host}
	r.met = r.now()
	r.deadline = pathfinder.InviteLife + lateWord // the attempt knows better words before
	r.meeting.attempt = attempt
	return r, nil
}

// uninvited says why a guest may not come who has proven to know the invite, or
// "" if nothing is wrong with that.
func (r *Room) uninvited(c *conn) string {
	i := r.meeting.inviting
	if i == nil || !r.needsSecret(c) || c.vouching.by != wire.CredentialInvite {
		return ""
	}
	if err := i.Admit(c.link.Peer()); err != nil {
		return voiced(err.Error())
	}
	return ""
}
