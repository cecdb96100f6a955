package netcode

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/portmap"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// codeTimeout is how long a guest tries to join by code: long enough for
// punching and for a relay after it.
const codeTimeout = 45 * time.Second

// Relay says whether a third party may pass packets on between two players.
type Relay = pathfinder.Relay

// When to relay.
const (
	RelayAuto  = pathfinder.Auto  // where there is no direct path, and until there is one
	RelayNever = pathfinder.Never // rather not play
	RelayOnly  = pathfinder.Only  // always: the other players do not see this machine's address
)

// meeting is how players find each other who cannot simply be dialled: by a
// code that a rendezvous server brings together, and through the routers of two
// members. Owner: the room.
type meeting struct {
	code     invite.Code
	coded    bool                 // there is a code
	hosting  *pathfinder.Hosting  // host
	inviting *pathfinder.Inviting // host; nil without an invite
	attempt  *pathfinder.Attempt  // guest, to the host
	hope     bool                 // the host was dialled before there was a path
	foundAt  time.Duration        // and when there was one
	pairs    [32]byte             // host: what the secrets of pairs of members are made of; told to nobody
	members  [wire.MaxMachines]memberPath
}

// memberPath is the way to another member that is being looked for.
type memberPath struct {
	key     link.Key
	attempt *pathfinder.Attempt
	dialled bool // this side dials, and has done so by the way that was found
	failed  bool // the players here have read why there is no way
}

// startFinder makes the node look for ways to others, and pass packets on for
// them, if its socket is a real one. It asks only servers that the config names.
func (n *Node) startFinder() {
	paths := n.endpoint.Paths()
	if paths == nil {
		return
	}
	config := n.config
	if !config.NoForward {
		n.forwarder = relay.New(relay.Config{Paths: paths})
	}
	n.finder = pathfinder.New(pathfinder.Config{
		Paths: paths, Key: n.endpoint.Key(), STUN: config.STUN, Rendezvous: config.Rendezvous,
		TURN: n.turn, Relay: config.Relay, Loopback: n.Addr().Addr().IsLoopback(), Logger: config.Logger,
		Changed: n.endpoint.Wake, Forwarder: n.forwarder, Restraint: n.restraint,
		NoTCP: n.noTCP,
	})
	if n.asking() {
		n.startMapper()
	}
}

// asking reports whether there is a server that tells something of the network.
func (n *Node) asking() bool {
	return n.config.Rendezvous != "" || len(n.config.STUN) > 0 || len(n.turn) > 0
}

// startMapper asks the router for a port, if that is wanted.
func (n *Node) startMapper() {
	if n.mapper != nil || !n.config.PortMap || n.Addr().Addr().IsLoopback() {
		return
	}
	n.mapping = portmap.Config{Port: n.Addr().Port(), Description: "visavis", Logger: n.config.Logger}
	n.mapper = portmap.Start(n.mapping)
}

// PublicSTUN are servers on the internet that tell a node its public address,
// for games that have none of their own. They see that address and nothing
// else.
var PublicSTUN = []string{
	"stun.cloudflare.com:3478", "stun.l.google.com:19302", "stun1.l.google.com:19302",
	"stun.nextcloud.com:3478", "stun.sipgate.net:3478", "stun2.l.google.com:19302",
}

// Report says in words what the node knows of the network between it and
// others, and what a player can do about it.
func (n *Node) Report() nat.Report {
	if n.finder == nil || !n.asking() {
		return nat.Report{Summary: "No server was asked, so nothing is known of the network.", Advice: "Name a STUN, a TURN or a rendezvous server."}
	}
	report := n.finder.Report()
	if n.mapper != nil {
		report.Details = append(report.Details, n.mapper.Status())
	}
	return report
}

// offer is how this node is reached through routers, as far as it knows.
func (n *Node) offer() []byte {
	if n.finder == nil {
		return nil
	}
	return n.finder.Offer()
}

// NewCode makes the lobby one that can be joined by a code, a new one if it has one
// already, by which nobody can come any more; who is in stays in. Only the host may.
func (r *Room) NewCode() error {
	if !r.host {
		return ErrNotHost
	}
	former := r.meeting.hosting
	if err := r.openCode(); err != nil {
		return err
	}
	if former != nil {
		former.Close()
	}
	return nil
}

// openCode makes the lobby one that can be joined by a code.
func (r *Room) openCode() error {
	if r.node.config.Rendezvous == "" || r.node.finder == nil {
		return errors.New("a code needs a rendezvous server: say which one in NodeConfig.Rendezvous")
	}
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		return err
	}
	r.meeting.code, r.meeting.coded = code, true
	r.meeting.hosting = r.node.finder.Host(code, 4*r.maxSeats) // some come twice
	return nil
}

