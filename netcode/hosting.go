package netcode

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// openLobby makes this machine the host of a new lobby.
func openLobby(node *Node, t terms, config LobbyConfig) (*Room, error) {
	r := newRoom(node, t, config)
	r.host, r.state, r.id = true, Gathering, randomID()
	r.password = password(spake2.Listener, config.Secret)
	r.members[0] = &member{RosterMember: wire.RosterMember{
		Key: node.endpoint.Key(), Ready: true, Addrs: node.shownAddrs(),
	}}
	r.seat(r.members[0], r.said())
	r.happenedTo(r.members[0], EventJoined)
	rand.Read(r.meeting.pairs[:]) // never fails (crypto/rand)
	if config.Code {
		if err := r.openCode(); err != nil {
			r.Leave()
			return nil, err
		}
	}
	if config.Invite {
		if err := r.NewInvite(); err != nil {
			r.Leave()
			return nil, err
		}
	}
	if config.LAN {
		r.announce()
	}
	if r.knocking.door == nil && node.listen != nil {
		r.knocking.door = node.listen()
	}
	return r, nil
}

// randomID is never 0, which is no lobby.
func randomID() uint64 {
	return RandomSeed() | 1
}

// admit gives a newcomer the lowest free place.
func (r *Room) admit(c *conn, h *wire.Hello) {
	machine := 0
	for machine < len(r.members) && r.members[machine] != nil {
		machine++
	}
	if machine == len(r.members) {
		r.refuse(c, ReasonFull, "the lobby is full")
		return
	}
	if !c.link.Known() {
		return // it had to make room for others at this very moment, and has read so
	}
	var addrs []string
	if len(h.Addrs) > 0 { // otherwise it does not want the others to know
		seen := c.link.RemoteAddr().String()
		addrs = slices.DeleteFunc(slices.Clone(h.Addrs), func(a string) bool { return a == seen })
		if !r.pathOf(uint8(machine), c).Relayed() {
			addrs = append([]string{seen}, addrs...)
		}
	}
	m := &member{conn: c, mostSeats: int(h.MaxSeats), RosterMember: wire.RosterMember{
		Machine: uint8(machine), Key: c.link.Peer(), Ready: h.Ready,
		Linked: 1 | 1<<machine, // by this very link
		Addrs:  addrs[:min(len(addrs), wire.MaxAddrs)], Offer: h.Offer,
	}}
	r.seat(m, h.Players)
	r.announceArrival(m, r.now())
	c.machine, r.met = machine, r.knownSince(c)
	r.members[machine] = m
	c.send(&wire.Welcome{Lobby: r.id, Machine: uint8(machine)})
	r.rosterChanged()
}

// hostMessage handles what only a host is sent. It reports false for anything
// else.
func (r *Room) hostMessage(c *conn, m wire.Message) bool {
	from := r.members[c.machine]
	switch m := m.(type) {
	case *wire.Status:
		if from != nil {
			from.changes.newest = m
		}
	case *wire.Say:
		if from != nil {
			from.talk.hear(cleanLine(m.Text))
		}
	default:
		return false
	}
	return true
}

// rosterFor is the roster as one member is told it.
func (r *Room) rosterFor(to *member) *wire.Roster {
	roster := &wire.Roster{Options: r.options, MaxSeats: uint8(r.maxSeats)}
	reader := r.sightOf(to)
	for _, m := range r.members {
		if m == nil {
			continue
		}
		entry := m.RosterMember
		if entry.Addrs, entry.Offer = nil, nil; m != to {
			entry.Addrs, entry.Offer = r.sightOf(m).tell(reader, m.Addrs, m.Offer)
		}
		if m != to && m.Machine != 0 { // the host is reached already
			entry.Secret = r.meeting.pairSecret(to.Key, m.Key)
		}
		roster.Members = append(roster.Members, entry)
	}
	return roster
}

