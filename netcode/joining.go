package netcode

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// joinLobby dials a host. It returns at once, Connecting.
func joinLobby(node *Node, t terms, inv invitation, config LobbyConfig) *Room {
	r := newRoom(node, t, config)
	r.invite = inv
	r.password = password(spake2.Dialler, config.Secret)
	r.met = r.now()
	r.deadline = joinTimeout
	r.beginCalling()
	return r
}

// fromHost handles what only the host sends. It reports false for anything
// else.
func (r *Room) fromHost(c *conn, m wire.Message) bool {
	switch m := m.(type) {
	case *wire.Roster:
		r.nextRoster = m
	case *wire.Start:
		r.nextStart = m
	case *wire.News:
		r.takeNews(m)
		return true
	case *wire.NotSeated:
		r.notSeated(int(m.Seats))
		return true
	default:
		return false
	}
	r.takeNext()
	return true
}

// takeNext takes the host's newest word. Who is still busy with the end of a
// match takes it when that is over: the host may be a moment ahead.
func (r *Room) takeNext() {
	roster, start := r.nextRoster, r.nextStart
	if r.state == Playing || r.state == Ended {
		return
	}
	r.nextRoster, r.nextStart = nil, nil
	if roster != nil {
		r.takeRoster(roster)
	}
	if start != nil && r.state == Gathering {
		r.takeStart(start)
	}
}

// welcomed: the host has given this machine its place.
func (r *Room) welcomed(c *conn, m *wire.Welcome) {
	if c.purpose != wire.JoinLobby || r.state != Connecting || m.Machine == 0 || m.Lobby == 0 {
		c.link.Close(link.CodeProtocol, "a welcome that nobody asked for")
		return
	}
	if v := &c.vouching; v.by != wire.CredentialNone && !v.shown { // an honest host shows it first
		r.refuse(c, ReasonSecretWrong, otherSecret(cleanName(v.hello.Name), v.by))
		return
	}
	c.machine, r.me, r.id, r.toHost = 0, m.Machine, m.Lobby, c
}

// takeRoster makes the host's list this machine's own.
func (r *Room) takeRoster(roster *wire.Roster) {
	if !r.makesSense(roster) {
		r.refuse(r.toHost, ReasonUnplayable, "the host's list of players makes no sense")
		return
	}
	var listed [wire.MaxMachines]bool
	for _, entry := range roster.Members {
		listed[entry.Machine] = true
		m := r.members[entry.Machine]
		if m == nil || m.Key != entry.Key {
			r.removeMember(m)
			m = &member{redialAt: r.redialAt[entry.Machine]}
			r.members[entry.Machine] = m
			if entry.Machine == 0 {
				m.conn = r.toHost
			}
		}
		m.RosterMember = entry
		m.show(entry.Players)
	}
	for i, m := range r.members {
		if m != nil && !listed[i] {
			r.removeMember(m)
			r.forgetPath(i)
			r.members[i] = nil
		}
	}
	r.options = append([]byte(nil), roster.Options...)
	r.maxSeats = int(roster.MaxSeats)
	if r.state == Connecting {
		r.state = Gathering
		r.happenedTo(r.members[r.me], EventJoined)
		r.tellStatus()
	}
	r.adoptStrangers()
	r.dialMesh(r.now())
}

// makesSense reports whether a roster names the host and this machine as they
// are, and nobody twice.
func (r *Room) makesSense(roster *wire.Roster) bool {
	host, me := false, false
	for i, m := range roster.Members {
		for _, other := range roster.Members[:i] {
			if other.Key == m.Key {
				return false
			}
		}
		switch m.Machine {
		case 0:
			host = m.Key == r.toHost.link.Peer()
		case r.me:
			me = m.Key == r.node.endpoint.Key() && r.own.may(len(m.Players))
		}
	}
	return host && me
}

// removeMember closes what leads to somebody who is not in the lobby any more.
func (r *Room) removeMember(m *member) {
	if m == nil {
		return
	}
	for _, c := range append(m.dialling, m.conn) {
		if c != nil {
			c.machine = -1
			c.link.Close(link.CodeDone, "not in the lobby any more")
		}
	}
}

// adoptStrangers looks again at links whose owners were not on the roster yet.
func (r *Room) adoptStrangers() {
	for _, c := range r.conns {
		if c.spare() {
			if m := r.memberByKey(c.link.Peer()); m != nil {
				r.recognise(c)
				r.linked(m, c)
			}
		}
	}
}

// dialMesh dials the members that this machine has to dial: those with a
// smaller key, by the way to them that was found. What the host says of their
// addresses is hearsay: small checks go there, and nothing is dialled before one
// was answered. Only in memory, where nobody can be harmed, all addresses of a
// member are dialled, and the first to answer is kept.
func (r *Room) dialMesh(now time.Duration) {
	if r.host || r.state == Playing {
		return // the host is dialled by everybody
	}
	for _, m := range r.members {
		r.dropGhost(m, now)
		if m == nil || m.Machine == 0 || m.Machine == r.me || m.conn != nil || now < m.redialAt {
			continue
		}
		if !r.dials(m) {
			r.pathTo(m) // the other dials, but both must look for the way
			continue
		}
		if m.alive(); len(m.dialling) > 0 {
			continue
		}
		m.redialAt = now + redialPause
		r.redialAt[m.Machine] = m.redialAt
		if addr, ok := r.pathTo(m); ok {
			r.meeting.members[m.Machine].dialled = true
			r.dialMember(m, addr)
			continue
		}
		if r.node.finder != nil {
			continue
		}
		for _, text := range m.Addrs {
			if addr, err := netip.ParseAddrPort(text); err == nil { // else a stranger's word
				r.dialMember(m, addr)
			}
		}
	}
}