// joinByCode looks for the host who has made a code. It returns at once,
// Connecting.
func joinByCode(node *Node, t terms, code invite.Code, config LobbyConfig) (*Room, error) {
	if node.config.Rendezvous == "" || node.finder == nil {
		return nil, &ConnectError{Code: ReasonNoServer, Address: code.String(), Reason: "a code needs a rendezvous server, and none is set"}
	}
	r := newRoom(node, t, config)
	r.invite.text = code.String()
	r.met = r.now()
	r.deadline = codeTimeout
	r.meeting.code, r.meeting.coded = code, true
	r.meeting.attempt = node.finder.Join(code)
	return r, nil
}

// redialAfter is how long a connection that was dialled in hope has to come
// about once there is a path that is proven.
const redialAfter = 50 * time.Millisecond

// stepMeeting dials the host: in hope as soon as there is an address, and again
// when there is a path and no answer yet. Whichever answers first is used.
func (r *Room) stepMeeting() {
	a := r.meeting.attempt
	if a == nil || r.state != Connecting || r.toHost != nil || r.now() < r.knockAt {
		return
	}
	if err := a.Err(); err != nil {
		r.end(&ConnectError{Code: ReasonNoWay, Address: r.invite.text, Reason: voiced(err.Error())})
		return
	}
	dialled, greeted := r.callsToHost()
	hoped, hope := a.Hoped()
	virtual, found := a.Virtual()
	switch {
	case greeted || dialled == 2:
	case dialled == 0 && hope:
		r.meeting.hope = true
		r.dialHost(a, hoped)
	case dialled == 0 && found:
		r.dialHost(a, virtual)
	case found && r.meeting.hope && r.meeting.foundAt == 0:
		r.meeting.foundAt = r.now()
	case found && r.meeting.hope && r.now()-r.meeting.foundAt >= redialAfter:
		r.dialHost(a, virtual)
	}
}

// callsToHost counts the connections to the host that are being made, and says
// whether one of them is greeted by already.
func (r *Room) callsToHost() (dialled int, greeted bool) {
	for _, c := range r.conns {
		if c.purpose == wire.JoinLobby {
			dialled++
			greeted = greeted || c.greeted
		}
	}
	return dialled, greeted
}

func (r *Room) dialHost(a *pathfinder.Attempt, addr netip.AddrPort) {
	r.met = r.now() - a.Known()
	key := link.Key(a.PeerKey()) // sealed with the code: it is the host's
	pin := &key
	if r.invite.keyHash != nil {
		pin = nil // isMeant sees to it
	}
	c := r.newConn(r.node.endpoint.Dial(addr, pin))
	c.purpose = wire.JoinLobby
}

// endMeeting gives up what is still being looked for.
func (r *Room) endMeeting() {
	if r.meeting.hosting != nil {
		r.meeting.hosting.Close()
	}
	if r.meeting.inviting != nil {
		r.meeting.inviting.Close()
	}
	if r.meeting.attempt != nil {
		r.meeting.attempt.Close()
	}
	for i := range r.meeting.members {
		r.forgetPath(i)
	}
}

func (r *Room) forgetPath(machine int) {
	if p := &r.meeting.members[machine]; p.attempt != nil {
		p.attempt.Close()
		*p = memberPath{}
	}
}

// pairSecret is what the host tells two members, and them alone, to know each
// other's checks by. It is the same whenever the two meet in this lobby.
func (m *meeting) pairSecret(a, b link.Key) (secret [16]byte) {
	if string(a[:]) > string(b[:]) {
		a, b = b, a
	}
	mac := hmac.New(sha256.New, m.pairs[:])
	mac.Write(a[:])
	mac.Write(b[:])
	copy(secret[:], mac.Sum(nil))
	return secret
}

// pathTo looks for a way to another member, and returns what to dial once there
// is one. Both sides look; who dials is decided elsewhere.
func (r *Room) pathTo(m *member) (addr netip.AddrPort, ok bool) {
	if r.node.finder == nil || len(m.Offer) == 0 {
		return addr, false
	}
	p := &r.meeting.members[m.Machine]
	if p.attempt == nil || p.key != m.Key {
		r.forgetPath(int(m.Machine))
		// Both learn of each other by the same roster: let the lower machine
		// hold back until it hears something.
		offer := m.Offer
		if len(m.Addrs) > 0 {
			seen, err := netip.ParseAddrPort(m.Addrs[0]) // by the host
			if err == nil && seen.Addr().IsLoopback() && r.toHost != nil && r.toHost.link.RemoteAddr().Addr().IsLoopback() {
				r.node.finder.AllowLoopback() // all on this computer
			}
			if err == nil {
				offer = pathfinder.Seen(offer, seen)
			}
		}
		attempt, err := r.node.finder.Connect(offer, m.Secret[:], r.me < m.Machine)
		if err != nil {
			return addr, false // a stranger's word
		}
		*p = memberPath{key: m.Key, attempt: attempt}
	}
	if err := p.attempt.Err(); err != nil && !p.failed {
		p.failed = true
		r.happenedIn(Event{Kind: EventUnreached, Machine: int(m.Machine), Name: m.Name, Text: m.Name + " cannot be reached yet: " + voiced(err.Error())})
	}
	return p.attempt.Virtual()
}