// SetOptions sets the host's word to the game, at most 256 bytes; all members
// see it with Options, and the next match starts with it. Only the host may.
func (r *Room) SetOptions(options []byte) error {
	if !r.host {
		return ErrNotHost
	}
	if len(options) > wire.MaxOptionBytes {
		return fmt.Errorf("netcode: options are %d bytes long; at most %d", len(options), wire.MaxOptionBytes)
	}
	r.options = append([]byte(nil), options...)
	r.rosterChanged()
	return nil
}

// SetMaxSeats sets how many players the lobby takes, Config.MinSeats to
// Config.MaxSeats, or to what the games of all members take if that is less: other
// numbers are refused in words. Who is in stays in, but no match starts with more than
// the lobby takes. Only the host may.
func (r *Room) SetMaxSeats(seats int) error {
	if !r.host {
		return ErrNotHost
	}
	most := r.terms.maxSeats
	for _, m := range r.members {
		if m != nil && m.Machine != 0 {
			most = min(most, m.mostSeats)
		}
	}
	if least := r.terms.minSeats; seats < least || seats > most {
		return fmt.Errorf("netcode: a lobby for %s; allowed is %d to %d", inPlayers(seats), least, most)
	}
	r.maxSeats = seats
	r.rosterChanged()
	return nil
}

// Kick asks a member to go. Its identity is not let in again, and for a minute
// nobody from its address is: to keep out who makes a new identity, the lobby needs
// a new code, invite or secret (NewCode, NewInvite, SetSecret). Only the host may,
// and not itself.
func (r *Room) Kick(machine int) error {
	if !r.host {
		return ErrNotHost
	}
	if machine <= 0 || machine >= len(r.members) || r.members[machine] == nil {
		return nil
	}
	m := r.members[machine]
	r.keepOut(m)
	if m.conn != nil {
		m.conn.link.Close(link.CodeKicked, "the host asked you to leave")
	}
	return nil
}

// SetSecret changes what newcomers must know: see LobbyConfig.Secret. Who is in
// stays in. Only the host may.
func (r *Room) SetSecret(secret string) error {
	if !r.host {
		return ErrNotHost
	}
	r.config.Secret, r.password = secret, password(spake2.Listener, secret)
	for _, c := range r.conns {
		if c.vouching.proofs != nil { // a run with the secret before
			c.vouching.proofs = nil
			r.refuse(c, ReasonSecretWrong, "the secret of this lobby has just changed: ask the host for the new one")
		}
	}
	return nil
}

// Blocker says in words why a match cannot start now, or "" if it can.
func (r *Room) Blocker() string {
	if why := r.Blocked(); why != nil {
		return why.Reason
	}
	return ""
}

// Blocked says why a match cannot start now, nil if it can.
func (r *Room) Blocked() *NotReadyError {
	switch {
	case !r.host:
		return &NotReadyError{Code: ReasonNotHost, Reason: "only the host can start"}
	case r.state == Playing:
		return &NotReadyError{Code: ReasonPlaying, Reason: "a match is running"}
	case r.state != Gathering:
		return &NotReadyError{Code: ReasonEnded, Reason: "the lobby is closed"}
	}
	if why := r.wrongNumber(); why != "" {
		return &NotReadyError{Code: ReasonTooFew, Reason: why}
	}
	r.members[0].Linked = r.linkedMachines()
	var waiting []string
	everybody := uint16(0)
	for _, m := range r.members {
		if m != nil {
			everybody |= 1 << m.Machine
			if !m.Ready && m.Machine != 0 {
				waiting = append(waiting, m.Name)
			}
		}
	}
	if len(waiting) > 0 {
		return &NotReadyError{Code: ReasonNotReady, Who: waiting, Reason: "waiting until ready: " + strings.Join(waiting, ", ")}
	}
	for _, a := range r.members {
		for _, b := range r.members {
			if a == nil || b == nil || a.Machine >= b.Machine {
				continue
			}
			if a.Linked>>b.Machine&1 == 0 || b.Linked>>a.Machine&1 == 0 {
				return &NotReadyError{Code: ReasonNotLinked, Who: []string{a.Name, b.Name},
					Reason: fmt.Sprintf("%s and %s have not reached each other yet", a.Name, b.Name)}
			}
		}
	}
	return nil
}