// dials reports whether it is this side that dials a member.
func (r *Room) dials(m *member) bool {
	mine := r.node.endpoint.Key()
	return string(mine[:]) > string(m.Key[:])
}

func (r *Room) dialMember(m *member, addr netip.AddrPort) {
	key := link.Key(m.Key)
	c := r.newConn(r.node.endpoint.Dial(addr, &key))
	c.purpose = wire.JoinMesh
	c.greet(wire.JoinMesh)
	m.dialling = append(m.dialling, c)
}

// dropGhost closes a link to a member that this machine has dialled and the
// member, by its own word, does not have: its close was lost.
func (r *Room) dropGhost(m *member, now time.Duration) {
	if m != nil && m.Machine != 0 && m.conn != nil && m.conn.link.Dialled() && m.Linked>>r.me&1 == 0 && now-m.linkedAt > meshTimeout {
		m.linkedAt = now
		m.conn.link.Close(link.CodeDone, "the other side does not know of this link")
	}
}

// alive drops the attempts that have failed.
func (m *member) alive() {
	kept := m.dialling[:0]
	for _, c := range m.dialling {
		if c.link.State() != link.Closed {
			kept = append(kept, c)
		}
	}
	m.dialling = kept
}

func (r *Room) takeStart(start *wire.Start) {
	if start.Match <= r.matches {
		return
	}
	if why := r.unplayable(start); why != "" {
		r.end(&RefusedError{Code: ReasonUnplayable, Reason: why})
		return
	}
	r.startMatch(start)
	r.tellStatus() // not ready any more, whatever was said while the start was on its way
}

// unplayable says in words why a match cannot be played here as the host wants
// it, or "" if it can.
func (r *Room) unplayable(start *wire.Start) string {
	seats, mine := start.Seats(), false
	for _, s := range start.Machines {
		m := r.members[s.Machine]
		switch {
		case m == nil:
			return "the match started with players that are not in the lobby"
		case s.Machine == r.me && !r.own.may(len(s.Players)):
			return fmt.Sprintf("the match started with %s on this machine, who did not ask for it", inPlayers(len(s.Players)))
		case s.Machine == r.me:
			mine = true
		case m.newestConn() == nil:
			return "the match started with players that this machine has no link to"
		case r.terms.tooMuch(len(s.Players)) != "":
			return "the match cannot be played: " + r.terms.tooMuch(len(s.Players))
		}
	}
	switch {
	case !mine:
		return "the match started without you"
	case seats > r.terms.maxSeats:
		return fmt.Sprintf("the match started with %s; your game takes %d at most", inPlayers(seats), r.terms.maxSeats)
	case seats < r.terms.minSeats:
		return fmt.Sprintf("the match started with %s; your game needs %d", inPlayers(seats), r.terms.minSeats)
	}
	return ""
}

// State returns how far the lobby is.
func (r *Room) State() State { return r.state }

// Err says why the lobby is Ended: a *RefusedError, *ConnectError, *LeftError
// or *LostError whose text is a sentence for players. nil before.
func (r *Room) Err() error { return r.err }

// Hosting reports whether this machine is the host.
func (r *Room) Hosting() bool { return r.host }

// Options returns the host's word to the game.
func (r *Room) Options() []byte { return append([]byte(nil), r.options...) }

// TickRate returns how many frames a second the lobby's game has.
func (r *Room) TickRate() int { return r.terms.tickRate }

// Now returns the time on the clock of the lobby's node: see Node.Now.
func (r *Room) Now() time.Duration { return r.now() }

// MaxSeats returns how many players the lobby takes.
func (r *Room) MaxSeats() int { return r.maxSeats }

// Doing is what the lobby is doing: ReasonLookingUp to ReasonGathering, ReasonPlaying
// or ReasonEnded.
func (r *Room) Doing() Reason {
	switch r.state {
	case Connecting:
		if r.meeting.attempt != nil {
			return ReasonMeeting
		}
		return r.callingStep()
	case Gathering:
		return ReasonGathering
	case Playing:
		return ReasonPlaying
	}
	return ReasonEnded
}

// Progress says in words what the lobby is doing, for a waiting screen.
func (r *Room) Progress() string {
	if words := r.meetingWords(); words != "" {
		return words
	}
	switch r.state {
	case Connecting:
		return r.callingWords()
	case Gathering:
		return fmt.Sprintf("%d of %d seats taken", r.seatsTaken(), r.maxSeats)
	case Playing:
		return "playing"
	}
	return "over"
}

func (r *Room) seatsTaken() (n int) {
	for _, m := range r.members {
		if m != nil {
			n += len(m.Players)
		}
	}
	return n
}

// SetReady says whether this machine's players are ready. The host is always.
func (r *Room) SetReady(ready bool) {
	if r.ready != ready && !r.host {
		r.ready = ready
		if me := r.members[r.me]; me != nil {
			me.Ready = ready
		}
		r.tellStatus()
	}
}

// AppendMembers appends the machines in the lobby, the host first.
func (r *Room) AppendMembers(dst []Member) []Member {
	for _, m := range r.members {
		if m == nil {
			continue
		}
		you := m.Machine == r.me
		dst = append(dst, Member{
			Machine: int(m.Machine), Name: m.Name, Seats: len(m.Players), Players: m.shown, Ready: m.Ready || m.Machine == 0,
			Host: m.Machine == 0, You: you, Fingerprint: link.Key(m.Key).Fingerprint(),
			Alike: r.alike(m), PingMs: m.pingMs, Linked: you || m.conn != nil,
		})
	}
	return dst
}