// knownSince is when this side and a guest who has come by the code or the invite
// knew how each other is reached; for others, when their first packet came.
func (r *Room) knownSince(c *conn) time.Duration {
	if h := r.meeting.hosting; h != nil {
		if known := h.Known(c.link.Peer()); known > 0 {
			return r.now() - known
		}
	}
	if i := r.meeting.inviting; i != nil {
		if known := i.Known(c.link.Peer()); known > 0 {
			return r.now() - known
		}
	}
	return c.since
}

// dialFound dials members as soon as there is a way to them, whatever else is
// being tried.
func (r *Room) dialFound() {
	if r.host || r.state != Gathering {
		return
	}
	for i := range r.meeting.members {
		p, m := &r.meeting.members[i], r.members[i]
		if p.attempt == nil || p.dialled || m == nil || m.Key != p.key || m.conn != nil || !r.dials(m) {
			continue
		}
		if addr, ok := p.attempt.Virtual(); ok {
			p.dialled = true
			r.dialMember(m, addr)
		}
	}
}

// Code returns the code by which the lobby can be joined, such as
// K7QF-3MX9-TD4W, or "" if it has none. ready says that the rendezvous server
// knows it.
func (r *Room) Code() (code string, ready bool) {
	if !r.meeting.coded {
		return "", false
	}
	return r.meeting.code.String(), r.meeting.hosting == nil || r.meeting.hosting.Ready()
}

// meetingWords says how the meeting goes, for Progress.
func (r *Room) meetingWords() string {
	switch {
	case r.meeting.attempt != nil && r.state == Connecting:
		return voiced(r.meeting.attempt.Status())
	case r.meeting.hosting != nil && r.state == Gathering && !r.meeting.hosting.Ready():
		return voiced(r.meeting.hosting.Status())
	case r.meeting.inviting != nil && r.state == Gathering:
		if _, ready := r.meeting.inviting.Text(); !ready {
			return voiced(r.meeting.inviting.Status())
		}
	}
	return ""
}

// PathKind is what kind of way leads to another machine: "lan", "direct",
// "player-relay" and so on.
type PathKind = pathfinder.Kind

// pathOf says what kind of way a link takes, or took last.
func (r *Room) pathOf(machine uint8, c *conn) PathKind {
	kind := pathfinder.NoPath
	switch a := r.meeting.members[machine].attempt; {
	case c.keep.virtual.IsValid():
		kind = r.node.finder.KindOf(c.keep.virtual)
	case machine == 0 && r.meeting.attempt != nil:
		kind = r.meeting.attempt.Kind()
	case r.host:
		kind = r.meeting.guestKind(c.link.Peer())
	case a != nil:
		kind = a.Kind()
	}
	if kind != pathfinder.NoPath {
		c.path = kind
	}
	if c.path == pathfinder.NoPath {
		return pathfinder.KindTo(c.link.RemoteAddr().Addr())
	}
	return c.path
}

// guestKind is the kind of the path to a guest who has come by the code or the invite.
func (m *meeting) guestKind(guest link.Key) (kind PathKind) {
	if m.hosting != nil {
		kind = m.hosting.Kind(guest)
	}
	if kind == pathfinder.NoPath && m.inviting != nil {
		kind = m.inviting.Kind(guest)
	}
	return kind
}

func (r *Room) notFound() error {
	if r.napped > 0 {
		return &ConnectError{Code: ReasonStoodStill, Address: r.invite.text, Reason: fmt.Sprintf("the host's game waited for this one, which stood still for %.1f seconds while it joined: try again", r.napped.Seconds())}
	}
	if r.invite.keyHash != nil {
		return &ConnectError{Code: ReasonExpired, Address: r.invite.text, Reason: "the invite has expired before the host was reached: ask the host for a new one"}
	}
	if r.meeting.attempt != nil && r.meeting.attempt.Trouble() != "" {
		return &ConnectError{Code: ReasonNoWay, Address: r.invite.text, Reason: voiced(r.meeting.attempt.Trouble())}
	}
	if r.meeting.attempt != nil {
		return &ConnectError{Code: ReasonNoWay, Address: r.invite.text, Reason: fmt.Sprintf("nobody with the code %s could be reached: is it still the right one, and is the host's lobby open?", r.invite.text)}
	}
	return r.unanswered()
}