// wrongNumber says in words that too few or too many players are here for a match,
// or "".
func (r *Room) wrongNumber() string {
	here := r.seatsTaken()
	few := "waiting for players: %d of %d are here"
	if r.terms.minSeats < r.maxSeats {
		few = "waiting for players: %d of at least %d are here"
	}
	switch {
	case here < r.terms.minSeats:
		return fmt.Sprintf(few, here, r.terms.minSeats)
	case here > r.maxSeats:
		return fmt.Sprintf("%d players are here, and the lobby takes %d", here, r.maxSeats)
	}
	return ""
}

// UntilOver is the length of a match that lasts until Config.Over says so, or somebody
// leaves: see Room.Start.
const UntilOver = 0

// RandomSeed returns a seed that nobody can guess: see Room.Start.
func RandomSeed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.LittleEndian.Uint64(b[:])
}

// Start begins a match with all members. All machines start at the same
// moment, as well as the pings tell. seed is what chance starts from: RandomSeed()
// for a match like no other. frames is the length of the match; UntilOver is until the
// game says that it is over. It returns ErrNotHost or a *NotReadyError that says what
// is missing.
func (r *Room) Start(seed uint64, frames int32) error {
	if !r.host {
		return ErrNotHost
	}
	if why := r.Blocked(); why != nil {
		return why
	}
	if r.arrivals.rosterDue {
		r.giveRoster(r.now(), true) // the start is about what it says
	}
	r.matches++
	start := wire.Start{Match: r.matches, Seed: seed, Frames: max(0, frames), Options: r.options}
	farthest := time.Duration(0)
	for _, m := range r.members {
		if m != nil {
			start.Machines = append(start.Machines, wire.StartMachine{Machine: m.Machine, Players: m.Players})
			farthest = max(farthest, r.oneWay(m))
		}
	}
	start.WaitMicros = uint32(farthest / time.Microsecond)
	for _, m := range r.members {
		if m != nil && m.conn != nil {
			m.conn.send(&start)
		}
	}
	r.startMatch(&start)
	return nil
}

// oneWay is how long the start takes to a member, at most two seconds.
func (r *Room) oneWay(m *member) time.Duration {
	if m.conn == nil {
		return 0
	}
	return min(m.conn.link.Stats().RTT/2, 2*time.Second)
}

// startMatch begins the match that start describes, here.
func (r *Room) startMatch(start *wire.Start) {
	r.matches = start.Match
	p, err := r.begin(start)
	if err != nil {
		r.end(&RefusedError{Code: ReasonUnplayable, Reason: "the match cannot be played here: " + err.Error()})
		return
	}
	r.play = p
	r.state, r.ready = Playing, false
	r.happened(Event{Kind: EventStarted, Count: len(start.Machines)})
	for _, m := range r.members {
		if m != nil {
			m.Ready, m.shownReady = false, false
		}
	}
	for _, q := range p.peers {
		if q.conn.link.State() == link.Closed {
			p.lostLink(q.machine, q.conn.link.Err()) // gone at this very moment
		}
	}
	for _, c := range r.conns {
		early := c.early
		c.early = nil
		if q := p.byID[max(0, c.machine)]; q == nil || q.conn != c {
			continue // not of a member of this match, or not on the link that is used
		}
		for _, word := range early {
			p.message(uint8(c.machine), word)
		}
	}
}

// finishMatch sorts out the members when a match is over: links that were lost
// meanwhile take their members with them.
func (r *Room) finishMatch() {
	for _, m := range r.members {
		if m == nil || m.Machine == r.me {
			continue
		}
		if m.conn == nil {
			r.memberGone(m, r.play.lastWord(m.Machine))
			if r.state == Ended {
				return
			}
		}
	}
	r.tellStatus()
}
