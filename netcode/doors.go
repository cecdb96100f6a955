package netcode

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// doors are where others come into a lobby: by its code, by its invite, from the list of
// the local network, and by a code of their own who only watch; and who knocks because a
// firewall does not let him in. All but the codes are a host's. Owner: the room.
type doors struct {
	room     *Room
	codeDoor                      // for players, and whoever watches
	watchers codeDoor             // for those who watch, and nobody else
	inviting *pathfinder.Inviting // by invite; nil without one
	listing  listing              // on the local network, for a host who wants that
	knocking knocking             // by who may not be heard
}

// codeDoor is a door that a code leads to.
type codeDoor struct {
	code    invite.Code
	coded   bool                // there is a code
	hosting *pathfinder.Hosting // nil without one, and at guests
}

// NewCode makes the lobby one that can be joined by a code, a new one if it has one
// already, by which nobody can come any more; who is in stays in. Only the host may.
func (d *doors) NewCode() error {
	if d.room.authority == nil {
		return ErrNotHost
	}
	return d.renewCode(&d.codeDoor, d.openCode)
}

// NewWatchCode makes a new code for those who watch: see LobbyConfig.Spectators. By the one
// before nobody can come any more; who watches goes on. Only the host may, and only of a
// lobby with SpectatorsCode.
func (d *doors) NewWatchCode() error {
	switch {
	case d.room.authority == nil:
		return ErrNotHost
	case !d.watchers.coded:
		return errors.New("this lobby has no code for those who watch: see LobbyConfig.Spectators")
	}
	return d.renewCode(&d.watchers, d.openWatchCode)
}

// renewCode opens a door by another code than before.
func (d *doors) renewCode(door *codeDoor, open func() error) error {
	former := door.hosting
	if err := open(); err != nil {
		return err
	}
	d.room.authority.unsure.decides(d.room.now())
	d.room.authority.rosterChanged()
	if former != nil {
		former.Close()
	}
	return nil
}

// openCode makes the lobby one that can be joined by a code.
func (d *doors) openCode() error {
	return d.open(&d.codeDoor, 4*d.room.maxSeats) // some come twice
}

// openWatchCode makes it one whose matches can be watched by a code that nobody gets a seat by.
func (d *doors) openWatchCode() error { return d.open(&d.watchers, manyGuests) }

// manyGuests is as many as a code can be for at a time.
const manyGuests = 255

// open makes a new code for a door, for so many at a time.
func (d *doors) open(door *codeDoor, guests int) error {
	if d.room.node.config.Rendezvous == "" || d.room.node.finder == nil {
		return errors.New("a code needs a rendezvous server: say which one in NodeConfig.Rendezvous")
	}
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		return err
	}
	door.code, door.coded = code, true
	d.host(door, guests)
	return nil
}

// host has the code of a door lead here.
func (d *doors) host(door *codeDoor, guests int) {
	if door.coded && d.room.node.config.Rendezvous != "" && d.room.node.finder != nil {
		door.hosting = d.room.node.finder.Host(door.code, guests)
	}
}

// inherit opens the doors of a lobby whose host is gone, as he would have them.
func (d *doors) inherit(will *wire.Will) {
	d.host(&d.codeDoor, 4*d.room.maxSeats)
	d.host(&d.watchers, manyGuests)
	if will.LAN {
		d.announce()
	}
	if will.Invite {
		_ = d.NewInvite() // without a socket of its own nobody could come by it
	}
	d.listen()
}

// listen hears who knocks, where no list does that.
func (d *doors) listen() {
	if d.knocking.door == nil && d.room.node.listen != nil {
		d.knocking.door = d.room.node.listen()
	}
}

// Code returns the code by which the lobby can be joined, such as
// K7QF-3MX9-TD4W, or "" if it has none. ready says that the rendezvous server
// knows it: at guests always, whose host sees to it, and never at a host who has
// inherited the lobby and knows no such server.
func (d *doors) Code() (code string, ready bool) { return d.shown(&d.codeDoor) }

// WatchCode returns the code by which the lobby's matches can be watched, and no seat be
// had, or "" if it has none: see LobbyConfig.Spectators. ready says that the rendezvous
// server knows it.
func (d *doors) WatchCode() (code string, ready bool) { return d.shown(&d.watchers) }

func (d *doors) shown(door *codeDoor) (code string, ready bool) {
	switch {
	case !door.coded:
		return "", false
	case door.hosting == nil:
		return door.code.String(), !d.room.Hosting()
	}
	return door.code.String(), door.hosting.Ready()
}

// leads gives a door the code that a host's will says, none if it says none.
func (c *codeDoor) leads(code string) {
	parsed, err := invite.ParseCode(code)
	c.code, c.coded = parsed, err == nil
}

// NewInvite makes an invite with which players can join without any server: see
// Invite. One lets in as many different players as a lobby takes, for ten minutes;
// the one before it lets in nobody any more. The node's STUN servers and PortMap
// make it work behind more routers. Only the host may. Unless LobbyConfig.Invite
// is set, it changes nothing about who else may come.
func (d *doors) NewInvite() error {
	if d.room.authority == nil {
		return ErrNotHost
	}
	if d.room.node.finder == nil {
		return errors.New("an invite needs a real UDP socket")
	}
	d.room.node.startMapper()
	inviting, err := d.room.node.finder.Invite(d.room.terms.maxSeats, 0)
	if err != nil {
		return err
	}
	if d.inviting != nil {
		d.inviting.Close()
	}
	d.inviting = inviting
	return nil
}

// Invite returns the text of the invite to send to those who shall come, some 70
// characters, and whether it is ready to be sent; "" if there is none. It may
// change when this machine's addresses do; what was sent before stays good as
// far as they are the same. Some guests get in with it at once, the others are
// shown a reply that they send back: see AcceptReply.
func (d *doors) Invite() (text string, ready bool) {
	if d.inviting == nil {
		return "", false
	}
	return d.inviting.Text()
}

// InviteLetters returns the invite in capital letters and digits, which a QR
// picture packs tightest; JoinLobby takes it too.
func (d *doors) InviteLetters() string {
	if d.inviting == nil {
		return ""
	}
	return d.inviting.Letters()
}

// InviteExpires returns when the invite ends; the zero Time if there is none.
func (d *doors) InviteExpires() time.Time {
	if d.inviting == nil {
		return time.Time{}
	}
	return d.inviting.Expires()
}

// InviteStatus says in a sentence how it goes with the invite.
func (d *doors) InviteStatus() string {
	if d.inviting == nil {
		return ""
	}
	return voiced(d.inviting.Status())
}

// AcceptReply takes the reply that a guest has sent back, as Reply or
// ReplyLetters: the way to the guest is opened. The error says to the player what is
// wrong; nothing was sent to anybody then.
func (d *doors) AcceptReply(text string) error {
	if d.inviting == nil {
		return errors.New("this lobby has no invite that a reply could answer: make one first")
	}
	if err := d.inviting.Accept(text); err != nil {
		return &voicedError{err}
	}
	return nil
}

// close closes all doors.
func (d *doors) close() {
	d.unlist()
	for _, hosting := range d.hostings() {
		hosting.Close()
	}
	if d.inviting != nil {
		d.inviting.Close()
	}
}

// retire is close for a machine that hosts no more: the code is the lobby's, and leads
// elsewhere.
func (d *doors) retire() {
	for _, hosting := range d.hostings() {
		hosting.Yield()
	}
	d.codeDoor.hosting, d.watchers.hosting = nil, nil
	d.close()
	d.inviting = nil
}

// hostings are what the codes lead here by.
func (d *doors) hostings() (all []*pathfinder.Hosting) {
	for _, door := range []*codeDoor{&d.codeDoor, &d.watchers} {
		if door.hosting != nil {
			all = append(all, door.hosting)
		}
	}
	return all
}

// knownSince is when this side and a guest who has come by the code or the invite
// knew how each other is reached; for others, when their first packet came.
func (d *doors) knownSince(c *mesh.Conn) time.Duration {
	for _, h := range d.hostings() {
		if known := h.Known(c.Link.Peer()); known > 0 {
			return d.room.now() - known
		}
	}
	if i := d.inviting; i != nil {
		if known := i.Known(c.Link.Peer()); known > 0 {
			return d.room.now() - known
		}
	}
	return c.Since()
}

// guestKind is the kind of the path to a guest who has come by the code or the invite.
func (d *doors) guestKind(guest link.Key) (kind PathKind) {
	for _, h := range d.hostings() {
		if kind = h.Kind(guest); kind != pathfinder.NoPath {
			return kind
		}
	}
	if d.inviting != nil {
		kind = d.inviting.Kind(guest)
	}
	return kind
}

// pathOf says what kind of way the link to a machine takes, or took last.
func (d *doors) pathOf(machine uint8, c *mesh.Conn) PathKind {
	r := d.room
	met := pathfinder.NoPath
	switch {
	case r.Hosting():
		met = d.guestKind(c.Link.Peer())
	case machine == r.office.host && r.guest.attempt != nil:
		met = r.guest.attempt.Kind()
	}
	return r.mesh.Kind(machine, c, met)
}

// words says how it goes with a door that is not open yet, "" if all are.
func (d *doors) words() string {
	for _, h := range d.hostings() {
		if !h.Ready() {
			return voiced(h.Status())
		}
	}
	if d.coded && d.hosting == nil && d.room.Hosting() {
		return "nobody can come by the code now: no rendezvous server is set here, where the lobby is"
	}
	if d.inviting != nil {
		if _, ready := d.inviting.Text(); !ready {
			return voiced(d.inviting.Status())
		}
	}
	return ""
}
